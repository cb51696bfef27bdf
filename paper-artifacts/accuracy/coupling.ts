import type { Instance, Pruning } from '../../src/index.ts';
import { makeInstance } from '../../src/index.ts';
import { dependenciesOf } from '../../src/neural/compact/dependencies.ts';
import { inputsOf, networkOf } from '../../src/neural/compact/network.ts';
import { masksOf } from '../../src/neural/index.ts';

/*
 * Layers are not independent: a column whose input channel is a constant tells nothing, and a row whose output nobody reads
 * is not used. The problem's cost counts both as kept. Here they are found, so that a method can be asked again with their
 * importance 0: what it kept there it can remove at no cost, and keep something that lives.
 */

type Model = Parameters<typeof networkOf>[0];

interface Lines {
  readonly rows: Uint8Array; // rows[i] = 1 while row i, if kept, is read by somebody and varies
  readonly columns: Uint8Array; // columns[j] = 1 while the channel that column j reads varies
}

/** Which lines of every layer live under a pruning, kept or not. */
function livingLines(model: Model, instance: Instance, pruning: Pruning): Map<string, Lines> {
  const network = networkOf(model, masksOf(instance, pruning));
  const { facts } = dependenciesOf(network);
  const living = new Map<string, Lines>();
  network.graph.forEachNode((key, { layer, matrix }) => {
    if (matrix === null) return;
    const { needed } = facts.get(key)!;
    const { constants } = facts.get(inputsOf(network.graph, key)[0]!)!;
    const columns = Uint8Array.from({ length: matrix.kernel.length / matrix.filters }, (_, j) =>
      Number.isNaN(constants[j % matrix.channels]!) ? 1 : 0,
    );
    for (const { originalName } of layer.weights) living.set(originalName, { rows: needed, columns });
  });
  return living;
}

/** The instance with importance 0 in lines that do not live under a pruning. */
export function livingInstance(model: Model, instance: Instance, pruning: Pruning): Instance {
  const living = livingLines(model, instance, pruning);
  return makeInstance(
    instance.layers.map((layer) => {
      const { rows, columns } = living.get(layer.name)!;
      const importance = layer.importance.slice();
      importance.forEach((_, k) => {
        if (rows[Math.floor(k / layer.cols)] === 0 || columns[k % layer.cols] === 0) importance[k] = 0;
      });
      return { ...layer, importance };
    }),
  );
}
