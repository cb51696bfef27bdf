import type { Certificate, Piece, SpectralPiece, TangentPiece } from '../problem/certificate.ts';
import { exactTotal, keptIndices } from '../problem/cost.ts';
import { nextBelow, toDown, toNearest } from '../problem/exact-sum.ts';
import type { Goal, Requirement } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import type { Instance, Layer } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import { boundAt, type KeptTable, lower, makeTable, topSums } from './kept-table.ts';
import {
  type Budget,
  bestPrice,
  budgetOf,
  type Envelope,
  envelopeOf,
  greatestAt,
  type PricedBound,
} from './network.ts';
import { rowColumnTable } from './rows-columns.ts';
import { additivePiece, isUsable, lowerBySpectral } from './spectral.ts';
import { evenPoint, lowerByTangent, tangentAt, tangentPiece } from './tangent.ts';
import { improveWeights, type Weighted } from './weights.ts';

export interface SearchOptions {
  /** A pruning whose layers show how much may be left to gain where. */
  readonly incumbent?: Pruning | undefined;
  /** Most refinements (tangents solved and weights improved). Default: until nothing gains. */
  readonly workLimit?: number | undefined;
  /** Told of every better certificate. */
  readonly onCertificate?: ((certificate: Certificate, work: number) => void) | undefined;
}

export interface SearchResult {
  readonly certificate: Certificate;
  readonly work: number;
}

/**
 * Looks for a strong certificate: all slack of the network bound sits, for the best price v, at the shapes that attain
 * the layers' maxima of UB - v u a b, so those shapes are bounded better one at a time, the worst layer first, until no
 * refinement helps.
 */
export function searchCertificate(
  instance: Instance,
  requirement: Requirement,
  goal: Goal,
  options: SearchOptions = {},
): SearchResult {
  const search = new Search(instance, requirement, goal, options);
  return search.run();
}

const GAIN_WORTHWHILE = 0.05;
const LEAST_GAIN = 0.002;
const FIRST_STEPS = 60;
const ROUNDS = 3;

class Search {
  readonly #goal: Goal;
  readonly #budget: Budget;
  readonly #options: SearchOptions;
  readonly #layers: LayerSearch[];
  readonly #hash: string;
  readonly #total: bigint;
  #priced: PricedBound = { price: 0, kept: Infinity };
  #work = 0;

  constructor(instance: Instance, requirement: Requirement, goal: Goal, options: SearchOptions) {
    this.#hash = instanceHash(instance);
    this.#total = exactTotal(instance);
    this.#goal = goal;
    this.#options = options;
    this.#budget = budgetOf(instance, requirement);
    this.#layers = instance.layers.map((layer, l) => new LayerSearch(layer, this.#budget, l));
  }

  run(): SearchResult {
    const { incumbent } = this.#options;
    if (incumbent !== undefined) {
      for (const [l, own] of this.#layers.entries())
        own.offer(incumbent.layers[l]!.removedRows, incumbent.layers[l]!.removedColumns);
    }
    this.#price();
    this.#tell();
    for (const layer of this.#layers) layer.start();
    this.#price();
    this.#tell();
    const limit = this.#options.workLimit ?? Infinity;
    while (this.#work < limit) {
      const { price } = this.#priced;
      let most = 0;
      let chosen: LayerSearch | null = null;
      for (const layer of this.#layers) {
        const slack = layer.slack(price);
        if (!layer.stuck && slack > most) {
          most = slack;
          chosen = layer;
        }
      }
      if (chosen === null || most <= 1e-6 * this.#priced.kept) break;
      this.#work++;
      const before = this.#priced.kept;
      chosen.refine(price);
      this.#price();
      const slack = this.#layers.reduce((sum, layer) => sum + layer.slack(price), 0);
      chosen.judge(before - this.#priced.kept, slack);
      this.#tell();
    }
    return { certificate: this.#certificate(), work: this.#work };
  }

  #tell(): void {
    this.#options.onCertificate?.(this.#certificate(), this.#work);
  }

  #price(): void {
    this.#priced = bestPrice(
      this.#layers.map(({ envelope }) => envelope),
      this.#budget,
    );
  }

  #certificate(): Certificate {
    const keptBound = this.#priced.kept * (1 + 2 ** -28) + toNearest(this.#total) * 2 ** -32;
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
  readonly layer: Layer;
  readonly #mostUnits: number;
  readonly #table: KeptTable;
  envelope: Envelope;
  stuck = false;
  readonly #pieces: Piece[] = [];
  #current: { weighted: Weighted; tangents: TangentPiece[] } | null = null;
  #poor = 0;
  readonly #known: { units: number; kept: number }[] = [];

  constructor(layer: Layer, budget: Budget, l: number) {
    this.layer = layer;
    this.#mostUnits = budget.mostUnits[l]!;
    this.#table = makeTable(budget.ranges[l]!);
    lowerByLineSums(this.#table, layer);
    this.envelope = this.#envelope();
  }

  /** The pieces so far: a copy that later refinements do not change. */
  pieces(): Piece[] {
    return this.#pieces.map((piece) => ('tangents' in piece ? { ...piece, tangents: [...piece.tangents] } : piece));
  }

  #envelope(): Envelope {
    return envelopeOf(this.#table, this.layer.unitsPerEntry, this.#mostUnits);
  }

  /** Gives up on the layer when it has twice in a row gained next to nothing. */
  judge(gain: number, slack: number): void {
    this.#poor = gain < LEAST_GAIN * slack ? this.#poor + 1 : 0;
    if (this.#poor >= 2) this.stuck = true;
  }

  offer(removedRows: Uint32Array, removedColumns: Uint32Array): void {
    const { rows, cols, importance, unitsPerEntry } = this.layer;
    const keptRows = keptIndices(rows, removedRows);
    const keptColumns = keptIndices(cols, removedColumns);
    let kept = 0;
    for (const i of keptRows) for (const j of keptColumns) kept += importance[i * cols + j]!;
    this.#known.push({ units: keptRows.length * keptColumns.length * unitsPerEntry, kept });
  }

  start(): void {
    lower(this.#table, rowColumnTable(this.layer, this.#table.range));
    this.#pieces.push({ kind: 'rows' }, { kind: 'columns' });
    const { rows, cols } = this.layer;
    const residual = additivePiece(this.layer, new Float32Array(rows).fill(1), new Float32Array(cols).fill(1));
    if (isUsable(residual.piece)) {
      const none = {
        rowPoint: evenPoint(rows, rows),
        columnPoint: evenPoint(cols, cols),
        rowCurvature: 1,
        bound: Infinity,
      };
      this.#adopt({ residual, tangent: none });
    } else this.stuck = true;
    this.envelope = this.#envelope();
  }

  #adopt(weighted: Weighted): void {
    const tangents: TangentPiece[] = [];
    const piece: SpectralPiece = { ...weighted.residual.piece, tangents };
    this.#pieces.push(piece);
    lowerBySpectral(this.#table, this.layer, piece);
    this.#current = { weighted, tangents };
  }

  slack(price: number): number {
    const at = greatestAt(this.envelope, price);
    const bound = this.envelope.bounds[at]! - price * this.envelope.units[at]!;
    let known = 0;
    for (const { units, kept } of this.#known) known = Math.max(known, kept - price * units);
    return bound - known;
  }

  refine(price: number): void {
    const slack = this.slack(price);
    const at = greatestAt(this.envelope, price);
    const a = this.envelope.rows[at]!;
    const b = this.envelope.columns[at]!;
    const { layer } = this;
    const { rows, cols } = layer;
    const { weighted, tangents } = this.#current!;
    const before = boundAt(this.#table, a, b);
    const wanted = before - GAIN_WORTHWHILE * slack;
    const isFirst = tangents.length === 0 && this.#pieces.length === 3;
    const start = isFirst ? { rowPoint: evenPoint(rows, a), columnPoint: evenPoint(cols, b) } : weighted.tangent;
    let next: Weighted = {
      residual: weighted.residual,
      tangent: tangentAt(layer, weighted.residual.piece, a, b, start, 20),
    };
    next = { ...next, tangent: tangentAt(layer, weighted.residual.piece, a, b, next.tangent, FIRST_STEPS) };
    if (isFirst || next.tangent.bound > wanted) {
      const better = improveWeights(layer, next, a, b, ROUNDS, 25);
      if (better.residual !== next.residual) {
        next = better;
        if (next.tangent.bound <= wanted) this.#adopt(next);
      }
    }
    if (next.tangent.bound > wanted) {
      this.stuck = true;
      return;
    }
    const tangent = tangentPiece(next.tangent);
    this.#current!.tangents.push(tangent);
    this.#current = { weighted: next, tangents: this.#current!.tangents };
    lowerByTangent(this.#table, layer, next.residual.piece, tangent);
    this.envelope = this.#envelope();
  }
}

/** kept <= top_a of the row sums and top_b of the column sums; 0 where nothing is kept. */
function lowerByLineSums({ range, values }: KeptTable, { rows, cols, importance }: Layer): void {
  const rowSums = new Float64Array(rows);
  const columnSums = new Float64Array(cols);
  for (let i = 0, k = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++, k++) {
      rowSums[i]! += importance[k]!;
      columnSums[j]! += importance[k]!;
    }
  }
  const topRows = topSums(rowSums);
  const topColumns = topSums(columnSums);
  for (let a = range.minRows, at = 0; a <= range.maxRows; a++) {
    for (let b = range.minColumns; b <= range.maxColumns; b++, at++) {
      const bound = a * b === 0 ? 0 : Math.min(topRows[a]!, topColumns[b]!);
      if (bound < values[at]!) values[at] = bound;
    }
  }
}
