import type { LayersModel } from '@tensorflow/tfjs-layers';
import { dependenciesOf } from '../../src/neural/compact/dependencies.ts';
import { masksOf } from '../../src/neural/compact/masks.ts';
import { inputsOf, networkOf } from '../../src/neural/compact/network.ts';
import { describe, RcpruneError } from '../../src/problem/error.ts';
import { allocateImportance, type Instance, makeInstance } from '../../src/problem/instance.ts';
import type { Pruning } from '../../src/problem/pruning.ts';

/** Which lines of a layer live under a pruning of the whole network, whether it keeps them or not. */
interface Lines {
  readonly rows: Uint8Array; // rows[i] = 1 while what row i gives out is read, and varies if the row is kept
  readonly columns: Uint8Array; // columns[j] = 1 while the channel that column j reads varies
}

/**
 * The instance with importance 0 in the lines that are dead under a pruning: columns whose input channel is a constant,
 * which tell nothing, and rows whose output nobody reads.
 *
 * The cost adds up layer by layer and counts such lines as kept. A method that is asked again on this instance removes them
 * at no cost and keeps, for the same target, lines that live; their removal may make others dead, so a few rounds are of use. This is
 * what there was before instances had links, which the stored experiment measured.
 * Dead lines stay dead in later rounds (nothing is gained by what feeds or reads them). This is our construction; it bounds
 * nothing, and a cost on the new instance is not one on the old.
 *
 * @param instance of the convolutions or dense layers of this model, by their weights' names
 * @throws RcpruneError on layers of the instance that the model has not, or not as one matrix
 */
export function livingInstance(model: LayersModel, instance: Instance, pruning: Pruning): Instance {
  const living = livingLines(model, instance, pruning);
  return makeInstance(
    instance.layers.map((layer) => {
      const lines = living.get(layer.name);
      if (lines === undefined) throw new RcpruneError(describe(layer.name), 'a layer that is one matrix', 'another');
      const importance = allocateImportance(layer.importance.length);
      importance.set(layer.importance);
      for (let k = 0; k < importance.length; k++) {
        const isLiving = lines.rows[Math.floor(k / layer.cols)] === 1 && lines.columns[k % layer.cols] === 1;
        if (!isLiving) importance[k] = 0;
      }
      return { ...layer, importance };
    }),
    instance.target,
  );
}

function livingLines(model: LayersModel, instance: Instance, pruning: Pruning): Map<string, Lines> {
  const network = networkOf(model, masksOf(instance, pruning));
  const { facts } = dependenciesOf(network);
  const living = new Map<string, Lines>();
  network.graph.forEachNode((key, { layer, matrix }) => {
    if (matrix === null) return;
    const { needed: rows } = facts.get(key)!;
    const { constants } = facts.get(inputsOf(network.graph, key)[0]!)!;
    const columns = Uint8Array.from({ length: matrix.kernel.length / matrix.filters }, (_, j) =>
      Number.isNaN(constants[j % matrix.channels]!) ? 1 : 0,
    );
    for (const { originalName } of layer.weights) living.set(originalName, { rows, columns });
  });
  return living;
}
