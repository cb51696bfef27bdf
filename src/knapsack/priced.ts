import { type Choice, type Menu, menuHigh, menuLow, menuUnits } from './menu.ts';

/*
 * Shapes and choices of shapes with their units and prices. A price is a fixed-point value high + low, so that sums and
 * differences of limbs are exact, and the sign of a difference rounded once is right.
 */

/** Menus of one layer: alternatives, of which one shape of one menu is chosen. */
export type LayerMenus = readonly Menu[];

/** A shape with its units and price. */
export interface PricedShape {
  readonly choice: Choice;
  readonly units: number;
  readonly high: number;
  readonly low: number;
}

/** One shape per layer with their units and price in all. */
export interface PricedChoice {
  readonly choices: readonly Choice[];
  readonly units: number;
  readonly high: number;
  readonly low: number;
}

/** A shape's units and price. */
export function priceOf(choice: Choice): PricedShape {
  const { menu, outer, inner } = choice;
  return {
    choice,
    units: menuUnits(menu, outer, inner),
    high: menuHigh(menu, outer, inner),
    low: menuLow(menu, outer, inner),
  };
}

/** The units and the price of one shape per layer: sums of limbs and of units are exact. */
export function priceOfAll(choices: readonly Choice[]): PricedChoice {
  const shapes = choices.map(priceOf);
  return {
    choices,
    units: shapes.reduce((sum, { units }) => sum + units, 0),
    high: shapes.reduce((sum, { high }) => sum + high, 0),
    low: shapes.reduce((sum, { low }) => sum + low, 0),
  };
}

/** The price of `to` less that of `from`, rounded once: its sign is right. */
export function priceBetween(
  from: { readonly high: number; readonly low: number },
  to: { readonly high: number; readonly low: number },
): number {
  return to.high - from.high + (to.low - from.low);
}

/** The largest shape of every layer: the choice of most units. */
export function largestChoice(layers: readonly LayerMenus[]): PricedChoice {
  return priceOfAll(layers.map((menus) => ({ menu: menus[0]!, outer: menus[0]!.maxOuter, inner: menus[0]!.maxInner })));
}
