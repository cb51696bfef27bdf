import { init, killThreads } from 'z3-solver';
import type { Fraction } from './queries.ts';

/** A decision of Z3, with exact values of the constants asked for when there is a model. */
export type Decision = { readonly status: 'unsat' } | { readonly status: 'sat'; readonly values: readonly Fraction[] };

export interface Z3 {
  /** @throws Error when Z3 answers `unknown` (it decides linear real arithmetic) or cannot read the text */
  decide(text: string, constants: readonly string[]): Promise<Decision>;
  /** Ends the worker threads, which otherwise keep the process alive. */
  close(): Promise<void>;
}

/** Z3 as WebAssembly, nothing to install. */
export async function openZ3(): Promise<Z3> {
  const { Context, em } = await init();
  const { Solver, Real, isRealVal } = Context('main');
  return {
    async decide(text, constants) {
      const solver = new Solver();
      solver.fromString(text);
      const status = await solver.check();
      if (status === 'unsat') return { status };
      if (status === 'unknown') throw new Error(`Z3: ${solver.reasonUnknown()}`);
      const model = solver.model();
      const values = constants.map((name) => {
        const value = model.eval(Real.const(name), true);
        if (!isRealVal(value)) throw new Error(`Z3: ${name} has no rational value`);
        return value.value();
      });
      return { status, values };
    },
    close: () => killThreads(em),
  };
}
