import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';

/*
 * The stored studies: each table is what its program makes of the stored rows, byte for byte.
 */

const inFolder = temporaryFolder();
const at = (name: string) => fileURLToPath(new URL(`../../paper-artifacts/${name}`, import.meta.url));

it.each([
  ['exact', 'exact', ['--stored']],
  ['exact-beyond', 'exact', ['--stored', '--beyond']],
  ['anneal-quality', 'anneal', ['--stored']],
  ['anneal-throughput', 'anneal-throughput', ['--stored']],
  ['compact', 'compact', ['--stored']],
  ['cross-examination', 'cross-examination', ['100000']],
])('%s.csv is of the rows of its log', (name, script, args) => {
  copyFileSync(at(`${name}.jsonl`), inFolder(`${name}.jsonl`));
  const program = ['--import', 'tsx', at(`studies/${script}.ts`), ...args, '--out', inFolder('.')];
  const { status, stderr } = spawnSync(process.execPath, program, { encoding: 'utf8' });
  expect(stderr).toBe(''); // nothing was run
  expect(status).toBe(0);
  expect(readFileSync(inFolder(`${name}.csv`), 'utf8')).toBe(readFileSync(at(`${name}.csv`), 'utf8'));
});
