import { spawn } from 'node:child_process';
import { Console } from 'node:console';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect } from 'vitest';
import { temporaryFolder } from '../temporary.ts';

/*
 * The compiled program (`npm test` builds it first), run in a folder of the test file's own: in this process, unless a
 * signal, a stream or the end of a process is the point.
 */

const DIST = new URL('../../dist/cli/', import.meta.url);
export const MAIN = fileURLToPath(new URL('main.js', DIST));
export const inFolder = temporaryFolder();
export const folder = path.dirname(inFolder('x'));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Starts a process in the folder. `stderr` grows as it speaks. */
export function start(command: string, args: readonly string[]) {
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

/** The program as a process of its own. */
export const startProgram = (...args: string[]) => start(process.execPath, [MAIN, ...args]);
export const spawnProgram = (...args: string[]): Promise<Outcome> => startProgram(...args).outcome;

let isRunning = false;

/**
 * The program in this process, one run at a time: all that is said on the two streams and the console is the program's.
 *
 * @returns with the outcome, `text`: what both streams say, as a terminal shows it
 */
export async function run(...args: string[]): Promise<Outcome & { readonly text: string }> {
  if (args.includes('-')) {
    // A standard stream is the point.
    const outcome = await spawnProgram(...args);
    return { ...outcome, text: outcome.stdout + outcome.stderr };
  }
  if (isRunning) throw new Error('one run at a time in one process: take spawnProgram');
  isRunning = true;
  const { runProgram }: typeof import('../../src/cli/program.ts') = await import(new URL('program.js', DIST).href);
  const home = process.cwd();
  const { argv } = process;
  const { console } = globalThis;
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const listeners = signals.map((signal) => process.listeners(signal));
  const said = { stdout: '', stderr: '', text: '' };
  const writers = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const { write } = stream;
    stream.write = ((data: string | Uint8Array, ...rest: unknown[]) => {
      const more = typeof data === 'string' ? data : Buffer.from(data).toString();
      said[name] += more;
      said.text += more;
      const callback = rest.find((one) => typeof one === 'function');
      if (callback !== undefined) process.nextTick(callback);
      return true;
    }) as typeof write;
    return { stream, write };
  });
  globalThis.console = new Console(process.stdout, process.stderr);
  const began = performance.now();
  try {
    process.chdir(folder);
    process.argv = [process.execPath, MAIN, ...args];
    const code = await runProgram(args);
    return { code, ...said, seconds: (performance.now() - began) / 1000 };
  } finally {
    isRunning = false;
    process.chdir(home);
    process.argv = argv;
    globalThis.console = console;
    for (const { stream, write } of writers) stream.write = write;
    // A process that ends takes its listeners with it.
    for (const [k, signal] of signals.entries()) {
      for (const listener of process.listeners(signal)) {
        if (!listeners[k]!.includes(listener)) process.off(signal, listener);
      }
    }
  }
}

/** Runs with --json: stdout is exactly one object. */
export const runJson = async (...args: string[]) => objectOf(await run(...args, '--json'));
export const spawnJson = async (...args: string[]) => objectOf(await spawnProgram(...args, '--json'));

function objectOf(outcome: Outcome) {
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
