/**
 * `npx tsx bench/backends.ts [BACKEND] [STEPS]`: how many images a second each backend trains on, and infers.
 *
 * A step is a batch of 32 random images of 32 x 32, softmax cross entropy and one step of momentum. Medians over steps.
 * Seconds are of processor time of the whole process, so that a busy machine does not change them; on wasm, which has one
 * thread, they are seconds. Bind tfjs-node to one core (`taskset -c 0`) to compare it by the same measure.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type BackendName, startBackend } from '../src/neural/backend.ts';
import { resnet } from '../src/neural/models/resnet.ts';
import { printTable } from './table.ts';

const BATCH = 32;
const CLASSES = 36;
const NETWORKS: [string, number, number[], number][] = [
  ['16 wide, blocks 1 1 1', 16, [1, 1, 1], 1],
  ['ResNet-20, 16 wide', 16, [3, 3, 3], 1],
  ['ResNet-18, 64 wide', 64, [2, 2, 2, 2], 3],
];

const [wanted, steps = '10'] = process.argv.slice(2);
const { name, description } = await startBackend(wanted as BackendName | undefined);
console.log(description);

function secondsOf(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Median images a second, after two runs that are not counted. */
function rateOf(run: () => void): string {
  run();
  run();
  const seconds = Array.from({ length: Number(steps) }, () => secondsOf(run)).sort((a, b) => a - b);
  return (BATCH / seconds[seconds.length >> 1]!).toFixed(1);
}

const rows: string[][] = [];
for (const [title, width, blocks, channels] of NETWORKS) {
  const model = resnet({ width, blocks, classes: CLASSES, stem: 'small', inputShape: [32, 32, channels], seed: 1 });
  const images = tf.randomNormal([BATCH, 32, 32, channels], 0, 1, 'float32', 1);
  const labels = Array.from({ length: BATCH }, (_, k) => k);
  const targets = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES), 'float32'));
  const optimizer = tf.train.momentum(0.01, 0.9);
  const loss = (): tf.Scalar =>
    tf.losses.softmaxCrossEntropy(targets, model.apply(images, { training: true }) as tf.Tensor);
  const train = rateOf(() => {
    const cost = optimizer.minimize(loss, true)!;
    cost.dataSync();
    cost.dispose();
  });
  const infer = rateOf(() => tf.tidy(() => void (model.predict(images) as tf.Tensor).dataSync()));
  rows.push([title, `${model.countParams()}`, name, train, infer]);
  tf.dispose([images, targets]);
  optimizer.dispose();
  model.dispose();
}
printTable(['network', 'parameters', 'backend', 'images/s trained', 'images/s inferred'], rows);
