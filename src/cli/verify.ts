import { Command } from 'commander';
import { check, type Verdict } from '../certify/check.ts';
import type { Goal } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import { withExamples } from './help.ts';
import { asAsked, checkInputs, type GoalOptions, goalOf, withGoal } from './options.ts';
import { EXIT, note, print, printJson, share, show } from './output.ts';

interface Options extends GoalOptions {
  readonly proof?: string;
  readonly json?: true;
}

export function verifyCommand(): Command {
  const command = new Command('verify')
    .argument('<instance>', '.json, .safetensors, or - for JSON from standard input')
    .argument('<pruning>', '.json, or - for standard input')
    .argument('[certificate]', 'what bound or solve --certificate wrote')
    .option('--proof <FILE>', 'proof log that the pruning is optimal, replayed and checked')
    .option('--json', 'print one JSON object');
  return withExamples(
    withGoal(command).action(run),
    'verify net.safetensors pruning.json gap.safetensors',
    'verify small.json optimal.json --sparsity 60% --proof optimal.log',
  );
}

async function run(
  instanceFile: string,
  file: string,
  certificateFile: string | undefined,
  options: Options,
): Promise<void> {
  checkInputs([instanceFile, file]);
  const { readInstance } = await import('../formats/instance.ts');
  const { readPruning } = await import('../formats/pruning.ts');
  const given = await readInstance(instanceFile);
  const instance = asAsked(given, options);
  const { pruning, target, cost, instanceHash: claimed } = await readPruning(file, instance);
  // A pruning that was made for the links is one of the layers on their own too.
  const isOfLinks = options.unlinked === true && claimed !== undefined && claimed === instanceHash(given);
  const hash = isOfLinks ? undefined : claimed;
  const certificate =
    certificateFile === undefined
      ? null
      : await (await import('../formats/certificate.ts')).readCertificate(certificateFile, instance);
  const goal = goalOf(instance, options, target);
  const plain = check(instance, goal, pruning, { cost, instanceHash: hash }, certificate);
  const verdict =
    options.proof === undefined || !plain.valid
      ? plain
      : await withProof(instance, goal, pruning, plain, options.proof);
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
    if (options.proof !== undefined) print('the proof log was replayed: no pruning that meets the goal costs less');
  } else print('invalid');
  if (!verdict.valid) note(`verify: ${verdict.reason}`);
  process.exitCode = verdict.valid ? EXIT.done : EXIT.rejected;
}

/** The verdict with a proof log replayed: cost and bound agree, or the log does not prove it. */
async function withProof(
  instance: Instance,
  goal: Goal,
  pruning: Pruning,
  verdict: Verdict,
  file: string,
): Promise<Verdict> {
  const { logFault } = await import('../benchmark/proof-replay.ts');
  const fault = await logFault(file, instance, goal, pruning);
  if (fault !== null) return { ...verdict, valid: false, reason: `proof: ${fault}` };
  return { ...verdict, dualBound: verdict.cost, keptBound: verdict.kept, gap: 0, ratio: 1, keptRatio: 1 };
}
