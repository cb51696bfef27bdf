/**
 * `tsx bench/compact.ts [--only TEXT] [--table | --markdown]`: how many times faster pruned networks run as compact ones than dense, on the
 * WebAssembly backend (SIMD, one thread), batch 1 and 32; with sizes of files and memory. Ten minutes on a free core.
 *
 * Dense is the faster of two forms: the layers model as it is, and the same with batch norms and ReLUs folded into fused
 * convolutions (a compaction without masks). A row is measured in one go: its networks in turns, the least processor time of
 * each. Every compact network is checked against the masked one before it is timed. Exit 1 when one differs, leaks, or is not
 * 4 times as fast though it has 4 times fewer multiply-adds (prunings by plain |w| empty the late layers, which are cheap to
 * run). Small networks have no limit.
 *
 * Resumable: a row is written to paper-artifacts/compact.csv as soon as it is known, and rows found there are not run again
 * (delete them to do so). `--only` runs the networks whose names contain a text; `--table` runs none and prints the rows,
 * `--markdown` likewise as README.md has them.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { writeText } from '../src/formats/index.ts';
import { entryCount, loadMethods, makeRandom, removedUnits, solveSync, sparsityGoal } from '../src/index.ts';
import { startBackend } from '../src/neural/backend.ts';
import {
  compactModel,
  instanceOfLayersModel,
  maskedModel,
  masksOf,
  type Normalization,
  resnet,
  saveModel,
} from '../src/neural/index.ts';
import { printTable } from './table.ts';

await loadMethods(); // then solveSync takes any of them by name

const SPARSITY = '0.93';
const LEAST_RATIO = 4;
const TOLERANCE = 1e-4; // relative to the largest output: float32 sums of up to 4608 products through 20 layers
const BATCHES = [1, 32];
/** Rounds of all networks in turns: at least, and more until so many seconds have gone. */
const LEAST_ROUNDS = 3;
const SECONDS = 3;

/**
 * Milliseconds of one inference. Processor time, because this backend computes on the calling thread before the call returns,
 * and wall-clock time on a busy machine says more about its other processes.
 */
function milliseconds(model: layers.LayersModel, x: tf.Tensor): number {
  const start = process.cpuUsage();
  tf.dispose(model.apply(x) as tf.Tensor);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** The least time is what the network takes; everything above it is what else the machine does. */
const least = (values: readonly number[]): number => Math.min(...values);

function outputOf(model: layers.LayersModel, x: tf.Tensor): Float32Array {
  return tf.tidy(() => (model.apply(x) as tf.Tensor).dataSync()) as Float32Array;
}

/** Share of a compacted model's time that its matrices take. */
function matrixShare(model: layers.LayersModel, x: tf.Tensor): number {
  let inside = 0;
  const matrices = model.layers.filter((layer) => layer.getClassName().startsWith('Compact'));
  for (const layer of matrices) {
    layer.call = (input, options) => {
      const start = process.cpuUsage();
      const output = Object.getPrototypeOf(layer).call.call(layer, input, options);
      const { user, system } = process.cpuUsage(start);
      inside += (user + system) / 1000;
      return output;
    };
  }
  const whole = milliseconds(model, x);
  for (const layer of matrices) Reflect.deleteProperty(layer, 'call');
  return inside / whole;
}

async function bytesOf(model: layers.LayersModel): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rcprune-bench-'));
  try {
    await saveModel(model, folder);
    return readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A convolution of `channels` to as many, 3x3, as a model of one layer. */
function single(channels: number, extent: number): layers.LayersModel {
  const kernelInitializer = layers.initializers.heNormal({ seed: channels });
  const layer = layers.layers.conv2d({
    inputShape: [extent, extent, channels],
    filters: channels,
    kernelSize: 3,
    padding: 'same',
    activation: 'relu',
    kernelInitializer,
    name: 'conv',
  });
  return layers.sequential({ layers: [layer] });
}

/**
 * Gives batch norms statistics as after training. With initial ones what a removed row leaves behind is exactly 0, and the
 * dependency pass drops more than it could of a trained network.
 */
function randomiseNorms(model: layers.LayersModel): void {
  const random = makeRandom(1, 'norms');
  for (const weight of model.weights) {
    const kind = /(beta|moving_mean|moving_variance)$/.exec(weight.originalName)?.[1];
    if (kind === undefined) continue;
    const draw = () => (kind === 'moving_variance' ? 0.5 + random.uniform() : random.uniform() - 0.5);
    const values = tf.tensor1d(Float32Array.from({ length: weight.shape[0]! }, draw));
    weight.write(values);
    values.dispose();
  }
}

interface Subject {
  readonly name: string;
  readonly make: () => layers.LayersModel;
  /** Default true. */
  readonly isLimited?: boolean;
  readonly methods: readonly Way[];
}

interface Way {
  readonly method: string;
  readonly normalize: Normalization;
}

const WAYS = ['residual', 'greedy', 'uniform'].map((method): Way => ({ method, normalize: 'mean' }));
const RESIDUAL = WAYS[0]!;
const subjects: Subject[] = [
  ...[
    [64, 32],
    [64, 8],
    [128, 16],
    [256, 8],
    [512, 4],
  ].map(([channels, extent]) => ({
    name: `conv 3x3 ${channels} at ${extent}x${extent}`,
    make: () => single(channels!, extent!),
    methods: WAYS.slice(0, 2),
  })),
  {
    name: 'ResNet-18 width 64 at 32x32',
    make: () => resnet({ classes: 101, inputShape: [32, 32, 3], stem: 'small' }),
    methods: [...WAYS, { method: 'anneal-selection', normalize: 'root' }, { method: 'residual', normalize: 'none' }],
  },
  {
    name: 'ResNet-18 width 64 at 224x224',
    make: () => resnet({ classes: 101, inputShape: [224, 224, 3] }),
    methods: [RESIDUAL, WAYS[2]!],
  },
  {
    name: 'ResNet-20 width 16 at 32x32',
    isLimited: false,
    make: () => resnet({ classes: 36, width: 16, blocks: [3, 3, 3], inputShape: [32, 32, 1], stem: 'small' }),
    methods: WAYS,
  },
];

/** A row of the file. Times in milliseconds, sizes in bytes. */
interface Row {
  readonly network: string;
  readonly method: string;
  readonly normalize: string;
  readonly batch: number;
  /** Share of the entries removed. */
  readonly sparsity: number;
  readonly plain: number;
  readonly fused: number;
  readonly compact: number;
  /** The faster dense form / compact. */
  readonly ratio: number;
  /** Multiply-adds before / after. */
  readonly fewer: number;
  /** Share of the fused network's time that is in layers which compact. */
  readonly compressible: number;
  /** Greatest difference to the masked network, relative to its greatest output. */
  readonly error: number;
  readonly denseFile: number;
  readonly compactFile: number;
  readonly denseWeights: number;
  readonly compactWeights: number;
  /** Most bytes of tensors that one inference holds beside the weights. */
  readonly denseWorking: number;
  readonly compactWorking: number;
  readonly verdict: string;
  readonly processor: string;
}

const FILE = fileURLToPath(new URL('../paper-artifacts/compact.csv', import.meta.url));
const TEXTS = ['network', 'method', 'normalize', 'verdict', 'processor'];

function readRows(): Row[] {
  if (!existsSync(FILE)) return [];
  const [head, ...lines] = readFileSync(FILE, 'utf8').trim().split('\n');
  const names = head!.split(',');
  const parsed = (name: string, text: string) => (TEXTS.includes(name) ? text : Number(text));
  return lines.map((line) => {
    const values = line.split(',');
    return Object.fromEntries(names.map((name, k) => [name, parsed(name, values[k]!)])) as unknown as Row;
  });
}

const writeRows = (rows: readonly Row[]) =>
  writeText(
    FILE,
    [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))].map((row) => `${row.join(',')}\n`),
  );

/** Most bytes that one inference holds at a time beside what there is already. */
async function workingBytes(model: layers.LayersModel, x: tf.Tensor): Promise<number> {
  const { numBytes } = tf.memory();
  const { peakBytes } = await tf.profile(() => tf.tidy(() => void model.apply(x)));
  return Math.max(0, peakBytes - numBytes);
}

/** Three forms of one pruned network, and what is known of them before an image is seen. */
interface Forms {
  readonly model: layers.LayersModel;
  readonly folded: layers.LayersModel;
  readonly masked: layers.LayersModel;
  readonly compact: layers.LayersModel;
  readonly isLimited: boolean;
  readonly fewer: number;
}

async function measure({ model, folded, masked, compact, isLimited, fewer }: Forms, batch: number) {
  const x = tf.randomNormal([batch, ...(model.inputs[0]!.shape.slice(1) as number[])], 0, 1, 'float32', batch);
  const expected = outputOf(masked, x);
  const got = outputOf(compact, x);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const error = got.reduce((most, value, k) => Math.max(most, Math.abs(value - expected[k]!)), 0) / largest;
  const held = tf.memory().numTensors;
  const times: [number[], number[], number[]] = [[], [], []];
  const networks = [model, folded, compact];
  for (const network of networks) milliseconds(network, x);
  const began = performance.now();
  for (let round = 0; round < LEAST_ROUNDS || performance.now() - began < 1000 * SECONDS; round++) {
    for (const [k, network] of networks.entries()) times[k]!.push(milliseconds(network, x));
  }
  const leaked = tf.memory().numTensors - held;
  const [plain, fused, own] = times.map(least) as [number, number, number];
  const ratio = Math.min(plain, fused) / own;
  const compressible = matrixShare(folded, x);
  const [denseWorking, compactWorking] = [await workingBytes(folded, x), await workingBytes(compact, x)];
  x.dispose();
  const isSlow = ratio < LEAST_RATIO && isLimited && fewer >= LEAST_RATIO;
  const verdict = error > TOLERANCE ? 'differs' : leaked > 0 ? 'leaks' : isSlow ? `below ${LEAST_RATIO}` : 'ok';
  return { plain, fused, compact: own, ratio, fewer, compressible, error, denseWorking, compactWorking, verdict };
}

/** Runs what the file does not hold of one network. */
async function runSubject({ name, make, methods, isLimited = true }: Subject, rows: Row[]): Promise<void> {
  const isDone = (way: Way, batch: number) =>
    rows.some(
      (row) =>
        row.network === name && row.method === way.method && row.normalize === way.normalize && row.batch === batch,
    );
  const missing = methods.filter((way) => BATCHES.some((batch) => !isDone(way, batch)));
  if (missing.length === 0) return;
  let model!: layers.LayersModel;
  tf.tidy(() => {
    model = make();
  });
  randomiseNorms(model);
  const folded = compactModel(model, new Map()).model;
  const denseFile = await bytesOf(model);
  for (const way of missing) {
    const { method, normalize } = way;
    const { instance } = instanceOfLayersModel(model, { normalize });
    const { pruning } = solveSync(instance, { method, goal: sparsityGoal(instance, SPARSITY) });
    const sparsity = removedUnits(instance, pruning!) / entryCount(instance);
    const masks = masksOf(instance, pruning!);
    const masked = maskedModel(model, masks);
    const beforeCompact = tf.memory().numBytes;
    const { model: compact, multiplyAdds } = compactModel(model, masks);
    const one = tf.zeros([1, ...(model.inputs[0]!.shape.slice(1) as number[])]);
    outputOf(compact, one); // lays the matrices out
    one.dispose();
    const compactWeights = tf.memory().numBytes - beforeCompact;
    const sizes = { denseFile, compactFile: await bytesOf(compact), denseWeights: weightBytes(model), compactWeights };
    const fewer = multiplyAdds!.before / multiplyAdds!.after;
    for (const batch of BATCHES.filter((one) => !isDone(way, one))) {
      const found = await measure({ model, folded, masked, compact, isLimited, fewer }, batch);
      const { plain, fused, compact: own, ratio, compressible, error, denseWorking, compactWorking, verdict } = found;
      const row: Row = {
        ...{
          network: name,
          method,
          normalize,
          batch,
          sparsity,
          plain,
          fused,
          compact: own,
          ratio,
          fewer,
          compressible,
        },
        ...{ error, ...sizes, denseWorking, compactWorking, verdict, processor: os.cpus()[0]!.model.trim() },
      };
      rows.push(row);
      await writeRows(rows);
      console.error(cellsOf(row).join(' | '));
    }
    masked.dispose();
    compact.dispose();
  }
  model.dispose();
  folded.dispose();
}

const weightBytes = (model: layers.LayersModel) => model.countParams() * Float32Array.BYTES_PER_ELEMENT;
const megabytes = (before: number, after: number) =>
  [before, after].map((one) => (one / 2 ** 20).toFixed(2)).join(' -> ');

const HEAD = [
  ...['network', 'pruning', 'sparsity', 'batch', 'model ms', 'fused ms', 'compact ms', 'x faster', 'fewer MACs'],
  ...['compressible', 'error', 'files MB', 'weights MB', 'working MB', ''],
];
const cellsOf = (row: Row): string[] => [
  ...[row.network, `${row.method}${row.normalize === 'none' ? ' (plain |w|)' : ''}`],
  ...[`${(100 * row.sparsity).toFixed(1)}%`, `${row.batch}`],
  ...[row.plain, row.fused, row.compact, row.ratio].map((value) => value.toFixed(2)),
  ...[row.fewer.toFixed(1), `${(100 * row.compressible).toFixed(0)}%`, row.error.toExponential(1)],
  ...[megabytes(row.denseFile, row.compactFile), megabytes(row.denseWeights, row.compactWeights)],
  ...[megabytes(row.denseWorking, row.compactWorking), row.verdict],
];

/** One line a pruned network, both batches in it, as README.md has them. */
function markdown(rows: readonly Row[]): string {
  const ways = new Map<string, Row[]>();
  for (const row of rows) {
    const way = [row.network, row.method, row.normalize].join(',');
    ways.set(way, [...(ways.get(way) ?? []), row]);
  }
  const digits = (ms: number) => ms.toPrecision(3);
  const lines = Array.from(ways.values(), (own) => {
    const { network, method, normalize, fewer, denseFile, compactFile, denseWeights, compactWeights } = own[0]!;
    const timed = BATCHES.map((batch) => {
      const row = own.find((one) => one.batch === batch);
      if (row === undefined) return 'not run';
      const { ratio, plain, fused, compact, compressible } = row;
      const share = (100 * compressible).toFixed(0);
      return `${ratio.toFixed(1)}x (${digits(Math.min(plain, fused))} to ${digits(compact)} ms, ${share}%)`;
    });
    const sizes = [megabytes(denseFile, compactFile), megabytes(denseWeights, compactWeights)];
    const pruning = `${method}${normalize === 'mean' ? '' : normalize === 'root' ? ', / root' : ', plain'}`;
    return [network, pruning, ...timed, fewer.toFixed(1), ...sizes.map((one) => one.replace('->', 'to'))];
  });
  const head = [
    ...['network', 'pruning', ...BATCHES.map((batch) => `batch ${batch}`)],
    ...['fewer multiply-adds', 'files, MB', 'memory of weights, MB'],
  ];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    table: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
  },
});
const rows = readRows();
if (!values.table && !values.markdown) {
  tf.env().set('PROD', true);
  console.error((await startBackend('wasm')).description);
  for (const subject of subjects.filter(({ name }) => name.includes(values.only))) await runSubject(subject, rows);
}
if (values.markdown) console.log(markdown(rows));
else printTable(HEAD, rows.map(cellsOf));
const failures = rows.filter(({ verdict }) => verdict !== 'ok').length;
console.log(failures === 0 ? 'All networks checked, all ratios reached.' : `${failures} rows failed.`);
process.exitCode = failures === 0 ? 0 : 1;
