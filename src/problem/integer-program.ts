/**
 * An integer linear program, as data: minimise the sum of cost times variable, all variables from 0 to 1, rows between their
 * limits. See `integerProgram` (src/exact/ilp.ts) for what it says about a pruning.
 */
export interface IntegerProgram {
  readonly names: readonly string[]; // of the variables
  readonly cost: Float64Array;
  readonly isBinary: Uint8Array; // [variables]
  readonly rowNames: readonly string[];
  /** Row k holds entries starts[k] to starts[k + 1] - 1 of `variables` and `coefficients`. */
  readonly starts: Int32Array;
  readonly variables: Int32Array;
  readonly coefficients: Float64Array;
  readonly lower: Float64Array; // -Infinity: none
  readonly upper: Float64Array; // Infinity: none
  readonly unit: number;
}
