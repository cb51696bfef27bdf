/*
 * How many times faster pruned networks run as compact ones than dense, on the WebAssembly backend (SIMD, one thread), batch 1
 * and 32; with sizes of files and memory. Ten minutes on a free core.
 *
 * Dense is the faster of two forms: the layers model as it is, and the same with batch norms and ReLUs folded into fused
 * convolutions (a compaction without masks). A row is measured in one go: its networks in turns, the least processor time of
 * each. Every compact network is checked against the masked one before it is timed. Exit 1 when one differs, leaks, or is not
 * 4 times as fast though it has 4 times fewer multiply-adds (prunings by plain |w| empty the late layers, which are cheap to
 * run). Small networks have no limit.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { printTable } from '../../bench/table.ts';
import {
  entryCount,
  loadMethods,
  makeRandom,
  removedUnits,
  solveSync,
  sparsityGoal,
  withoutLinks,
} from '../../src/index.ts';
import { startBackend } from '../../src/neural/backend.ts';
import {
  compactModel,
  instanceOfLayersModel,
  maskedModel,
  masksOf,
  type Normalization,
  resnet,
  saveModel,
} from '../../src/neural/index.ts';
import { CONVOLUTIONS, type CompactRow as Row } from './compact-table.ts';
import { runStudy, type StudyOptions, studyProgram, writeStudy } from './study.ts';

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
const SUBJECTS: Subject[] = [
  ...CONVOLUTIONS.map(([channels, extent]) => ({
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

interface Case extends Way {
  readonly network: string;
  readonly batch: number;
}

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

/** One network, pruned by one method: measured with one batch, from the start. */
async function run({ network: name, method, normalize, batch }: Case): Promise<Row> {
  const { make, isLimited = true } = SUBJECTS.find((subject) => subject.name === name)!;
  let model!: layers.LayersModel;
  tf.tidy(() => {
    model = make();
  });
  randomiseNorms(model);
  const { model: folded } = compactModel(model, new Map());
  const instance = withoutLinks(instanceOfLayersModel(model, { normalize }).instance);
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
  const [denseFile, compactFile] = [await bytesOf(model), await bytesOf(compact)];
  const denseWeights = model.countParams() * Float32Array.BYTES_PER_ELEMENT;
  const fewer = multiplyAdds!.before / multiplyAdds!.after;
  const found = await measure({ model, folded, masked, compact, isLimited, fewer }, batch);
  for (const form of [model, folded, masked, compact]) form.dispose();
  const { plain, fused, compact: own, ratio, compressible, error, denseWorking, compactWorking, verdict } = found;
  return {
    ...{ network: name, method, normalize, batch, sparsity, plain, fused, compact: own, ratio, fewer, compressible },
    ...{ error, denseFile, compactFile, denseWeights, compactWeights },
    ...{ denseWorking, compactWorking, verdict, processor: os.cpus()[0]!.model.trim() },
  };
}

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

const options = studyProgram(
  'compact',
  'Times pruned networks as compact ones beside dense ones, each pair checked equal.',
  ['--only 128'],
)
  .option('--only <TEXT>', 'run the networks whose names contain this', '')
  .parse()
  .opts<StudyOptions & { only: string }>();
const cases = SUBJECTS.filter(({ name }) => name.includes(options.only)).flatMap(({ name, methods }) =>
  methods.flatMap((way) => BATCHES.map((batch): Case => ({ network: name, ...way, batch }))),
);
const keyOf = ({ network, method, normalize, batch }: Case) => [network, method, normalize, batch].join('/');
if (!options.stored) {
  tf.env().set('PROD', true);
  console.error((await startBackend('wasm')).description);
}
const rows = await runStudy<Case, Row>('compact', options, cases, keyOf, run);
await writeStudy(
  'compact',
  options,
  rows.map((row) => ({ ...row })),
);
printTable(HEAD, rows.map(cellsOf));
const failures = rows.filter(({ verdict }) => verdict !== 'ok').length;
console.log(failures === 0 ? 'All networks checked, all ratios reached.' : `${failures} rows failed.`);
process.exitCode = failures === 0 ? 0 : 1;
