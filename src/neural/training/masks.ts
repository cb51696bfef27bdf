import { mul, type Tensor, type Tensor1D, tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkMasks, kernelsOf, type Masks } from '../compact/masks.ts';
import { silencedBy, silence as silenceModel } from '../silence.ts';

type Layer = LayersModel['layers'][number];

/**
 * Masks as 0/1 tensors of the weights' own shapes, by the weights' names: an entry of a kernel is 1 while its row and its column are
 * kept. Whoever makes them disposes of them.
 *
 * A network keeps its masks in training when each gradient is multiplied with its mask: removed weights, and their
 * velocities, stay exactly 0.
 */
export interface MaskTensors {
  /** Each of its weight's shape, float32. */
  readonly byName: ReadonlyMap<string, Tensor>;
  /** Frees all of them. */
  dispose(): void;
}

/** How {@link maskModel} treats what removed filters leave behind. */
export interface MaskModelOptions {
  /** Whether silent channels are made, and kept, exactly 0. Default false. */
  readonly silence?: boolean | undefined;
}

/**
 * Sets the removed weights of a model to 0, in place, and makes the tensors that keep them there.
 *
 * A filter whose row is removed gives a constant, 0 or its bias. With `silence`, as prunings of linked layers ask for, it gives 0, as
 * does all that is silent because of it: see {@link silenceModel}; and it stays so, biases and offsets being masked too.
 *
 * Without, batch norm in training subtracts the batch's mean, which then is that constant, and gives out beta; in evaluation it
 * subtracts the moving mean, still that of the filter that was. So the moving means of removed filters are set to the constant: both
 * modes agree from here on (training keeps it, since the batch's mean is exact), and a removed filter is replaced by its mean, which
 * beta is. Its beta goes on learning, a constant that a compact model carries in its biases; its gamma and variance no longer matter.
 *
 * @throws RcpruneError on masks of no kernel of the model, or of wrong lengths; the model is then as it was
 */
export function maskModel(model: LayersModel, masks: Masks, { silence = false }: MaskModelOptions = {}): MaskTensors {
  checkMasks(model, masks);
  const byName = new Map<string, Tensor>();
  for (const { weight, shape, rows, cols, at } of kernelsOf(model)) {
    const own = masks.get(weight.originalName);
    if (own === undefined) continue;
    const values = new Float32Array(rows * cols); // in the kernel's own layout
    for (let i = 0; i < rows; i++) for (let j = 0; j < cols; j++) values[at(i, j)] = own.rows[i]! & own.columns[j]!;
    const mask = tensor(values, shape, 'float32');
    byName.set(weight.originalName, mask);
    tidy(() => {
      weight.write(mul(weight.read(), mask));
    });
  }
  if (silence) {
    silenceModel(model, masks);
    for (const { weight, kept } of silencedBy(model, masks)) {
      byName.set(weight.originalName, tensor1d(Float32Array.from(kept)));
    }
  }
  centreNorms(model, masks);
  return {
    byName,
    dispose: () => {
      for (const mask of byName.values()) mask.dispose();
    },
  };
}

/** Sets the moving means of batch norms right behind masked layers to what their removed filters give out. */
function centreNorms(model: LayersModel, masks: Masks): void {
  for (const layer of model.layers) {
    if ('layers' in layer) {
      centreNorms(layer as LayersModel, masks);
      continue;
    }
    const rows = layer.weights
      .map(({ originalName }) => masks.get(originalName)?.rows)
      .find((own) => own !== undefined);
    if (rows === undefined) continue;
    for (const { outboundLayer } of layer.outboundNodes) {
      if (outboundLayer.getClassName() === 'BatchNormalization') centre(outboundLayer, layer, rows);
    }
  }
}

function centre(norm: Layer, layer: Layer, rows: Uint8Array): void {
  const named = (of: Layer, name: string) => of.weights.find(({ originalName }) => originalName.endsWith(`/${name}`));
  const mean = named(norm, 'moving_mean');
  if (mean === undefined || mean.shape[0] !== rows.length) return;
  const bias = named(layer, 'bias')?.read().dataSync();
  const values = (mean.read() as Tensor1D)
    .dataSync()
    .map((value, filter) => (rows[filter] === 1 ? value : (bias?.[filter] ?? 0)));
  tidy(() => {
    mean.write(tensor1d(values));
  });
}
