import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect } from 'vitest';
import { folder, inFolder, MAIN, run, start } from '../cli/program.ts';

/*
 * What a document shows, done. Of its fenced blocks,
 *
 *   ```console         holds commands behind `$ `, each with the output that it must have, if any is stated;
 *   ```console by-hand likewise, of commands that are too slow for a test or need what is not there: only their options are checked;
 *   ```js NAME         is a program, written into the folder where the commands run.
 *
 * In stated output a line `...` stands for any lines, `...` within a line for anything, and seconds for any seconds; empty lines
 * do not count.
 */

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const readDocument = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

export interface Block {
  /** Of its first line, in the document. */
  readonly line: number;
  readonly language: string;
  readonly words: readonly string[];
  readonly lines: readonly string[];
}

export interface Shown {
  readonly line: number;
  readonly command: string;
  readonly output: readonly string[];
}

export function blocksOf(document: string): Block[] {
  const blocks: Block[] = [];
  const lines = document.split('\n');
  for (let k = 0; k < lines.length; k++) {
    const fence = /^```(.*)$/.exec(lines[k]!);
    if (fence === null) continue;
    const end = lines.indexOf('```', k + 1);
    expect(end, `line ${k + 1}: a fence without an end`).toBeGreaterThan(k);
    const [language = '', ...words] = fence[1]!.split(' ');
    blocks.push({ line: k + 2, language, words, lines: lines.slice(k + 1, end) });
    k = end;
  }
  return blocks;
}

/** The commands of a console block; a line that ends in a backslash goes on. */
export function shownIn({ line, lines }: Block): Shown[] {
  const shown: { line: number; command: string; output: string[] }[] = [];
  for (const [k, text] of lines.entries()) {
    if (text.startsWith('$ ')) shown.push({ line: line + k, command: text.slice(2), output: [] });
    else if (lines[k - 1]?.endsWith('\\')) shown.at(-1)!.command += `\n${text}`;
    else if (text !== '') shown.at(-1)!.output.push(text);
  }
  return shown;
}

/** Makes the folder what a user's is after `npm install` of the package and some others. */
export function installInFolder(...packages: string[]): void {
  mkdirSync(inFolder('node_modules'));
  symlinkSync(ROOT, inFolder('node_modules/rcprune'));
  for (const name of packages) symlinkSync(path.join(ROOT, 'node_modules', name), inFolder(`node_modules/${name}`));
}

export const writeProgram = ({ words, lines }: Block): void =>
  writeFileSync(inFolder(words[0]!), `${lines.join('\n')}\n`);

/** `npx rcprune` is the built program; both streams come as one, as in a terminal. */
const PRELUDE = 'exec 2>&1\nnpx() { [ "$1" = rcprune ] && shift && node "$RCPRUNE_MAIN" "$@"; }\n';

/**
 * The words of a command that is nothing but `npx rcprune` and plain words; null where a shell has something to do: quotes,
 * pipes, variables.
 */
function plainWordsOf(command: string): string[] | null {
  const [, rest] = /^npx rcprune ([\w\s./,:=@-]+)$/.exec(command.replaceAll('\\\n', ' ')) ?? [];
  return rest?.trim().split(/\s+/) ?? null;
}

/** What a command says on both streams, and its exit code. */
async function said(command: string): Promise<{ code: number | null; text: string }> {
  const words = plainWordsOf(command);
  if (words !== null) return run(...words);
  const { code, stdout } = await start('bash', ['-c', `RCPRUNE_MAIN='${MAIN}'\n${PRELUDE}${command}`]).outcome;
  return { code, text: stdout };
}

/** Runs a command in the folder and compares its output. */
export async function perform({ command, output }: Shown): Promise<void> {
  const { code, text } = await said(command);
  expect(code, text).toBe(0);
  if (output.length === 0) return;
  const pattern = output.map((line) => (line === '...' ? '(?:.*\\n)*?' : `${patternOf(line)}\\n`)).join('');
  expect(withoutSeconds(text.replace(/^\n/gm, ''))).toMatch(new RegExp(`^${pattern}$`));
}

const withoutSeconds = (text: string) => text.replace(/\b\d+(?:\.\d+)? s$/gm, 'SECONDS');
const patternOf = (line: string) =>
  withoutSeconds(line)
    .split('...')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('.*');

/** Every `rcprune` command line in a block, its options and subcommand known to the program. */
export async function checkOptions({ lines }: Pick<Block, 'lines'>): Promise<void> {
  const text = lines.join('\n').replace(/\\\n/g, ' ');
  for (const [, words] of text.matchAll(/npx rcprune ([^;|&\n]+)/g)) {
    const [name, ...rest] = words!.trim().split(/\s+/);
    const options = await optionsOf(name!);
    for (const word of rest) {
      if (/^--?[a-z]/.test(word)) expect(options, `rcprune ${name}`).toContain(word);
    }
  }
}

/** The options of a subcommand, and of its own subcommands. */
async function optionsOf(name: string): Promise<string[]> {
  const module = (await import(path.join(ROOT, 'src', 'cli', `${name}.ts`))) as Record<string, () => Command>;
  const make = Object.entries(module).find(([key]) => key.endsWith('Command'));
  expect(make, `rcprune ${name}`).toBeDefined();
  const all = (command: Command): string[] => [
    ...command.options.flatMap(({ short, long }) => [short, long]).filter((flag) => flag != null),
    ...command.commands.flatMap(all),
  ];
  return all(make![1]());
}

export { folder };
