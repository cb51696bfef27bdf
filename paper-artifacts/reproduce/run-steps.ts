import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeText } from '../../src/formats/file.ts';
import { RcpruneError } from '../../src/index.ts';
import { codeVersion } from './code-version.ts';
import { MEASURES, type Step } from './steps.ts';

/*
 * Runs steps, each in a process of its own. A step is named by its command, the code that the command reaches and the
 * contents of its inputs; it is left out when it ran to its end under that name and its outputs still have the bytes that
 * it wrote. So a deleted or edited output, a changed input and a changed solver all lead to the step being run again, and
 * the bytes before and after are compared.
 */

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Settings {
  /** Replaces `paper-artifacts` as the place of results. */
  readonly out: string | undefined;
  readonly isSmoke: boolean;
  readonly workFolder: string;
}

/** `as before`: the bytes that were there. `new`: there was no such file. */
export type Outcome = 'as before' | 'new' | 'changed';

export interface StepReport {
  readonly step: Step;
  readonly state: 'unchanged' | 'done' | 'failed';
  readonly seconds: number;
  readonly files: readonly { readonly file: string; readonly outcome: Outcome; readonly isClocked: boolean }[];
}

interface Stamp {
  readonly key: string;
  readonly hashes: Readonly<Record<string, string | null>>;
}

/** The path of a file that a step names. */
export function placeOf(file: string, { out }: Settings): string {
  return out === undefined ? path.join(ROOT, file) : path.join(out, path.relative('paper-artifacts', file));
}

const hashOf = (file: string) =>
  existsSync(file) ? createHash('sha256').update(readFileSync(file)).digest('hex') : null;

export async function runStep(step: Step, settings: Settings): Promise<StepReport> {
  const written = [...step.outputs, ...step.clocked];
  const hashes = () => Object.fromEntries(written.map((file) => [file, hashOf(placeOf(file, settings))]));
  const stampFile = path.join(settings.workFolder, 'steps', `${step.name}.json`);
  const key = keyOf(step, settings);
  const before = hashes();
  const stamp = existsSync(stampFile) ? (JSON.parse(readFileSync(stampFile, 'utf8')) as Stamp) : null;
  const files = (after: Readonly<Record<string, string | null>>) =>
    written.map((file) => ({
      file,
      outcome: before[file] === null ? 'new' : before[file] === after[file] ? 'as before' : 'changed',
      isClocked: step.clocked.includes(file),
    })) satisfies StepReport['files'];
  if (stamp?.key === key && written.every((file) => before[file] !== null && before[file] === stamp.hashes[file])) {
    return { step, state: 'unchanged', seconds: 0, files: files(before) };
  }
  for (const file of written) removeRemains(placeOf(file, settings));
  const began = performance.now();
  const code = await execute(step, settings);
  const seconds = (performance.now() - began) / 1000;
  const after = hashes();
  const isDone = code === 0 && written.every((file) => after[file] !== null);
  if (isDone) {
    mkdirSync(path.dirname(stampFile), { recursive: true });
    await writeText(stampFile, [JSON.stringify({ key, hashes: after } satisfies Stamp)]);
  }
  return { step, state: isDone ? 'done' : 'failed', seconds, files: files(after) };
}

function keyOf({ command, inputs }: Step, settings: Settings): string {
  const version = codeVersion(path.join(ROOT, command[0]!));
  const data = inputs.map((file) => [file, hashOf(placeOf(file, settings)) ?? hashOf(path.join(ROOT, file))]);
  return createHash('sha256')
    .update(JSON.stringify([command, settings.isSmoke, version, data]))
    .digest('hex');
}

/** The exit status. What the command says goes to stderr: stdout is for the report. */
function execute({ name, command }: Step, { out, isSmoke }: Settings): Promise<number> {
  const [script, ...flags] = command;
  const more = script!.startsWith(MEASURES)
    ? [...(isSmoke ? ['--smoke'] : []), ...(out === undefined ? [] : ['--out', path.resolve(out)])]
    : [];
  return new Promise((resolve) => {
    const args = ['--import', 'tsx', path.join(ROOT, script!), ...flags, ...more];
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    child.stdout!.pipe(process.stderr, { end: false });
    const end = (reason: NodeJS.Signals) => child.kill(reason);
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
    child.once('error', (error) => console.error(`${name}: ${error.message}`));
    child.once('close', (code, signal) => {
      process.off('SIGINT', end);
      process.off('SIGTERM', end);
      if (code !== 0) console.error(`${name}: ended by ${signal ?? `exit ${code}`}`);
      resolve(code ?? 1);
    });
  });
}

/** What a killed process left of a file that it was writing; see `writeWhole`. */
function removeRemains(file: string): void {
  const folder = path.dirname(file);
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder)) {
    const [, base, pid] = /^\.(.+)\.(\d+)\.tmp$/.exec(entry) ?? [];
    if (base === path.basename(file) && !isAlive(Number(pid))) rmSync(path.join(folder, entry));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * One run at a time for each place of results. A lock whose owner is gone is taken over.
 *
 * @returns what gives the lock back
 * @throws RcpruneError while another run holds it
 */
export function lock(workFolder: string): () => void {
  const file = path.join(workFolder, 'lock');
  mkdirSync(workFolder, { recursive: true });
  const owner = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (owner > 0 && owner !== process.pid && isAlive(owner)) {
    throw new RcpruneError('reproduce', 'one run at a time', `process ${owner} at work`);
  }
  writeFileSync(file, `${process.pid}`);
  return () => rmSync(file, { force: true });
}
