import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openSafetensors } from '../../src/formats/index.ts';
import { readInstance } from '../../src/index.ts';
import { inFolder } from '../cli/program.ts';
import {
  blocksOf,
  checkOptions,
  installInFolder,
  perform,
  ROOT,
  readDocument,
  shownIn,
  writeProgram,
} from './blocks.ts';

/*
 * TUTORIAL.md from top to bottom, in one folder. Python is not needed: net.safetensors beside this file is what save.py of
 * the tutorial wrote, with PyTorch 2.15 and safetensors 0.8.
 */

const blocks = blocksOf(readDocument('TUTORIAL.md'));

beforeAll(() => {
  installInFolder('@tensorflow');
  copyFileSync(path.join(ROOT, 'test/documentation/net.safetensors'), inFolder('net.safetensors'));
});

describe('the tutorial', () => {
  it('has blocks of known kinds only', () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['console', 'js', 'python']));
    for (const { language, words, line } of blocks) {
      if (language === 'console') expect(['', 'by-hand'], `line ${line}`).toContain(words.join(' '));
      else expect(words.join(' '), `line ${line}`).toMatch(/^[a-z_-]+\.(mjs|py)$/);
    }
  });

  for (const block of blocks) {
    const { language, words, line } = block;
    if (language === 'js') it(`line ${line}: ${words[0]}`, () => writeProgram(block));
    if (language !== 'console') continue;
    if (words[0] === 'by-hand') it(`line ${line}: has options that exist`, () => checkOptions(block));
    else for (const shown of shownIn(block)) it(`line ${shown.line}: $ ${shown.command}`, () => perform(shown));
  }

  it('multiplies masks as apply_masks.py does: the weights that become 0 are those that were paid for', async () => {
    const [net, masks] = [
      await openSafetensors(inFolder('net.safetensors')),
      await openSafetensors(inFolder('masks.safetensors')),
    ];
    let zeros = 0;
    let cost = 0;
    for (const { name } of (await readInstance(inFolder('net-instance.safetensors'))).layers) {
      const weight = (await net.readTensor(name)).map(Math.abs); // flatten(1): [rows, columns], row-major
      const rows = await masks.readBytes(`${name}.rows`);
      const columns = await masks.readBytes(`${name}.columns`);
      const mean = weight.reduce((sum, x) => sum + x, 0) / weight.length;
      rows.forEach((row, i) => {
        columns.forEach((column, j) => {
          if ((row & column) === 1) return;
          zeros++;
          cost += weight[i * columns.length + j]! / mean;
        });
      });
    }
    await net.close();
    await masks.close();
    const text = readDocument('TUTORIAL.md');
    expect(text).toContain(`${zeros} weights are 0`);
    expect(Number(/cost +([\d.]+) \(74/.exec(text)![1])).toBeCloseTo(cost, 2);
  });
});
