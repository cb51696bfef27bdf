/**
 * Files: instances, prunings, masks, certificates, graphs, and integer programs for other solvers.
 *
 * @module rcprune/files
 */

export {
  completeSides,
  lpText,
  mpsText,
  readCertificate,
  readGraph,
  readInstance,
  readLines,
  readMasks,
  readPruning,
  type StoredGraph,
  type StoredPruning,
  writeCertificate,
  writeInstance,
  writeLp,
  writeMasks,
  writeMps,
  writePruning,
} from './formats/index.ts';
