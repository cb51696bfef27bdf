import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/*
 * The programs of paper-artifacts that people start by hand explain themselves, and refuse in one line.
 */

/** Each with an option of its own. */
const PROGRAMS = [
  ['reproduce.ts', '--quick'],
  ['accuracy/run.ts', '--quick'],
  ['accuracy/baseline.ts', '--seed'],
  ['accuracy/latency.ts', '--backend'],
  ['studies/anneal.ts', '--seeds'],
  ['studies/cross-examination.ts', '--replay'],
  ['studies/exact.ts', '--give-up'],
] as const;

function run(program: string, ...args: string[]) {
  const file = fileURLToPath(new URL(`../../paper-artifacts/${program}`, import.meta.url));
  return spawnSync(process.execPath, ['--import', 'tsx', file, ...args], { encoding: 'utf8' });
}

describe.each(PROGRAMS)('%s', (program, option) => {
  it('gives help', () => {
    const { status, stdout, stderr } = run(program, '--help');
    expect(status, stderr).toBe(0);
    expect(stderr).toBe('');
    for (const part of ['Usage: ', option, 'Examples:', 'Exit codes: ']) expect(stdout).toContain(part);
  });

  it.each([['--frobnicate'], ['nothing']])('refuses %s in one line', (word) => {
    const { status, stdout, stderr } = run(program, word);
    expect(status, stderr).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
  });
});
