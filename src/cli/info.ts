import { Command } from 'commander';
import { plainLineSums } from '../layer/line-sums.ts';
import { deadKept } from '../problem/closure.ts';
import { exactTotal } from '../problem/cost.ts';
import { toNearest } from '../problem/exact-sum.ts';
import { instanceHash } from '../problem/hash.ts';
import { entryCount, type Instance, type Layer, unitCount } from '../problem/instance.ts';
import { withExamples } from './help.ts';
import { print, printJson, printPairs, show } from './output.ts';

export function infoCommand(): Command {
  const command = new Command('info')
    .argument('<instance>', '.json, .safetensors, or - for JSON from standard input')
    .option('--pruning <FILE>', 'pruning whose dead lines are to be counted')
    .option('--json', 'print one JSON object')
    .action(run);
  return withExamples(command, 'info net.safetensors', 'info small.json --json');
}

interface Options {
  readonly pruning?: string;
  readonly json?: true;
}

async function run(file: string, options: Options): Promise<void> {
  const { readInstance } = await import('../formats/instance.ts');
  const instance = await readInstance(file);
  const layers = instance.layers.map((layer) => {
    const { name, rows, cols, unitsPerEntry, minKeptRows, minKeptColumns, columnOrder } = layer;
    const own = { name, rows, cols, unitsPerEntry, minKeptRows, minKeptColumns, columnOrder: columnOrder ?? null };
    return { ...own, total: toNearest(exactTotal({ layers: [layer] })), ...spreads(layer) };
  });
  const summary = {
    layers: layers.length,
    entries: entryCount(instance),
    units: unitCount(instance),
    total: toNearest(exactTotal(instance)),
    target: instance.target ?? null,
    instanceHash: instanceHash(instance),
    tensors: instance.links?.tensors.length ?? null,
    ...(options.pruning === undefined ? {} : await deadOf(instance, options.pruning)),
  };
  if (options.json) {
    printJson({ ...summary, layers });
    return;
  }
  printPairs([
    ['layers', `${summary.layers}`],
    ['entries', `${summary.entries}`],
    ['units', `${summary.units}`],
    ['total', show(summary.total)],
    ['target', summary.target === null ? 'none' : `${summary.target}`],
    ['hash', summary.instanceHash],
    ['links', summary.tensors === null ? 'none' : `${summary.tensors} tensors`],
    ...(summary.deadKept === undefined
      ? []
      : ([['dead', `${summary.deadLines} kept lines are dead, with importance ${show(summary.deadKept)}`]] as const)),
  ]);
  print('\nmeans per entry, least / median / greatest');
  const width = Math.max(...layers.map(({ name }) => name.length));
  for (const { name, rows, cols, unitsPerEntry, rowMeans, columnMeans } of layers) {
    const units = unitsPerEntry === 1 ? '' : `  x ${unitsPerEntry} units`;
    const spread = `rows ${triple(rowMeans)}  columns ${triple(columnMeans)}`;
    print(`${name.padEnd(width)}  ${`${rows} x ${cols}`.padStart(11)}${units}  ${spread}`);
  }
}

/** What a pruning keeps although it is dead. */
async function deadOf(instance: Instance, file: string): Promise<{ deadLines?: number; deadKept?: number }> {
  const { deadLines } = await import('../certify/closed.ts');
  const { readPruning } = await import('../formats/pruning.ts');
  const { pruning } = await readPruning(file, instance);
  return {
    deadLines: deadLines(instance, pruning).length,
    deadKept: toNearest(deadKept(instance, pruning)),
  };
}

interface Spread {
  readonly least: number;
  readonly median: number;
  readonly greatest: number;
}

const triple = ({ least, median, greatest }: Spread) =>
  [least, median, greatest].map((value) => value.toPrecision(3)).join(' / ');

/** Spread of the mean importances of rows and of columns (sums in doubles: a summary, not a verdict). */
function spreads(layer: Layer): { rowMeans: Spread; columnMeans: Spread } {
  const { rowSums, columnSums } = plainLineSums(layer);
  return { rowMeans: spreadOf(rowSums, layer.cols), columnMeans: spreadOf(columnSums, layer.rows) };
}

function spreadOf(sums: Float64Array, length: number): Spread {
  const means = sums.map((sum) => sum / length).sort();
  return { least: means[0]!, median: means[means.length >> 1]!, greatest: means.at(-1)! };
}
