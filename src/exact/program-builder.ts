import type { IntegerProgram } from '../problem/integer-program.ts';

/** An integer program that grows variable by variable and row by row. */
export class ProgramBuilder {
  readonly #names: string[] = [];
  readonly #cost: number[] = [];
  readonly #isBinary: number[] = [];
  readonly #rowNames: string[] = [];
  readonly #starts: number[] = [0];
  readonly #variables: number[] = [];
  readonly #coefficients: number[] = [];
  readonly #lower: number[] = [];
  readonly #upper: number[] = [];

  /** Adds variables and returns the index of the first. */
  variables(
    count: number,
    isBinary: boolean,
    name: (k: number) => string,
    cost: (k: number) => number = () => 0,
  ): number {
    const first = this.#names.length;
    for (let k = 0; k < count; k++) {
      this.#names.push(name(k));
      this.#cost.push(cost(k));
      this.#isBinary.push(isBinary ? 1 : 0);
    }
    return first;
  }

  /** Adds a row: every variable stands in it once. */
  row(name: string, variables: readonly number[], coefficients: readonly number[], lower: number, upper: number): void {
    this.#rowNames.push(name);
    for (let t = 0; t < variables.length; t++) {
      if (coefficients[t] === 0) continue;
      this.#variables.push(variables[t]!);
      this.#coefficients.push(coefficients[t]!);
    }
    this.#starts.push(this.#variables.length);
    this.#lower.push(lower);
    this.#upper.push(upper);
  }

  /** The program. @param unit what a cost of 1 stands for */
  done(unit: number): IntegerProgram {
    return {
      names: this.#names,
      cost: Float64Array.from(this.#cost),
      isBinary: Uint8Array.from(this.#isBinary),
      rowNames: this.#rowNames,
      starts: Int32Array.from(this.#starts),
      variables: Int32Array.from(this.#variables),
      coefficients: Float64Array.from(this.#coefficients),
      lower: Float64Array.from(this.#lower),
      upper: Float64Array.from(this.#upper),
      unit,
    };
  }
}
