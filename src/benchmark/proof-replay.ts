import { ProofChecker } from '../certify/proof-log.ts';
import { readLines } from '../formats/file.ts';
import type { Goal } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';

/*
 * Proof logs replayed by the checker: one that lies in a file, and one that a search is just writing.
 */

/** What is wrong with a file as a proof that no pruning costs less, or null. @throws RcpruneError when it cannot be read */
export async function logFault(file: string, instance: Instance, goal: Goal, pruning: Pruning): Promise<string | null> {
  const checker = new ProofChecker(instance, goal);
  for await (const line of readLines(file)) checker.take(line);
  return checker.verdict(pruning);
}

/** Replays the log of a search as it comes, so that it is stored nowhere; `onProof` is the option of `solve`. */
export class LiveReplay {
  readonly #checker: ProofChecker;
  #rest = '';
  #isWhole = true;

  constructor(instance: Instance, goal: Goal) {
    this.#checker = new ProofChecker(instance, goal);
  }

  readonly onProof = (text: string | null): void => {
    if (text === null) {
      this.#isWhole = false;
      return;
    }
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#checker.take(line);
  };

  /** What is wrong with the log as a proof that no pruning costs less, or null. */
  fault(pruning: Pruning): string | null {
    return this.#isWhole ? this.#checker.verdict(pruning) : 'the log is too long to be written';
  }
}
