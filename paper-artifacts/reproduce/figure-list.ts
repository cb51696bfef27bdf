/*
 * The figures of the paper artifacts and the tables they show; figures.ts draws them. None shows a clock of this run: the one with
 * seconds is of stored runs.
 */

export interface PaperFigure {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  /** As in claims.ts. */
  readonly table: string;
}

export const FIGURES: readonly PaperFigure[] = [
  {
    name: 'ratios',
    title: 'Ratio against guarantee',
    caption:
      'Largest cost / optimum of each method on each family and kind of small random instance, optima enumerated; the bar is the proved guarantee. Random instances stay far from the worst case.',
    table: 'laws',
  },
  {
    name: 'tightness',
    title: 'The worst case is reached',
    caption:
      'Tight families at fixed shapes: how far the measured ratio is below its limit, as epsilon falls. Every line goes to 0, so no smaller factor holds.',
    table: 'tight-families',
  },
  {
    name: 'exact',
    title: 'Exact methods',
    caption:
      'Seconds of exact methods on half-normal and scaled squares at 50, 75 and 93%; hollow: not within a minute. Stored runs.',
    table: 'exact',
  },
  {
    name: 'annealing',
    title: 'Distance from the optimum',
    caption:
      'How far above the proved least cost each method’s answer at most is, on networks and one large layer. Stored runs.',
    table: 'anneal-quality',
  },
  {
    name: 'accuracy',
    title: 'Accuracy after fine-tuning',
    caption:
      'Test accuracy on font families that no network has seen, with bootstrap intervals over families and seeds. Stored networks.',
    table: 'accuracy/differences',
  },
  {
    name: 'cost-accuracy',
    title: 'Does a better pruning keep more accuracy?',
    caption:
      'Cost over the proved least cost against accuracy after fine-tuning, a dot a network at 93%; hollow: prunings made worse on purpose. Stored networks.',
    table: 'accuracy/accuracy',
  },
];
