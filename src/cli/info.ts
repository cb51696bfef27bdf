import { Command } from 'commander';
import { plainLineSums } from '../layer/line-sums.ts';
import { exactTotal } from '../problem/cost.ts';
import { toNearest } from '../problem/exact-sum.ts';
import { instanceHash } from '../problem/hash.ts';
import { entryCount, type Layer, unitCount } from '../problem/instance.ts';
import { withExamples } from './help.ts';
import { print, printJson, printPairs, show } from './output.ts';

export function infoCommand(): Command {
  const command = new Command('info')
    .argument('<instance>', '.json, .safetensors, or - for JSON from standard input')
    .option('--json', 'print one JSON object')
    .action(run);
  return withExamples(command, 'info net.safetensors', 'info small.json --json');
}

async function run(file: string, options: { readonly json?: true }): Promise<void> {
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
  ]);
  print('\nmeans per entry, least / median / greatest');
  const width = Math.max(...layers.map(({ name }) => name.length));
  for (const { name, rows, cols, unitsPerEntry, rowMeans, columnMeans } of layers) {
    const units = unitsPerEntry === 1 ? '' : `  x ${unitsPerEntry} units`;
    const spread = `rows ${triple(rowMeans)}  columns ${triple(columnMeans)}`;
    print(`${name.padEnd(width)}  ${`${rows} x ${cols}`.padStart(11)}${units}  ${spread}`);
  }
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
