import { parentPort, Worker } from 'node:worker_threads';
import { RcpruneError } from '../problem/error.ts';
import { BrokenPromise, type StopReason } from '../problem/result.ts';

/*
 * A computation in a worker thread, which a signal or a deadline ends at once even while a library blocks it: it is not asked.
 */

/** How a thread says that it failed by a fault of the caller's, or of a method's. */
export type Failure =
  | { readonly kind: 'refused'; readonly where: string; readonly expected: string; readonly got: string }
  | { readonly kind: 'broken'; readonly method: string; readonly reason: string };

/** What whoever listens to a thread can do with it. */
export interface Thread<End> {
  /** Ends the thread: what came out is what this makes, or the error that it throws. */
  end(make: () => End | Promise<End>): void;
  /** Ends the thread with an error. */
  fail(error: unknown): void;
}

/** A timer takes at most 2^31 - 1 milliseconds, 24 days: a longer limit is none. */
const MOST_SECONDS = 2_147_483;

/**
 * Runs a module in a worker thread until a listener ends it. The thread is gone when this returns.
 *
 * @param file the module; wrapped in {@link reportingFailures}
 * @param data its `workerData`: typed arrays on shared memory are not copied
 * @param listen told of every message
 * @param watch called at once, to set up timers and the like; what it returns puts them away
 * @throws what the thread failed with: a RcpruneError, a BrokenPromise, or whatever it did not catch
 */
export async function inThread<Message, End>(
  file: URL,
  data: unknown,
  listen: (message: Message, thread: Thread<End>) => void,
  watch: (thread: Thread<End>) => () => void,
): Promise<End> {
  const worker = new Worker(file, { workerData: data, execArgv: loadingOptions() });
  let putAway = () => {};
  try {
    return await new Promise<End>((resolve, reject) => {
      const guarded = (step: () => void) => {
        try {
          step();
        } catch (error) {
          reject(error);
        }
      };
      const thread: Thread<End> = { end: (make) => guarded(() => resolve(make())), fail: reject };
      worker.on('message', (message: Message | Failure) => {
        if (!isFailure(message)) guarded(() => listen(message, thread));
        else if (message.kind === 'refused') reject(new RcpruneError(message.where, message.expected, message.got));
        else reject(new BrokenPromise(message.method, message.reason));
      });
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`the solving thread ended with code ${code}`)));
      putAway = watch(thread);
    });
  } finally {
    putAway();
    await worker.terminate();
  }
}

/** Node's options that say how modules are found and loaded; each takes a value. */
const LOADING = ['--import', '--require', '-r', '--loader', '--experimental-loader', '--conditions', '-C'];

/**
 * Node's options for a thread or a process of ours: of those of this process, the ones that say how modules are loaded. The rest is
 * about this process alone: with `node --input-type=module -e PROGRAM` a thread made of a file would refuse to start, and a process
 * would run PROGRAM once more.
 *
 * @param options options as `process.execArgv` holds them
 */
export function loadingOptions(options: readonly string[] = process.execArgv): string[] {
  return options.flatMap((option, k) => {
    if (LOADING.includes(option)) return options.slice(k, k + 2);
    return LOADING.includes(option.split('=', 1)[0]!) ? [option] : [];
  });
}

function isFailure(message: unknown): message is Failure {
  const { kind } = message as { readonly kind: unknown };
  return kind === 'refused' || kind === 'broken';
}

/**
 * Calls back at a signal or a deadline.
 *
 * @returns what ends the watch
 */
export function watchEnds(
  signal: AbortSignal | undefined,
  seconds: number | undefined,
  onEnd: (reason: StopReason) => void,
): () => void {
  const onAbort = () => onEnd('interrupted');
  signal?.addEventListener('abort', onAbort);
  const isLimited = seconds !== undefined && seconds < MOST_SECONDS;
  const deadline = isLimited ? setTimeout(onEnd, seconds * 1000, 'timeLimit') : undefined;
  return () => {
    signal?.removeEventListener('abort', onAbort);
    clearTimeout(deadline);
  };
}

/** Runs the work of a thread; errors that the caller is to hear are told as a {@link Failure}. */
export async function reportingFailures(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    let failure: Failure;
    if (error instanceof BrokenPromise) failure = { kind: 'broken', method: error.method, reason: error.reason };
    else if (error instanceof RcpruneError) {
      failure = { kind: 'refused', where: error.where, expected: error.expected, got: error.got };
    } else throw error;
    parentPort!.postMessage(failure);
  }
}

/** The module of this name beside another, which is compiled or not, as that one is. @param own `import.meta.url` of the other */
export function fileBeside(own: string, name: string): URL {
  return new URL(`./${name}${own.endsWith('.ts') ? '.ts' : '.js'}`, own);
}
