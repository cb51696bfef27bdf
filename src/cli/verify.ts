import { Command } from 'commander';
import { check } from '../certify/index.ts';
import { type GoalOptions, goalOf, withGoal } from './options.ts';
import { EXIT, note, print, printJson, share, show } from './output.ts';

interface Options extends GoalOptions {
  readonly json?: true;
}

export function verifyCommand(): Command {
  const command = new Command('verify')
    .summary('check a pruning exactly, and a certificate of its gap rigorously, trusting no solver')
    .argument('<instance>')
    .argument('<pruning>')
    .argument('[certificate]', 'what bound or solve --certificate wrote')
    .option('--json', 'print one JSON object');
  return withGoal(command).action(run);
}

async function run(
  instanceFile: string,
  file: string,
  certificateFile: string | undefined,
  options: Options,
): Promise<void> {
  const { readCertificate, readInstance, readPruning } = await import('../formats/index.ts');
  const instance = await readInstance(instanceFile);
  const { pruning, target, cost, instanceHash } = await readPruning(file, instance);
  const certificate = certificateFile === undefined ? null : await readCertificate(certificateFile, instance);
  const goal = goalOf(instance, options, target);
  const verdict = check(instance, goal, pruning, { cost, instanceHash }, certificate);
  if (options.json) printJson(verdict);
  else if (verdict.valid) {
    const { removed, cost, kept, dualBound, keptBound, gap, ratio, keptRatio } = verdict;
    const total = cost! + kept!;
    print(`valid: ${removed} units removed, target ${verdict.target}`);
    print(`cost ${show(cost)} (${share(cost, total)} of the importance), kept ${show(kept)} (${share(kept, total)})`);
    if (dualBound !== null) {
      print(`proved: any pruning costs at least ${show(dualBound)} and keeps at most ${show(keptBound)}`);
      print(`gap ${gap === null ? '-' : share(gap, 1)}, cost ratio ${show(ratio)}, kept ratio ${show(keptRatio)}`);
    }
  } else print(`invalid: ${verdict.reason}`);
  if (!verdict.valid) note(`verify: ${verdict.reason}`);
  process.exitCode = verdict.valid ? EXIT.done : EXIT.rejected;
}
