import { check } from '../certify/index.ts';
import type { Certificate } from '../problem/certificate.ts';
import { exactCost } from '../problem/cost.ts';
import { RcpruneError } from '../problem/error.ts';
import { toNearest } from '../problem/exact-sum.ts';
import { largestPruning, requirementOf } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import { BrokenPromise, type SolveResult, type StopReason } from '../problem/result.ts';
import { fileBeside, inThread, type Thread } from '../run/thread.ts';
import { settle } from '../solve/gate.ts';
import { peakBytes } from './memory.ts';
import { type Cell, type Figures, MOST_TRACE, type Trace, unanswered } from './record.ts';
import type { Clock, Message, Task } from './solve-thread.ts';
import { goalOfCell, instanceOf } from './suite.ts';

/*
 * The process of one run: it makes the instance, lets a thread solve it, checks the answer, and sends what came out to its
 * parent. It ends with its parent, however that ends.
 */

/** What the parent sends. */
export interface Order {
  readonly cell: Cell;
  /** What instance files are relative to. */
  readonly folder: string;
}

/** What it answers. `invalid`: the checker rejected the answer. */
export type Reply =
  | { readonly kind: 'done'; readonly figures: Figures }
  | { readonly kind: 'invalid'; readonly reason: string };

/** Milliseconds between looks at the resident memory, where it has a limit. */
const MEMORY_INTERVAL = 50;

/** A solve that came to its end or to its deadline. */
interface Solved {
  readonly result: SolveResult;
  readonly median: Clock;
  readonly repeats: number;
  readonly baseBytes: number;
  readonly peakBytes: number;
  readonly trace: Trace;
}

class OutOfMemory extends Error {}

/** Runs the solve in a thread until it ends or its time is over; then the best so far is the answer. */
function solveInThread(instance: Instance, cell: Cell): Promise<Solved> {
  const { method, seed, timeLimit, workLimit, memoryLimit, warmUp } = cell;
  const goal = goalOfCell(cell);
  const options = { method, goal, seed, workLimit: workLimit ?? undefined, seconds: timeLimit ?? undefined };
  const workerData: Task = { instance, options, warmUp };
  const trace = new TraceBuilder();
  let pruning: Pruning | null = null;
  let certificate: Certificate | null = null;
  let bound = 0n;
  let work = 0;
  let baseBytes = 0;
  let began = 0;
  let usage = process.cpuUsage();
  let paused: Clock = { seconds: 0, processorSeconds: 0 };
  let timer: NodeJS.Timeout | undefined;
  const atDeadline = (): Solved => {
    const { user, system } = process.cpuUsage(usage);
    const clock = {
      seconds: (performance.now() - began) / 1000 - paused.seconds,
      processorSeconds: Math.max(0, (user + system) / 1e6 - paused.processorSeconds),
    };
    const result = bestSoFar(instance, cell, { pruning, certificate, bound, work }, 'timeLimit');
    const peak = peakBytes();
    return { result, median: clock, repeats: 1, baseBytes, peakBytes: peak, trace: trace.end(result, clock.seconds) };
  };
  const listen = (message: Message, thread: Thread<Solved>): void => {
    if (message.kind === 'started') {
      baseBytes = message.baseBytes;
      began = performance.now();
      usage = process.cpuUsage();
      /** Waits as long again as the clock of the run stood still. */
      const wait = (seconds: number, granted: number): void => {
        timer = setTimeout(() => {
          if (paused.seconds > granted) wait(paused.seconds - granted, paused.seconds);
          else thread.end(atDeadline);
        }, 1000 * seconds);
      };
      if (timeLimit !== null) wait(timeLimit, 0);
    } else if (message.kind === 'incumbent') {
      ({ pruning, work, paused } = message);
      trace.incumbent(message.work, message.seconds, message.cost);
    } else if (message.kind === 'bound') {
      ({ work, paused } = message);
      if (message.exact > bound) bound = message.exact;
      certificate = message.certificate ?? certificate;
      trace.bound(message.work, message.seconds, message.bound);
    } else {
      const { result, first, median, repeats, peakBytes } = message;
      thread.end(() => ({ result, median, repeats, baseBytes, peakBytes, trace: trace.end(result, first.seconds) }));
    }
  };
  return inThread<Message, Solved>(fileBeside(import.meta.url, 'solve-thread'), workerData, listen, (thread) => {
    if (memoryLimit === null) return () => clearTimeout(timer);
    const watchdog = setInterval(() => {
      const mebibytes = process.memoryUsage.rss() / 2 ** 20;
      if (mebibytes > memoryLimit) {
        thread.fail(new OutOfMemory(`expected at most ${memoryLimit} MiB resident, got ${mebibytes.toFixed(0)}`));
      }
    }, MEMORY_INTERVAL);
    return () => {
      clearTimeout(timer);
      clearInterval(watchdog);
    };
  });
}

interface SoFar {
  readonly pruning: Pruning | null;
  readonly certificate: Certificate | null;
  readonly bound: bigint;
  readonly work: number;
}

/** What `solve --time` answers: the best so far, else the trivial pruning, with the best bound so far. */
function bestSoFar(instance: Instance, cell: Cell, soFar: SoFar, stopReason: StopReason): SolveResult {
  const requirement = requirementOf(instance, goalOfCell(cell));
  const { bound: dualBound, work } = soFar;
  const pruning = soFar.pruning ?? largestPruning(instance, requirement); // without links: it meets the goal
  const answer = { pruning, stopReason, work, dualBound };
  return settle(instance, goalOfCell(cell), cell.method, cell.seed, { ...answer, certificate: soFar.certificate });
}

/** A list of a trace that grows: when it is full, every second point of it goes. */
class Course {
  readonly work: number[] = [];
  readonly seconds: number[] = [];
  readonly value: number[] = [];

  add(work: number, seconds: number, value: number): void {
    if (this.value.length === MOST_TRACE - 1) {
      for (const list of [this.work, this.seconds, this.value]) {
        const half = list.filter((_, k) => k % 2 === 0);
        list.splice(0, list.length, ...half);
      }
    }
    this.work.push(work);
    this.seconds.push(Math.max(0, seconds));
    this.value.push(value);
  }
}

class TraceBuilder {
  readonly #costs = new Course();
  readonly #bounds = new Course();

  incumbent(work: number, seconds: number, cost: number): void {
    this.#costs.add(work, seconds, cost);
  }

  /** Bounds that are no better than the last one are left out. */
  bound(work: number, seconds: number, bound: number): void {
    if (bound > (this.#bounds.value.at(-1) ?? 0)) this.#bounds.add(work, seconds, bound);
  }

  /** The answer itself, last. */
  end({ work, cost, dualBound }: SolveResult, seconds: number): Trace {
    if (cost !== null && cost !== this.#costs.value.at(-1)) this.incumbent(work, seconds, cost);
    this.bound(work, seconds, dualBound);
    const { work: boundWork, seconds: boundSeconds, value: bound } = this.#bounds;
    return {
      work: this.#costs.work,
      seconds: this.#costs.seconds,
      cost: this.#costs.value,
      boundWork,
      boundSeconds,
      bound,
    };
  }
}

/** A run whose limit is zero: the trivial pruning, as `solve` answers. */
function withoutWork(instance: Instance, cell: Cell): Solved {
  const nothing = { pruning: null, certificate: null, bound: 0n, work: 0 };
  const result = bestSoFar(instance, cell, nothing, cell.workLimit === 0 ? 'workLimit' : 'timeLimit');
  const baseBytes = process.memoryUsage.rss();
  const clock = { seconds: 0, processorSeconds: 0 };
  const trace = new TraceBuilder().end(result, 0);
  return { result, median: clock, repeats: 1, baseBytes, peakBytes: peakBytes(), trace };
}

/** Solves, checks, and says what came out. */
async function perform({ cell, folder }: Order): Promise<Reply> {
  const instance = await instanceOf(cell, folder);
  const hash = instanceHash(instance);
  if (hash !== cell.instanceHash) throw new RcpruneError('instance', `hash ${cell.instanceHash}`, hash);
  const isFeasible = requirementOf(instance, goalOfCell(cell)).mostRemovable >= cell.target;
  const hasWork = !isFeasible || (cell.workLimit !== 0 && cell.timeLimit !== 0);
  const solved = hasWork ? await solveInThread(instance, cell) : withoutWork(instance, cell);
  const { result, median, repeats, baseBytes, peakBytes, trace } = solved;
  const fault = faultOf(instance, cell, result, trace);
  if (fault !== null) return { kind: 'invalid', reason: fault };
  const { status, stopReason, pruning, cost, kept, total, removed, primalBound, dualBound, gap, guarantee } = result;
  const figures: Figures = {
    outcome: 'answered',
    reason: null,
    status,
    stopReason,
    valid: pruning === null ? null : true,
    ...{ cost, kept, total, removed, primalBound, dualBound, gap, guarantee },
    claimedOptimal: result.claimedOptimal ?? null,
    work: result.work,
    seconds: median.seconds,
    processorSeconds: median.processorSeconds,
    repeats,
    baseBytes,
    peakBytes,
    trace,
  };
  return { kind: 'done', figures };
}

/** What is wrong with an answer, by the checker and by what it says of itself; null: nothing. */
function faultOf(instance: Instance, cell: Cell, result: SolveResult, trace: Trace): string | null {
  const { pruning, cost, kept, removed, certificate } = result;
  if (pruning === null) return null;
  const verdict = check(instance, goalOfCell(cell), pruning, { cost: cost! }, certificate);
  if (!verdict.valid) return verdict.reason;
  if (verdict.kept !== kept || verdict.removed !== removed) {
    return `expected ${verdict.kept} kept and ${verdict.removed} removed, got ${kept} and ${removed}`;
  }
  const own = toNearest(exactCost(instance, pruning, 0n).cost);
  const least = trace.cost.reduce((most, value) => Math.min(most, value), Infinity);
  if (least !== own) return `expected the least cost that was told, ${least}, got ${own}`;
  if (!(result.dualBound <= own)) return `expected a dual bound of at most the cost ${own}, got ${result.dualBound}`;
  return null;
}

const MEMORY = /out of memory|memory limit|OOM|allocation failed|ERR_WORKER_OUT_OF_MEMORY/i;

function failureOf(error: unknown): Figures {
  const reason = error instanceof Error ? error.message.split('\n')[0]! : String(error);
  if (error instanceof RcpruneError) return unanswered('refused', reason);
  const code = (error as NodeJS.ErrnoException | null)?.code ?? '';
  const isMemory = error instanceof OutOfMemory || MEMORY.test(reason) || MEMORY.test(code);
  return unanswered(isMemory ? 'outOfMemory' : 'failed', reason);
}

// Ctrl-C reaches the whole group of processes; it is the parent who ends this one.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(1));
process.once('message', async (order: Order) => {
  const reply: Reply = await perform(order).catch((error) =>
    error instanceof BrokenPromise
      ? { kind: 'invalid', reason: error.reason }
      : { kind: 'done', figures: failureOf(error) },
  );
  process.send!(reply, () => process.exit(0));
});
