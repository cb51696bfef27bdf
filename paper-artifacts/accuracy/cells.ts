import { createHash } from 'node:crypto';
import { rowsOfEarlier } from '../../src/benchmark/row-log.ts';

/*
 * Results as JSON lines, each named by what determines it, so that a run goes on where an earlier one ended, and several
 * processes can share the file (a RowLog).
 */

/** What every line has: `key` is the hash of `of`. */
export interface Line {
  readonly kind: 'dense' | 'bound' | 'pruned' | 'tuned';
  readonly key: string;
}

/** The name of a result: a hash of everything that it depends on. */
export const keyOf = (of: unknown) => createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 24);

export interface Measured {
  readonly accuracy: number;
  readonly loss: number;
  readonly validation: number;
  readonly correct: string;
}
export interface Way {
  readonly baseline: number;
  readonly backend: string;
  readonly method: string;
  readonly sparsity: string;
  readonly importance: string;
  readonly normalize: string;
  readonly units?: string;
  readonly via?: readonly string[];
  readonly rounds?: number;
  readonly perturbed?: number;
  readonly seed?: number;
}
export interface Pruned extends Line, Way {
  readonly kind: 'pruned';
  readonly cost: number;
  readonly kept: number;
  readonly total: number;
  /** Kept importance in lines that live; see `livingInstance`. */
  readonly living?: number;
  readonly removed: number;
  readonly parameters: { readonly before: number; readonly after: number };
  readonly multiplyAdds: { readonly before: number; readonly after: number };
  readonly before: Measured;
  readonly recalibrated: Measured;
  /** For each layer its name and its kept rows and columns as bits. */
  readonly stored: readonly (readonly [name: string, rows: string, columns: string])[];
}
export interface Tuned extends Line, Way {
  readonly kind: 'tuned';
  readonly pruned: string;
  readonly tuning: { readonly steps: number; readonly isDistilled?: boolean };
  readonly tuningSeed: number;
  readonly after: Measured;
}
export interface Bound extends Line, Way {
  readonly kind: 'bound';
  readonly dualBound: number;
  readonly keptBound: number;
}
export interface Dense extends Line {
  readonly kind: 'dense';
  readonly baseline: number;
  readonly accuracy: number;
  readonly correct: string;
}

/** All results by kind, and what is proved of the prunings among them. */
export async function loadResults(file: string) {
  const lines = await rowsOfEarlier<Pruned | Tuned | Bound | Dense>(file);
  const of = <K extends Line['kind']>(kind: K) =>
    lines.filter((line): line is Extract<typeof line, { kind: K }> => line.kind === kind);
  const bounds = of('bound');
  /** cost / dualBound and keptBound / kept: at most so far from the optimum; null where nothing is proved. */
  const ratiosOf = (line: Pruned): [number | null, number | null] => {
    const fields = ['baseline', 'importance', 'normalize', 'sparsity', 'units'] as const;
    const bound = bounds.find((one) => fields.every((field) => one[field] === line[field]));
    return bound === undefined ? [null, null] : [line.cost / bound.dualBound, bound.keptBound / line.kept];
  };
  const pruned = new Map(of('pruned').map((line) => [line.key, line]));
  return { dense: of('dense'), pruned, tuned: of('tuned'), bounds, ratiosOf };
}

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
