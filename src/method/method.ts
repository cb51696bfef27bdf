import type { Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Answer } from '../problem/result.ts';
import type { MethodContext } from './context.ts';
import type { RoundedMethod } from './rounds.ts';

/*
 * What a method is: below all methods, above the problem. A method gets an instance, what a pruning of it must reach and a context,
 * and returns an answer; it knows nothing of threads, deadlines, files or of how its answer is verified.
 */

/** Options that some methods use and others do not. Seeds and work limits change nothing of the others; the rest is refused there. */
export type MethodOption = 'seed' | 'work' | 'start' | 'cooling' | 'proof';

/** One way of solving. `run` is called only when the requirement can be met at all. */
export interface Method {
  /** What `solve` and `--method` call it. */
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** What is proved of every pruning that it returns, in a few words; the file says why. Default: nothing. */
  readonly proves?: string;
  /** The options that it uses. Default: none. */
  readonly uses?: readonly MethodOption[];
  /** Whether every answer of it comes with a certificate, also that of a run which was ended. Default false. */
  readonly certifies?: boolean;
  /** Loads what `run` needs and cannot load by itself. */
  prepare?(): Promise<void>;
  /**
   * Solves. The pruning it returns must meet the requirement; see `test/laws.test.ts` for all that a method promises.
   *
   * @param requirement target and allowed shapes, which the largest shapes are known to meet
   */
  run(instance: Instance, requirement: Requirement, context: MethodContext): Answer;
  /**
   * Solves linked instances, with closed prunings; `run` is never given one. Default: `run` solves the layers on their own, and the
   * frame (src/linked/frame.ts) closes what it answers and refills it.
   */
  runLinked?(instance: Instance, requirement: Requirement, context: MethodContext): Answer;
  /** Of methods whose work comes in rounds of tasks: they run on worker threads, write checkpoints and go on from them. */
  readonly rounds?: RoundedMethod;
}
