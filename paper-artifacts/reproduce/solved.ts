import {
  check,
  type Goal,
  generate,
  type Instance,
  loadMethods,
  makeInstance,
  type SolveOptions,
  solveSync,
} from '../../src/index.ts';

await loadMethods(); // then solveSync takes any of them by name

/**
 * One solve, its answer and certificate through the checker. Seconds are those of the processor, which a busy machine
 * hardly changes.
 *
 * @throws Error where the checker rejects them
 */
export function solved(instance: Instance, options: SolveOptions) {
  const began = process.cpuUsage();
  const result = solveSync(instance, options);
  const { user, system } = process.cpuUsage(began);
  const seconds = (user + system) / 1e6;
  if (result.pruning === null) return { result, verdict: null, seconds };
  const claims = { cost: result.cost! };
  const verdict = check(instance, options.goal, result.pruning, claims, result.certificate ?? undefined);
  if (!verdict.valid) throw new Error(`${options.method}: ${verdict.reason}`);
  return { result, verdict, seconds };
}

/** The optimum, proved: enumeration of every subset of the shorter side. */
export function optimumOf(instance: Instance, goal: Goal): number {
  const { result } = solved(instance, { method: 'enumerate', goal });
  if (result.status !== 'optimal') throw new Error(`enumerate: ${result.status}`);
  return result.cost!;
}

/** cost / least, where 0 / 0 is 1. */
export const ratioOf = (cost: number, least: number) => (cost === least ? 1 : least === 0 ? null : cost / least);

/** Families of random instances that differ in kind; `generate --list` prints their formulas. */
export const FAMILIES = ['uniform', 'half-normal', 'scaled', 'low-rank', 'planted-lines', 'planted-block', 'integer'];

/** What small instances look like, besides their family. */
export const FORMS = ['one layer', 'three layers', 'units and minima'] as const;
export type Form = (typeof FORMS)[number];

/** A small instance, whose optimum enumeration proves. */
export function smallInstance(family: string, form: Form, seed: number): Instance {
  if (form === 'one layer') return generate(family, { rows: 9, cols: 13, seed });
  const instance = generate(family, { rows: 6, cols: 8, layers: 3, seed });
  if (form === 'three layers') return instance;
  // Output positions of a network: early layers count more. One row and two columns stay in each.
  const layers = instance.layers.map((layer, l) => ({
    ...layer,
    unitsPerEntry: [16, 4, 1][l]!,
    minKeptRows: 1,
    minKeptColumns: 2,
  }));
  return makeInstance(layers);
}
