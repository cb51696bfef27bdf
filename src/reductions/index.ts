export { bicliqueToShape, bicliqueToTarget } from './biclique.ts';
export { cliqueToShape, cliqueToTarget } from './clique.ts';
export { type GraphQuestion, isWitness, type PruningQuestion, type Reduction } from './reduction.ts';
