import { Command, Option } from 'commander';
import { COOLINGS, type CoolingName } from '../method/context.ts';
import { RcpruneError } from '../problem/error.ts';
import { meets, requirementOf } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { SolveResult } from '../problem/result.ts';
import { type RunOptions, type RunResult, requireRunOptions, solve } from '../run/solve.ts';
import { loadMethod } from '../solve/registry.ts';
import { withExamples } from './help.ts';
import { DEFAULT_METHOD, methodOption } from './method-option.ts';
import { asAsked, checkOutputs, decimal, type GoalOptions, goalOf, integer, withGoal } from './options.ts';
import { note, printJson, printPairs, share, show } from './output.ts';
import { abortOnSignals, reportNone, withProgress } from './running.ts';

interface Options extends GoalOptions {
  readonly method: string;
  readonly output?: string;
  readonly masks?: string;
  readonly certificate?: string;
  readonly start?: string;
  readonly proof?: string;
  readonly seed: number;
  readonly work?: number;
  readonly time?: number;
  readonly workers: number;
  readonly cooling?: CoolingName;
  readonly checkpoint?: string;
  readonly resume?: string;
  readonly trace?: string;
  readonly json?: true;
}

export function solveCommand(): Command {
  const command = new Command('solve')
    .argument('<instance>', '.json, .safetensors, or - for JSON from standard input')
    .addOption(methodOption('how: see rcprune methods').default(DEFAULT_METHOD))
    .option('-o, --output <FILE>', 'pruning to write (.json), or - for standard output')
    .option('--masks <FILE>', 'masks to write (.safetensors), 1 = kept')
    .option('--certificate <FILE>', 'certificate of the gap to write (.safetensors)')
    .option('--start <PRUNING>', 'starting point')
    .option('--proof <FILE>', 'proof log to write (branch-and-bound)')
    .option('--seed <S>', 'seed of everything random', integer, 1)
    .option('--work <N>', "most units of the method's own work", integer)
    .option('--time <SEC>', 'seconds after which the best so far is taken', decimal)
    .option('--workers <N>', 'worker threads of annealing methods: any number gives the same bytes', integer, 1)
    .addOption(new Option('--cooling <NAME>', 'how anneal-selection cools (default geometric)').choices(COOLINGS))
    .option('--checkpoint <FILE>', "an annealing method's state, written every few seconds")
    .option('--resume <FILE>', 'checkpoint to go on from, to the same end')
    .option('--trace <FILE>', 'cost of every incumbent by work, to write (.csv)')
    .option('--json', 'print one JSON object');
  return withExamples(
    withGoal(command).action(run),
    'solve net.safetensors --sparsity 93% -o pruning.json --masks masks.safetensors',
    'solve small.json --method branch-and-bound --target 231 -o optimal.json --proof optimal.log',
  );
}

async function run(file: string, options: Options): Promise<void> {
  const signal = abortOnSignals();
  const { method, seed, work: workLimit, time, cooling, workers, checkpoint, proof, output, masks } = options;
  await checkOutputs(
    [
      [output, 'pruning'],
      [masks, 'masks'],
      options.certificate,
      proof,
      [options.trace, 'trace'],
      checkpoint, // which may be the one that it goes on from
    ],
    [file, options.start],
    options,
  );
  const { readText, writeText } = await import('../formats/file.ts');
  const { readInstance } = await import('../formats/instance.ts');
  const { readPruning, writeMasks, writePruning } = await import('../formats/pruning.ts');
  const { resume: from } = options;
  const resume = from === undefined ? undefined : { name: from, text: await readText(from, MOST_CHECKPOINT) };
  const onCheckpoint = checkpoint === undefined ? undefined : (text: string) => writeText(checkpoint, [text]);
  const asked = {
    ...{ method, seed, workLimit, seconds: time, cooling, workers, onCheckpoint, resume, proof, signal },
    certify: options.certificate !== undefined,
    trace: options.trace !== undefined,
  };
  await requireUsed(asked, options); // refused here, before anything large is read
  const instance = asAsked(await readInstance(file), options);
  const goal = goalOf(instance, options);
  const requirement = requirementOf(instance, goal);
  const started = performance.now();
  const start = options.start === undefined ? undefined : (await readPruning(options.start, instance)).pruning;
  const isFeasible = requirement.mostRemovable >= requirement.target;
  if (isFeasible && start !== undefined && !meets(instance, requirement, start)) {
    throw new RcpruneError(`${options.start}`, 'a start that meets the goal and the minima', 'one that does not');
  }
  const result = await withProgress(`solve ${method}`, (onProgress) =>
    solve(instance, { ...asked, goal, start, onProgress }),
  );
  const seconds = (performance.now() - started) / 1000;

  if (result.pruning !== null) {
    const claims = { target: result.target, cost: result.cost! };
    if (options.output !== undefined) await writePruning(options.output, instance, result.pruning, claims);
    if (options.masks !== undefined) await writeMasks(options.masks, instance, result.pruning);
    if (options.certificate !== undefined) {
      const { writeCertificate } = await import('../formats/certificate.ts');
      await writeCertificate(options.certificate, instance, result.certificate!);
    }
    if (options.trace !== undefined) {
      await writeText(options.trace, ['work,cost\n', ...result.trace!.map((row) => `${row.join(',')}\n`)]);
    }
  }
  report(instance, result, seconds, options.json === true);
  if (result.pruning !== null && output === undefined && masks === undefined && options.json !== true) {
    note('solve: the pruning was kept nowhere: -o FILE or --masks FILE writes it');
  }
}

/** Longest checkpoint that is read. */
const MOST_CHECKPOINT = 2 ** 29;

/** @throws RcpruneError on an option that the method does not use, in the words of the command line */
async function requireUsed(asked: Omit<RunOptions, 'goal'>, { start, method }: Options): Promise<void> {
  await requireRunOptions({ ...asked, goal: { target: 0 } }).catch((error: unknown) => {
    if (!(error instanceof RcpruneError) || error.where === 'method') throw error;
    throw new RcpruneError(`--${error.where}`, error.expected, error.got);
  });
  if (start === undefined || (await loadMethod(method)).uses?.includes('start')) return;
  note(`solve: ${method} begins at no start; it is the answer only where the run is ended before there is another`);
}

function report(instance: Instance, result: RunResult, seconds: number, asJson: boolean): void {
  const { pruning, certificate: _, trace: __, proof, ...fields } = result;
  if (asJson) printJson({ ...fields, seconds, ...(proof === undefined ? {} : { proof }) });
  else if (pruning !== null) {
    printTable(instance, result, seconds);
    if (proof !== undefined) printPairs([['proof    ', proof]]);
  }
  if (pruning === null) reportNone(result);
}

function printTable(instance: Instance, result: SolveResult, seconds: number): void {
  const { method, status, stopReason, removed, target, entries, cost, kept, total, dualBound, gap, guarantee } = result;
  const { claimedBound } = result;
  printPairs([
    ['method', `${method} (${status}, ${stopReason})`],
    ['layers', `${instance.layers.length}`],
    ['removed', `${removed} of ${entries} units (${share(removed, entries)}), target ${target}`],
    ['cost', `${show(cost)} (${share(cost, total)} of the importance)`],
    ['kept', `${show(kept)} (${share(kept, total)} of the importance)`],
    ['optimum', `at least ${show(dualBound)}, gap ${gap === null ? '-' : share(gap, 1)}`],
    ...(claimedBound === undefined
      ? []
      : ([['claimed', `at least ${show(claimedBound)}, by a certificate that there was no time to verify`]] as const)),
    ['guarantee', guarantee === null ? 'none' : `cost <= ${guarantee} x optimum`],
    ['work', `${result.work}, seed ${result.seed}, ${seconds.toFixed(3)} s`],
  ]);
}
