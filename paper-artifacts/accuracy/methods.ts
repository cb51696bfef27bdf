/** The methods that are compared, the previous work's row-and-column pruning (our reading) as `uniform`. */
export const METHODS = [
  'rows-only',
  'columns-only',
  'uniform',
  'independent',
  'residual',
  'greedy',
  'anneal-selection',
  'anneal-shape',
] as const;
