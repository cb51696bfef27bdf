import { readFileSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { readInstance } from '../../src/formats/index.ts';
import { instanceOfLayersModel, resnet, saveModel, saveStateDict } from '../../src/neural/index.ts';
import { expectRefusal, inFolder, run } from './program.ts';

tf.env().set('PROD', true);

let model: LayersModel;
let file: string;
beforeAll(async () => {
  model = resnet({ classes: 3, width: 4, blocks: [1, 1], stem: 'small', inputShape: [8, 8, 3] });
  file = await saveModel(model, inFolder('model'));
  await saveStateDict(model, inFolder('state.safetensors'));
});

describe('extract', () => {
  it('writes the links of a layers model', async () => {
    const { code, stderr } = await run('extract', file, '--sparsity', '50%', '-o', 'model.json');
    expect(code, stderr).toBe(0);
    const { links } = await readInstance(inFolder('model.json'));
    expect(links).toEqual(instanceOfLayersModel(model).instance.links);
    expect(links!.tensors.length).toBe(7);
  });

  it('adds links to a state dict: by the names of its layers, from JSON, from an instance', async () => {
    const extract = async (links: string, out: string) => {
      const { code, stderr } = await run('extract', 'state.safetensors', '--links', links, '-o', out);
      expect(code, stderr).toBe(0);
    };
    await extract('resnet', 'named.json');
    const { links } = JSON.parse(readFileSync(inFolder('named.json'), 'utf8')) as { links: unknown };
    expect(links).toMatchObject({ tensors: [{ name: 'stem', channels: 4 }, {}, {}, {}, {}, { name: 'logits' }] });
    writeFileSync(inFolder('links.json'), JSON.stringify(links));
    for (const from of ['links.json', 'named.json']) {
      await extract(from, 'again.json');
      expect(readFileSync(inFolder('again.json'), 'utf8'), from).toBe(readFileSync(inFolder('named.json'), 'utf8'));
    }
    expect((await run('extract', 'state.safetensors', '-o', 'plain.json')).code).toBe(0);
    expect((await readInstance(inFolder('plain.json'))).links).toBeUndefined();
  });

  it('refuses links that do not fit in one line', async () => {
    const links = (...tensors: object[]) => writeFileSync(inFolder('bad.json'), JSON.stringify({ tensors }));
    const args = ['extract', 'state.safetensors', '-o', 'never.json', '--links'];
    await expectRefusal([...args, 'none.json'], /none\.json: expected a readable file/);
    links({ name: 'a', channels: 5, from: ['conv1.weight'], to: ['layer1.0.conv1.weight'] });
    await expectRefusal([...args, 'bad.json'], /expected a multiple of 5 columns, got 36 columns/);
    links({ name: 'a', channels: 4, from: ['conv9.weight'] });
    await expectRefusal([...args, 'bad.json'], /a layer or a tensor, got "conv9.weight"/);
    links({ name: 'a', width: 4 });
    await expectRefusal([...args, 'bad.json'], /bad\.json/);
    await expectRefusal(['extract', 'state.safetensors', '-o', 'bad.json', '--links', 'bad.json'], /no other file/);
  });
});
