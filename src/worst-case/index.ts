export { type SearchOptions, searchWorstCase, type Worst, worstCases } from './search.ts';
export {
  type Size,
  STARTS,
  type Start,
  supremum,
  TIGHT_ALGORITHMS,
  type TightAlgorithm,
} from './suprema.ts';
export { LARGEST_EPSILON, LEAST_EPSILON, type WorstCase, type WorstCaseOptions, worstCase } from './worst-case.ts';
