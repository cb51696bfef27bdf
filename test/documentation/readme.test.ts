import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { inFolder } from '../cli/program.ts';
import { METHODS } from '../methods.ts';
import { blocksOf, checkOptions, installInFolder, perform, ROOT, readDocument, shownIn } from './blocks.ts';

/*
 * README.md says what is there: its commands print what stands beside them, and it names every method and command.
 */

const readme = readDocument('README.md');
const blocks = blocksOf(readme);
const TSX = pathToFileURL(path.join(ROOT, 'node_modules/tsx/dist/loader.mjs')).href;

beforeAll(() => installInFolder('@tensorflow', '@vladmandic'));

describe('the README', () => {
  for (const block of blocks) {
    const { language, words, line, lines } = block;
    if (language === 'ts') {
      it(`line ${line}: an example that runs`, async () => {
        writeFileSync(inFolder(`example-${line}.mts`), lines.join('\n'));
        await perform({ line, command: `node --import ${TSX} example-${line}.mts`, output: [] });
      });
    } else if (language === 'console' && words[0] !== 'by-hand') {
      for (const shown of shownIn(block)) it(`line ${shown.line}: $ ${shown.command}`, () => perform(shown));
    } else it(`line ${line}: has options that exist`, () => checkOptions(block));
  }

  it('has a row for every method, and for nothing else', () => {
    const rows = readme.split('\n').filter((line) => /^\| `[a-z-]+`.*\|.*\|.*\|$/.test(line));
    const names = rows.flatMap((row) => Array.from(row.split('|')[1]!.matchAll(/`([a-z-]+)`/g), ([, name]) => name!));
    for (const { name } of METHODS) expect(names).toContain(name);
  });

  it('names every command of the program', () => {
    const names = readdirSync(path.join(ROOT, 'src/cli')).filter((name) => name !== 'program.ts');
    const files = names.map((name) => path.join(ROOT, 'src/cli', name));
    const commands = files.flatMap((file) => /new Command\('([a-z-]+)'\)/.exec(readFileSync(file, 'utf8'))?.[1] ?? []);
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) expect(readme).toMatch(new RegExp(`\\*\\*${command}\\*\\*|rcprune ${command}\\b`));
  });
});
