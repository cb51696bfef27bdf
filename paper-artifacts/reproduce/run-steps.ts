import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeText } from '../../src/formats/file.ts';
import { RcpruneError } from '../../src/problem/error.ts';
import { codeVersion } from './code-version.ts';
import { STEPS, type Step } from './steps.ts';

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

/** Whether a step has run to its end on this code and these inputs, and its outputs are as it wrote them. */
export function isCurrent(step: Step, settings: Settings): boolean {
  const stampFile = stampFileOf(step, settings);
  if (!existsSync(stampFile)) return false;
  const { key, hashes } = JSON.parse(readFileSync(stampFile, 'utf8')) as Stamp;
  return key === keyOf(step, settings) && writtenBy(step).every((file) => hashes[file] === hashAt(file, settings));
}

const writtenBy = ({ outputs, clocked }: Step) => [...outputs, ...clocked];
const hashAt = (file: string, settings: Settings) => hashOf(placeOf(file, settings));
const hashesOf = (step: Step, settings: Settings) =>
  Object.fromEntries(writtenBy(step).map((file) => [file, hashAt(file, settings)]));
const stampFileOf = ({ name }: Step, { workFolder }: Settings) => path.join(workFolder, 'steps', `${name}.json`);

/** Runs a step unless it is current; what it says goes to stderr. */
export async function runStep(step: Step, settings: Settings): Promise<StepReport> {
  const before = hashesOf(step, settings);
  const filesNow = () =>
    writtenBy(step).map((file): StepReport['files'][number] => {
      const after = hashAt(file, settings);
      const outcome = before[file] === after ? 'as before' : before[file] === null ? 'new' : 'changed';
      return { file, outcome, isClocked: step.clocked.includes(file) };
    });
  if (isCurrent(step, settings)) return { step, state: 'unchanged', seconds: 0, files: filesNow() };
  const missing = step.inputs.filter((file) => inputHash(file, settings) === null);
  if (missing.length > 0) {
    console.error(`${step.name}: no ${missing.join(', ')}; ${remedyFor(missing[0]!)}`);
    return { step, state: 'failed', seconds: 0, files: filesNow() };
  }
  for (const file of writtenBy(step)) removeRemains(placeOf(file, settings));
  const key = keyOf(step, settings);
  const began = performance.now();
  const code = await execute(step, settings);
  const seconds = (performance.now() - began) / 1000;
  const hashes = hashesOf(step, settings);
  const isDone = code === 0 && Object.values(hashes).every((hash) => hash !== null);
  if (isDone) {
    mkdirSync(path.dirname(stampFileOf(step, settings)), { recursive: true });
    await writeText(stampFileOf(step, settings), [JSON.stringify({ key, hashes } satisfies Stamp)]);
  }
  return { step, state: isDone ? 'done' : 'failed', seconds, files: filesNow() };
}

/** Raw results that are not under `--out` are read where they are stored. */
const inputHash = (file: string, settings: Settings) => hashAt(file, settings) ?? hashOf(path.join(ROOT, file));

function remedyFor(file: string): string {
  const maker = STEPS.find((step) => writtenBy(step).includes(file));
  if (maker === undefined) return 'it belongs to the repository: git checkout brings it back';
  return `--${maker.mode} --only ${maker.name} makes it (${maker.minutes} minutes), git checkout brings back the stored one`;
}

function keyOf(step: Step, settings: Settings): string {
  const { command, inputs, optionalInputs = [] } = step;
  const version = codeVersion(path.resolve(ROOT, command[0]!));
  const data = [...inputs, ...optionalInputs].map((file) => [file, inputHash(file, settings)]);
  const parts = [command, flagsOf(step, settings), settings.isSmoke, version, data];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** What a command is told besides its own arguments. */
function flagsOf(step: Step, settings: Settings): string[] {
  if (step.asksWhatIsMeasured !== true) return [];
  const current = STEPS.filter((one) => one.asksWhatIsMeasured !== true && isCurrent(one, settings));
  return [`--measured=${current.map(({ name }) => name).join(',')}`];
}

/** The exit status. */
function execute(step: Step, settings: Settings): Promise<number> {
  const { name, command, isMovable } = step;
  const [script, ...flags] = command;
  const { out, isSmoke } = settings;
  const place =
    isMovable === true ? [...(isSmoke ? ['--smoke'] : []), ...(out === undefined ? [] : ['--out', out])] : [];
  return new Promise((resolve) => {
    const args = ['--import', 'tsx', path.resolve(ROOT, script!), ...flags, ...flagsOf(step, settings), ...place];
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
