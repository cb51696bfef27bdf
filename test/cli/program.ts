import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect } from 'vitest';
import { temporaryFolder } from '../temporary.ts';

/*
 * The compiled program (`npm test` builds it first), run in a folder of the test file's own.
 */

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
export const inFolder = temporaryFolder();
export const folder = path.dirname(inFolder('x'));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export function start(command: string, args: string[]) {
  const child = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const began = performance.now();
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const outcome = new Promise<Outcome>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr, seconds: (performance.now() - began) / 1000 }));
  });
  return { child, outcome };
}
export const run = (...args: string[]) => start(process.execPath, [MAIN, ...args]).outcome;

/** Runs with --json: stdout is exactly one object. */
export async function runJson(...args: string[]) {
  const outcome = await run(...args, '--json');
  expect(outcome.stdout.endsWith('}\n'), outcome.stderr).toBe(true);
  expect(outcome.stdout.trimEnd()).not.toContain('\n');
  return { ...outcome, json: JSON.parse(outcome.stdout) as Record<string, unknown> };
}

/** Bad input or usage: exit 2, one line of reason, nothing else, nothing written. */
export async function expectRefusal(args: string[], reason: string | RegExp) {
  const before = readdirSync(folder).sort();
  const { code, stdout, stderr } = await run(...args);
  expect(code, stderr).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^rcprune: [^\n]*\n$/);
  expect(stderr).toMatch(reason);
  expect(stderr).not.toMatch(/\bat .*\.(js|ts):[0-9]+/);
  expect(readdirSync(folder).sort()).toEqual(before);
}

beforeAll(() => {
  expect(existsSync(MAIN), 'build first: npm run build').toBe(true);
});
