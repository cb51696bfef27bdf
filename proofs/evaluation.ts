import { readFileSync } from 'node:fs';

/*
 * The bridge of theorem T8: the matrices on which Coq runs the proved list programs, and Coq's answers as data.
 *
 * The matrices live once, in matrices.json. The build writes them down for Coq as Matrices.v; the tests give the same
 * ones to the TypeScript functions.
 */

/** The name of the source that {@link matricesSource} is. */
export const MATRICES = 'Matrices';

/** One layer with integer importances, below 2^24 and so exact in float32. */
export interface Matrix {
  readonly name: string;
  readonly rows: readonly (readonly number[])[];
  readonly unitsPerEntry?: number;
  readonly minKeptRows?: number;
  readonly minKeptColumns?: number;
}

/** A knapsack: for every layer its options, pairs of units and cost. */
export interface Table {
  readonly target: number;
  readonly layers: readonly (readonly (readonly [number, number])[])[];
}

export interface Matrices {
  readonly matrices: readonly Matrix[];
  /** Lists of names of matrices. */
  readonly networks: readonly (readonly string[])[];
  readonly tables: readonly Table[];
}

export function readMatrices(): Matrices {
  return JSON.parse(readFileSync(new URL('./matrices.json', import.meta.url), 'utf8'));
}

/** matrices.json as a Coq source: `matrices` with units and minima, `networks` as indices, `tables`. */
export function matricesSource({ matrices, networks, tables }: Matrices = readMatrices()): string {
  const given = matrices.map(
    ({ rows, unitsPerEntry = 1, minKeptRows = 0, minKeptColumns = 0 }) =>
      `(${unitsPerEntry}, ${minKeptRows}, ${minKeptColumns}, ${list(rows.map((row) => list(row)))}%Z)`,
  );
  const indices = networks.map((names) => list(names.map((name) => matrices.findIndex((one) => one.name === name))));
  const knapsacks = tables.map(({ target, layers }) => {
    const options = layers.map((layer) => list(layer.map(([units, cost]) => `(${units}, ${cost}%Z)`)));
    return `(${target}, ${list(options)})`;
  });
  return `(* Made from proofs/matrices.json by the build. *)

From mathcomp Require Import all_ssreflect.
From Coq Require Import ZArith.

Definition matrices : seq (nat * nat * nat * seq (seq Z)) := ${list(given, '\n  ')}.

Definition networks : seq (seq nat) := ${list(indices, '\n  ')}.

Definition tables : seq (nat * seq (seq (nat * Z))) := ${list(knapsacks, '\n  ')}.
`;
}

function list(items: readonly (string | number)[], separator = ' '): string {
  return items.length === 0 ? '[::]' : `[::${separator}${items.join(`;${separator}`)}]`;
}

/** Removed rows and removed columns; nothing where no pruning meets the goal. */
export type Lines = readonly [rows: readonly number[], columns: readonly number[]] | readonly [];

/** What Evaluate.v prints, each list as long as what was asked. */
export interface Answers {
  /** [matrix][algorithm][shape], the allowed shapes by rows, then by columns. */
  readonly atShapes: readonly (readonly (readonly Lines[])[])[];
  /** [matrix][algorithm][target]. */
  readonly atTargets: readonly (readonly (readonly Lines[])[])[];
  /** [network][algorithm][target]: the least total price; nothing where no choice reaches the target. */
  readonly networkPrices: readonly (readonly (readonly (readonly number[])[])[])[];
  /** [table]: units and cost of the options taken. */
  readonly knapsacks: readonly (readonly (readonly [number, number])[])[];
}

/** The algorithms of {@link Answers}, in order. */
export const ALGORITHMS = ['independent', 'residual-rows-first', 'residual-columns-first', 'residual'] as const;

/** @param output what Coq printed for Evaluate.v: four answers, nested lists of numbers */
export function parseAnswers(output: string): Answers {
  const printed = [...output.matchAll(/^\s+= ([\s\S]*?)\n\s+: /gm)].map(([, value]) => value!);
  const [atShapes, atTargets, networkPrices, knapsacks] = printed.map((value) =>
    JSON.parse(value.replaceAll('[::', '[').replaceAll(';', ',').replaceAll(/%\w+/g, '')),
  );
  return { atShapes, atTargets, networkPrices, knapsacks };
}
