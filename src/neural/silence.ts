import { tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { checkMasks, type Masks } from './compact/masks.ts';
import { shiftsOf, silenceOf, stepsOf } from './flow.ts';

/*
 * A removed filter still gives out its bias, and a batch norm behind it makes another constant of that. Links take such a channel for
 * silent, exactly 0: so the filter goes with its bias and its normalisation, and with those of all that is silent because of it.
 */

/** A weight that shifts channels, and which of them it still may: kept[c] = 1. */
export interface Silenced {
  readonly weight: LayerVariable;
  readonly kept: Uint8Array;
}

/**
 * Biases, and offsets and moving means of batch norms, of the channels that masks silence. What belongs to no channel of the masked
 * kernels, such as a layer that a model calls twice, keeps its own.
 *
 * @throws RcpruneError on masks that do not fit the model
 */
export function silencedBy(model: LayersModel, masks: Masks): Silenced[] {
  checkMasks(model, masks);
  const steps = stepsOf(model, new Set(masks.keys()));
  if (steps === null) return [];
  const { own } = silenceOf(steps, masks, silenceOf(steps, new Map(), null));
  return steps.steps.flatMap((step) => {
    const silent = own.get(step.key)!;
    if (!silent.includes(1)) return [];
    return shiftsOf(step).map((weight) => ({ weight, kept: silent.map((bit) => 1 - bit) }));
  });
}

/**
 * Makes silent channels exactly 0, in place: sets to 0 the biases, and the offsets and moving means of batch norms, of filters that
 * masks remove and of all that is silent because of them. The masked network then computes the same whether it keeps dead lines or
 * not, and its compact model keeps none.
 *
 * @param masks of a pruning of the model's instance, see `masksOf`
 * @throws RcpruneError on masks that do not fit the model; it is then as it was
 */
export function silence(model: LayersModel, masks: Masks): void {
  for (const { weight, kept } of silencedBy(model, masks)) {
    tidy(() => {
      const values = weight.read().dataSync();
      const left = Float32Array.from(kept, (bit, c) => (bit === 1 ? values[c]! : 0));
      weight.write(tensor(left, weight.shape as number[]));
    });
  }
}
