import { createRequire } from 'node:module';

/** Exit codes of every command. */
export const EXIT = { done: 0, rejected: 1, badInput: 2, infeasible: 3, foundNone: 4 } as const;

/** What the exit codes say. */
export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: 'done',
  rejected: 'a check said no',
  badInput: 'bad input or usage; the reason is one line on stderr, nothing was written',
  infeasible: 'no pruning at all meets the target',
  foundNone: 'this method found none that does',
};

/** One line of diagnostics on stderr. */
export function note(line: string): void {
  process.stderr.write(`${line.replace(/\s*\n\s*/g, ' ')}\n`);
}

let results: NodeJS.WritableStream = process.stdout;

/** From here on results for people go to stderr: stdout is a file's. */
export function printOnStderr(): void {
  results = process.stderr;
}

/** Results on stdout. */
export function print(text: string): void {
  results.write(`${text}\n`);
}

/** One JSON object on stdout; what JSON cannot say (NaN, Infinity) becomes null. */
export function printJson(value: object): void {
  print(JSON.stringify(value));
}

/** Two columns, the first padded. */
export function printPairs(pairs: readonly (readonly [string, string])[]): void {
  const width = Math.max(...pairs.map(([label]) => label.length));
  for (const [label, text] of pairs) print(`${label.padEnd(width)}  ${text}`);
}

/** A number for people: at most 9 significant digits. */
export function show(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(9)));
}

/** Part of a whole as a percentage. */
export function share(part: number | null, whole: number): string {
  return part === null || whole === 0 ? '-' : `${((100 * part) / whole).toFixed(3)}%`;
}

export interface Progress {
  update(done: number, message: string): void;
  stop(): void;
}

/** A bar on stderr while work goes on; nothing where stderr is no terminal. `total` 0: it only shows messages. */
export function progress(label: string, total: number): Progress {
  if (!process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const format = total > 0 ? `${label} [{bar}] {value}/{total} {message}` : `${label} {message}`;
  const { SingleBar } = createRequire(import.meta.url)('cli-progress') as typeof import('cli-progress');
  const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true, hideCursor: true });
  bar.start(Math.max(total, 1), 0, { message: '' });
  return { update: (done, message) => bar.update(done, { message }), stop: () => bar.stop() };
}
