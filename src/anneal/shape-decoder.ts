import { ascending } from '../layer/largest.ts';
import { crossing, SIDES, type Side } from '../layer/side.ts';
import { type LayerCandidate, settleAtShape, wholeSums } from './price-selection.ts';
import { chainRandom } from './selection-chain.ts';
import { layerProblem, type SelectionProblem } from './selection-state.ts';

/*
 * From a shape of a layer to lines of it: the residual selections, re-selected until stable. The same shape and variant always give
 * the same lines, so that values can be cached.
 */

/** How much a variant's sums are perturbed: each is multiplied by 1 + this x a number from -1 to 1. */
const PERTURBATION = 0.25;

/**
 * The lines that a shape of a layer stands for: either residual order at this shape (the outer lines of largest sum, then
 * the inner ones), both followed by alternating re-selection to its end; the better end.
 *
 * Variant 0 is the plain decoder; with others the outer sums are multiplied by random factors that depend on seed, layer
 * and variant alone, so that a state (shape, variant) always decodes to the same lines. Values are cached, lines are
 * decoded again when they are asked for. O(entries) per sweep of re-selection.
 */
export class ShapeDecoder {
  readonly layers: readonly SelectionProblem[];
  readonly #seed: number;
  readonly #sums: (readonly Float64Array[] | null)[]; // [layer][class], over all crossing lines
  readonly #weights: Map<number, number>[]; // [layer], by key

  constructor(problem: SelectionProblem, seed: number) {
    this.layers = problem.instance.layers.map((_, l) => layerProblem(problem, l, Infinity));
    this.#seed = seed;
    this.#sums = this.layers.map(() => null);
    this.#weights = this.layers.map(() => new Map());
  }

  /** Kept importance of a shape, in kept lines. */
  weight(l: number, rows: number, columns: number, variant: number): number {
    if (rows === 0 || columns === 0) return 0;
    const { classStart } = this.layers[l]!;
    const key = (variant * (classStart[1]! + 1) + rows) * (classStart[2]! - classStart[1]! + 1) + columns;
    const known = this.#weights[l]!.get(key);
    if (known !== undefined) return known;
    const { weight } = this.decode(l, rows, columns, variant);
    this.#weights[l]!.set(key, weight);
    return weight;
  }

  decode(l: number, rows: number, columns: number, variant: number): LayerCandidate {
    const layer = this.layers[l]!;
    const counts = [rows, columns];
    let best: LayerCandidate | null = null;
    for (const outer of SIDES) {
      const kept = new Uint8Array(layer.lines).fill(1);
      const start = layer.classStart[outer]!;
      const sums = this.#perturbed(l, outer, variant);
      const order = ascending(sums);
      for (let k = 0; k < order.length - counts[outer]!; k++) kept[start + order[k]!] = 0;
      const end = settleAtShape(layer, kept, rows, columns, crossing(outer));
      if (best === null || end.weight > best.weight) best = end;
    }
    return best!;
  }

  #perturbed(l: number, side: Side, variant: number): Float64Array {
    this.#sums[l] ??= SIDES.map((side) => wholeSums(this.layers[l]!, side));
    const sums = this.#sums[l]![side]!;
    if (variant === 0) return sums;
    const random = chainRandom(this.#seed, `variant/${l}/${side}/${variant}`);
    return sums.map((sum) => sum * (1 + PERTURBATION * (2 * random() - 1)));
  }
}
