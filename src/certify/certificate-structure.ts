import { describe } from '../problem/error.ts';

/*
 * Whether a value has the fields that a certificate has, each of its type. A certificate out of a file has been read field by field;
 * one from a caller without types may be anything, and must end in a verdict like any other wrong one.
 *
 * Lengths and ranges are checked where they are used: kept-bounds.ts and certificate.ts.
 */

/** null for a certificate by its fields and their types, else one sentence. Time O(pieces). */
export function structureFault(value: unknown): string | null {
  const { instanceHash, goal, price, layers, claim } = fieldsOf(value);
  if (typeof instanceHash !== 'string') return `expected an instance hash, got ${describe(instanceHash)}`;
  if (!isGoal(goal)) return `expected a goal, got ${describe(goal)}`;
  if (typeof price !== 'number') return `expected a price, got ${describe(price)}`;
  const { dualBound, keptBound } = fieldsOf(claim);
  if (typeof dualBound !== 'number' || typeof keptBound !== 'number') return 'expected a claim of two numbers';
  if (!Array.isArray(layers)) return `expected a list of layers, got ${describe(layers)}`;
  for (const pieces of layers as unknown[]) {
    if (!Array.isArray(pieces)) return `expected lists of pieces, got ${describe(pieces)}`;
    for (const piece of pieces as unknown[]) {
      const fault = pieceFault(fieldsOf(piece));
      if (fault !== null) return fault;
    }
  }
  return null;
}

function isGoal(value: unknown): boolean {
  const goal = fieldsOf(value);
  if (!('shape' in goal)) return typeof goal.target === 'number';
  const { rows, columns } = fieldsOf(goal.shape);
  return typeof rows === 'number' && typeof columns === 'number';
}

const VECTORS: Readonly<Record<string, readonly string[]>> = {
  rows: [],
  columns: [],
  split: ['columnShare'],
  additive: ['rowPart', 'columnPart', 'rowWeights', 'columnWeights'],
  multiplicative: ['rowPart', 'columnPart', 'rowWeights', 'columnWeights'],
};

function pieceFault(piece: Fields): string | null {
  const { kind, norm, tangents } = piece;
  const vectors = typeof kind === 'string' && Object.hasOwn(VECTORS, kind) ? VECTORS[kind]! : null;
  if (vectors === null) return `expected a kind of piece, got ${describe(kind)}`;
  const missing = vectors.find((name) => !isVector(piece[name]));
  if (missing !== undefined) return `expected float32 numbers as ${missing}, got ${describe(piece[missing])}`;
  if (kind !== 'additive' && kind !== 'multiplicative') return null;
  if (typeof norm !== 'number') return `expected a norm, got ${describe(norm)}`;
  if (!Array.isArray(tangents)) return `expected a list of tangents, got ${describe(tangents)}`;
  const isTangent = (tangent: unknown) => {
    const { rowPoint, columnPoint, rowCurvature } = fieldsOf(tangent);
    return isVector(rowPoint) && isVector(columnPoint) && typeof rowCurvature === 'number';
  };
  // A copy has no holes, which `every` would skip.
  return Array.from(tangents as unknown[]).every(isTangent) ? null : 'expected tangents of two points and a curvature';
}

type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; of anything else none. */
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {});

/** The rounding analysis counts on the range and the 24 bits of float32. */
const isVector = (value: unknown) => value instanceof Float32Array;
