import { Worker } from 'node:worker_threads';
import { Command } from 'commander';
import { METHODS } from '../methods.ts';
import { exactCost } from '../problem/cost.ts';
import { RcpruneError } from '../problem/error.ts';
import { toNearest } from '../problem/exact-sum.ts';
import { largestPruning, meets, requirementOf } from '../problem/goal.ts';
import { type Instance, requireInteger } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import { makeResult, type SolveResult, type StopReason } from '../problem/result.ts';
import { checkOutputs, decimal, type GoalOptions, goalOf, integer, withGoal } from './options.ts';
import { EXIT, note, printJson, printPairs, progress, share, show } from './output.ts';
import type { Message, Task } from './solve-worker.ts';

interface Options extends GoalOptions {
  readonly method: string;
  readonly output?: string;
  readonly masks?: string;
  readonly start?: string;
  readonly seed: number;
  readonly work?: number;
  readonly time?: number;
  readonly workers: number;
  readonly checkpoint?: string;
  readonly resume?: string;
  readonly trace?: string;
  readonly json?: true;
}

export function solveCommand(): Command {
  const command = new Command('solve')
    .summary('choose the rows and columns to remove')
    .argument('<instance>')
    .requiredOption('--method <M>', `one of ${METHODS.map(({ name }) => name).join(' ')}`)
    .option('-o, --output <FILE>', 'pruning to write (.json)')
    .option('--masks <FILE>', 'masks to write (.safetensors), 1 = kept')
    .option('--start <PRUNING>', 'starting point')
    .option('--seed <S>', 'seed of everything random', integer, 1)
    .option('--work <N>', "most units of the method's own work", integer)
    .option('--time <SEC>', 'seconds after which the best so far is taken', decimal)
    .option('--workers <N>', 'worker threads of annealing methods: any number gives the same bytes', integer, 1)
    .option('--checkpoint <FILE>', "an annealing method's state, written every few seconds")
    .option('--resume <FILE>', 'checkpoint to go on from, to the same end')
    .option('--trace <FILE>', 'cost of every incumbent by work, to write (.csv)')
    .option('--json', 'print one JSON object');
  return withGoal(command).action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const interruption = listenForSignals();
  if (!METHODS.some(({ name }) => name === options.method)) {
    throw new RcpruneError('--method', `one of ${METHODS.map(({ name }) => name).join(' ')}`, options.method);
  }
  const isAnnealing = options.method.startsWith('anneal-');
  if (!isAnnealing && (options.workers !== 1 || options.checkpoint !== undefined || options.resume !== undefined)) {
    throw new RcpruneError('--workers, --checkpoint, --resume', 'an annealing method', options.method);
  }
  requireInteger('--workers', options.workers, 1, MOST_WORKERS);
  await checkOutputs([options.output, options.masks, options.trace], [file, options.start]);
  // A run may go on writing the checkpoint that it goes on from.
  await checkOutputs([options.checkpoint], [file, options.start, options.output, options.masks, options.trace]);
  const { readInstance, readPruning, writeMasks, writePruning } = await import('../formats/index.ts');
  const { readText, writeText } = await import('../formats/file.ts');
  const instance = await readInstance(file);
  const goal = goalOf(instance, options);
  const requirement = requirementOf(instance, goal);
  const started = performance.now();
  const start = options.start === undefined ? undefined : (await readPruning(options.start, instance)).pruning;
  const isFeasible = requirement.mostRemovable >= requirement.target;
  if (isFeasible && start !== undefined && !meets(instance, requirement, start)) {
    throw new RcpruneError(`${options.start}`, 'a start that meets the goal and the minima', 'one that does not');
  }
  const fallback = () => start ?? largestPruning(instance, requirement);
  const { method, seed, work: workLimit } = options;
  const stopAt = (stopReason: StopReason, pruning = fallback(), work = 0) =>
    makeResult(instance, requirement.target, method, seed, { pruning, stopReason, work });

  const trace: [number, number][] = [];
  let result: SolveResult;
  if (!isFeasible) {
    const answer = { pruning: null, status: 'infeasible' } as const;
    result = makeResult(instance, requirement.target, method, seed, answer);
  } else if (options.work === 0) result = stopAt('workLimit');
  else if (options.time === 0) result = stopAt('timeLimit');
  else {
    const { workers, checkpoint, resume } = options;
    const task: Task = {
      instance,
      options: { method, goal, seed, workLimit, start },
      ...(isAnnealing
        ? {
            annealing: {
              workers,
              checkpoints: checkpoint !== undefined,
              resume:
                resume === undefined ? undefined : { file: resume, text: await readText(resume, MOST_CHECKPOINT) },
            },
          }
        : {}),
    };
    const onIncumbent = (pruning: Pruning, work: number) => {
      if (options.trace !== undefined) trace.push([work, toNearest(exactCost(instance, pruning).cost)]);
    };
    const onCheckpoint = (text: string) => writeText(checkpoint!, text);
    const ended = await solveInWorker(task, interruption, options.time, onIncumbent, onCheckpoint);
    result = 'status' in ended ? ended : stopAt(ended.stopReason, ended.pruning ?? undefined, ended.work);
  }
  const seconds = (performance.now() - started) / 1000;

  if (result.pruning !== null) {
    const claims = { target: result.target, cost: result.cost! };
    if (options.output !== undefined) await writePruning(options.output, instance, result.pruning, claims);
    if (options.masks !== undefined) await writeMasks(options.masks, instance, result.pruning);
    if (options.trace !== undefined) {
      const lines = [...trace, [result.work, result.cost!]].map((row) => `${row.join(',')}\n`);
      await writeText(options.trace, `work,cost\n${lines.join('')}`);
    }
  }
  report(instance, result, seconds, options.json === true);
}

/** More threads than any machine this runs on has cores. */
const MOST_WORKERS = 256;
/** Longest checkpoint that is read. */
const MOST_CHECKPOINT = 2 ** 29;

/** A run that a signal or a deadline ended: the best so far. */
interface Stopped {
  readonly stopReason: StopReason;
  readonly pruning: Pruning | null;
  readonly work: number;
}

/** Resolves at the first SIGINT or SIGTERM from now on. */
function listenForSignals(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
}

/**
 * Solves in a worker thread, so that signals and deadlines are honoured at once even while a solver blocks: the worker
 * reports every incumbent, and is ended without being asked.
 *
 * @throws RcpruneError that the worker threw
 */
async function solveInWorker(
  task: Task,
  interruption: Promise<void>,
  seconds: number | undefined,
  onIncumbent: (pruning: Pruning, work: number) => void,
  onCheckpoint: (text: string) => Promise<void>,
): Promise<SolveResult | Stopped> {
  const worker = new Worker(new URL('./solve-worker.js', import.meta.url), { workerData: task });
  const began = performance.now();
  const bar = progress(`solve ${task.options.method}`, 0);
  let incumbent: Pruning | null = null;
  let work = 0;
  let course = ''; // of methods that tell it
  let writing = Promise.resolve(); // checkpoints, one after another
  const ticker = setInterval(() => {
    const elapsed = ((performance.now() - began) / 1000).toFixed(0);
    bar.update(0, `${elapsed} s${work > 0 ? `, last improved at work ${work}` : ''}${course}`);
  }, 250);
  let deadline: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const stop = (stopReason: StopReason) => resolve({ stopReason, pruning: incumbent, work });
      worker.on('message', (message: Message) => {
        if (message.kind === 'incumbent') {
          ({ pruning: incumbent, work } = message);
          onIncumbent(message.pruning, message.work);
        } else if (message.kind === 'progress') {
          const gap = message.gap === null ? '' : `, gap at most ${share(message.gap, 1)}`;
          course = `, ${share(message.work, message.of)} done${gap}`;
        } else if (message.kind === 'checkpoint') {
          writing = writing.then(() => onCheckpoint(message.text));
          writing.catch(reject);
        } else if (message.kind === 'result') resolve(message.result);
        else reject(new RcpruneError(message.where, message.expected, message.got));
      });
      worker.on('error', reject);
      void interruption.then(() => stop('interrupted'));
      // A timer takes at most 2^31 - 1 milliseconds, 24 days: a longer limit is none.
      if (seconds !== undefined && seconds < 2_147_483) deadline = setTimeout(() => stop('timeLimit'), seconds * 1000);
    });
  } finally {
    clearInterval(ticker);
    clearTimeout(deadline);
    bar.stop();
    await writing.catch(() => undefined);
    await worker.terminate();
  }
}

function report(instance: Instance, result: SolveResult, seconds: number, asJson: boolean): void {
  const { pruning, ...fields } = result;
  if (asJson) printJson({ ...fields, seconds });
  else if (pruning !== null) printTable(instance, result, seconds);
  if (pruning !== null) return;
  const what = `${result.method}: expected ${result.target} of ${result.entries} units removed`;
  note(result.status === 'infeasible' ? `${what}, got minima that forbid it` : `${what}, this method found none`);
  process.exitCode = result.status === 'infeasible' ? EXIT.infeasible : EXIT.foundNone;
}

function printTable(instance: Instance, result: SolveResult, seconds: number): void {
  const { method, status, stopReason, removed, target, entries, cost, kept, total, dualBound, gap, guarantee } = result;
  printPairs([
    ['method', `${method} (${status}, ${stopReason})`],
    ['layers', `${instance.layers.length}`],
    ['removed', `${removed} of ${entries} units (${share(removed, entries)}), target ${target}`],
    ['cost', `${show(cost)} (${share(cost, total)} of the importance)`],
    ['kept', `${show(kept)} (${share(kept, total)} of the importance)`],
    ['optimum', `at least ${show(dualBound)}, gap ${gap === null ? '-' : share(gap, 1)}`],
    ['guarantee', guarantee === null ? 'none' : `cost <= ${guarantee} x optimum`],
    ['work', `${result.work}, seed ${result.seed}, ${seconds.toFixed(3)} s`],
  ]);
}
