import { type Instance, makeInstance } from '../../src/problem/index.ts';

type Input = Parameters<typeof makeInstance>[0][number];

const rebuild = (instance: Instance, change: (layer: Instance['layers'][number], l: number) => Partial<Input>) =>
  makeInstance(
    instance.layers.map((layer, l) => ({ ...layer, ...change(layer, l) })),
    instance.target,
  );

/** Every importance times a factor (a power of two keeps them exact). */
export const scale = (instance: Instance, factor: number): Instance =>
  rebuild(instance, ({ importance }) => ({ importance: Float32Array.from(importance, (x) => x * factor) }));

/** Rows become columns. */
export const transpose = (instance: Instance): Instance =>
  rebuild(instance, (layer) => ({
    rows: layer.cols,
    cols: layer.rows,
    minKeptRows: layer.minKeptColumns,
    minKeptColumns: layer.minKeptRows,
    importance: Float32Array.from(
      layer.importance,
      (_, k) => layer.importance[(k % layer.rows) * layer.cols + Math.floor(k / layer.rows)]!,
    ),
  }));

/** Rows, columns and layers in an order that `salt` picks. */
export function permute(instance: Instance, salt: number): Instance {
  let state = salt >>> 0;
  const order = (length: number) => {
    const list = Array.from({ length }, (_, k) => k);
    for (let k = length - 1; k > 0; k--) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const other = (state >>> 8) % (k + 1);
      [list[k], list[other]] = [list[other]!, list[k]!];
    }
    return list;
  };
  const moved = rebuild(instance, (layer) => {
    const rowOrder = order(layer.rows);
    const columnOrder = order(layer.cols);
    return {
      importance: Float32Array.from(
        layer.importance,
        (_, k) => layer.importance[rowOrder[Math.floor(k / layer.cols)]! * layer.cols + columnOrder[k % layer.cols]!]!,
      ),
    };
  });
  return { ...moved, layers: order(moved.layers.length).map((l) => moved.layers[l]!) };
}
