import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMasks, readPruning } from '../../src/formats/index.ts';
import {
  instanceOfLayersModel,
  loadModel,
  maskedModel,
  masksOf,
  resnet,
  saveModel,
  silence,
} from '../../src/neural/index.ts';
import { instanceHash, isClosed, removedUnits, withoutLinks } from '../../src/problem/index.ts';
import { expectRefusal, folder, inFolder, run, runJson } from './program.ts';

tf.env().set('PROD', true);

/** A residual network whose batch norms have statistics of their own. */
function network(): layers.LayersModel {
  const model = resnet({ classes: 7, width: 6, blocks: [1, 1], stem: 'small', inputShape: [12, 12, 3], seed: 5 });
  model.weights.forEach((weight, k) => {
    const isVariance = weight.originalName.endsWith('variance');
    if (!isVariance && !/gamma|beta|mean/.test(weight.originalName)) return;
    const values = tf.randomUniform(weight.shape as number[], isVariance ? 0.5 : -1, 1.5, 'float32', k);
    weight.write(values);
    values.dispose();
  });
  return model;
}

/** With a layer that has no compact form, and one that is no layer of the instance. */
function unusual(): layers.LayersModel {
  const L = layers.layers;
  return layers.sequential({
    layers: [
      L.conv2d({ inputShape: [9, 9, 2], filters: 4, kernelSize: 3, name: 'first' }),
      L.conv2d({ filters: 5, kernelSize: 3, dilationRate: 2, name: 'dilated' }),
      L.depthwiseConv2d({ kernelSize: 2, name: 'depthwise' }),
      L.globalAveragePooling2d({}),
      L.dense({ units: 3, name: 'last' }),
    ],
  });
}

let file: string;
beforeAll(async () => {
  file = await saveModel(network(), inFolder('network'));
});

/** The masked model of the files, silent where the pruning is of linked layers, and the compact one, on random images. */
async function outputs(model: string, out: string, isLinked = true): Promise<[Float32Array, Float32Array]> {
  const dense = await loadModel(model);
  const { instance } = instanceOfLayersModel(dense);
  const pruning = await readMasks(path.join(out, 'masks.safetensors'), instance);
  expect((await readPruning(path.join(out, 'pruning.json'), instance)).pruning).toEqual(pruning);
  const masks = masksOf(instance, pruning);
  const masked = maskedModel(dense, masks);
  if (isLinked) silence(masked, masks);
  const compact = await loadModel(path.join(out, 'model.json'));
  const x = tf.randomNormal([4, ...(dense.inputs[0]!.shape.slice(1) as number[])], 0, 1, 'float32', 1);
  const output = (one: layers.LayersModel) => (one.predict(x) as tf.Tensor).dataSync() as Float32Array;
  return [output(masked), output(compact)];
}

describe('prune', () => {
  it('writes a compact model that equals the masked one, masks, pruning and report', async () => {
    const { code, json, stderr } = await runJson(
      'prune',
      file,
      '--sparsity',
      '0.8',
      '--normalize',
      'mean',
      '-o',
      'out',
    );
    expect(code, stderr).toBe(0);
    const out = inFolder('out');
    const names = readdirSync(out).sort();
    expect(names.filter((name) => !name.startsWith('weights-'))).toEqual([
      'masks.safetensors',
      'model.json',
      'pruning.json',
      'report.json',
    ]);
    const [expected, got] = await outputs(file, out);
    expect(expected.some((value) => value !== expected[0])).toBe(true);
    expected.forEach((value, k) => {
      expect(got[k]).toBeCloseTo(value, 4);
    });
    const report = JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8'));
    const { instance } = instanceOfLayersModel(await loadModel(file));
    const { pruning } = await readPruning(path.join(out, 'pruning.json'), instance);
    expect(report.removed).toBe(removedUnits(instance, pruning));
    expect(report.removed).toBeGreaterThanOrEqual(report.target);
    expect(json).toMatchObject(report);
    expect(report.layers).toHaveLength(instance.layers.length);
    expect(report.layers[0]).toMatchObject({
      name: 'conv1/kernel',
      rows: 6,
      columns: 27,
      form: 'compact',
      positions: 144,
    });
    for (const { before, after } of [report.parameters, report.multiplyAdds, report.bytes, report.kernelEntries]) {
      expect(after).toBeLessThan(before / 2);
    }
    expect(report).toMatchObject({ linked: true, deadKept: 0 });
    expect(isClosed(instance, pruning)).toBe(true);
    expect(report.kernelEntries.after).toBe(report.kernelEntries.kept);
  });

  it('takes every layer on its own when asked: dead lines are kept, and dropped from the compact model', async () => {
    const args = ['--sparsity', '0.8', '--normalize', 'mean', '--unlinked', '-o', 'unlinked'];
    const { code, json, stderr } = await runJson('prune', file, ...args);
    expect(code, stderr).toBe(0);
    expect(json).toMatchObject({ linked: false });
    const { instance } = instanceOfLayersModel(await loadModel(file), { normalize: 'mean' });
    const { pruning, instanceHash: hash } = await readPruning(inFolder('unlinked/pruning.json'), instance);
    expect(hash).toBe(instanceHash(withoutLinks(instance)));
    expect(isClosed(instance, pruning)).toBe(false);
    const [expected, got] = await outputs(file, inFolder('unlinked'), false);
    expected.forEach((value, k) => {
      expect(got[k]).toBeCloseTo(value, 4);
    });
  });

  it('writes the same bytes for the same seed and work', async () => {
    const args = ['prune', file, '--target', '900', '--method', 'anneal-selection', '--work', '500', '--seed', '7'];
    for (const out of ['one', 'two']) expect((await run(...args, '-o', out)).code).toBe(0);
    const names = readdirSync(inFolder('one')).sort();
    expect(readdirSync(inFolder('two')).sort()).toEqual(names);
    for (const name of names) {
      expect(readFileSync(inFolder(`one/${name}`)).equals(readFileSync(inFolder(`two/${name}`))), name).toBe(true);
    }
  });

  it('keeps layers without a compact form whole, masked, and says so', async () => {
    const model = await saveModel(unusual(), inFolder('unusual'));
    const { code, stderr } = await run('prune', model, '--sparsity', '0.5', '-o', 'unusual-out');
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('not compacted dilated/kernel');
    expect(stderr).toContain('depthwise');
    const [expected, got] = await outputs(model, inFolder('unusual-out'));
    expected.forEach((value, k) => {
      expect(got[k]).toBeCloseTo(value, 4);
    });
  });

  it('says once what several layers have in common', async () => {
    const L = layers.layers;
    const depthwise = (name: string) => L.depthwiseConv2d({ kernelSize: 2, name });
    const model = layers.sequential({
      layers: [
        L.conv2d({ inputShape: [9, 9, 2], filters: 4, kernelSize: 3, name: 'first' }),
        ...['a', 'b', 'c'].map(depthwise),
        L.globalAveragePooling2d({}),
        L.dense({ units: 3, name: 'last' }),
      ],
    });
    const { stderr } = await run(
      'prune',
      await saveModel(model, inFolder('deep')),
      '--sparsity',
      '0.5',
      '-o',
      'deep-out',
    );
    const lines = stderr.split('\n').filter((line) => line.includes('depthwise'));
    expect(lines).toEqual([
      'kept whole 3 tensors (a/depthwise_kernel to c/depthwise_kernel): DepthwiseConv2D/depthwise_kernel is no dense kernel matrix',
    ]);
  });

  it('writes nothing when no pruning meets the target: exit 3', async () => {
    const { code, json } = await runJson('prune', file, '--sparsity', '1', '-o', 'infeasible');
    expect(code).toBe(3);
    expect(json.status).toBe('infeasible');
    expect(readdirSync(folder)).not.toContain('infeasible');
  });

  it('refuses bad input before it writes anything', async () => {
    mkdirSync(inFolder('full'));
    writeFileSync(inFolder('full/keep.txt'), 'mine');
    writeFileSync(inFolder('graph.json'), JSON.stringify({ modelTopology: { node: [] }, weightsManifest: [] }));
    const good = ['--sparsity', '0.5', '-o', 'never'];
    await expectRefusal(['prune', 'none.json', ...good], /none\.json: expected a readable file/);
    await expectRefusal(['prune', 'graph.json', ...good], /expected a layers model/);
    await expectRefusal(['prune', file, '-o', 'never'], /--sparsity or --target/);
    await expectRefusal(['prune', file, '--sparsity', '0.5', '--target', '3', '-o', 'never'], /one of --sparsity/);
    await expectRefusal(['prune', file, '--sparsity', '1.5', '-o', 'never'], /a decimal from 0 to 1/);
    await expectRefusal(['prune', file, '--method', 'magic', ...good], /--method/);
    await expectRefusal(['prune', file, '--sparsity', '0.5', '-o', 'full'], /a new or empty folder/);
    await expectRefusal(['prune', file, '--sparsity', '0.5', '-o', 'full/keep.txt'], /a new folder, got a file/);
    await expectRefusal(['prune', file, '--sparsity', '0.5', '-o', 'no/such/folder'], /a folder that can be written/);
    expect(readdirSync(inFolder('full'))).toEqual(['keep.txt']);
  });
});
