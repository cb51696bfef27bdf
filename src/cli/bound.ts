import { Command } from 'commander';
import { exactTotal } from '../problem/cost.ts';
import { toNearest } from '../problem/exact-sum.ts';
import { requirementOf } from '../problem/goal.ts';
import { bound } from '../run/bound.ts';
import { withExamples } from './help.ts';
import { asAsked, checkOutputs, decimal, type GoalOptions, goalOf, integer, withGoal } from './options.ts';
import { EXIT, note, printJson, printPairs, share, show } from './output.ts';
import { abortOnSignals, withProgress } from './running.ts';

interface Options extends GoalOptions {
  readonly output: string;
  readonly work?: number;
  readonly time?: number;
  readonly json?: true;
}

export function boundCommand(): Command {
  const command = new Command('bound')
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
  const signal = abortOnSignals();
  await checkOutputs([options.output], [file]);
  const { writeCertificate } = await import('../formats/certificate.ts');
  const { readInstance } = await import('../formats/instance.ts');
  const instance = asAsked(await readInstance(file), options);
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
  const ended = await withProgress('bound', (onProgress) =>
    bound(instance, { goal, workLimit: options.work, seconds: options.time, signal, onProgress }),
  );
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
