import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../until.ts';
import { expectRefusal, folder, inFolder, run, runJson, startProgram } from './program.ts';

/*
 * The full-size recipe in small: ResNet-18, all its layers but few filters, on a generated folder of Food-101's layout.
 */

const CLASSES = ['apple_pie', 'ramen', 'sushi'];
const DATA = ['--data', 'food101:food', '--image-size', '16', '--backend', 'wasm'];
const TRAIN = ['train', ...DATA, '--width', '4', '--steps', '3', '--batch', '4'];
const FINETUNE = ['finetune', 'dense/model.json', ...DATA, '--steps', '2', '--batch', '4'];

beforeAll(async () => {
  mkdirSync(inFolder('food/meta'), { recursive: true });
  const list = (split: string, count: number) =>
    CLASSES.flatMap((name) => Array.from({ length: count }, (_, id) => `${name}/${split}${id}`));
  for (const [label, name] of CLASSES.entries()) {
    mkdirSync(inFolder(`food/images/${name}`), { recursive: true });
    for (const [k, image] of [...list('train', 6), ...list('test', 2)].entries()) {
      if (!image.startsWith(`${name}/`)) continue;
      const create = {
        width: 20 + k,
        height: 24,
        channels: 3 as const,
        background: { r: 90 * label, g: 8 * k, b: 60 },
      };
      const bytes = await sharp({ create }).jpeg().toBuffer();
      writeFileSync(inFolder(`food/images/${image}.jpg`), bytes);
    }
  }
  writeFileSync(inFolder('food/meta/train.txt'), list('train', 6).join('\n'));
  writeFileSync(inFolder('food/meta/test.txt'), list('test', 2).join('\n'));
});

/** The bytes of a saved model's weights: their names are hashes of their content. */
const weightsOf = (model: string) =>
  (JSON.parse(readFileSync(inFolder(`${model}/model.json`), 'utf8')) as { weightsManifest: unknown }).weightsManifest;

describe('train, finetune and evaluate', () => {
  it('train ResNet-18, prune it step by step, and measure', async () => {
    const dense = await runJson(...TRAIN, '-o', 'dense');
    expect(dense.code, dense.stderr).toBe(0);
    expect(dense.json).toMatchObject({ stopReason: 'complete', steps: 3, backend: 'wasm', seed: 1 });
    expect(dense.json.validation).toMatchObject({ count: 3 });
    expect(dense.stderr).toMatch(/^backend wasm: /);
    expect(dense.stderr).toMatch(
      /^train: step 3 of 3, validation accuracy [0-9.]+, loss [0-9.]+, [0-9.]+ images\/s, 0 s left$/m,
    );
    const checkpoint = ['--checkpoint', 'dense.safetensors', '--checkpoint-every', '2'];
    expect((await run(...TRAIN, ...checkpoint, '-o', 'again')).code).toBe(0);
    const resumed = await runJson(...TRAIN, '--resume', 'dense.safetensors', '-o', 'resumed-dense');
    expect(resumed.json.steps, resumed.stderr).toBe(3);
    expect(weightsOf('again')).toEqual(weightsOf('dense'));
    expect(weightsOf('resumed-dense')).toEqual(weightsOf('dense'));

    const schedule = ['--schedule', '0.5,0.9', '--method', 'residual', '--teacher', 'dense/model.json'];
    const tuned = await runJson(...FINETUNE, ...schedule, '-o', 'tuned', '--compact', 'compact');
    expect(tuned.code, tuned.stderr).toBe(0);
    const { stages, removed, entries } = tuned.json as { stages: object[]; removed: number; entries: number };
    expect(stages).toMatchObject([
      { sparsity: '0.5', steps: 2 },
      { sparsity: '0.9', steps: 2 },
    ]);
    expect(removed / entries).toBeGreaterThanOrEqual(0.9);
    expect(removed / entries).toBeLessThan(0.93);

    // The masked model and the compact one answer alike; masks and pruning fit what extract makes of the model.
    const [whole, small] = [
      await runJson('evaluate', 'tuned/model.json', ...DATA),
      await runJson('evaluate', 'compact/model.json', ...DATA),
    ];
    expect(whole.json).toMatchObject({ split: 'test', count: 6 });
    expect(small.json.correct).toBe(whole.json.correct);
    expect(small.json.loss as number).toBeCloseTo(whole.json.loss as number, 4);
    const withoutSize = DATA.filter((word) => word !== '--image-size' && word !== '16');
    const sized = await runJson('evaluate', 'compact/model.json', ...withoutSize);
    expect(sized.json.loss, sized.stderr).toBe(small.json.loss); // images as large as the model takes them
    const [low, high] = whole.json.interval as [number, number];
    expect(low).toBeLessThanOrEqual(whole.json.accuracy as number);
    expect(high).toBeGreaterThanOrEqual(whole.json.accuracy as number);
    const masked = await runJson(...FINETUNE, '--masks', 'tuned/masks.safetensors', '--steps', '0', '-o', 'masked');
    expect(masked.json).toMatchObject({ removed, entries, stages: [{ steps: 0 }] });
  });

  it('remove what a given pruning leaves dead, unless links are ignored', async () => {
    const loose = ['--sparsity', '0.8', '--method', 'residual', '--unlinked', '-o', 'loose'];
    const pruned = await runJson('prune', 'dense/model.json', ...loose);
    expect(pruned.code, pruned.stderr).toBe(0);
    const args = [...FINETUNE, '--masks', 'loose/masks.safetensors'];
    const closed = await runJson(...args, '-o', 'closed');
    const open = await runJson(...args, '--unlinked', '-o', 'open');
    expect(open.json.removed, open.stderr).toBe(pruned.json.removed);
    expect(closed.json.removed as number, closed.stderr).toBeGreaterThan(pruned.json.removed as number);
  });

  it('write a checkpoint when a signal ends them, and refuse that of another run', async () => {
    const long = [...TRAIN.map((word) => (word === '3' ? '400' : word)), '--checkpoint', 'run.safetensors'];
    const { child, outcome } = startProgram(...long, '-o', 'cut', '--checkpoint-every', '2', '--json');
    await until(() => existsSync(inFolder('run.safetensors')) || child.exitCode !== null, 'a checkpoint');
    child.kill('SIGINT');
    const cut = await outcome;
    expect(cut.code, cut.stderr).toBe(0);
    const { stopReason, steps } = JSON.parse(cut.stdout) as { stopReason: string; steps: number };
    expect(stopReason).toBe('interrupted');
    expect(steps).toBeGreaterThanOrEqual(2);
    expect(steps).toBeLessThan(400);
    await expectRefusal([...TRAIN, '-o', 'other', '--resume', 'run.safetensors'], /a checkpoint of steps 3, got 400/);
  });

  it('do not train on what a signal leaves of a search', async () => {
    const args = [...FINETUNE, '--sparsity', '0.9', '--method', 'anneal-shape', '-o', 'unpruned', '--json'];
    const { child, outcome } = startProgram(...args);
    child.stderr.once('data', () => child.kill('SIGINT')); // the backend's name: the search begins
    const cut = await outcome;
    expect(cut.code, cut.stderr).toBe(0);
    expect(cut.stderr).toContain('interrupted while anneal-shape was solving');
    expect(JSON.parse(cut.stdout)).toMatchObject({ stopReason: 'interrupted', removed: 0, stages: [] });
    expect(weightsOf('unpruned')).toEqual(weightsOf('dense'));
  });

  it('resume a gradual schedule in its second stage', async () => {
    const args = [...FINETUNE, '--schedule', '0.5,0.9', '--method', 'residual', '--checkpoint', 'stage.safetensors'];
    expect((await run(...args, '--checkpoint-every', '1', '-o', 'straight')).code).toBe(0);
    const resumed = await runJson(...args, '--resume', 'stage.safetensors', '-o', 'resumed');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.json.stages).toMatchObject([{ sparsity: '0.9', steps: 2, before: null }]);
    expect(weightsOf('resumed')).toEqual(weightsOf('straight'));
  });

  it('say what no pruning, and what this method, cannot reach', async () => {
    const none = await runJson(...FINETUNE, '--sparsity', '1', '--method', 'residual', '-o', 'none');
    expect(none.code).toBe(3);
    expect(none.json.model).toBeNull();
    expect(existsSync(inFolder('none'))).toBe(false);
  });

  it('refuse what does not fit in one line', async () => {
    await expectRefusal(
      ['train', '--data', 'cifar', '--steps', '1', '-o', 'x'],
      /--data: expected glyphs or food101:FOLDER/,
    );
    await expectRefusal(['train', '--data', 'food101:nowhere', '--steps', '1', '-o', 'x'], /nowhere/);
    await expectRefusal([...TRAIN, '--epochs', '1', '-o', 'x'], /one of --epochs and --steps, got both/);
    await expectRefusal([...TRAIN, '--blocks', '1,0', '-o', 'x'], /at least one block/);
    await expectRefusal([...TRAIN, '-o', path.join(folder, 'food/meta/train.txt')], /a folder, or nothing/);
    await expectRefusal([...FINETUNE, '-o', 'dense'], /the folder of an input/);
    await expectRefusal([...FINETUNE, '--method', 'magic', '-o', 'x'], /--method/);
    await expectRefusal(
      [...FINETUNE, '--sparsity', '0.5', '--schedule', '0.5', '-o', 'x'],
      /one of --pruning, --masks/,
    );
    await expectRefusal([...FINETUNE, '--schedule', '0.9,0.5', '-o', 'x'], /rising sparsities/);
    await expectRefusal([...FINETUNE, '--masks', 'food/meta/train.txt', '-o', 'x'], /train.txt/);
    await expectRefusal([...TRAIN, '--new-classifier', '-o', 'x'], /--new-classifier: expected --weights/);
    await expectRefusal([...TRAIN, '--weights', 'masked/masks.safetensors', '-o', 'x'], /masks.safetensors: tensor/);
    await expectRefusal(['evaluate', 'food/meta/train.txt', ...DATA], /train.txt/);
    await expectRefusal(
      ['evaluate', 'dense/model.json', '--data', 'glyphs', '--backend', 'wasm'],
      /images of \[16,16,3\]/,
    );
  });
});
