import { Worker } from 'node:worker_threads';
import type { TracePoint } from '../anneal/trace.ts';
import type { Certificate } from '../problem/certificate.ts';
import { RcpruneError } from '../problem/error.ts';
import { largestPruning, requirementOf } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { Answer, SolveResult, StopReason } from '../problem/result.ts';
import { type BoundResult, bound } from '../solve/bound.ts';
import { AT_ONCE, settle, settleCertificate } from '../solve/gate.ts';
import type { AnnealingSetting } from './annealing.ts';
import { EXIT, note, progress, share } from './output.ts';
import type { Message, Task } from './solve-worker.ts';

/** A run that a signal or a deadline ended: the best so far. */
export interface Stopped {
  readonly kind: 'stopped';
  readonly stopReason: StopReason;
  readonly pruning: Pruning | null;
  readonly certificate: Certificate | null;
  /** The best lower bound proved so far, in units of 2^-149. */
  readonly bound: bigint;
  /** Whether a proof log is whole; null while there is none. */
  readonly proofIsWhole: boolean | null;
  /** The whole result, when only its certificate was unfinished. */
  readonly solved: SolveResult | null;
  readonly work: number;
}

/** How a run of either kind of task ends by itself. */
export interface Solved {
  readonly kind: 'solved';
  readonly result: SolveResult;
  /** Whether the proof log is whole; null when none was asked for. */
  readonly proofIsWhole: boolean | null;
}
export interface Bounded {
  readonly kind: 'bounded';
  readonly result: BoundResult;
}

/** Who else hears what the worker says. */
export interface Watch {
  readonly onIncumbent?: (pruning: Pruning, work: number) => void;
  readonly onCheckpoint?: (text: string) => Promise<void>;
  /** The incumbents before a checkpoint that the run goes on from: they replace those told of so far. */
  readonly onTrace?: (trace: readonly TracePoint[]) => void;
}

/** Resolves at the first SIGINT or SIGTERM from now on. */
export function listenForSignals(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
}

/**
 * Runs a task in a worker thread, so that signals and deadlines are honoured at once even while it blocks: the worker
 * reports every incumbent and certificate, and is ended without being asked.
 *
 * @throws RcpruneError that the worker threw
 */
export async function runInWorker<End extends Solved | Bounded>(
  task: Extract<Task, { kind: End extends Solved ? 'solve' : 'bound' }>,
  label: string,
  interruption: Promise<void>,
  seconds: number | undefined,
  { onIncumbent, onCheckpoint, onTrace }: Watch = {},
): Promise<End | Stopped> {
  const worker = new Worker(new URL('./solve-worker.js', import.meta.url), { workerData: task });
  const began = performance.now();
  const bar = progress(label, 0);
  let soFar: Omit<Stopped, 'kind' | 'stopReason'> = {
    pruning: null,
    certificate: null,
    bound: 0n,
    proofIsWhole: null,
    solved: null,
    work: 0,
  };
  let course = ''; // of methods that tell it
  let writing = Promise.resolve(); // checkpoints, one after another
  const ticker = setInterval(() => {
    const elapsed = ((performance.now() - began) / 1000).toFixed(0);
    const proved =
      soFar.certificate === null
        ? ''
        : `, cost at least ${soFar.certificate.claim.dualBound.toPrecision(6)} (not verified yet)`;
    bar.update(0, `${elapsed} s${soFar.work > 0 ? `, last improved at work ${soFar.work}` : ''}${proved}${course}`);
  }, 250);
  let deadline: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      const stop = (stopReason: StopReason) => resolve({ kind: 'stopped', stopReason, ...soFar });
      worker.on('message', (message: Message) => {
        if (message.kind === 'incumbent') {
          soFar = { ...soFar, pruning: message.pruning, work: message.work };
          onIncumbent?.(message.pruning, message.work);
        } else if (message.kind === 'progress') {
          const gap = message.gap === null ? '' : `, gap at most ${share(message.gap, 1)}`;
          course = `, ${share(message.work, message.of)} done${gap}`;
        } else if (message.kind === 'checkpoint') {
          writing = writing.then(() => onCheckpoint?.(message.text));
          writing.catch(reject);
        } else if (message.kind === 'trace') onTrace?.(message.trace);
        else if (message.kind === 'certificate') {
          soFar = { ...soFar, certificate: message.certificate, work: message.work };
        } else if (message.kind === 'bound') soFar = { ...soFar, bound: message.bound, work: message.work };
        else if (message.kind === 'proof') soFar = { ...soFar, proofIsWhole: message.isWhole };
        else if (message.kind === 'uncertified') soFar = { ...soFar, solved: message.result };
        else if (message.kind === 'refused') reject(new RcpruneError(message.where, message.expected, message.got));
        else resolve({ ...message, proofIsWhole: soFar.proofIsWhole } as unknown as End);
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

/** How {@link solveInWorker} runs, beside the method's own options. */
export interface InWorker extends Watch {
  /** Whether the result must come with a certificate, whatever the method. */
  readonly certify?: boolean;
  readonly proof?: string | undefined;
  /** Of an annealing method. Default: one worker thread and no checkpoint. */
  readonly annealing?: AnnealingSetting | undefined;
}

/**
 * What a method finds, by {@link runInWorker}. A run that a signal, a deadline or a limit of zero ends gives its incumbent,
 * else the start, else the largest pruning; a goal that no pruning meets is said so, and no worker runs.
 *
 * @returns with the result, whether the proof log is whole; null when the search did not end by itself
 * @throws RcpruneError that the worker threw
 */
export async function solveInWorker(
  instance: Instance,
  options: SolveTask['options'],
  interruption: Promise<void>,
  { certify = false, proof, annealing, ...watch }: InWorker = {},
): Promise<{ readonly result: SolveResult; readonly proofIsWhole: boolean | null }> {
  const { method, goal, seed = 1, workLimit, seconds, start } = options;
  const requirement = requirementOf(instance, goal);
  const resultOf = (answer: Answer) => settle(instance, goal, method, seed, answer);
  const stopAt = (stopReason: StopReason, stopped: Partial<Stopped> = {}) => {
    const { pruning = null, work = 0, solved = null, bound: dualBound = 0n } = stopped;
    const incumbent = pruning ?? start ?? largestPruning(instance, requirement);
    const result = solved ?? resultOf({ pruning: incumbent, stopReason, work, dualBound });
    const evidence = () => stopped.certificate ?? bound(instance, { goal, workLimit: 0 }).certificate;
    // Whoever stopped the run waits: a certificate that takes long to verify is a claim.
    const certified = () => settleCertificate(instance, goal, result, evidence(), AT_ONCE);
    return { result: certify ? certified() : result, proofIsWhole: null };
  };
  if (requirement.mostRemovable < requirement.target) {
    return { result: resultOf({ pruning: null, status: 'infeasible' }), proofIsWhole: null };
  }
  if (workLimit === 0) return stopAt('workLimit');
  if (seconds === 0) return stopAt('timeLimit');
  const setting = method.startsWith('anneal-') ? (annealing ?? ONE_THREAD) : undefined;
  const task = { kind: 'solve', instance, options, certify, proof, annealing: setting } as const;
  const ended = await runInWorker<Solved>(task, `solve ${method}`, interruption, seconds, watch);
  return ended.kind === 'solved' ? ended : stopAt(ended.stopReason, ended);
}

const ONE_THREAD: AnnealingSetting = { workers: 1, checkpoints: false };
type SolveTask = Extract<Task, { kind: 'solve' }>;

/** Says why a method has no pruning, and sets the exit code that says it too. */
export function reportNone({ method, status, target, entries }: SolveResult): void {
  const what = `${method}: expected ${target} of ${entries} units removed`;
  note(status === 'infeasible' ? `${what}, got minima that forbid it` : `${what}, this method found none`);
  process.exitCode = status === 'infeasible' ? EXIT.infeasible : EXIT.foundNone;
}
