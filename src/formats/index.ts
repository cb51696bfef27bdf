export { readCertificate, writeCertificate } from './certificate.ts';
export {
  decodeUtf8,
  parseJson,
  readExactly,
  readLines,
  readText,
  STANDARD_STREAM,
  withFile,
  writeAll,
  writeText,
  writeWhole,
} from './file.ts';
export { completeSides, parseDimacs, parseGraphJson, readGraph, type StoredGraph } from './graph.ts';
export { readInstance, readLinks, writeInstance } from './instance.ts';
export { lpText, writeLp } from './lp.ts';
export { mpsText, writeMps } from './mps.ts';
export { readMasks, readPruning, type StoredPruning, writeMasks, writePruning } from './pruning.ts';
export {
  type Dtype,
  openSafetensors,
  type Safetensors,
  type TensorData,
  type TensorInfo,
  writeSafetensors,
} from './safetensors.ts';
export { parsed } from './schema.ts';
