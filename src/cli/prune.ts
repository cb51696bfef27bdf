import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { RcpruneError } from '../problem/error.ts';
import { instanceHash } from '../problem/hash.ts';
import type { Instance } from '../problem/instance.ts';
import type { SolveResult } from '../problem/result.ts';
import { withExamples } from './help.ts';
import { DEFAULT_METHOD, methodOption } from './method-option.ts';
import {
  asAsked,
  checkOutputs,
  decimal,
  flaggedGoal,
  type GoalOptions,
  type ImportanceOptions,
  integer,
  withImportance,
  withTarget,
  withUnlinked,
} from './options.ts';
import { note, printJson, printPairs, share, show } from './output.ts';
import { abortOnSignals, reportNone, withProgress } from './running.ts';

/** TensorFlow.js is loaded when a network is: even its types come lazily. */
type Compaction = ReturnType<typeof import('../neural/index.ts').compactModel>;

interface Options extends GoalOptions, ImportanceOptions {
  readonly method: string;
  readonly output: string;
  readonly seed: number;
  readonly work?: number;
  readonly time?: number;
  readonly json?: true;
}

export function pruneCommand(): Command {
  const command = new Command('prune')
    .argument('<model>', 'model.json of a TensorFlow.js layers model')
    .addOption(methodOption('how: see rcprune methods').default(DEFAULT_METHOD))
    .requiredOption(
      '-o, --output <DIR>',
      'new folder: compact model.json, masks.safetensors, pruning.json, report.json',
    )
    .option('--seed <S>', 'seed of everything random', integer, 1)
    .option('--work <N>', "most units of the method's own work", integer)
    .option('--time <SEC>', 'seconds after which the best so far is taken', decimal)
    .option('--json', 'print one JSON object');
  return withExamples(
    withUnlinked(withTarget(withImportance(command))).action(run),
    'prune net/model.json --sparsity 93% --normalize mean -o small',
    'prune net/model.json --sparsity 93% --only conv --method residual -o small',
  );
}

async function run(file: string, options: Options): Promise<void> {
  const signal = abortOnSignals();
  const { output, importance, normalize, only, method, seed } = options;
  await checkOutputs([output], [file]);
  await checkNew(output);
  const { compactModel, instanceOfLayersModel, loadModel, masksOf, silence } = await import('../neural/index.ts');
  const model = await loadModel(file);
  const { instance: linked, skipped: others } = instanceOfLayersModel(model, { importance, normalize, only });
  const instance = asAsked(linked, options);
  const skipped = others.filter(({ name }) => name.endsWith('kernel')); // biases and batch norms are no news
  const goal = flaggedGoal(instance, options);
  if (goal === null || !('target' in goal)) throw new RcpruneError('goal', '--sparsity or --target', 'none');
  const started = performance.now();
  const { work: workLimit, time } = options;
  const { solve } = await import('../run/solve.ts');
  const result = await withProgress(`solve ${method}`, (onProgress) =>
    solve(instance, { method, goal, seed, workLimit, seconds: time, signal, onProgress }),
  );
  const solveSeconds = (performance.now() - started) / 1000;
  const { certificate: _, pruning, ...fields } = result;
  if (pruning === null) {
    if (options.json) printJson({ ...fields, seconds: solveSeconds });
    reportNone(result);
    return;
  }
  const masks = masksOf(instance, pruning);
  if (instance.links !== undefined) silence(model, masks);
  const compaction = compactModel(model, masks);
  const settings = { importance, normalize, only, skipped, instanceHash: instanceHash(instance) };
  const report = { ...fields, ...settings, ...summaryOf(compaction), layers: compaction.layers };
  const bytes = await writeFolder(output, file, instance, result, compaction, report);
  compaction.model.dispose();
  model.dispose();

  for (const [reason, names] of namesBy(skipped)) note(`kept whole ${several(names)}: ${reason}`);
  const masked = compaction.layers.filter(({ form }) => form === 'masked').map(({ name }) => name);
  if (masked.length > 0) {
    note(`not compacted ${several(masked)}: masked zeros stay there, a layer of such a kind has no compact form`);
  }
  if (options.json) printJson({ ...report, bytes, seed, seconds: solveSeconds });
  else printTable(output, result, compaction, bytes, solveSeconds);
}

/** Names of what has a reason in common, in order. */
function namesBy(skipped: readonly { readonly name: string; readonly reason: string }[]): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { name, reason } of skipped) names.set(reason, [...(names.get(reason) ?? []), name]);
  return names;
}

/** One name, or how many there are and the first and the last. */
const several = (names: readonly string[]) =>
  names.length === 1 ? names[0]! : `${names.length} tensors (${names[0]} to ${names.at(-1)})`;

/** @throws RcpruneError unless nothing is there yet, or an empty folder */
async function checkNew(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new RcpruneError(folder, 'a new folder', error.code === 'ENOTDIR' ? 'a file' : `${error.code}`);
  });
  if (entries.length > 0) throw new RcpruneError(folder, 'a new or empty folder', `${entries.length} files in it`);
}

interface Bytes {
  readonly before: number;
  readonly after: number;
}

/** Writes into a folder beside, then renames it: all of it is there, or nothing. */
async function writeFolder(
  folder: string,
  file: string,
  instance: Instance,
  { pruning, target, cost }: SolveResult,
  { model }: Compaction,
  report: object,
): Promise<Bytes> {
  const { writeText } = await import('../formats/file.ts');
  const { writeMasks, writePruning } = await import('../formats/pruning.ts');
  const { saveModel } = await import('../neural/index.ts');
  const place = path.resolve(folder);
  const temporary = path.join(path.dirname(place), `.${path.basename(place)}.${process.pid}.tmp`);
  await mkdir(temporary);
  try {
    const bytes = { before: await modelBytes(file), after: await modelBytes(await saveModel(model, temporary)) };
    await writeMasks(path.join(temporary, 'masks.safetensors'), instance, pruning!);
    await writePruning(path.join(temporary, 'pruning.json'), instance, pruning!, { target, cost: cost! });
    await writeText(path.join(temporary, 'report.json'), [`${JSON.stringify({ ...report, bytes }, null, 2)}\n`]);
    await rename(temporary, place).catch((error: NodeJS.ErrnoException) => {
      throw new RcpruneError(folder, 'a folder that can be written', `${error.code}`);
    });
    return bytes;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Bytes of a model.json that has been loaded, and of its weight files. */
async function modelBytes(file: string): Promise<number> {
  const { parseJson, readText } = await import('../formats/file.ts');
  const { MOST_JSON_BYTES } = await import('../neural/manifest.ts');
  const size = async (name: string) => (await stat(name)).size;
  const { weightsManifest } = parseJson(file, await readText(file, MOST_JSON_BYTES)) as {
    weightsManifest: { paths: string[] }[];
  };
  let sum = await size(file);
  for (const shard of weightsManifest.flatMap(({ paths }) => paths))
    sum += await size(path.join(path.dirname(file), shard));
  return sum;
}

function summaryOf({ layers, parameters, multiplyAdds }: Compaction) {
  const sum = (of: (layer: Compaction['layers'][number]) => number) =>
    layers.reduce((total, layer) => total + of(layer), 0);
  return {
    parameters,
    multiplyAdds,
    kernelEntries: {
      before: sum(({ rows, columns }) => rows * columns),
      kept: sum(({ keptRows, keptColumns }) => keptRows * keptColumns),
      after: sum(({ compactRows, compactColumns }) => compactRows * compactColumns),
    },
  };
}

function printTable(folder: string, result: SolveResult, compaction: Compaction, bytes: Bytes, seconds: number): void {
  const { method, stopReason, removed, entries, cost, kept, total } = result;
  const { parameters, multiplyAdds, layers } = compaction;
  const { kernelEntries } = summaryOf(compaction);
  const ratio = ({ before, after }: { before: number; after: number }) =>
    `${before} -> ${after} (${share(after, before)})`;
  printPairs([
    ['method', `${method} (${stopReason}), seed ${result.seed}, ${seconds.toFixed(3)} s`],
    ['removed', `${removed} of ${entries} units (${share(removed, entries)}), target ${result.target}`],
    ['cost', `${show(cost)} (${share(cost, total)} of the importance)`],
    ['kept', `${show(kept)} (${share(kept, total)} of the importance)`],
    ['kernels', `${layers.length}, ${kernelEntries.kept} entries kept, ${kernelEntries.after} of them of use`],
    ['weights', ratio(parameters)],
    ['products', multiplyAdds === null ? 'not known: the input has no fixed size' : ratio(multiplyAdds)],
    ['bytes', ratio(bytes)],
    ['written', folder],
  ]);
}
