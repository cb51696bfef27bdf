import { Command } from 'commander';
import type { Certificate } from '../problem/certificate.ts';
import { exactTotal } from '../problem/cost.ts';
import { toNearest } from '../problem/exact-sum.ts';
import { requirementOf } from '../problem/goal.ts';
import type { StopReason } from '../problem/result.ts';
import { type BoundResult, bound } from '../solve/bound.ts';
import { AT_ONCE, verified } from '../solve/gate.ts';
import { withExamples } from './help.ts';
import { checkOutputs, decimal, type GoalOptions, goalOf, integer, withGoal } from './options.ts';
import { EXIT, note, printJson, printPairs, share, show } from './output.ts';
import { type Bounded, listenForSignals, runInWorker } from './run-worker.ts';

interface Options extends GoalOptions {
  readonly output: string;
  readonly work?: number;
  readonly time?: number;
  readonly json?: true;
}

export function boundCommand(): Command {
  const command = new Command('bound')
    .summary('prove how little any pruning that meets the goal can cost')
    .argument('<instance>', '.json, .safetensors, or - for JSON from standard input')
    .requiredOption('-o, --output <CERTIFICATE>', 'certificate to write (.safetensors)')
    .option('--work <N>', 'most refinements of a layer', integer)
    .option('--time <SEC>', 'seconds after which the best certificate so far is taken', decimal)
    .option('--json', 'print one JSON object');
  return withExamples(
    withGoal(command).action(run),
    'bound net.safetensors --sparsity 93% -o gap.safetensors',
    'bound small.json --shape 10,12 --time 20 -o gap.safetensors',
  );
}

async function run(file: string, options: Options): Promise<void> {
  const interruption = listenForSignals();
  await checkOutputs([options.output], [file]);
  const { readInstance, writeCertificate } = await import('../formats/index.ts');
  const instance = await readInstance(file);
  const goal = goalOf(instance, options);
  const { target, mostRemovable } = requirementOf(instance, goal);
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  if (mostRemovable < target) {
    if (options.json)
      printJson({ dualBound: null, keptBound: null, target, stopReason: 'complete', work: 0, seconds: seconds() });
    note(`bound: expected ${target} units removed, got minima that forbid it`);
    process.exitCode = EXIT.infeasible;
    return;
  }
  const trivial = (stopReason: StopReason) => ({ ...bound(instance, { goal, workLimit: 0 }), stopReason });
  const search = async () => {
    if (options.work === 0) return trivial('workLimit');
    if (options.time === 0) return trivial('timeLimit');
    const task = { kind: 'bound', instance, options: { goal, workLimit: options.work } } as const;
    const ended = await runInWorker<Bounded>(task, 'bound', interruption, options.time);
    if (ended.kind === 'bounded') return ended.result;
    const { stopReason, certificate, work } = ended;
    if (certificate === null) return trivial(stopReason);
    // Whoever stopped the search waits: a certificate that takes long to verify is a claim.
    const verdict = verified(instance, goal, certificate, AT_ONCE);
    if (verdict?.valid === true) {
      return { certificate, stopReason, work, dualBound: verdict.dualBound!, keptBound: verdict.keptBound! };
    }
    const { dualBound, keptBound } = trivial(stopReason);
    return { certificate, stopReason, work, dualBound, keptBound, claim: certificate.claim };
  };
  const ended: BoundResult & { readonly claim?: Certificate['claim'] } = await search();
  const { certificate, dualBound, keptBound, stopReason, work, claim } = ended;
  await writeCertificate(options.output, instance, certificate);
  const claims = claim === undefined ? {} : { claimedBound: claim.dualBound, claimedKeptBound: claim.keptBound };
  if (options.json) {
    printJson({ dualBound, keptBound, ...claims, target, stopReason, work, seconds: seconds() });
    return;
  }
  if (claim !== undefined) {
    note(
      'bound: the certificate was written as it is; rcprune verify says what it proves, which takes longer than was left',
    );
  }
  const total = toNearest(exactTotal(instance));
  printPairs([
    ['target', `${target} units removed`],
    ['cost', `at least ${show(dualBound)} (${share(dualBound, total)} of the importance)`],
    ['kept', `at most ${show(keptBound)} (${share(keptBound, total)} of the importance)`],
    ['work', `${work} (${stopReason}), ${seconds().toFixed(3)} s`],
  ]);
}
