/** Shapes of all layers together, (rows + 1) x (columns + 1) each, that a proof log may speak of: a number for each is kept. */
export const MOST_PROOF_SHAPES = 2 ** 22;
