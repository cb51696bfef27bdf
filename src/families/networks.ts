import type { LinkTensor } from '../problem/links.ts';
import { fillScaled } from './entries.ts';
import type { Family } from './family.ts';

/*
 * Families of linked networks. All layers have one size, a row makes one channel, and column j reads channel j mod rows, as in a
 * convolution whose kernel has cols / rows positions. The first layer reads the network's input, the last tensor is its output.
 */

/** Entries of all of them: lines of different scales, so that there are channels worth removing. */
const SCALED = 'w_ij = |N| exp(s (g_i + h_j)), g and h standard normal, strength s = 0.5 (0 to 10)';
const scaled = { strength: { fallback: 0.5, most: 10 }, fill: fillScaled } as const;

const name = (l: number) => `layer${l}`;
const upTo = (count: number) => Array.from({ length: count }, (_, k) => k);

/** Every layer reads what the layer before it makes. */
const chain: Family = {
  name: 'chain',
  formula: `${SCALED}; linked: layer l + 1 reads layer l`,
  ...scaled,
  network: {
    first: 1,
    each: 1,
    fallback: 3,
    links: (layers, rows) => ({
      tensors: upTo(layers - 1).map((l) => ({
        name: `tensor${l}`,
        channels: rows,
        from: [name(l)],
        to: [name(l + 1)],
      })),
    }),
  },
};

/** A stream to which every block of two layers adds what it makes of it (He et al. 2016). */
const residualBlocks: Family = {
  name: 'residual-blocks',
  formula: `${SCALED}; linked: layer 0 begins a stream x, then pairs of layers make x + pair(x)`,
  ...scaled,
  network: {
    first: 1,
    each: 2,
    fallback: 5,
    links: (layers, rows) => {
      const blocks = (layers - 1) / 2;
      const streams = upTo(blocks + 1).map((b): LinkTensor => {
        const from = b === 0 ? [name(0)] : [name(2 * b), `stream${b - 1}`];
        const tensor = { name: `stream${b}`, channels: rows, from };
        return b < blocks ? { ...tensor, to: [name(2 * b + 1)] } : { ...tensor, output: true };
      });
      const hidden = upTo(blocks).map(
        (b): LinkTensor => ({ name: `hidden${b}`, channels: rows, from: [name(2 * b + 1)], to: [name(2 * b + 2)] }),
      );
      return { tensors: [...streams, ...hidden] };
    },
  },
};

/** Two layers read the same, the product of what they make is read by a third (gated linear units, Dauphin et al. 2017). */
const gatedPairs: Family = {
  name: 'gated-pairs',
  formula: `${SCALED}; linked: triples of layers, the third reads the product of the two that read the triple before`,
  ...scaled,
  network: {
    first: 0,
    each: 3,
    fallback: 3,
    links: (layers, rows) => ({
      tensors: upTo(layers / 3).flatMap((b): LinkTensor[] => {
        const [gate, up, down] = [name(3 * b), name(3 * b + 1), name(3 * b + 2)];
        const read: LinkTensor[] =
          b === 0 ? [] : [{ name: `tensor${b}`, channels: rows, from: [name(3 * b - 1)], to: [gate, up] }];
        return [...read, { name: `gated${b}`, channels: rows, from: [gate, up], join: 'all', to: [down] }];
      }),
    }),
  },
};

/** All of them. */
export const NETWORKS: readonly Family[] = [chain, residualBlocks, gatedPairs];
