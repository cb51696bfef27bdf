import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { RcpruneError } from '../problem/error.ts';
import type { SolveResult } from '../problem/result.ts';

/** What became of a proof that was asked for. */
export type ProofState = 'written' | 'closed, no proof' | 'not closed';

/** Text is collected up to this length before it is written. */
const CHUNK_CHARACTERS = 2 ** 20;

/** Where a proof is written while its search goes on: beside its final place, and renamed at the end. */
export function temporaryProof(file: string): string {
  return path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.tmp`);
}

/**
 * Writes a proof as it comes, from inside the solver's thread.
 *
 * @throws RcpruneError when the file cannot be written
 */
export class ProofStream {
  readonly #file: string;
  readonly #handle: number;
  #pending: string[] = [];
  #length = 0;
  /** Whether the whole proof was taken. */
  isWhole = true;

  constructor(file: string) {
    this.#file = file;
    this.#handle = this.#guarded(() => openSync(file, 'w'));
  }

  take(text: string | null): void {
    if (text === null) {
      this.isWhole = false;
      return;
    }
    this.#pending.push(text);
    this.#length += text.length;
    if (this.#length >= CHUNK_CHARACTERS) this.#flush();
  }

  end(): void {
    this.#flush();
    this.#guarded(() => {
      fsyncSync(this.#handle);
      closeSync(this.#handle);
    });
  }

  #flush(): void {
    const bytes = Buffer.from(this.#pending.join(''), 'latin1'); // ASCII throughout
    this.#pending = [];
    this.#length = 0;
    this.#guarded(() => {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#handle, bytes, written);
    });
  }

  #guarded<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      const reason = error instanceof Error ? error.message.split(',')[0]! : String(error);
      throw new RcpruneError(this.#file, 'a file that can be written', reason);
    }
  }
}

/** Puts a whole proof of a closed search in its place; removes what there is of any other. */
export function settleProof(file: string, result: SolveResult, isWhole: boolean | null): ProofState {
  const temporary = temporaryProof(file);
  const isClosed = result.status === 'optimal' && isWhole !== null;
  if (isClosed && isWhole) renameSync(temporary, file);
  else rmSync(temporary, { force: true });
  return isClosed ? (isWhole ? 'written' : 'closed, no proof') : 'not closed';
}
