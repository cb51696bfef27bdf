import { annealSelection } from '../anneal/index.ts';
import { alternating } from '../baselines/alternating.ts';
import { onlyStronger, searchCertificate } from '../bounds/search.ts';
import { evenPoint, tangentAt } from '../bounds/tangent.ts';
import { branchAndBound } from '../exact/branch-and-bound.ts';
import { enumerate } from '../exact/enumeration.ts';
import { markLargest } from '../layer/largest.ts';
import type { MethodContext } from '../method/context.ts';
import type { Method } from '../method/method.ts';
import type { Certificate, SpectralPiece } from '../problem/certificate.ts';
import type { Requirement } from '../problem/goal.ts';
import { entryCount, type Instance, type Layer } from '../problem/instance.ts';
import { indicesOf, type LayerPruning, type Pruning } from '../problem/pruning.ts';
import type { Answer } from '../problem/result.ts';
import { bestLinked } from './best-linked.ts';
import { incumbents, type Priced, price } from './incumbents.ts';

/*
 * The portfolio. Its incumbent only improves, and every bound that it states was proved by the part that found it; it adds no bound
 * of its own.
 */

/** A method that proves optima of instances small enough for it. */
export interface ExactMethod {
  readonly method: Method;
  /** Most units of its work; it may then end without a proof. */
  readonly workLimit?: number;
  canSolve(instance: Instance): boolean;
}

/** The first one that can is tried before any bound is searched: seconds each, at these sizes. */
const EXACT: readonly ExactMethod[] = [
  { method: enumerate, canSolve: (instance) => linesToEnumerate(instance) <= 12 },
  { method: branchAndBound, workLimit: 5_000_000, canSolve: (instance) => entryCount(instance) <= 1024 },
];

function linesToEnumerate(instance: Instance): number {
  return instance.layers.reduce((most, { rows, cols }) => Math.max(most, Math.min(rows, cols)), 0);
}

/**
 * The portfolio: everything quick, annealing, then a proof.
 *
 * 1. Small instances are solved exactly.
 * 2. The best pruning of the quick methods ({@link incumbents}).
 * 3. Selection annealing from there, with its default number of moves.
 * 4. A certificate ({@link searchCertificate}), which bounds the optimum from below.
 * 5. The certificate's relaxation at the incumbent's own shapes, rounded to the kept lines of greatest fraction and
 *    re-selected until stable; taken layer by layer where it costs less.
 *
 * cost <= 2 x optimum, since the residual algorithm is among the quick methods; the gap measured by the certificate is far smaller.
 * Work counts refinements of the certificate.
 */
export const best: Method = portfolio('best', EXACT);

/** @internal The portfolio with a choice of exact methods. */
export function portfolio(name: string, exact: readonly ExactMethod[]): Method {
  return {
    name,
    summary: 'the best of the quick methods, annealed, with a certificate of its gap; small instances exactly',
    proves: "cost <= 2 x optimum, and its certificate's gap",
    uses: ['seed', 'work', 'start'],
    certifies: true,
    run: (instance, requirement, context) => run(exact, instance, requirement, context),
    runLinked: bestLinked,
  };
}

function run(
  exact: readonly ExactMethod[],
  instance: Instance,
  requirement: Requirement,
  context: MethodContext,
): Answer {
  const { onIncumbent, workLimit } = context;
  const onCertificate = onlyStronger(context.onCertificate);
  searchCertificate(instance, requirement, { workLimit: 0, onCertificate });
  const quick = incumbents(instance, requirement, context.start);
  onIncumbent?.(quick.best.pruning, 0);
  const solved = solvedExactly(exact, instance, requirement, context.seed, quick.best.pruning);
  const found = solved ?? annealed(instance, requirement, context, quick.best.pruning);
  const incumbent = price(instance, found.pruning!);
  onIncumbent?.(incumbent.pruning, 0);
  const { certificate, work, stopped } = searchCertificate(instance, requirement, {
    incumbent: incumbent.pruning,
    workLimit,
    onCertificate,
  });
  const improved = solved?.dualBound === undefined ? rounded(instance, requirement, incumbent, certificate) : incumbent;
  if (improved !== incumbent) onIncumbent?.(improved.pruning, work);
  return {
    pruning: improved.pruning,
    dualBound: dualBoundOf(solved, quick.residual),
    guarantee: quick.residual.guarantee ?? null,
    certificate,
    work,
    stopReason: stopped ? 'workLimit' : 'complete',
  };
}

/** Step 1; null where the instance is too large for every exact method. */
function solvedExactly(
  exact: readonly ExactMethod[],
  instance: Instance,
  requirement: Requirement,
  seed: number,
  start: Pruning,
): Answer | null {
  const solver = exact.find(({ canSolve }) => canSolve(instance));
  return solver?.method.run(instance, requirement, { seed, workLimit: solver.workLimit, start }) ?? null;
}

/** Step 3. */
function annealed(
  instance: Instance,
  requirement: Requirement,
  { seed, workLimit, onIncumbent }: MethodContext,
  start: Pruning,
): Answer {
  return annealSelection.run(instance, requirement, {
    seed,
    start,
    workLimit: workLimit === 0 ? 0 : undefined,
    onIncumbent: (pruning) => onIncumbent?.(pruning, 0),
  });
}

/** What exact arithmetic proves: what the certificate proves is for the checker to say. */
function dualBoundOf(solved: Answer | null, residual: Answer): bigint {
  const exactBound = solved?.dualBound ?? 0n;
  const halfPrice = (residual.dualBound ?? 0n) / 2n;
  return exactBound > halfPrice ? exactBound : halfPrice;
}

/** Gradient steps of the relaxation at the incumbent's shape. */
const STEPS = 60;

/** Step 5: the incumbent, with those layers replaced whose rounded relaxation costs less. */
function rounded(instance: Instance, requirement: Requirement, incumbent: Priced, certificate: Certificate): Priced {
  const relaxed: Pruning = {
    layers: instance.layers.map((layer, l) => {
      const own = incumbent.pruning.layers[l]!;
      const piece = certificate.layers[l]!.findLast((one): one is SpectralPiece => one.kind === 'additive');
      return piece === undefined ? own : roundedLayer(layer, piece, own);
    }),
  };
  const { pruning } = alternating.run(instance, requirement, { seed: 1, start: relaxed });
  const layers = instance.layers.map((layer, l) => {
    const single: Instance = { layers: [layer] };
    const costOf = (one: LayerPruning) => price(single, { layers: [one] }).cost;
    const [own, other] = [incumbent.pruning.layers[l]!, pruning!.layers[l]!];
    return costOf(other) < costOf(own) ? other : own;
  });
  const improved = price(instance, { layers });
  return improved.cost < incumbent.cost ? improved : incumbent;
}

/** The lines of greatest fraction in the relaxation of the pruning's own shape. */
function roundedLayer(layer: Layer, piece: SpectralPiece, { removedRows, removedColumns }: LayerPruning): LayerPruning {
  const a = layer.rows - removedRows.length;
  const b = layer.cols - removedColumns.length;
  if (a * b === 0) return { removedRows, removedColumns };
  const start = { rowPoint: evenPoint(layer.rows, a), columnPoint: evenPoint(layer.cols, b) };
  const { rowPoint, columnPoint } = tangentAt(layer, piece, a, b, start, STEPS);
  return { removedRows: allButLargest(rowPoint, a), removedColumns: allButLargest(columnPoint, b) };
}

/** All indices but those of the k largest values, ascending. */
function allButLargest(values: Float64Array, k: number): Uint32Array {
  const kept = new Uint8Array(values.length);
  markLargest(values, k, kept);
  return indicesOf(kept, 0);
}
