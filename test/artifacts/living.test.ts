import { beforeAll, describe, expect, it } from 'vitest';
import { livingInstance } from '../../paper-artifacts/accuracy/living.ts';
import { compactModel, instanceOfLayersModel, masksOf, resnet, startBackend } from '../../src/neural/index.ts';
import { sparsityGoal, withoutLinks } from '../../src/problem/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';

beforeAll(async () => {
  await startBackend('wasm');
});

describe('livingInstance', () => {
  it('has no importance where the compact model has no line, and all of it elsewhere', () => {
    const model = resnet({ blocks: [1, 1], width: 4, stem: 'small', classes: 3, inputShape: [6, 6, 1], seed: 1 }); // untrained: what a removed filter leaves behind its batch norm is 0, which no border interrupts
    const instance = withoutLinks(instanceOfLayersModel(model, { only: 'conv' }).instance);
    const goal = sparsityGoal(instance, '0.9');
    let { pruning } = solveSync(instance, { method: 'residual', goal });
    const waste: number[] = []; // entries that are kept and dead
    for (let round = 0; round < 4; round++) {
      const masks = masksOf(instance, pruning!);
      const living = livingInstance(model, instance, pruning!);
      const { model: compact, layers } = compactModel(model, masks);
      compact.dispose();
      let dead = 0;
      for (const [l, layer] of living.layers.entries()) {
        const own = layers.find(({ name }) => name === layer.name)!;
        const { rows, columns } = masks.get(layer.name)!;
        const lives = (i: number, j: number) => layer.importance[i * layer.cols + j]! > 0;
        const all = (count: number) => Array.from({ length: count }, (_, k) => k);
        const keptColumns = all(layer.cols).filter((j) => columns[j] === 1);
        const keptRows = all(layer.rows).filter((i) => rows[i] === 1);
        const livingRows = keptRows.filter((i) => keptColumns.some((j) => lives(i, j))).length;
        const livingColumns = keptColumns.filter((j) => keptRows.some((i) => lives(i, j))).length;
        expect([livingRows, livingColumns], layer.name).toEqual([own.compactRows, own.compactColumns]);
        dead += keptRows.length * keptColumns.length - livingRows * livingColumns;
        const before = instance.layers[l]!.importance;
        expect(layer.importance.every((value, k) => value === 0 || value === before[k])).toBe(true);
      }
      waste.push(dead);
      ({ pruning } = solveSync(living, { method: 'residual', goal }));
    }
    expect(waste[0]).toBeGreaterThan(0);
    expect(waste.at(-1)).toBeLessThan(waste[0]! / 2);
    const whole = {
      layers: instance.layers.map(() => ({ removedRows: new Uint32Array(), removedColumns: new Uint32Array() })),
    };
    expect(livingInstance(model, instance, whole)).toEqual(instance);
    model.dispose();
  });
});
