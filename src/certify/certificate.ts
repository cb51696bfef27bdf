import type { Certificate } from '../problem/certificate.ts';
import { type Goal, requirementOf } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import { type Instance, type Layer, requireInstance } from '../problem/instance.ts';
import { structureFault } from './certificate-structure.ts';
import { exactSum } from './exact-integers.ts';
import { keptBounds, lineSumTops, MOST_SHAPES } from './kept-bounds.ts';
import { above } from './rounding.ts';

/** What a certificate proves, recomputed. */
export interface CertificateVerdict {
  /** Whether the claimed bounds follow from the certificate's data. */
  readonly valid: boolean;
  /** null when valid, else one sentence: what was expected and what was found. */
  readonly reason: string | null;
  /** Every pruning that meets the goal costs at least this, in units of 2^-149 ... */
  readonly exactDualBound: bigint | null;
  /** ... which is this, rounded down to a double ... */
  readonly dualBound: number | null;
  /** ... and keeps at most this. */
  readonly keptBound: number | null;
}

/**
 * Checks a certificate against an instance and a goal, trusting no solver.
 *
 * Valid means: it speaks of this instance (hash) and this goal; every vector has its length, every number its range; every norm
 * is verified; and the bound that follows, computed here with all roundings outward, is at least as strong as the one it claims.
 *
 * Theorem. With K = units - target, any pruning that meets the goal keeps at most
 * v K + sum_l max over allowed (a, b) of UB_l(a, b) - v u_l a b, where (a, b) is allowed when it lies in the goal's range
 * and u_l a b is at most K less what the other layers must keep. Where K is small enough, also the knapsack
 * max { sum_l UB_l(a_l, b_l) : sum_l u_l a_l b_l <= K }, which is at least as strong; the lesser of both counts.
 *
 * @throws RcpruneError only on an instance that is none, or a goal that does not fit it
 *
 * Time O(m n log(m n)) a piece of an m x n layer, O(min(m,n)^2 max(m,n)) a norm. Memory: a few numbers a shape of one layer.
 */
export function checkCertificate(instance: Instance, goal: Goal, certificate: Certificate): CertificateVerdict {
  requireInstance(instance);
  requirementOf(instance, goal);
  const fault = structureFault(certificate) ?? headFault(instance, goal, certificate);
  if (fault !== null) return rejected(fault);
  const kept = networkBound(instance, goal, certificate);
  if (typeof kept === 'string') return rejected(kept);
  const total = instance.layers.reduce((sum, { importance }) => sum + exactSum(importance), 0n);
  const keptBound = Math.min(kept, doubleAbove(total));
  // What a pruning keeps is an integer of units, so a bound on it may be rounded down to one.
  const least = total - BigInt(Math.floor(keptBound * 2 ** 149));
  const exactDualBound = least > 0n ? least : 0n;
  const dualBound = doubleBelow(exactDualBound);
  const { claim } = certificate;
  if (!(claim.dualBound <= dualBound))
    return rejected(`expected a dual bound of at least ${claim.dualBound} as claimed, got ${dualBound}`);
  if (!(claim.keptBound >= keptBound))
    return rejected(`expected a kept bound of at most ${claim.keptBound} as claimed, got ${keptBound}`);
  return { valid: true, reason: null, exactDualBound, dualBound, keptBound };
}

const rejected = (reason: string): CertificateVerdict => ({
  valid: false,
  reason: `certificate: ${reason}`,
  exactDualBound: null,
  dualBound: null,
  keptBound: null,
});

function headFault(instance: Instance, goal: Goal, certificate: Certificate): string | null {
  const hash = instanceHash(instance);
  if (certificate.instanceHash !== hash) return `expected instance hash ${hash}, got ${certificate.instanceHash}`;
  const [asked, got] = [goalText(goal), goalText(certificate.goal)];
  if (asked !== got) return `expected ${asked}, got ${got}`;
  const { layers, price } = certificate;
  if (layers.length !== instance.layers.length)
    return `expected ${instance.layers.length} layers, got ${layers.length}`;
  if (!(price === 0 || (price >= 2 ** -300 && price <= 2 ** 300)))
    return `expected a price of 0 or 2^-300 to 2^300, got ${price}`;
  return null;
}

/** Of a certificate's goal only the types of the fields are known. */
function goalText(goal: Goal): string {
  if ('shape' in goal) return `shape ${goal.shape.rows},${goal.shape.columns}`;
  return `target ${goal.target}`;
}

/** At least the importance that any pruning meeting the goal keeps, or what is wrong. */
function networkBound(instance: Instance, goal: Goal, { layers: pieces, price }: Certificate): number | string {
  const { target, ranges } = requirementOf(instance, goal);
  const least = instance.layers.map(({ rows, cols, unitsPerEntry }, l) => {
    return (rows - ranges[l]!.maxRows) * (cols - ranges[l]!.maxColumns) * unitsPerEntry;
  });
  const leastInAll = least.reduce((sum, units) => sum + units, 0);
  const units = instance.layers.reduce((sum, { rows, cols, unitsPerEntry }) => sum + rows * cols * unitsPerEntry, 0);
  const mayStay = units - target; // K
  if (leastInAll > mayStay) return 'expected a goal that some pruning meets';
  let kept = price * mayStay;
  let magnitude = kept;
  // fill[k] = the most that the layers so far keep in at most k units; null where that takes too long or, one layer, is the
  // bound at price 0.
  const steps = instance.layers.reduce((sum, { rows, cols }) => sum + mayStay * Math.min(mayStay, rows * cols), 0);
  const isPacked = instance.layers.length > 1 && steps <= MOST_KNAPSACK_STEPS;
  let fill = isPacked ? new Float64Array(mayStay + 1) : null;
  for (const [l, layer] of instance.layers.entries()) {
    const most = mayStay - (leastInAll - least[l]!);
    const { minRows, maxRows, minColumns, maxColumns } = ranges[l]!;
    const boundOf = shapeBounds(layer, pieces[l]!);
    if (typeof boundOf === 'string') return `layer ${layer.name}: ${boundOf}`;
    let greatest = -Infinity;
    const options = new Map<number, number>(); // units -> greatest bound
    for (let a = layer.rows - maxRows; a <= layer.rows - minRows; a++) {
      for (let b = layer.cols - maxColumns; b <= layer.cols - minColumns; b++) {
        const own = a * b * layer.unitsPerEntry;
        if (own > most) break;
        const bound = boundOf(a, b);
        if (fill !== null && bound > (options.get(own) ?? -1)) options.set(own, bound);
        const charge = price * own;
        greatest = Math.max(greatest, above(bound - charge, 4, bound + charge));
      }
    }
    kept += greatest;
    magnitude += Math.abs(greatest);
    if (fill !== null) fill = filled(fill, options);
  }
  const priced = above(kept, instance.layers.length + 4, magnitude);
  const packed = fill === null ? Infinity : above(fill[mayStay]!, instance.layers.length + 4, fill[mayStay]!);
  const bound = Math.min(priced, packed); // NaN where the minima forbid the shape asked for
  return bound >= 0 ? bound : 'expected a goal that some pruning meets';
}

const MOST_KNAPSACK_STEPS = 2 ** 26;

/** One more layer: next[k] = max over its options of fill[k - units] + bound. Sums of nonnegative numbers, rounded to nearest. */
function filled(fill: Float64Array, options: ReadonlyMap<number, number>) {
  const next = new Float64Array(fill.length).fill(-Infinity);
  for (const [units, bound] of options) {
    for (let k = units; k < fill.length; k++) next[k] = Math.max(next[k]!, fill[k - units]! + bound);
  }
  return next;
}

/**
 * The least bound of every shape of a layer, or what is wrong with a piece.
 *
 * @param mostShapes a layer of more has no table of them, and is bounded by its line sums alone
 */
export function shapeBounds(
  layer: Layer,
  pieces: Certificate['layers'][number],
  mostShapes = MOST_SHAPES,
): ((a: number, b: number) => number) | string {
  const { rows, cols } = layer;
  if ((rows + 1) * (cols + 1) > mostShapes) {
    if (pieces.length > 0) {
      return `expected no pieces for a layer of more than ${mostShapes} shapes, got ${pieces.length}`;
    }
    const [rowTops, columnTops] = lineSumTops(layer); // no lines keep 0
    return (a, b) => Math.min(rowTops[a]!, columnTops[b]!);
  }
  const bounds = keptBounds(layer, pieces);
  return typeof bounds === 'string' ? bounds : (a, b) => bounds[a * (cols + 1) + b]!;
}

/** A nonnegative double as an integer of units of 2^-149, rounded up. Scaling by a power of two is exact. */
const ceilOf = (value: number) => BigInt(Math.ceil(value * 2 ** 149));

/** The greatest double that is at most `sum` units of 2^-149. */
export function doubleBelow(sum: bigint): number {
  const nearest = Number(sum) * 2 ** -149;
  return ceilOf(nearest) <= sum ? nearest : nearest * (1 - 2 ** -53);
}

/** A double that is at least `sum` units of 2^-149. */
export function doubleAbove(sum: bigint): number {
  const nearest = Number(sum) * 2 ** -149;
  return ceilOf(nearest) >= sum ? nearest : nearest * (1 + 2 ** -52);
}
