import { COLUMNS, ROWS } from '../layer/side.ts';
import type { Method } from '../method/method.ts';
import type { Requirement } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import { makeRandom } from '../problem/random.ts';
import type { Answer } from '../problem/result.ts';
import { LineRemover } from './line-remover.ts';

/**
 * Lines of the whole network in random order, until the goal is met: the floor that every method must beat.
 *
 * Uniform over orders, by seed; for a fixed shape this draws its rows and columns uniformly. O(lines) time.
 */
export const random: Method = {
  name: 'random',
  summary: 'lines of the whole network in random order',
  uses: ['seed'],
  run: (instance, requirement, { seed }) => removeAtRandom(instance, requirement, seed),
};

function removeAtRandom(instance: Instance, requirement: Requirement, seed: number): Answer {
  // Lines are numbered layer by layer, rows before columns.
  const firstLine: number[] = [];
  let lines = 0;
  for (const { rows, cols } of instance.layers) {
    firstLine.push(lines);
    lines += rows + cols;
  }
  const layerOf = new Uint32Array(lines); // layerOf[line]
  instance.layers.forEach(({ rows, cols }, l) => {
    layerOf.fill(l, firstLine[l]!, firstLine[l]! + rows + cols);
  });
  const remover = new LineRemover(instance, requirement);
  let work = 0;
  for (const line of makeRandom(seed, 'random').shuffle(lines)) {
    if (remover.done()) break;
    const l = layerOf[line]!;
    const index = line - firstLine[l]!;
    const { rows } = instance.layers[l]!;
    const side = index < rows ? ROWS : COLUMNS;
    if (remover.mayRemove(l, side)) remover.remove(l, side, side === ROWS ? index : index - rows);
    work++;
  }
  return { pruning: remover.pruning(), work };
}
