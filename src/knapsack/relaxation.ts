import { type Choice, type Menu, menuHigh, menuLow, menuUnits } from './menu.ts';
import { type LayerMenus, type PricedChoice, type PricedShape, priceBetween, priceOf, priceOfAll } from './priced.ts';

/*
 * The Lagrangian relaxation of the choice of shapes: with a multiplier v, a price per unit, every layer takes the shape of least
 * price - v units on its own. Steps 1 and 2 of shape-choice.ts: the best v, and what every other choice costs beside these shapes.
 * A multiplier takes a binary search per outer line, since prices are convex along a menu's inner lines.
 */

/** The menus of all layers. */
export interface Network {
  readonly layers: readonly LayerMenus[];
  /**
   * Place of a layer's first number in lists of *centers*, which hold for every menu and outer count of every layer, one
   * after the other, the inner count of least price - multiplier x units. They ascend with the multiplier.
   */
  readonly firstCenter: readonly number[]; // [layers + 1]
}

/** The shapes that minimise price - multiplier x units, and the bound on prices that follows, but for rounding. */
export interface Relaxation extends PricedChoice {
  readonly multiplier: number;
  readonly bound: number;
  readonly centers: Int32Array;
}

/** A multiplier v and what identity (1) of shape-choice.ts says of it. */
export interface Anchor {
  readonly multiplier: number;
  /** Where inner lines cost as much as they bring, see {@link Network.firstCenter}. */
  readonly centers: Int32Array;
  /** The layers' references. */
  readonly references: readonly PricedShape[];
  /** least[l] = m_l: the least d of layer l as computed; <= 0, since the reference's own is 0. */
  readonly least: readonly number[];
  /** Of all references: P0 and U0. */
  readonly total: PricedChoice;
}

const MOST_MULTIPLIERS = 64;
/** The search for a multiplier ends when the bound would rise by less than this share of all prices. */
const LEAST_STEP = 2 ** -40;
/** Most replacements of a layer's reference by a shape that rounding had hidden; one is usual. */
const MOST_REPLACEMENTS = 4;

/** Lays out the centers of all menus. */
export function networkOf(layers: readonly LayerMenus[]): Network {
  const firstCenter = [0];
  for (const menus of layers) {
    firstCenter.push(menus.reduce((sum, { minOuter, maxOuter }) => sum + maxOuter - minOuter + 1, firstCenter.at(-1)!));
  }
  return { layers, firstCenter };
}

/**
 * Step 1: the best multiplier found, by intersecting the two supporting lines that bracket the target. Nothing is proved here,
 * so rounding does no harm.
 *
 * @param largest the choice of most units, which reaches the target
 * @param most at least any total price
 * @param offer told of every relaxed choice
 */
export function bestRelaxation(
  network: Network,
  target: number,
  most: number,
  largest: PricedChoice,
  offer: (choice: PricedChoice) => void,
): Relaxation {
  const relaxed = (multiplier: number, from: PricedChoice, under?: Int32Array, over?: Int32Array) => {
    const found = relax(network, target, multiplier, from, under, over);
    offer(found);
    return found;
  };
  let above: PricedChoice & { multiplier: number; centers?: Int32Array } = { ...largest, multiplier: Infinity };
  let below = relaxed(0, above);
  let best = below;
  if (best.units >= target) return best;
  for (let step = 0; step < MOST_MULTIPLIERS; step++) {
    const multiplier = priceBetween(below, above) / (above.units - below.units);
    if (!(multiplier > below.multiplier && multiplier < above.multiplier)) break; // centers need the order
    const between = relaxed(multiplier, below, below.centers, above.centers);
    if (between.bound > best.bound) best = between;
    if (between.units === above.units || between.units === below.units) break;
    const under = priceBetween(below, between) - multiplier * (between.units - below.units);
    if (under >= -most * LEAST_STEP) break;
    if (between.units >= target) above = between;
    else below = between;
  }
  return best;
}

/**
 * Minimises price - multiplier x units layer by layer. Shapes are compared by their differences from a shape nearby, so that
 * rounding stays relative to prices.
 *
 * @param from the shapes nearby
 * @param under centers of a lower multiplier; @param over of a higher one
 */
function relax(
  network: Network,
  target: number,
  multiplier: number,
  from: PricedChoice,
  under?: Int32Array,
  over?: Int32Array,
): Relaxation {
  const centers = centersAt(network, multiplier, under, over);
  const choices = network.layers.map(
    (_, l) => leastShape(network, l, multiplier, centers, priceOf(from.choices[l]!)).choice,
  );
  const all = priceOfAll(choices);
  const bound = all.high + all.low - multiplier * (all.units - target);
  return { ...all, multiplier, bound, centers };
}

function centersAt(network: Network, multiplier: number, under?: Int32Array, over?: Int32Array): Int32Array {
  const centers = new Int32Array(network.firstCenter.at(-1)!);
  let k = 0;
  for (const menu of network.layers.flat()) {
    for (let outer = menu.minOuter; outer <= menu.maxOuter; outer++, k++) {
      centers[k] = leastInner(menu, outer, multiplier, under?.[k] ?? menu.minInner, over?.[k] ?? menu.maxInner);
    }
  }
  return centers;
}

/**
 * The inner count from `least` to `most` of least price - multiplier x units for an outer count: a binary search, since
 * prices are convex.
 */
function leastInner(menu: Menu, outer: number, multiplier: number, least: number, most: number): number {
  const worth = multiplier * (menu.unitsPerEntry * (menu.outerLines - outer)); // what one more inner line brings
  const { innerHigh, innerLow } = menu;
  const base = outer * menu.stride;
  while (least < most) {
    const middle = (least + most) >>> 1;
    const next = base + middle + 1;
    const price = innerHigh[next]! - innerHigh[next - 1]! + (innerLow[next]! - innerLow[next - 1]!);
    if (price <= worth) least = middle + 1;
    else most = middle;
  }
  return least;
}

/** The shape of least d from a reference, and d. O(outer lines). */
function leastShape(network: Network, l: number, multiplier: number, centers: Int32Array, reference: PricedShape) {
  let reduced = Infinity;
  let choice: Choice | null = null;
  let k = network.firstCenter[l]!;
  for (const menu of network.layers[l]!) {
    for (let outer = menu.minOuter; outer <= menu.maxOuter; outer++, k++) {
      const inner = centers[k]!;
      const own = reducedCost(menu, outer, inner, multiplier, reference);
      if (own < reduced) {
        reduced = own;
        choice = { menu, outer, inner };
      }
    }
  }
  return { choice: choice!, reduced };
}

/**
 * Step 2. The relaxation compared the shapes of a layer by differences from another shape, whose rounding grows with the distance.
 * Compared anew by differences from the shape that it found, another one may turn out less: that becomes the reference.
 */
export function anchorAt(network: Network, { multiplier, choices, centers }: Relaxation): Anchor {
  const references: PricedShape[] = [];
  const least: number[] = [];
  for (const l of network.layers.keys()) {
    let reference = priceOf(choices[l]!);
    for (let replacements = 0; ; replacements++) {
      const { choice, reduced } = leastShape(network, l, multiplier, centers, reference);
      if (reduced >= 0 || replacements === MOST_REPLACEMENTS) {
        references.push(reference);
        least.push(Math.min(0, reduced));
        break;
      }
      reference = priceOf(choice);
    }
  }
  return { multiplier, centers, references, least, total: priceOfAll(references.map(({ choice }) => choice)) };
}

/** P' - B for the price P' of a choice that reaches the target, >= 0: identity (1). */
export function gapAbove({ multiplier, total, least }: Anchor, target: number, choice: PricedChoice): number {
  const saved = priceBetween(total, choice) + multiplier * (total.units - target);
  return Math.max(0, saved - least.reduce((sum, own) => sum + own, 0));
}

/**
 * What rounding can add to a computed score, or take from it: (L + 1) 2^-45 K, where L counts layers and K is the sum of the
 * magnitudes that scores are made of. The analysis asks for 90 (L + 1) 2^-53 K; this is over twice as much.
 */
export function marginOf({ multiplier, total, least }: Anchor, target: number, most: number): number {
  const magnitude = least.reduce((sum, own) => sum - own, 2 * most + multiplier * Math.abs(total.units - target));
  return (least.length + 1) * 2 ** -45 * magnitude;
}

/** d: three roundings, the differences of limbs and of units being exact. */
export function reducedCost(
  menu: Menu,
  outer: number,
  inner: number,
  multiplier: number,
  reference: PricedShape,
): number {
  const price = menuHigh(menu, outer, inner) - reference.high + (menuLow(menu, outer, inner) - reference.low);
  return price - multiplier * (menuUnits(menu, outer, inner) - reference.units);
}
