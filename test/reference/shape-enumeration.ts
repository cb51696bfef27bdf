import type { Goal, Instance, Layer } from '../../src/problem/index.ts';
import { exact } from './brute-force.ts';

/*
 * The true optimum of layers with up to a dozen lines on their shorter side, in milliseconds: {@link bruteForce} would need
 * hours. It shares nothing with the solvers but the types, and test/exact/cross-examination.test.ts holds it against brute force.
 *
 * Once the kept lines of the shorter side are chosen, the c removed lines of the other side that cost least are the c of least
 * sum over what is kept. So: all subsets of the shorter side, all c, sums in BigInt.
 */

interface Option {
  readonly units: number;
  readonly cost: bigint; // units of 2^-149
}

/** The least cost of every shape that the minima allow, key `rows,columns` removed. */
export function leastCosts(layer: Layer): Map<string, Option> {
  const { rows, cols, importance, unitsPerEntry, minKeptRows, minKeptColumns } = layer;
  const isTall = rows > cols;
  const [outer, inner] = isTall ? [cols, rows] : [rows, cols];
  const at = (o: number, i: number) => exact(isTall ? importance[i * cols + o]! : importance[o * cols + i]!);
  const entries = Array.from({ length: outer }, (_, o) => Array.from({ length: inner }, (_, i) => at(o, i)));
  const totals = entries.map((line) => line.reduce((sum, entry) => sum + entry, 0n));
  const options = new Map<string, Option>();
  /** Decides outer line o: `sums` are those of the kept ones, `cost` that of the removed ones. */
  const visit = (o: number, removed: number, sums: readonly bigint[], cost: bigint): void => {
    if (o < outer) {
      visit(o + 1, removed + 1, sums, cost + totals[o]!);
      const line = entries[o]!;
      visit(
        o + 1,
        removed,
        sums.map((sum, i) => sum + line[i]!),
        cost,
      );
      return;
    }
    const ascending = [...sums].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));
    let total = cost;
    for (let c = 0; c <= inner; c++) {
      const [r, k] = isTall ? [c, removed] : [removed, c];
      if (rows - r >= minKeptRows && cols - k >= minKeptColumns) {
        const known = options.get(`${r},${k}`);
        const units = (rows * cols - (rows - r) * (cols - k)) * unitsPerEntry;
        if (known === undefined || total < known.cost) options.set(`${r},${k}`, { units, cost: total });
      }
      if (c < inner) total += ascending[c]!;
    }
  };
  visit(
    0,
    0,
    entries[0]!.map(() => 0n),
    0n,
  );
  return options;
}

/** The least cost of any pruning that meets the goal, in units of 2^-149; null when none does. */
export function leastCost(instance: Instance, goal: Goal): bigint | null {
  if ('shape' in goal) {
    return leastCosts(instance.layers[0]!).get(`${goal.shape.rows},${goal.shape.columns}`)?.cost ?? null;
  }
  const { target } = goal;
  let choices: readonly Option[] = [{ units: 0, cost: 0n }];
  for (const layer of instance.layers) {
    const sums: Option[] = [];
    for (const option of front([...leastCosts(layer).values()])) {
      for (const choice of choices) {
        sums.push({ units: Math.min(target, choice.units + option.units), cost: choice.cost + option.cost });
      }
    }
    choices = front(sums);
  }
  return choices.find(({ units }) => units >= target)?.cost ?? null;
}

/** Options that no other beats in both units and cost, most units first. */
function front(options: Option[]): Option[] {
  options.sort((x, y) => y.units - x.units || (x.cost < y.cost ? -1 : x.cost > y.cost ? 1 : 0));
  const kept: Option[] = [];
  for (const option of options) if (kept.length === 0 || option.cost < kept.at(-1)!.cost) kept.push(option);
  return kept;
}
