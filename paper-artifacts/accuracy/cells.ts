import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/*
 * Results as JSON lines, each named by what determines it, so that a run goes on where an earlier one ended, and several
 * processes can share a file: a line is appended by one write.
 */

/** What every line has: `key` is the hash of `of`. */
export interface Line {
  readonly kind: 'dense' | 'bound' | 'pruned' | 'tuned';
  readonly key: string;
}

/** The name of a result: a hash of everything that it depends on. */
export const keyOf = (of: unknown) => createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 24);

export function readLines<T extends Line>(file: string): T[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T);
}

export const appendLine = (file: string, line: Line) => appendFileSync(file, `${JSON.stringify(line)}\n`);

/** Bits in hex, the first in the highest place of the first digit. */
export function hexOf(bits: Uint8Array): string {
  let text = '';
  for (let k = 0; k < bits.length; k += 4) {
    const at = (j: number) => bits[k + j] ?? 0;
    text += (8 * at(0) + 4 * at(1) + 2 * at(2) + at(3)).toString(16);
  }
  return text;
}

export const bitsOf = (hex: string, length: number) =>
  Uint8Array.from({ length }, (_, k) => (Number.parseInt(hex[k >> 2]!, 16) >> (3 - (k & 3))) & 1);
