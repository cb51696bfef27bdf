/**
 * The checker alone: recomputes what a pruning costs and what a certificate or a proof log proves, trusting no solver. Loads nothing
 * else, and runs in browsers too, where a bundler puts it.
 *
 * @module rcprune/check
 */

export {
  type CertificateVerdict,
  type Claims,
  check,
  checkCertificate,
  ProofChecker,
  type Verdict,
} from './certify/index.ts';
export {
  type Certificate,
  type ColumnOrder,
  type Goal,
  type Instance,
  instanceHash,
  type Layer,
  type LayerInput,
  type LayerPruning,
  type LinePiece,
  type LinkJoin,
  type LinkSource,
  type Links,
  type LinkTensor,
  makeInstance,
  makeLayerPruning,
  type Piece,
  type Pruning,
  RcpruneError,
  type Shape,
  type SpectralPiece,
  type SplitPiece,
  sparsityGoal,
  type TangentPiece,
} from './problem/index.ts';
