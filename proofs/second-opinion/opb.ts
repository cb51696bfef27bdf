import { stepOf } from '../../src/certify/index.ts';
import { integerProgram } from '../../src/exact/ilp.ts';
import type { Instance, Requirement } from '../../src/problem/index.ts';
import type { IntegerProgram } from '../../src/problem/integer-program.ts';

/*
 * The integer program of `rcprune export` (src/exact/ilp.ts) in the OPB format of pseudo-Boolean solvers, which know integers of
 * any length and nothing else: so nothing is rounded, by them or here.
 *
 * All variables are 0 or 1, z as well (with x and y binary it is anyhow). The objective counts multiples of 2^exponent, the
 * lowest set bit of all importances. Every row is one or two lines `sum >= integer`.
 */

export interface PseudoBoolean {
  /** Of the variables x1, x2, ...: what the exported program calls them. */
  readonly names: readonly string[];
  /** Coefficients of the objective, by variable. */
  readonly objective: readonly bigint[];
  /** sum of coefficient times variable >= least. */
  readonly rows: readonly PseudoBooleanRow[];
  /** One unit of the objective, in units of 2^-149. */
  readonly unit: bigint;
}

export interface PseudoBooleanRow {
  readonly terms: readonly (readonly [coefficient: bigint, variable: number])[];
  readonly least: bigint;
}

export function pseudoBoolean(instance: Instance, requirement: Requirement): PseudoBoolean {
  const program = integerProgram(instance, requirement);
  const unit = instance.layers
    .map(({ importance }) => stepOf(importance))
    .filter((bit) => bit > 0n)
    .reduce((least, bit) => (bit < least ? bit : least), 2n ** 300n);
  const objective = Array.from(program.cost, (cost) => BigInt(cost * program.unit * 2 ** 149) / unit);
  return { names: program.names, objective, rows: [...rowsOf(program)], unit };
}

/** cost * 2 ** 149 is a double and an integer: importances are float32. */
function* rowsOf({
  rowNames,
  starts,
  variables,
  coefficients,
  lower,
  upper,
}: IntegerProgram): Generator<PseudoBooleanRow> {
  for (let r = 0; r < rowNames.length; r++) {
    const terms: [bigint, number][] = [];
    for (let t = starts[r]!; t < starts[r + 1]!; t++) terms.push([BigInt(coefficients[t]!), variables[t]!]);
    if (lower[r]! > -Infinity) yield { terms, least: BigInt(lower[r]!) };
    if (upper[r]! < Infinity) {
      yield { terms: terms.map(([coefficient, variable]) => [-coefficient, variable]), least: -BigInt(upper[r]!) };
    }
  }
}

/** The row that says: the objective is less than `cost`, in its own units. */
export function below({ objective }: PseudoBoolean, cost: bigint): PseudoBooleanRow {
  const terms = objective.flatMap((weight, k) => (weight === 0n ? [] : [[-weight, k] as const]));
  return { terms, least: 1n - cost };
}

/** The text of a file: with the objective, or only whether all rows can hold at once. */
export function opbText(
  { names, objective }: PseudoBoolean,
  rows: readonly PseudoBooleanRow[],
  hasObjective: boolean,
): string {
  const sum = (terms: PseudoBooleanRow['terms']) =>
    terms.map(([coefficient, variable]) => `${coefficient < 0n ? '' : '+'}${coefficient} x${variable + 1}`).join(' ');
  const costs = objective.map((weight, k) => [weight, k] as const).filter(([weight]) => weight !== 0n);
  const lines = rows.map(({ terms, least }) => `${sum(terms)} >= ${least} ;`);
  if (hasObjective) lines.unshift(`min: ${sum(costs)} ;`);
  return [`* #variable= ${names.length} #constraint= ${rows.length}`, ...lines, ''].join('\n');
}
