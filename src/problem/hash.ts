import type { Instance } from './instance.ts';
import { canonicalLinks, linkGraph } from './links.ts';
import { makeSha256 } from './sha256.ts';

/**
 * The identity of an instance: SHA-256, in hex, of its layers and links. The target is left out, since a flag may replace it.
 *
 * Hashed, layer by layer: one line of JSON `[name, rows, cols, unitsPerEntry, minKeptRows, minKeptColumns]`, a newline,
 * then the importances as little-endian float32, row-major. Then, where there are links, the links in a canonical form and a newline.
 */
export function instanceHash(instance: Instance): string {
  const hash = makeSha256();
  for (const layer of instance.layers) {
    const { name, rows, cols, unitsPerEntry, minKeptRows, minKeptColumns, importance } = layer;
    hash.update(`${JSON.stringify([name, rows, cols, unitsPerEntry, minKeptRows, minKeptColumns])}\n`);
    hash.update(littleEndianBytes(importance));
  }
  const graph = linkGraph(instance);
  if (graph !== null) hash.update(`${canonicalLinks(graph, instance.layers)}\n`);
  return hash.hex();
}

/** The bytes of a matrix as files hold them: little-endian float32. A view, not a copy, on every common machine. */
export function littleEndianBytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (new Uint8Array(new Uint32Array([1]).buffer)[0] === 1) return bytes;
  const swapped = bytes.slice();
  for (let at = 0; at < swapped.length; at += 4) swapped.subarray(at, at + 4).reverse();
  return swapped;
}
