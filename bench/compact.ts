/**
 * `tsx bench/compact.ts`: how many times faster pruned networks run as compact ones than dense, on the WebAssembly backend
 * (SIMD, one thread), batch 1 and 32; with sizes of files and memory.
 *
 * Dense is the faster of two forms: the layers model as it is, and the same with batch norms and ReLUs folded into fused
 * convolutions (a compaction without masks). Ratios are taken within one run: the networks in turns, the least processor time of each. Every
 * compact network is checked against the masked one before it is timed. Exit 1 when one differs, leaks, or is not 4 times
 * as fast though it has 4 times fewer multiply-adds (prunings by plain |w| empty the late layers, which are cheap to run).
 * Small networks have no limit; what share of their time is in layers that compact is printed instead.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { entryCount, makeRandom, removedUnits, solve, sparsityGoal } from '../src/index.ts';
import { startBackend } from '../src/neural/backend.ts';
import { compactModel, instanceOfLayersModel, maskedModel, masksOf, resnet, saveModel } from '../src/neural/index.ts';
import { printTable } from './table.ts';

const SPARSITY = '0.93';
const LEAST_RATIO = 4;
const TOLERANCE = 1e-4; // relative to the largest output: float32 sums of up to 4608 products through 20 layers
const BATCHES = [1, 32];
/** Rounds of all networks in turns: at least, and more until so many seconds have gone. */
const LEAST_ROUNDS = 3;
const SECONDS = 3;
const only = process.argv.find((word) => /^--only=/.test(word))?.slice(7) ?? '';

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

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(2)}`;

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
  readonly methods: readonly { readonly method: string; readonly normalize: 'none' | 'mean' }[];
}

const RESIDUAL = { method: 'residual', normalize: 'mean' } as const;
const GREEDY = { method: 'greedy', normalize: 'mean' } as const;
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
    methods: [RESIDUAL, GREEDY],
  })),
  {
    name: 'resnet18 32x32',
    make: () => resnet({ classes: 101, inputShape: [32, 32, 3], stem: 'small' }),
    methods: [RESIDUAL, GREEDY, { method: 'uniform', normalize: 'mean' }, { method: 'residual', normalize: 'none' }],
  },
  {
    name: 'resnet18 224x224',
    make: () => resnet({ classes: 101, inputShape: [224, 224, 3] }),
    methods: [RESIDUAL, { method: 'uniform', normalize: 'mean' }],
  },
  {
    name: 'resnet20 of width 16, 32x32x1',
    isLimited: false,
    make: () => resnet({ classes: 36, width: 16, blocks: [3, 3, 3], inputShape: [32, 32, 1], stem: 'small' }),
    methods: [RESIDUAL],
  },
];

tf.env().set('PROD', true);
console.error((await startBackend('wasm')).description);

const rows: string[][] = [];
let failures = 0;
for (const { name, make, methods, isLimited = true } of subjects.filter((subject) => subject.name.includes(only))) {
  let model!: layers.LayersModel;
  tf.tidy(() => {
    model = make();
  });
  randomiseNorms(model);
  const folded = compactModel(model, new Map()).model;
  const denseBytes = await bytesOf(model);
  for (const { method, normalize } of methods) {
    const { instance } = instanceOfLayersModel(model, { normalize });
    const { pruning } = solve(instance, { method, goal: sparsityGoal(instance, SPARSITY) });
    const masks = masksOf(instance, pruning!);
    const masked = maskedModel(model, masks);
    const beforeCompact = tf.memory().numBytes;
    const { model: compact, multiplyAdds } = compactModel(model, masks);
    const compactMemory = tf.memory().numBytes - beforeCompact;
    const compactBytes = await bytesOf(compact);
    const sparsity = removedUnits(instance, pruning!) / entryCount(instance);
    for (const batch of BATCHES) {
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
      const fewer = multiplyAdds!.before / multiplyAdds!.after;
      const isFast = ratio >= LEAST_RATIO || !isLimited || fewer < LEAST_RATIO;
      const isGood = error <= TOLERANCE && leaked <= 0 && isFast;
      if (!isGood) failures++;
      const row = [
        name,
        `${method}${normalize === 'none' ? ' (plain |w|)' : ''}`,
        `${(100 * sparsity).toFixed(1)}%`,
        `${batch}`,
        plain.toFixed(2),
        fused.toFixed(2),
        own.toFixed(2),
        ratio.toFixed(2),
        fewer.toFixed(1),
        error.toExponential(1),
        `${megabytes(denseBytes)} -> ${megabytes(compactBytes)}`,
        `${megabytes(model.countParams() * 4)} -> ${megabytes(compactMemory)}`,
        isGood && !isLimited
          ? `ok, ${(100 * matrixShare(folded, x)).toFixed(0)}% compact`
          : isGood
            ? 'ok'
            : error > TOLERANCE
              ? 'differs'
              : leaked > 0
                ? 'leaks'
                : `below ${LEAST_RATIO}`,
      ];
      rows.push(row);
      console.error(row.join(' | '));
      x.dispose();
    }
    masked.dispose();
    compact.dispose();
  }
  model.dispose();
  folded.dispose();
}
printTable(
  [
    'network',
    'pruning',
    'sparsity',
    'batch',
    'model ms',
    'fused ms',
    'compact ms',
    'x faster',
    'fewer MACs',
    'error',
    'files MB',
    'weights MB',
    '',
  ],
  rows,
);
console.log(failures === 0 ? 'All networks checked, all ratios reached.' : `${failures} rows failed.`);
process.exitCode = failures === 0 ? 0 : 1;
