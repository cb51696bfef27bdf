import { rmSync } from 'node:fs';
import { addPoint, type TracePoint } from '../method/trace.ts';
import type { Certificate } from '../problem/certificate.ts';
import { exactCost, exactTotal } from '../problem/cost.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import { toNearest } from '../problem/exact-sum.ts';
import { type Goal, largestPruning, meets, requirementOf } from '../problem/goal.ts';
import { type Instance, requireInteger } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { SolveResult, StopReason } from '../problem/result.ts';
import { AT_ONCE, settle, settleCertificate } from '../solve/gate.ts';
import { requireOptions, requireTask, requireUses, type SolveOptions } from '../solve/options.ts';
import { loadMethod, requireMethodName } from '../solve/registry.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type ProofState, settleProof, temporaryProof } from './proof-file.ts';
import { fileBeside, inThread, watchEnds } from './thread.ts';
import type { Message, Task } from './worker.ts';

/*
 * The driver: runs a method in a thread of its own, until it ends, its time is over or somebody has had enough; then the best so far
 * is the answer. The command line and programs use it alike.
 */

/** How to run. */
export interface RunOptions extends Omit<SolveOptions, 'onProof'> {
  /** A pruning that meets the goal: where methods begin that improve one; of all, what a run answers that is ended before it has any. */
  readonly start?: Pruning | undefined;
  /** Seconds after which the best so far is the answer (`timeLimit`). */
  readonly seconds?: number | undefined;
  /** Ends the run as a deadline does (`interrupted`). */
  readonly signal?: AbortSignal | undefined;
  /** Whether the result must come with a certificate, whatever the method. Default: where the method makes one. */
  readonly certify?: boolean | undefined;
  /** File for the proof log of a method that writes one: written when the search has closed. */
  readonly proof?: string | undefined;
  /** Threads of a method of rounds (annealing): any number gives the same answer. Default 1. */
  readonly workers?: number | undefined;
  /** Takes what a method of rounds can go on from, every two seconds. */
  readonly onCheckpoint?: ((text: string) => void | Promise<void>) | undefined;
  /** What an earlier run gave to `onCheckpoint`, to go on to the same end. */
  readonly resume?: Checkpoint | undefined;
  /** Whether the result tells of every incumbent. Default false. */
  readonly trace?: boolean | undefined;
  /** Told of how far the run is. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** How far a run is whose end is known. */
export interface Course {
  /** Work done. */
  readonly work: number;
  /** Work at which it ends. */
  readonly of: number;
  /** At most this far from the optimum, as a share of the cost; null: nothing is proved. */
  readonly gap: number | null;
}

/** How far a run is. */
export interface Progress {
  /** Work at which the last incumbent, bound or certificate was found. */
  readonly improvedAt: number;
  /** What a certificate claims that no checker has looked at yet; null: none. */
  readonly claimedBound: number | null;
  /** Work done and to do of methods that tell it. */
  readonly course: Course | null;
}

/** What came out of a run. */
export interface RunResult extends SolveResult {
  /** What became of the proof log, where one was asked for. */
  readonly proof?: ProofState;
  /** Work and cost of every incumbent, where `trace` was asked for; long traces are thinned out. */
  readonly trace?: readonly TracePoint[];
}

/** More threads than any machine this runs on has cores. */
const MOST_WORKERS = 256;

/**
 * Solves an instance and prices the answer exactly. What the methods prove, and their times, stands in src/solve/registry.ts.
 *
 * The method runs in a thread of its own, so that `signal` and `seconds` end it at once even inside a blocking library; then its
 * incumbent is the answer, else the start, else the largest pruning. (A method that is given as an object runs on this thread,
 * where neither ends it.) Deterministic but for that: the same instance, goal, method, seed, limit and start give the same pruning on
 * every platform, with any number of workers, with or without a break between checkpoints.
 *
 * @returns status `infeasible` when no pruning meets the goal, `unknown` when this method found none. Whatever is stated as proved
 *   comes from exact arithmetic or from a certificate that the checker verifies here: see `provedBy` and `claimedBound`.
 *
 * @throws RcpruneError on an instance that is none, an option that is not what it should be or that the method does not use, an
 *   unknown method, a goal that does not fit the instance, a start that is no pruning of it or does not meet the goal, or a
 *   checkpoint of another run
 *
 * @example
 * ```ts
 * const goal = sparsityGoal(instance, '0.93');
 * const { pruning, cost, gap, guarantee } = await solve(instance, { method: 'residual', goal });
 * ```
 */
export async function solve(instance: Instance, options: RunOptions): Promise<RunResult> {
  await requireRunOptions(options);
  const { method, goal, seed = 1, workLimit, start, cooling, seconds, signal, proof } = options;
  const named = typeof method === 'string' ? method : method.name;
  const requirement = requireTask(instance, sent(options));
  if (requirement.mostRemovable < requirement.target) {
    return settle(instance, goal, named, seed, { pruning: null, status: 'infeasible' });
  }
  const run = new Run(instance, options, named);
  if (workLimit === 0 || seconds === 0 || signal?.aborted) {
    const { certifies = false } = typeof method === 'string' ? await loadMethod(method) : method;
    return run.stopped(workLimit === 0 ? 'workLimit' : seconds === 0 ? 'timeLimit' : 'interrupted', certifies);
  }
  if (typeof method !== 'string') {
    await method.prepare?.();
    const own = { ...sent(options), start: method.uses?.includes('start') ? start : undefined };
    const { solveSync } = await import('../solve/solve.ts');
    return run.complete(solveSync(instance, { ...own, onIncumbent: (...told) => run.incumbent(...told) }));
  }
  const task: Task = {
    kind: 'solve',
    instance,
    options: { method, goal, seed, workLimit, start, cooling, seconds },
    certify: options.certify ?? false,
    proof: proof === undefined ? undefined : temporaryProof(proof),
    rounds: {
      workers: options.workers ?? 1,
      checkpoints: options.onCheckpoint !== undefined,
      resume: options.resume,
    },
  };
  try {
    return await inThread<Message, RunResult>(
      fileBeside(import.meta.url, 'worker'),
      task,
      (message, thread) => {
        if (message.kind === 'solved') thread.end(() => run.complete(message.result, message.proofIsWhole));
        else run.take(message, thread.fail);
      },
      (thread) => watchEnds(signal, seconds, (reason) => thread.end(() => run.stopped(reason))),
    );
  } catch (error) {
    if (proof !== undefined) rmSync(temporaryProof(proof), { force: true });
    throw error;
  } finally {
    await run.written();
  }
}

/**
 * Asks of options that they are what {@link RunOptions} says and that the method uses them, as far as that can be said without an
 * instance.
 *
 * @throws RcpruneError when they are not
 */
export async function requireRunOptions(options: RunOptions): Promise<void> {
  requireOptions(sent(options));
  const { method, workers, onCheckpoint, resume, proof, cooling, signal } = options;
  if (workers !== undefined) requireInteger('workers', workers, 1, MOST_WORKERS);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new RcpruneError('signal', 'an AbortSignal', describe(signal));
  }
  if (typeof method === 'string') requireMethodName(method);
  const forRounds = { workers: workers === 1 ? undefined : workers, checkpoint: onCheckpoint, resume };
  const asked = Object.entries(forRounds).find(([, value]) => value !== undefined);
  const isPlain = asked === undefined && proof === undefined && cooling === undefined;
  if (isPlain && typeof method === 'string') return;
  const own = typeof method === 'string' ? await loadMethod(method) : method;
  requireUses(own, { start: undefined, cooling, proof }); // a start is of use to all: see RunOptions
  if (asked !== undefined && (own.rounds === undefined || typeof method !== 'string')) {
    throw new RcpruneError(asked[0], 'a method whose work comes in rounds, by its name', own.name);
  }
}

/** The options that the method itself hears of. */
function sent({ method, goal, seed, workLimit, seconds, start, cooling, ...rest }: RunOptions): SolveOptions {
  const { onIncumbent, onBound, onCertificate } = rest;
  return { method, goal, seed, workLimit, seconds, start, cooling, onIncumbent, onBound, onCertificate };
}

/** What is known of a run so far, and what becomes of it at its end. */
class Run {
  readonly #instance: Instance;
  readonly #options: RunOptions;
  readonly #method: string;
  readonly #total: bigint;
  #pruning: Pruning | null = null;
  #certificate: Certificate | null = null;
  #bound = 0n; // the best proved so far, in units of 2^-149
  #work = 0;
  #solved: SolveResult | null = null; // the whole result, when only its certificate is unfinished
  #course: Progress['course'] = null;
  #trace: TracePoint[] = [];
  #writing = Promise.resolve(); // checkpoints, one after another

  constructor(instance: Instance, options: RunOptions, method: string) {
    this.#instance = instance;
    this.#options = options;
    this.#method = method;
    this.#total = options.trace ? exactTotal(instance) : 0n;
  }

  incumbent(pruning: Pruning, work: number): void {
    this.#pruning = pruning;
    this.#work = work;
    if (this.#options.trace) {
      addPoint(this.#trace, [work, toNearest(exactCost(this.#instance, pruning, this.#total).cost)]);
    }
    this.#options.onIncumbent?.(pruning, work);
  }

  /** A message on the way. @param fail hears of a checkpoint that could not be kept */
  take(message: Message, fail: (error: unknown) => void): void {
    const { onCheckpoint, onProgress, onBound, onCertificate } = this.#options;
    switch (message.kind) {
      case 'incumbent':
        this.incumbent(message.pruning, message.work);
        break;
      case 'bound':
        [this.#bound, this.#work] = [message.bound, message.work];
        onBound?.(message.bound, message.work);
        break;
      case 'certificate':
        [this.#certificate, this.#work] = [message.certificate, message.work];
        onCertificate?.(message.certificate, message.work);
        break;
      case 'uncertified':
        this.#solved = message.result;
        break;
      case 'trace':
        this.#trace = [...message.trace];
        break;
      case 'progress':
        this.#course = message;
        break;
      case 'checkpoint':
        this.#writing = this.#writing.then(() => onCheckpoint?.(message.text));
        this.#writing.catch(fail);
        break;
      default:
        throw new Error(`unexpected message ${message.kind}`);
    }
    const claimedBound = this.#certificate?.claim.dualBound ?? null;
    onProgress?.({ improvedAt: this.#work, claimedBound, course: this.#course });
  }

  /** The result of a run that has come to its end. */
  complete(result: SolveResult, proofIsWhole: boolean | null = null): RunResult {
    if (this.#options.trace && result.cost !== null) addPoint(this.#trace, [result.work, result.cost]);
    return this.#withExtras(result, proofIsWhole);
  }

  /**
   * The result of a run that was ended, or never began.
   *
   * @param certifies whether the method would have made a certificate; one that has made some does
   */
  async stopped(stopReason: StopReason, certifies = this.#certificate !== null): Promise<RunResult> {
    const { goal, seed = 1, start } = this.#options;
    const certify = this.#options.certify || certifies;
    const pruning = this.#pruning ?? start ?? this.#trivial();
    const answer = { pruning, stopReason, work: this.#work, dualBound: this.#bound };
    const result = this.#solved ?? settle(this.#instance, goal, this.#method, seed, answer);
    if (this.#options.trace && result.cost !== null) addPoint(this.#trace, [result.work, result.cost]);
    if (!certify) return this.#withExtras(result, null);
    const evidence = this.#certificate ?? (await lineBound(this.#instance, goal));
    // Whoever stopped the run waits: a certificate that takes long to verify is a claim.
    return this.#withExtras(settleCertificate(this.#instance, goal, result, evidence, AT_ONCE), null);
  }

  /** Resolves when checkpoints have been written. */
  async written(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }

  /** null: with links and minima the largest pruning that is found need not meet the goal. */
  #trivial(): Pruning | null {
    const requirement = requirementOf(this.#instance, this.#options.goal);
    const pruning = largestPruning(this.#instance, requirement);
    return meets(this.#instance, requirement, pruning) ? pruning : null;
  }

  #withExtras(result: SolveResult, proofIsWhole: boolean | null): RunResult {
    const { proof, trace } = this.#options;
    return {
      ...result,
      ...(proof === undefined ? {} : { proof: settleProof(proof, result, proofIsWhole) }),
      ...(trace ? { trace: this.#trace } : {}),
    };
  }
}

/** The certificate that needs no search. */
async function lineBound(instance: Instance, goal: Goal): Promise<Certificate> {
  const { boundSync } = await import('../solve/bound.ts'); // loads the search for bounds: not all runs need it
  return boundSync(instance, { goal, workLimit: 0 }).certificate;
}
