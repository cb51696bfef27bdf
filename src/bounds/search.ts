import { mostKept, type ShapeBounds } from '../knapsack/most-kept.ts';
import type { KeptRange } from '../layer/kept-shapes.ts';
import { topSums } from '../layer/largest.ts';
import { plainLineSums } from '../layer/line-sums.ts';
import type { Certificate, Piece, SpectralPiece, TangentPiece } from '../problem/certificate.ts';
import { exactTotal, keptIndices } from '../problem/cost.ts';
import { nextBelow, toDown, toNearest } from '../problem/exact-sum.ts';
import type { Goal, Requirement } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import type { LayerPruning, Pruning } from '../problem/pruning.ts';
import { boundAt, type KeptTable, lower, makeTable } from './kept-table.ts';
import {
  type Budget,
  bestPrice,
  budgetOf,
  type Envelope,
  envelopeOf,
  greatestAt,
  PRICE_ROUNDING,
  type PricedBound,
} from './network.ts';
import { rowColumnTable } from './rows-columns.ts';
import { additivePiece, isUsable, lowerBySpectral } from './spectral.ts';
import { lowerBySplit, splitAt } from './split.ts';
import { evenPoint, lowerByTangent, type Point, tangentAt, tangentPiece } from './tangent.ts';
import { improveWeights, type Weighted } from './weights.ts';

/*
 * The search for certificates: which layer to refine, at which shape, by which bound. Invariant: every bound in a table is one of the
 * pieces so far, so that the certificate proves what the tables say, but for rounding, which the claim allows for. The cost is that
 * of the refinements: a few dozen passes over a layer each, and a norm where the weights change.
 */

export interface SearchOptions {
  /** A pruning: its layers show where how much may be left to gain. It changes no bound, only where the search looks. */
  readonly incumbent?: Pruning | undefined;
  /** Most refinements of a layer. Default: until none gains. At 0 the certificate has no pieces. */
  readonly workLimit?: number | undefined;
  /** Told of every certificate on the way, the last included. */
  readonly onCertificate?: ((certificate: Certificate, work: number) => void) | undefined;
}

export interface SearchResult {
  readonly certificate: Certificate;
  /** Refinements done. */
  readonly work: number;
  /** Whether the work limit ended it. */
  readonly stopped: boolean;
}

/**
 * Looks for a strong certificate of the network bound.
 *
 * At the best price v the bound is v K + sum over layers of max UB(a, b) - v u a b, so all slack sits at the shapes that
 * attain these maxima. The layer of most slack (against what the incumbent keeps) is refined at its shape, the price found
 * anew, and so on until no refinement gains. A layer's first refinement gives it the row, column and spectral bounds of all
 * shapes; each further one a tangent at the shape, with better weights at first and whenever the weights at hand do not help.
 *
 * Deterministic; the claim is computed in doubles and widened by far more than their rounding: the checker proves it.
 */
export function searchCertificate(
  instance: Instance,
  requirement: Requirement,
  options: SearchOptions = {},
): SearchResult {
  return new Search(instance, requirement, options).run();
}

/** Passes a certificate on when its claim exceeds all before: for several searches that tell the same listener. */
export function onlyStronger(onCertificate: SearchOptions['onCertificate']): SearchOptions['onCertificate'] {
  let most = -1;
  return (certificate, work) => {
    const { dualBound } = certificate.claim;
    if (dualBound <= most) return;
    most = dualBound;
    onCertificate?.(certificate, work);
  };
}

/** Layers of more shapes than this are bounded by their line sums alone: a table must fit into memory. */
const MOST_SHAPES = 2 ** 25;
/** Layers whose shorter side exceeds this get no spectral bound: norms take its square times the longer side. */
const MOST_SPECTRAL_LINES = 1024;
/** A refinement must take this share off its layer's slack at the shape it is made for ... */
const LEAST_TANGENT_GAIN = 0.05;
/** ... and this share off the whole network's slack, unless the layer's last one did. */
const LEAST_GAIN = 0.002;
/** The search ends when slack is this share of what may be kept. */
const LEAST_SLACK = 1e-6;
/** Gradient steps of a tangent: some to balance its curvatures, the rest. */
const BALANCE_STEPS = 20;
const TANGENT_STEPS = 60;
/** Rounds of reweighting at a time, and gradient steps in each. */
const WEIGHT_ROUNDS = 3;
const WEIGHT_STEPS = 25;
/** Splits hold a number per entry: only for layers of at most so many, and at most so many of them. */
const MOST_SPLIT_ENTRIES = 2 ** 16;
const MOST_SPLITS = 16;
const SPLIT_STEPS = 300;
/**
 * Relative margins of a claim over the bound as computed, and over the total: above the rounding of either side. Half of the
 * first pays for the price ({@link PRICE_ROUNDING}), the rest for the layers' bounds.
 */
const CLAIM_MARGIN = 2 * PRICE_ROUNDING;
const TOTAL_MARGIN = 2 ** -32;
/**
 * And, times (layers + 4)^2, over the price of all units that may stay: the bound adds and subtracts prices of up to so many,
 * layer by layer, which may be far more than what is left of them in the end.
 */
const PRICE_MARGIN = 2 ** -49;

class Search {
  readonly #goal: Goal;
  readonly #budget: Budget;
  readonly #options: SearchOptions;
  readonly #layers: LayerSearch[];
  readonly #hash: string;
  readonly #total: bigint;
  #priced: PricedBound = { price: 0, kept: Infinity };
  #work = 0;

  constructor(instance: Instance, requirement: Requirement, options: SearchOptions) {
    this.#hash = instanceHash(instance);
    this.#total = exactTotal(instance);
    this.#goal = requirement.goal;
    this.#options = options;
    this.#budget = budgetOf(instance, requirement);
    this.#layers = instance.layers.map((layer, l) => {
      const { ranges, mostUnits } = this.#budget;
      return new LayerSearch(layer, ranges[l]!, mostUnits[l]!, options.incumbent?.layers[l]);
    });
  }

  run(): SearchResult {
    this.#price();
    const limit = this.#options.workLimit ?? Infinity;
    for (;;) {
      const layer = this.#slackest();
      const isLast = layer === null || this.#work >= limit;
      const certificate = this.#certificate(isLast ? this.#packed() : Infinity);
      this.#options.onCertificate?.(certificate, this.#work);
      if (isLast) return { certificate, work: this.#work, stopped: layer !== null };
      this.#work++;
      const before = this.#priced.kept;
      const isStart = !layer.isStarted;
      layer.refine(this.#priced.price);
      this.#price();
      if (isStart) continue;
      const slack = this.#layers.reduce((sum, one) => sum + one.slack(this.#priced.price), 0);
      layer.judge((before - this.#priced.kept) / slack);
    }
  }

  /**
   * The layer of most slack that may still gain; null when there is none or the slack is not worth it. Layers that were never
   * refined come first: their slack is so large that gains elsewhere would not show.
   */
  #slackest(): LayerSearch | null {
    const { price, kept } = this.#priced;
    let found: LayerSearch | null = null;
    let most = LEAST_SLACK * kept;
    for (const layer of this.#layers) {
      const slack = layer.isDone ? 0 : layer.slack(price);
      if (!(slack > LEAST_SLACK * kept)) continue;
      const isFresh = !layer.isStarted && (found === null || found.isStarted);
      if (!isFresh && (slack <= most || (layer.isStarted && found !== null && !found.isStarted))) continue;
      most = slack;
      found = layer;
    }
    return found;
  }

  #price(): void {
    const envelopes = this.#layers.map(({ envelope }) => envelope);
    this.#priced = bestPrice(envelopes, this.#budget);
  }

  /** What the knapsack proves beside the price; only the last certificate claims it, since it takes longer. */
  #packed(): number {
    return this.#layers.length === 1
      ? Infinity
      : mostKept(
          this.#layers.map((layer) => layer.bounds()),
          this.#budget.units,
        );
  }

  #certificate(packed = Infinity): Certificate {
    const { price, kept } = this.#priced;
    const charged = PRICE_MARGIN * (this.#layers.length + 4) ** 2 * price * this.#budget.units;
    const priced = charged > CLAIM_MARGIN * kept ? Math.max(0, kept) + charged : kept * (1 + CLAIM_MARGIN);
    const keptBound = Math.min(priced, packed * (1 + CLAIM_MARGIN)) + toNearest(this.#total) * TOTAL_MARGIN;
    const dualBound = Math.max(0, nextBelow(toDown(this.#total) - keptBound));
    return {
      instanceHash: this.#hash,
      goal: this.#goal,
      price: this.#priced.price,
      layers: this.#layers.map((layer) => layer.pieces()),
      claim: { dualBound, keptBound },
    };
  }
}

class LayerSearch {
  envelope: Envelope;
  /** Whether no further refinement is expected to gain. */
  isDone = false;
  readonly #layer: Layer;
  readonly #range: KeptRange;
  readonly #mostUnits: number;
  readonly #pieces: Piece[] = [];
  /** Units and importance that the incumbent keeps here. */
  readonly #known: { readonly units: number; readonly kept: number };
  /** Bounds of all shapes; null before the first refinement, and in layers too large for it. */
  #table: KeptTable | null = null;
  /** The spectral piece at work, its tangents so far, and the last of them with its residual. */
  #current: { readonly weighted: Weighted; readonly tangents: TangentPiece[] } | null = null;
  #splits = 0;
  #poorRefinements = 0;

  constructor(layer: Layer, range: KeptRange, mostUnits: number, known: LayerPruning | undefined) {
    this.#layer = layer;
    this.#range = range;
    this.#mostUnits = mostUnits;
    this.#known = known === undefined ? { units: 0, kept: 0 } : keptBy(layer, known);
    this.isDone = (layer.rows + 1) * (layer.cols + 1) > MOST_SHAPES;
    const lineBound = lineBoundOf(layer);
    this.envelope = envelopeOf(range, lineBound, layer.unitsPerEntry, mostUnits);
  }

  /** The pieces so far: a copy that later refinements do not change. */
  pieces(): Piece[] {
    return this.#pieces.map((piece) => ('tangents' in piece ? { ...piece, tangents: [...piece.tangents] } : piece));
  }

  bounds(): ShapeBounds {
    const values = this.#table?.values;
    const boundOf =
      values === undefined ? lineBoundOf(this.#layer) : (_a: number, _b: number, at: number) => values[at]!;
    return { range: this.#range, boundOf, unitsPerEntry: this.#layer.unitsPerEntry };
  }

  /** By how much the layer's maximum at this price exceeds what the incumbent makes of the layer. */
  slack(price: number): number {
    const { units, bounds } = this.envelope;
    const at = greatestAt(this.envelope, price);
    return bounds[at]! - price * units[at]! - Math.max(0, this.#known.kept - price * this.#known.units);
  }

  /** Gives up on the layer when two refinements in a row gained next to nothing. @param gain share of the network's slack */
  judge(gain: number): void {
    this.#poorRefinements = gain >= LEAST_GAIN ? 0 : this.#poorRefinements + 1;
    if (this.#poorRefinements >= 2) this.isDone = true;
  }

  get isStarted(): boolean {
    return this.#table !== null;
  }

  /** Bounds the shape of greatest bound - price x units better. */
  refine(price: number): void {
    if (this.#table === null) this.#start();
    else this.#refineShape(price);
    const { values } = this.#table!;
    this.envelope = envelopeOf(this.#range, (_a, _b, at) => values[at]!, this.#layer.unitsPerEntry, this.#mostUnits);
  }

  #start(): void {
    const layer = this.#layer;
    const { rows, cols } = layer;
    const lineBound = lineBoundOf(layer);
    const table = makeTable(this.#range);
    this.#table = table;
    const { minKeptRows, maxKeptRows, minKeptColumns, maxKeptColumns } = this.#range;
    for (let a = minKeptRows, at = 0; a <= maxKeptRows; a++) {
      for (let b = minKeptColumns; b <= maxKeptColumns; b++, at++) table.values[at] = lineBound(a, b);
    }
    lower(table, rowColumnTable(layer, this.#range));
    this.#pieces.push({ kind: 'rows' }, { kind: 'columns' });
    if (Math.min(rows, cols) > MOST_SPECTRAL_LINES) {
      this.isDone = true;
      return;
    }
    const residual = additivePiece(layer, new Float32Array(rows).fill(1), new Float32Array(cols).fill(1));
    if (!isUsable(residual.piece)) {
      this.isDone = true;
      return;
    }
    const even = { rowPoint: evenPoint(rows, rows / 2), columnPoint: evenPoint(cols, cols / 2) };
    this.#adopt({ residual, tangent: { ...even, rowCurvature: 1, bound: Infinity } });
  }

  /** A tangent or a split for the shape of greatest bound - price x units; gives up where neither gains enough. */
  #refineShape(price: number): void {
    const at = greatestAt(this.envelope, price);
    const [a, b] = [this.envelope.keptRows[at]!, this.envelope.keptColumns[at]!];
    const wanted = boundAt(this.#table!, a, b) - LEAST_TANGENT_GAIN * this.slack(price);
    const isFirst = this.#current!.tangents.length === 0;
    const next = this.#tangentFor(a, b, wanted);
    const { bound } = next.tangent;
    const triesSplit = this.#splits > 0 || isFirst || bound > wanted;
    if (triesSplit && this.#split(a, b, Math.min(wanted, bound))) return;
    if (bound <= wanted) this.#takeTangent(next);
    else this.isDone = true;
  }

  /** The best tangent found for a shape: from the last one's point, from the even one, and then with better weights. */
  #tangentFor(a: number, b: number, wanted: number): Weighted {
    const layer = this.#layer;
    const { weighted, tangents } = this.#current!;
    const { piece } = weighted.residual;
    const isFirst = tangents.length === 0;
    const solve = (start: Point): Weighted => {
      const rough = tangentAt(layer, piece, a, b, start, BALANCE_STEPS);
      return { ...weighted, tangent: tangentAt(layer, piece, a, b, rough, TANGENT_STEPS) };
    };
    const even: Point = { rowPoint: evenPoint(layer.rows, a), columnPoint: evenPoint(layer.cols, b) };
    let next = solve(isFirst ? even : weighted.tangent);
    if (!isFirst && next.tangent.bound > wanted) {
      const other = solve(even);
      if (other.tangent.bound < next.tangent.bound) next = other;
    }
    const reweights = isFirst || next.tangent.bound > wanted;
    return reweights ? improveWeights(layer, next, a, b, WEIGHT_ROUNDS, WEIGHT_STEPS) : next;
  }

  /** Adds a tangent to the spectral piece at work, or to a new one where the weights have changed. */
  #takeTangent(next: Weighted): void {
    if (next.residual !== this.#current!.weighted.residual) this.#adopt(next);
    const { tangents } = this.#current!;
    const tangent = tangentPiece(next.tangent);
    tangents.push(tangent);
    this.#current = { weighted: next, tangents };
    lowerByTangent(this.#table!, this.#layer, next.residual.piece, tangent);
  }

  /** Tries a split made for a shape; takes it when its bound is at most `wanted`. */
  #split(a: number, b: number, wanted: number): boolean {
    const layer = this.#layer;
    if (a * b === 0 || layer.importance.length > MOST_SPLIT_ENTRIES || this.#splits >= MOST_SPLITS) return false;
    const { columnShare, bound } = splitAt(layer, a, b, SPLIT_STEPS);
    if (!(bound <= wanted)) return false;
    this.#splits++;
    this.#pieces.push({ kind: 'split', columnShare });
    lowerBySplit(this.#table!, layer, columnShare);
    return true;
  }

  /** Puts a spectral piece to work. */
  #adopt(weighted: Weighted): void {
    const tangents: TangentPiece[] = [];
    const piece: SpectralPiece = { ...weighted.residual.piece, tangents };
    this.#pieces.push(piece);
    lowerBySpectral(this.#table!, this.#layer, piece);
    this.#current = { weighted, tangents };
  }
}

function keptBy({ rows, cols, importance, unitsPerEntry }: Layer, { removedRows, removedColumns }: LayerPruning) {
  const keptRows = keptIndices(rows, removedRows);
  const keptColumns = keptIndices(cols, removedColumns);
  let kept = 0;
  for (const i of keptRows) for (const j of keptColumns) kept += importance[i * cols + j]!;
  return { units: keptRows.length * keptColumns.length * unitsPerEntry, kept };
}

/** kept <= top_a of the row sums and top_b of the column sums; 0 where nothing is kept. */
function lineBoundOf(layer: Layer): (a: number, b: number) => number {
  const { rowSums, columnSums } = plainLineSums(layer);
  const topRows = topSums(rowSums);
  const topColumns = topSums(columnSums);
  return (a, b) => (a * b === 0 ? 0 : Math.min(topRows[a]!, topColumns[b]!));
}
