/**
 * The colours of all figures: one name, one meaning, on paper white and on the dark page. Text has a contrast of at least
 * 4.5 and marks of at least 3 against both grounds (a test computes them). A figure uses the light values; inside a page
 * they become CSS variables of the same names.
 */
export const PALETTE = {
  paper: ['#fdfcfa', '#15171b'],
  ink: ['#23262b', '#e6e4df'],
  quiet: ['#5d626b', '#a2a7b0'],
  line: ['#d8d5ce', '#363a42'],
  wash: ['#efece6', '#22262c'],
  keep: ['#1f5f8b', '#6fb3e0'],
  drop: ['#bf432c', '#f08a73'],
  series0: ['#1f5f8c', '#6fb3e1'],
  series1: ['#b4560f', '#f2a25c'],
  series2: ['#0f7d67', '#4fc7ab'],
  series3: ['#7a4fa3', '#bb98e6'],
  series4: ['#946c00', '#e0b84a'],
  series5: ['#b03a78', '#ee8dbd'],
  series6: ['#4a7d1f', '#9bd05f'],
  series7: ['#a03c2c', '#f29a86'],
  series8: ['#23769d', '#8fd0f0'],
  series9: ['#6b7078', '#a3a9b3'],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

export type Colour = keyof typeof PALETTE;

/** The light value, as figures write it. */
export const hex = (colour: Colour): string => PALETTE[colour][0];

/** The name of a light value. Values are distinct, so that it is one. */
export const NAMES = new Map<string, Colour>(
  Object.entries(PALETTE).map(([name, [light]]) => [light as string, name as Colour]),
);

const SERIES = Object.keys(PALETTE).filter((name) => name.startsWith('series')) as Colour[];
const DASHES = ['none', '6 3', '2 3', '8 3 2 3'];

/** Methods keep their colour from figure to figure; two that want the same one settle it in order of appearance. */
const PREFERRED: Record<string, number> = {
  residual: 0,
  'residual-rows-first': 0,
  'residual-columns-first': 8,
  independent: 8,
  'anneal-selection': 2,
  'anneal-shape': 6,
  best: 3,
  'branch-and-bound': 3,
  enumerate: 5,
  greedy: 4,
  alternating: 1,
  'ilp-highs': 1,
  'ilp-jslp': 7,
  'rows-only': 5,
  'columns-only': 7,
  uniform: 9,
  random: 9,
};

export interface SeriesStyle {
  readonly colour: string;
  readonly dash: string;
}

/** A colour for each distinct name, and a dash pattern for those beyond ten. */
export function seriesStyles(names: Iterable<string>): Map<string, SeriesStyle> {
  const styles = new Map<string, SeriesStyle>();
  const taken = new Set<number>();
  for (const name of new Set(names)) {
    const round = Math.floor(styles.size / SERIES.length);
    if (taken.size === SERIES.length) taken.clear();
    let place = Object.hasOwn(PREFERRED, name) ? PREFERRED[name]! : 0;
    while (taken.has(place)) place = (place + 1) % SERIES.length;
    taken.add(place);
    styles.set(name, { colour: hex(SERIES[place]!), dash: DASHES[round % DASHES.length]! });
  }
  return styles;
}
