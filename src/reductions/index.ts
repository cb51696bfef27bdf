export { bicliqueToShape, bicliqueToTarget } from './biclique.ts';
export { cliqueToShape, cliqueToTarget } from './clique.ts';
export {
  expansionToShape,
  expansionToTarget,
  type GapQuestion,
  type GapReduction,
  type InnerSet,
  innerEdges,
} from './expansion.ts';
export { type GraphQuestion, isWitness, type PruningQuestion, type Reduction } from './reduction.ts';
