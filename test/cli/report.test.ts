import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { records } from '../report/records.ts';
import { expectRefusal, inFolder, run, runJson } from './program.ts';

/*
 * `rcprune report`: pages of runs and of benchmarks, the same bytes each time, none of a wrong answer.
 */

it('a run becomes a page that prints the command which makes it again', async () => {
  await run(
    'generate',
    'scaled',
    '--rows',
    '20',
    '--cols',
    '30',
    '--layers',
    '3',
    '--seed',
    '7',
    '-o',
    'net work.json',
  );
  const solve = ['solve', 'net work.json', '--method', 'anneal-selection', '--work', '20000', '--sparsity', '0.8'];
  await run(...solve, '-o', 'pruning.json', '--certificate', 'gap.safetensors', '--trace', 'trace.csv');
  const args = [
    'report',
    'net work.json',
    'pruning.json',
    'gap.safetensors',
    '--trace',
    'trace.csv',
    '-o',
    'page.html',
  ];
  const { code, json, stderr } = await runJson(...args);
  expect(code, stderr).toBe(0);
  const page = readFileSync(inFolder('page.html'), 'utf8');
  expect(json).toEqual({ page: 'page.html', bytes: Buffer.byteLength(page), valid: true, reason: null });
  expect(page).toContain('the importance kept</h1>');
  const command = "npx rcprune report 'net work.json' pruning.json gap.safetensors --trace trace.csv -o page.html";
  expect(page).toContain(`<code>${command.replaceAll("'", '&#39;')}</code>`);
  await run(...args.slice(0, -1), 'again.html');
  expect(readFileSync(inFolder('again.html'), 'utf8')).toBe(page.replace('-o page.html', '-o again.html'));
});

it('there is none of an invalid pruning: exit 1, nothing written', async () => {
  const args = ['report', 'net work.json', 'pruning.json', '--sparsity', '0.95', '-o', 'wrong.html'];
  const { code, json } = await runJson(...args);
  expect(code).toBe(1);
  expect(json).toMatchObject({ page: null, valid: false, reason: expect.stringContaining('units removed') });
  expect(existsSync(inFolder('wrong.html'))).toBe(false);
});

it('records become a page, from several files, each run once', async () => {
  const lines = records(['residual', 'greedy']).map((record) => `${JSON.stringify(record)}\n`);
  writeFileSync(inFolder('a.jsonl'), lines.slice(0, 4).join(''));
  writeFileSync(inFolder('b.jsonl'), lines.slice(2).join(''));
  const { code, stdout } = await run('report', '-o', 'bench.html', '--bench', 'a.jsonl', 'b.jsonl');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^bench\.html: 0\.\d\d MB/);
  const page = readFileSync(inFolder('bench.html'), 'utf8');
  expect(page).toContain('2 methods on 3 problems</h1>');
  expect(page).toContain('npx rcprune report --bench a.jsonl b.jsonl -o bench.html');
  expect(page.match(/<dt>runs<\/dt><dd>6 /)).not.toBeNull();
});

it('bad input is refused', async () => {
  writeFileSync(inFolder('broken.jsonl'), '{"key":1}\n');
  writeFileSync(inFolder('empty.jsonl'), '');
  writeFileSync(inFolder('trace.bad'), 'work,cost\n2,1\n1,1\n');
  await expectRefusal(['report', 'net work.json', 'pruning.json'], /output/);
  await expectRefusal(['report', '-o', 'x.html'], 'an instance and a pruning, or --bench');
  await expectRefusal(['report', 'net work.json', '-o', 'x.html'], 'an instance and a pruning, or --bench');
  await expectRefusal(['report', 'net work.json', '-o', 'x.html', '--bench', 'a.jsonl'], 'got both');
  await expectRefusal(['report', '-o', 'x.html', '--bench', 'broken.jsonl'], 'broken.jsonl: line 1');
  await expectRefusal(['report', '-o', 'x.html', '--bench', 'empty.jsonl'], 'at least one record');
  await expectRefusal(['report', '-o', 'a.jsonl', '--bench', 'a.jsonl'], 'no other file of this command');
  const withTrace = ['report', 'net work.json', 'pruning.json', '--trace', 'trace.bad', '-o', 'x.html'];
  await expectRefusal(withTrace, 'work that does not fall');
});
