import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import type { Random } from '../../src/problem/random.ts';

/*
 * What random networks are put together with.
 */

export type SymbolicTensor = layers.SymbolicTensor;
export const L = layers.layers;

export const apply = (
  layer: { apply(x: SymbolicTensor | SymbolicTensor[]): unknown },
  x: SymbolicTensor | SymbolicTensor[],
) => layer.apply(x) as SymbolicTensor;

export const pick = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)]!;

/** A model; the initial values of its weights are freed. */
export function build(make: () => layers.LayersModel): layers.LayersModel {
  let built!: layers.LayersModel;
  tf.tidy(() => {
    built = make();
  });
  return built;
}
