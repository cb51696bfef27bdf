import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { describe, RcpruneError } from '../../problem/error.ts';
import type { Instance } from '../../problem/instance.ts';
import { keptMask, type Pruning } from '../../problem/pruning.ts';
import { matrixOf } from '../tensors.ts';
import { LAYOUTS, type LayerLike, weightsOf } from '../weights.ts';

/** A pruning of one kernel. */
export interface LayerMask {
  /** [rows], 1 = kept. */
  readonly rows: Uint8Array;
  /** [columns], 1 = kept. */
  readonly columns: Uint8Array;
}

/** Masks of kernels, by the names that they have as layers of an instance; a kernel without one stays whole. */
export type Masks = ReadonlyMap<string, LayerMask>;

/** A pruning as masks, by the names of the instance's layers. */
export function masksOf(instance: Instance, pruning: Pruning): Masks {
  return new Map(
    instance.layers.map(({ name, rows, cols }, l) => {
      const { removedRows, removedColumns } = pruning.layers[l]!;
      return [name, { rows: keptMask(rows, removedRows), columns: keptMask(cols, removedColumns) }];
    }),
  );
}

/** A kernel that is a layer of an instance: its weight, and the matrix that its layout makes of it. */
export interface Kernel extends ReturnType<typeof matrixOf> {
  readonly weight: LayerVariable;
  readonly shape: number[];
}

/** The kernels of a layer or model, nested ones included, in the order of the instance's layers. */
export function kernelsOf(layer: LayerLike): Kernel[] {
  return weightsOf(layer).flatMap(({ weight, kind }) => {
    const layout = LAYOUTS[kind];
    if (layout === undefined) return [];
    const shape = weight.shape as number[];
    return [{ weight, shape, ...matrixOf({ shape, layout }) }];
  });
}

/** The kernels that have masks. @throws RcpruneError on masks of no kernel, of wrong lengths, or with other numbers than 0, 1 */
function maskedKernels(model: LayerLike, masks: Masks): { kernel: Kernel; mask: LayerMask }[] {
  const kernels = new Map(kernelsOf(model).map((kernel) => [kernel.weight.originalName, kernel]));
  return Array.from(masks, ([name, mask]) => {
    const where = `mask ${describe(name)}`;
    const kernel = kernels.get(name);
    if (kernel === undefined) throw new RcpruneError(where, 'the name of a kernel of the model', 'another');
    if (mask.rows.length !== kernel.rows || mask.columns.length !== kernel.cols) {
      const got = `${mask.rows.length} and ${mask.columns.length}`;
      throw new RcpruneError(where, `${kernel.rows} rows and ${kernel.cols} columns`, got);
    }
    const strange = [...mask.rows, ...mask.columns].find((value) => value > 1);
    if (strange !== undefined) throw new RcpruneError(where, '0 or 1', `${strange}`);
    return { kernel, mask };
  });
}

/** Checks masks against a model. @throws RcpruneError on masks of no kernel, of wrong lengths, or not of 0 and 1 */
export function checkMasks(model: LayersModel, masks: Masks): void {
  maskedKernels(model, masks);
}

/** A kernel's numbers with zeros in its removed rows and columns, in its own layout. */
export function maskedValues({ weight, rows, cols, at }: Kernel, mask: LayerMask | undefined): Float32Array {
  const values = Float32Array.from(weight.read().dataSync());
  if (mask === undefined) return values;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) if ((mask.rows[i]! & mask.columns[j]!) === 0) values[at(i, j)] = 0;
  }
  return values;
}

/**
 * Sets the removed rows and columns of a model's kernels to zero, in place.
 *
 * @throws RcpruneError on masks of no kernel, of wrong lengths, or not of 0 and 1; the model is then as it was
 */
export function applyMasks(model: LayersModel, masks: Masks): void {
  for (const { kernel, mask } of maskedKernels(model, masks)) {
    const values = tensor(maskedValues(kernel, mask), kernel.shape);
    kernel.weight.write(values);
    values.dispose();
  }
}

type FromConfig<T> = { fromConfig(cls: unknown, config: unknown): T };

/** A layer or model of the same class and configuration, without its weights; `change` overrides some of the latter. */
export function cloneOf<T extends { getConfig(): object }>(layer: T, change: object = {}): T {
  const cls = layer.constructor as unknown as FromConfig<T>;
  return cls.fromConfig(cls, { ...layer.getConfig(), ...change });
}

/**
 * A copy of a model with masks applied: the network that a compact one must equal.
 *
 * @param model stays as it is
 * @throws RcpruneError as {@link applyMasks}
 */
export function maskedModel(model: LayersModel, masks: Masks): LayersModel {
  checkMasks(model, masks);
  let copy!: LayersModel;
  tidy(() => {
    copy = cloneOf(model); // initial values stay behind in no scope
  });
  copy.setWeights(model.getWeights());
  applyMasks(copy, masks);
  return copy;
}
