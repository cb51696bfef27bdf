import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { withExamples } from './help.ts';
import { EXIT, note } from './output.ts';

/*
 * `rcprune`: one file per command, which is loaded when it is asked for.
 */

/** Every command: what the list of commands says of it, and where it is. */
const COMMANDS: readonly { name: string; summary: string; load: () => Promise<Command> }[] = [
  {
    name: 'generate',
    summary: 'make a random instance of a family',
    load: async () => (await import('./generate.ts')).generateCommand(),
  },
  {
    name: 'extract',
    summary: "turn a network's weights into an instance",
    load: async () => (await import('./extract.ts')).extractCommand(),
  },
  {
    name: 'info',
    summary: 'layers, shapes, units, spread of rows and columns, target',
    load: async () => (await import('./info.ts')).infoCommand(),
  },
  {
    name: 'methods',
    summary: 'list the methods: what is proved of each, the options it heeds, what it does',
    load: async () => (await import('./methods.ts')).methodsCommand(),
  },
  {
    name: 'solve',
    summary: 'choose the rows and columns to remove',
    load: async () => (await import('./solve.ts')).solveCommand(),
  },
  {
    name: 'bound',
    summary: 'prove how little any pruning that meets the goal can cost',
    load: async () => (await import('./bound.ts')).boundCommand(),
  },
  {
    name: 'verify',
    summary: 'check a pruning exactly, and a certificate of its gap rigorously, trusting no solver',
    load: async () => (await import('./verify.ts')).verifyCommand(),
  },
  {
    name: 'reduce',
    summary: 'turn a graph question into a pruning question, and its answer back',
    load: async () => (await import('./reduce.ts')).reduceCommand(),
  },
  {
    name: 'worst-case',
    summary: 'instances on which an algorithm is as far from the optimum as it can be',
    load: async () => (await import('./worst-case.ts')).worstCaseCommand(),
  },
  {
    name: 'export',
    summary: 'write the integer program of an instance, for any other solver',
    load: async () => (await import('./export.ts')).exportCommand(),
  },
  {
    name: 'prune',
    summary: 'turn a network into a smaller one of its kept rows and columns',
    load: async () => (await import('./prune.ts')).pruneCommand(),
  },
  {
    name: 'train',
    summary: 'train a network',
    load: async () => (await import('./train.ts')).trainCommand(),
  },
  {
    name: 'finetune',
    summary: 'train a network on, pruned or while it is pruned',
    load: async () => (await import('./finetune.ts')).finetuneCommand(),
  },
  {
    name: 'evaluate',
    summary: 'measure how many images a network classifies right',
    load: async () => (await import('./evaluate.ts')).evaluateCommand(),
  },
  {
    name: 'report',
    summary: 'show a pruning, or benchmarks, as a page that needs nothing but a browser',
    load: async () => (await import('./report.ts')).reportCommand(),
  },
  {
    name: 'bench',
    summary: 'run a suite of benchmarks, one line of JSON a run',
    load: async () => (await import('./bench.ts')).benchCommand(),
  },
  {
    name: 'library',
    summary: 'check the instance library, or better its records',
    load: async () => (await import('./library.ts')).libraryCommand(),
  },
  {
    name: 'completion',
    summary: 'print the script that completes commands, options and methods in a shell',
    load: async () => (await import('./completion.ts')).completionCommand(),
  },
];

/** The word that stands for all commands: what completes words, and helps, must know them. */
const OF_ALL = ['completion-server', 'help'];

/**
 * The whole program. Errors are thrown, not printed.
 *
 * @param word the first word on its command line, where there is one: then only this command is more than its summary
 */
export async function program(word?: string): Promise<Command> {
  const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const root = new Command('rcprune').description(description).version(version);
  const isWhole = word === undefined || OF_ALL.includes(word);
  for (const { name, summary, load } of COMMANDS) {
    root.addCommand((isWhole || word === name ? await load() : new Command(name)).summary(summary));
  }
  if (isWhole) {
    const { completionServerCommand } = await import('./completion.ts');
    root.addCommand(completionServerCommand(root), { hidden: true });
  }
  const quieten = (command: Command): void => {
    // What stands after a subcommand is the subcommand's, though both know --rows.
    command
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .enablePositionalOptions();
    for (const inner of command.commands) quieten(inner);
  };
  quieten(root);
  return withExamples(
    root,
    'prune net/model.json --sparsity 93% -o small',
    'solve net.safetensors --sparsity 93% -o pruning.json',
  );
}

/**
 * One command, start to end, on this process's streams and in its folder: `main.ts` is this and nothing else, so that a test
 * may do without a process of its own. One at a time: the exit code passes through `process.exitCode`, which is as before
 * in the end.
 *
 * @param args what stands behind `rcprune`; nothing: the help
 * @returns the exit code
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  const codeBefore = process.exitCode;
  process.exitCode = EXIT.done; // what a command leaves when it has nothing to complain of
  try {
    const root = await program(args[0] ?? '');
    if (args.length === 0) root.outputHelp();
    else await root.parseAsync(args, { from: 'user' });
    return Number(process.exitCode);
  } catch (error) {
    // Usage errors are commander's, bad input is a RcpruneError; both, and anything unforeseen, are one line and exit 2.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    note(`rcprune: ${error instanceof Error ? error.message.replace(/^error: /, '') : String(error)}`);
    return EXIT.badInput;
  } finally {
    process.exitCode = codeBefore;
  }
}
