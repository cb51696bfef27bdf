import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { benchCommand } from './bench.ts';
import { boundCommand } from './bound.ts';
import { evaluateCommand } from './evaluate.ts';
import { exportCommand } from './export.ts';
import { extractCommand } from './extract.ts';
import { finetuneCommand } from './finetune.ts';
import { generateCommand } from './generate.ts';
import { infoCommand } from './info.ts';
import { EXIT, note } from './output.ts';
import { pruneCommand } from './prune.ts';
import { reduceCommand } from './reduce.ts';
import { reportCommand } from './report.ts';
import { solveCommand } from './solve.ts';
import { trainCommand } from './train.ts';
import { verifyCommand } from './verify.ts';
import { worstCaseCommand } from './worst-case.ts';

/** `rcprune`: one file a command; heavy parts are imported when a command needs them. */
function program(): Command {
  const { version, description } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const root = new Command('rcprune').description(description).version(version);
  const commands = [
    generateCommand(),
    extractCommand(),
    infoCommand(),
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
  ];
  for (const command of commands) root.addCommand(command);
  const quieten = (command: Command): void => {
    // What stands after a subcommand is the subcommand's, though both know --rows.
    command
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .enablePositionalOptions();
    for (const inner of command.commands) quieten(inner);
  };
  quieten(root);
  return root;
}

/**
 * One command, start to end, on this process's streams and in its folder: `main.ts` is this and nothing else, so that a test
 * may do without a process of its own. One at a time: the exit code passes through `process.exitCode`, which is as before
 * in the end.
 *
 * @param args what stands behind `rcprune`
 * @returns the exit code
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  const codeBefore = process.exitCode;
  process.exitCode = EXIT.done; // what a command leaves when it has nothing to complain of
  try {
    await program().parseAsync(args, { from: 'user' });
    return Number(process.exitCode);
  } catch (error) {
    // Usage errors are commander's, bad input is a RcpruneError; both, and anything unforeseen, are one line and exit 2.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    const message = error instanceof Error ? error.message.replace(/^error: /, '') : String(error);
    const isBare = error instanceof CommanderError && error.code === 'commander.help';
    note(`rcprune: ${isBare ? 'expected a command (see rcprune --help), got none' : message}`);
    return EXIT.badInput;
  } finally {
    process.exitCode = codeBefore;
  }
}
