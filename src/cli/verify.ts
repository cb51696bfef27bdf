import { Command } from 'commander';
import { check } from '../certify/index.ts';
import { RcpruneError } from '../problem/error.ts';
import { type GoalOptions, goalOf, withGoal } from './options.ts';
import { EXIT, note, print, printJson, share, show } from './output.ts';

interface Options extends GoalOptions {
  readonly json?: true;
}

export function verifyCommand(): Command {
  const command = new Command('verify')
    .summary('check a pruning exactly, trusting no solver')
    .argument('<instance>')
    .argument('<pruning>')
    .argument('[certificate]', 'not supported by this version')
    .option('--json', 'print one JSON object');
  return withGoal(command).action(run);
}

async function run(
  instanceFile: string,
  file: string,
  certificate: string | undefined,
  options: Options,
): Promise<void> {
  if (certificate !== undefined) {
    throw new RcpruneError('verify', 'INSTANCE PRUNING (certificates are not supported by this version)', certificate);
  }
  const { readInstance, readPruning } = await import('../formats/index.ts');
  const instance = await readInstance(instanceFile);
  const { pruning, target, cost, instanceHash } = await readPruning(file, instance);
  const verdict = check(instance, goalOf(instance, options, target), pruning, { cost, instanceHash });
  if (options.json) printJson(verdict);
  else if (verdict.valid) {
    const { removed, cost, kept } = verdict;
    const total = cost! + kept!;
    print(`valid: ${removed} units removed, target ${verdict.target}`);
    print(`cost ${show(cost)} (${share(cost, total)} of the importance), kept ${show(kept)} (${share(kept, total)})`);
  } else print(`invalid: ${verdict.reason}`);
  if (!verdict.valid) note(`verify: ${verdict.reason}`);
  process.exitCode = verdict.valid ? EXIT.done : EXIT.rejected;
}
