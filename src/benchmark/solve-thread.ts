import { parentPort, workerData } from 'node:worker_threads';
import { generate } from '../families/index.ts';
import type { Method } from '../method/method.ts';
import type { Certificate } from '../problem/certificate.ts';
import { exactCost } from '../problem/cost.ts';
import { toDown, toNearest } from '../problem/exact-sum.ts';
import { sparsityGoal } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { SolveResult } from '../problem/result.ts';
import { reportingFailures } from '../run/thread.ts';
import type { SolveOptions } from '../solve/options.ts';
import { loadMethod } from '../solve/registry.ts';
import { solveSync } from '../solve/solve.ts';
import { peakBytes, resetPeak } from './memory.ts';

/*
 * One solve, timed, in a thread of a process of its own: the process can then end it at a deadline, or when whoever
 * started it is gone, even while a library blocks.
 */

export interface Task {
  readonly instance: Instance;
  readonly options: Pick<SolveOptions, 'goal' | 'seed' | 'workLimit' | 'seconds'> & { readonly method: string };
  /** Seconds. */
  readonly warmUp: number;
}

/** Seconds of wall-clock and processor time. */
export interface Clock {
  readonly seconds: number;
  readonly processorSeconds: number;
}

/** What the thread says; `paused` is what its clock has left out so far. */
export type Message =
  | { readonly kind: 'started'; readonly baseBytes: number }
  | {
      readonly kind: 'incumbent';
      readonly pruning: Pruning;
      readonly cost: number;
      readonly work: number;
      readonly seconds: number;
      readonly paused: Clock;
    }
  | {
      readonly kind: 'bound';
      /** In units of 2^-149, and as a double rounded down; a certificate has its claim alone. */
      readonly exact: bigint;
      readonly bound: number;
      readonly certificate: Certificate | null;
      readonly work: number;
      readonly seconds: number;
      readonly paused: Clock;
    }
  | {
      readonly kind: 'solved';
      readonly result: SolveResult;
      readonly peakBytes: number;
      readonly first: Clock;
      /** Medians over `repeats` solves. */
      readonly median: Clock;
      readonly repeats: number;
    };

/** Warm-up instances: half-normal squares of this size, of seeds that no suite has. */
const WARM_SIZE = 8;
const WARM_SEED = 1_000_001;
const WARM_SPARSITIES = ['0.5', '0.75', '0.93'];
/** Solves of fewer seconds are repeated, the median counts. */
const SHORT = 0.2;
const REPEATS = 5;

/** Seconds since `start` was called, less those of `pause`. Processor time is of all threads of the process. */
class Stopwatch {
  #began = performance.now();
  #usage = process.cpuUsage();
  #paused = { seconds: 0, processorSeconds: 0 };

  read(): Clock {
    const { seconds, processorSeconds } = this.#raw();
    return {
      seconds: seconds - this.#paused.seconds,
      processorSeconds: Math.max(0, processorSeconds - this.#paused.processorSeconds),
    };
  }

  /** What is told of a run costs time that is not the method's. */
  pause(tell: (seconds: number, paused: Clock) => void): void {
    const before = this.#raw();
    tell(before.seconds - this.#paused.seconds, this.#paused);
    const after = this.#raw();
    this.#paused = {
      seconds: this.#paused.seconds + after.seconds - before.seconds,
      processorSeconds: this.#paused.processorSeconds + after.processorSeconds - before.processorSeconds,
    };
  }

  #raw(): Clock {
    const { user, system } = process.cpuUsage(this.#usage);
    return { seconds: (performance.now() - this.#began) / 1000, processorSeconds: (user + system) / 1e6 };
  }
}

/** Options with the method itself. */
type Ready = Omit<Task['options'], 'method'> & { readonly method: Method };

const say = (message: Message) => parentPort!.postMessage(message);

function warm(options: Ready, warmUp: number): void {
  const until = performance.now() + 1000 * warmUp;
  for (let seed = WARM_SEED; performance.now() < until; seed++) {
    const instance = generate('half-normal', { rows: WARM_SIZE, cols: WARM_SIZE, seed });
    const goal = sparsityGoal(instance, WARM_SPARSITIES[seed % WARM_SPARSITIES.length]!);
    solveSync(instance, { ...options, goal, seconds: warmUp });
  }
}

/** The first solve, with everything it tells on the way. */
function solveAndTell(instance: Instance, options: Ready): { result: SolveResult; clock: Clock } {
  let least: bigint | null = null;
  let greatest = -1n;
  const watch = new Stopwatch();
  const result = solveSync(instance, {
    ...options,
    onIncumbent: (pruning, work) =>
      watch.pause((seconds, paused) => {
        const { cost } = exactCost(instance, pruning, 0n);
        if (least !== null && cost >= least) return;
        least = cost;
        say({ kind: 'incumbent', pruning, cost: toNearest(cost), work, seconds, paused });
      }),
    onBound: (exact, work) =>
      watch.pause((seconds, paused) => {
        if (exact <= greatest) return;
        greatest = exact;
        say({ kind: 'bound', exact, bound: toDown(exact), certificate: null, work, seconds, paused });
      }),
    onCertificate: (certificate, work) =>
      watch.pause((seconds, paused) => {
        const { dualBound: bound } = certificate.claim;
        say({ kind: 'bound', exact: 0n, bound, certificate, work, seconds, paused });
      }),
  });
  return { result, clock: watch.read() };
}

function median(values: number[]): number {
  return values.sort((x, y) => x - y)[values.length >> 1]!;
}

async function run({ instance, options: named, warmUp }: Task): Promise<void> {
  const options = { ...named, method: await loadMethod(named.method) };
  warm(options, warmUp);
  resetPeak();
  say({ kind: 'started', baseBytes: process.memoryUsage.rss() });
  const { result, clock: first } = solveAndTell(instance, options);
  const peak = peakBytes();
  const clocks = [first];
  while (first.seconds < SHORT && clocks.length < REPEATS) {
    const watch = new Stopwatch();
    solveSync(instance, options);
    clocks.push(watch.read());
  }
  say({
    kind: 'solved',
    result,
    peakBytes: peak,
    first,
    median: {
      seconds: median(clocks.map(({ seconds }) => seconds)),
      processorSeconds: median(clocks.map(({ processorSeconds }) => processorSeconds)),
    },
    repeats: clocks.length,
  });
}

await reportingFailures(() => run(workerData as Task));
