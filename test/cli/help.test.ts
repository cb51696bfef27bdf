import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { candidatesOf } from '../../src/cli/completion.ts';
import { DEFAULT_METHOD } from '../../src/cli/method-option.ts';
import { program } from '../../src/cli/program.ts';
import { METHODS } from '../methods.ts';
import { MAIN, run, runJson, start } from './program.ts';

/*
 * What the program says of itself: help, methods, completion.
 */

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
const whole = await program();
const visible = () => all(whole).filter((command) => command.name() !== 'completion-server');
const pathOf = (command: Command): string[] =>
  command.parent === null ? [] : [...pathOf(command.parent), command.name()];

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

describe('help', () => {
  it.each(visible().map((command) => [pathOf(command).join(' '), command] as const))(
    'of %j ends with two examples that are understood, and the exit codes',
    async (_, command) => {
      const [, examples, codes] =
        /\nExamples:\n((?: {2}\$ npx rcprune .*\n){2})\nExit codes:\n((?: {2}[0-9] {2}.*\n)+)$/.exec(helpOf(command))!;
      expect(codes!.match(/^ {2}[0-4]/gm)).toHaveLength(5);
      for (const [, line] of examples!.matchAll(/npx rcprune (.*)\n/g)) {
        const root = await program();
        const started: string[][] = [];
        for (const one of all(root)) one.action(() => void started.push(pathOf(one)));
        await root.parseAsync(line!.split(/ [>|]+ /)[0]!.split(' '), { from: 'user' });
        expect(started).toHaveLength(1);
        expect(started[0]!.slice(0, pathOf(command).length)).toEqual(pathOf(command)); // it, or a command of its own
      }
    },
  );

  it('of bench and library puts every option under its heading', () => {
    const named = (name: string) => all(whole).find((command) => command.name() === name)!;
    const sections = [named('bench'), named('library')]
      .map(helpOf)
      .join('\n\n')
      .split(/\n\n(?=\S)/);
    const flagsUnder = (heading: string) =>
      sections
        .find((section) => section.startsWith(heading))!
        .match(/^ {2}(?:-., )?(--[a-z-]+)/gm)!
        .map((flag) => flag.trim());
    expect(flagsUnder('Options:')).toContain('--summary');
    expect(flagsUnder('On a Slurm cluster:')).toEqual(
      ['slurm', 'shards', 'dry-run', 'collect', 'partition', 'account', 'task-time', 'memory', 'cpus', 'sbatch'].map(
        (name) => `--${name}`,
      ),
    );
    expect(flagsUnder('To better its records:')).toEqual(expect.arrayContaining(['--improve', '--claim', '--by']));
  });
});

describe('methods', () => {
  it('lists every method with what is proved of it and its options, and only options that there are', async () => {
    const { json, code } = await runJson('methods');
    expect(code).toBe(0);
    expect(json.default).toBe(DEFAULT_METHOD);
    const methods = json.methods as { name: string; proved: string | null; options: string[]; summary: string }[];
    expect(methods.map(({ name }) => name)).toEqual(METHODS.map(({ name }) => name));
    const solve = all(whole).find((command) => command.name() === 'solve')!;
    const flags = solve.options.map(({ long }) => long);
    for (const { name, proved, options, summary } of methods) {
      expect(proved, name).not.toBe(undefined);
      for (const option of options) expect(flags, name).toContain(option);
      expect(summary.length, name).toBeGreaterThan(10);
    }
  });

  it('says as a table what it says as JSON', async () => {
    const { stdout } = await run('methods');
    for (const { name } of METHODS) expect(stdout).toMatch(new RegExp(`^. ${name} `, 'm'));
    for (const line of stdout.trimEnd().split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });
});

describe('completion', () => {
  const names = (line: string) => {
    const words = line.split(' ');
    return candidatesOf(whole, words.slice(0, -1), words.at(-1)!)?.map(({ name }) => name) ?? null;
  };

  it('knows commands, arguments, options and their values, and where a file comes', () => {
    expect(names('')).toEqual(expect.arrayContaining(['solve', 'methods', 'completion']));
    expect(names('')).not.toContain('completion-server');
    expect(names('solve ')).toBeNull();
    expect(names('solve x.json --')).toEqual(expect.arrayContaining(['--method', '--output', '--sparsity', '--json']));
    expect(names('solve --method ')).toEqual(METHODS.map(({ name }) => name));
    expect(names('solve --method residual ')).toBeNull();
    expect(names('solve --json ')).toBeNull();
    expect(names('solve -o ')).toBeNull();
    expect(names('reduce ')).toEqual(['clique', 'biclique', 'expansion']);
    expect(names('reduce clique ')).toBeNull();
    expect(names('worst-case ')).toEqual(expect.arrayContaining(['search', 'residual']));
    expect(names('worst-case search --method ')).toContain('best');
    expect(names('completion ')).toEqual(['bash', 'zsh', 'fish']);
  });

  it.each(['bash', 'zsh', 'fish'])('prints a script for %s that asks the program', async (shell) => {
    const { code, stdout, stderr } = await run('completion', shell);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('rcprune completion-server --');
    expect(stdout).toContain('rcprune');
  });

  it('completes in bash', async () => {
    const script = `
      rcprune() { "$NODE" "$MAIN" "$@"; }
      source <(rcprune completion bash)
      COMP_WORDS=(rcprune solve net.json --method anneal); COMP_CWORD=4
      COMP_LINE='rcprune solve net.json --method anneal'; COMP_POINT=38
      _rcprune_completion
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const environment = `NODE='${process.execPath}' MAIN='${MAIN}'\n`;
    const { stdout, stderr } = await start('bash', ['-c', environment + script]).outcome;
    expect(stdout.trim().split('\n'), stderr).toEqual(['anneal-selection', 'anneal-shape']);
  });
});
