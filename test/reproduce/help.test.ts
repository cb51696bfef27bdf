import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/*
 * The programs of paper-artifacts that people start by hand explain themselves, and refuse in one line.
 */

const PROGRAMS = ['reproduce.ts', 'accuracy/run.ts'];

function run(program: string, ...args: string[]) {
  const file = fileURLToPath(new URL(`../../paper-artifacts/${program}`, import.meta.url));
  return spawnSync(process.execPath, ['--import', 'tsx', file, ...args], { encoding: 'utf8' });
}

describe.each(PROGRAMS)('%s', (program) => {
  it('gives help', () => {
    const { status, stdout, stderr } = run(program, '--help');
    expect(status, stderr).toBe(0);
    expect(stderr).toBe('');
    for (const part of ['Usage: ', '--quick', 'Examples:', 'Exit codes: ']) expect(stdout).toContain(part);
  });

  it.each([['--frobnicate'], ['nothing']])('refuses %s in one line', (word) => {
    const { status, stdout, stderr } = run(program, word);
    expect(status, stderr).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: [^\n]+\n$/);
  });
});
