import { readFileSync } from 'node:fs';
import type { Matrix } from './evaluation.ts';

/*
 * The certificates on which Coq runs the proved rule of proofs/coq/Certificate.v, and its answers as data.
 *
 * They live once, in certificates.json. The build writes them down for Coq as CertificateData.v; the tests give the same
 * ones to `checkCertificate`. Every number is an integer times 2^exponent, for Coq the integer itself.
 */

/** The name of the source that {@link certificatesSource} is. */
export const CERTIFICATE_DATA = 'CertificateData';

/** A piece of a certificate that needs no norm. */
export type Table =
  | { readonly kind: 'rows' | 'columns' }
  | { readonly kind: 'split'; readonly columnShare: readonly (readonly number[])[] };

/** An instance, a goal, and what a certificate says of them. */
export interface Example {
  readonly name: string;
  /** What 1 stands for: 2^exponent. */
  readonly exponent: number;
  /** What divides every importance; bounds are rounded down to its multiples. 2^-149 is a multiple of none above it. */
  readonly grid: number;
  readonly price: number;
  readonly goal: { readonly target: number } | { readonly shape: { readonly rows: number; readonly columns: number } };
  readonly layers: readonly (Omit<Matrix, 'name'> & { readonly pieces: readonly Table[] })[];
}

export function readExamples(): Example[] {
  return JSON.parse(readFileSync(new URL('./certificates.json', import.meta.url), 'utf8')).certificates;
}

/** certificates.json as a Coq source; a goal is one number, the target, or two, the shape; a piece is its matrix T, if any. */
export function certificatesSource(examples: readonly Example[] = readExamples()): string {
  const matrix = (rows: readonly (readonly number[])[]) => list(rows.map((row) => list(row.map(integer))));
  const layer = ({
    rows,
    unitsPerEntry = 1,
    minKeptRows = 0,
    minKeptColumns = 0,
    pieces,
  }: Example['layers'][number]) => {
    const tables = pieces.map((piece) => {
      if (piece.kind === 'split') return `(2, ${matrix(piece.columnShare)})`;
      return piece.kind === 'rows' ? '(0, [::])' : '(1, [::])';
    });
    return `((${unitsPerEntry}, ${minKeptRows}, ${minKeptColumns}, ${matrix(rows)}), ${list(tables)})`;
  };
  const given = examples.map(({ grid, price, goal, layers }) => {
    const asked = 'target' in goal ? [goal.target] : [goal.shape.rows, goal.shape.columns];
    return `(${integer(grid)}, ${integer(price)}, ${list(asked)}, ${list(layers.map(layer), '\n    ')})`;
  });
  return `(* Made from proofs/certificates.json by the build. *)

From mathcomp Require Import all_ssreflect.
From Coq Require Import ZArith.

Definition layer_given := ((nat * nat * nat * seq (seq Z)) * seq (nat * seq (seq Z)))%type.

Definition certificates : seq (Z * Z * seq nat * seq layer_given) := ${list(given, '\n  ')}.
`;
}

const integer = (value: number) => `${value < 0 ? `(${value})` : value}%Z`;

function list(items: readonly (string | number)[], separator = ' '): string {
  return items.length === 0 ? '[::]' : `[::${separator}${items.join(`;${separator}`)}]`;
}

/** Bounds on what is kept and on the cost, as integers; null where no pruning meets the goal. */
export type ExactBounds = { readonly keptBound: bigint; readonly dualBound: bigint } | null;

/** @param output what Coq printed for EvaluateCertificates.v: one list of lists of numbers */
export function parseExactBounds(output: string): ExactBounds[] {
  const [, printed] = /^\s+= ([\s\S]*?)\n\s+: /m.exec(output)!;
  const answers: string[][] = JSON.parse(
    printed!.replaceAll('[::', '[').replaceAll(';', ',').replaceAll(/%\w+/g, '').replaceAll(/-?\d+/g, '"$&"'),
  );
  return answers.map(([keptBound, dualBound]) =>
    keptBound === undefined ? null : { keptBound: BigInt(keptBound), dualBound: BigInt(dualBound!) },
  );
}
