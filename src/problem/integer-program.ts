/**
 * An integer linear program, as data: minimise the sum of cost times variable, all variables from 0 to 1, rows between their
 * limits. See `integerProgram` (src/exact/ilp.ts) for what it says about a pruning.
 */
export interface IntegerProgram {
  /** Of the variables. */
  readonly names: readonly string[];
  /** Of every variable, in units of `unit`: [variables]. */
  readonly cost: Float64Array;
  /** 1 where a variable must be 0 or 1: [variables]. */
  readonly isBinary: Uint8Array;
  /** Of the rows. */
  readonly rowNames: readonly string[];
  /** Row k holds entries starts[k] to starts[k + 1] - 1 of `variables` and `coefficients`. */
  readonly starts: Int32Array;
  /** Indices of variables, row by row. */
  readonly variables: Int32Array;
  /** Their coefficients. */
  readonly coefficients: Float64Array;
  /** Least value of every row; -Infinity: none. */
  readonly lower: Float64Array;
  /** Greatest value of every row; Infinity: none. */
  readonly upper: Float64Array;
  /** What a cost of 1 stands for: a power of two. */
  readonly unit: number;
}
