import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { benchCommand } from './bench.ts';
import { boundCommand } from './bound.ts';
import { completionCommand, completionServerCommand } from './completion.ts';
import { evaluateCommand } from './evaluate.ts';
import { exportCommand } from './export.ts';
import { extractCommand } from './extract.ts';
import { finetuneCommand } from './finetune.ts';
import { generateCommand } from './generate.ts';
import { withExamples } from './help.ts';
import { infoCommand } from './info.ts';
import { methodsCommand } from './methods.ts';
import { EXIT, note } from './output.ts';
import { pruneCommand } from './prune.ts';
import { reduceCommand } from './reduce.ts';
import { reportCommand } from './report.ts';
import { solveCommand } from './solve.ts';
import { trainCommand } from './train.ts';
import { verifyCommand } from './verify.ts';
import { worstCaseCommand } from './worst-case.ts';

/** `rcprune`: one file a command; heavy parts are imported when a command needs them. Errors are thrown, not printed. */
export function program(): Command {
  const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const root = new Command('rcprune').description(description).version(version);
  const commands = [
    generateCommand(),
    extractCommand(),
    infoCommand(),
    methodsCommand(),
    solveCommand(),
    boundCommand(),
    verifyCommand(),
    reduceCommand(),
    worstCaseCommand(),
    exportCommand(),
    pruneCommand(),
    trainCommand(),
    finetuneCommand(),
    evaluateCommand(),
    reportCommand(),
    benchCommand(),
    completionCommand(),
  ];
  for (const command of commands) root.addCommand(command);
  root.addCommand(completionServerCommand(root), { hidden: true });
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
    const root = program();
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
