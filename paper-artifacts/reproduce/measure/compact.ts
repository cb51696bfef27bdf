import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { loadMethods, solveSync, sparsityGoal, withoutLinks } from '../../../src/index.ts';
import { compactModel, instanceOfLayersModel, maskedModel, masksOf, startBackend } from '../../../src/neural/index.ts';
import { isSmoke, measure } from '../measure.ts';

await loadMethods(); // then solveSync takes any of them by name

/*
 * One convolution, dense and compact at 93%, on WebAssembly: outputs against those of the masked one, then processor time in
 * turns. `studies/compact.ts` does this for whole networks.
 */

const CHANNELS = 128;
const EXTENT = 16;
const SPARSITY = '0.93';
const ROUNDS = isSmoke ? 3 : 30;

await startBackend('wasm');

/** Milliseconds of processor time: this backend computes on the calling thread, and the machine may be busy. */
function milliseconds(model: layers.LayersModel, x: tf.Tensor): number {
  const start = process.cpuUsage();
  tf.dispose(model.apply(x) as tf.Tensor);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

const outputOf = (model: layers.LayersModel, x: tf.Tensor) =>
  tf.tidy(() => (model.apply(x) as tf.Tensor).dataSync()) as Float32Array;

const cells = (isSmoke ? [1] : [1, 32]).map((batch) => ({ method: 'residual', sparsity: SPARSITY, seed: 1, batch }));

await measure('compact', import.meta.url, cells, ({ method, sparsity, seed, batch }) => {
  const kernelInitializer = layers.initializers.heNormal({ seed });
  const convolution = layers.layers.conv2d({
    ...{ inputShape: [EXTENT, EXTENT, CHANNELS], filters: CHANNELS, kernelSize: 3 },
    ...{ padding: 'same', activation: 'relu', kernelInitializer, name: 'conv' },
  });
  const model = layers.sequential({ layers: [convolution] });
  const instance = withoutLinks(instanceOfLayersModel(model, { normalize: 'mean' }).instance);
  const { pruning } = solveSync(instance, { method, goal: sparsityGoal(instance, sparsity) });
  const masks = masksOf(instance, pruning!);
  const masked = maskedModel(model, masks);
  const { model: folded } = compactModel(model, new Map());
  const { model: compact, multiplyAdds } = compactModel(model, masks);
  const x = tf.randomNormal([batch, EXTENT, EXTENT, CHANNELS], 0, 1, 'float32', seed);
  const [expected, got] = [outputOf(masked, x), outputOf(compact, x)];
  const most = expected.reduce((large, value) => Math.max(large, Math.abs(value)), 0);
  const error = got.reduce((large, value, k) => Math.max(large, Math.abs(value - expected[k]!)), 0) / most;
  const networks = [model, folded, compact];
  const times = networks.map((network) => [milliseconds(network, x)].slice(1)); // the first one compiles
  for (let round = 0; round < ROUNDS; round++) {
    for (const [k, network] of networks.entries()) times[k]!.push(milliseconds(network, x));
  }
  const [plain, fused, own] = times.map((each) => Math.min(...each)) as [number, number, number];
  tf.dispose(x);
  for (const network of [...networks, masked]) network.dispose();
  const head = { method, sparsity, seed, network: `conv 3x3 ${CHANNELS} at ${EXTENT}x${EXTENT}`, batch };
  const dense = Math.min(plain, fused);
  return {
    rows: [{ ...head, error, multiplyAdds: multiplyAdds!.after, denseMultiplyAdds: multiplyAdds!.before }],
    clock: [{ ...head, milliseconds: own, denseMilliseconds: dense, speedup: dense / own }],
  };
});
