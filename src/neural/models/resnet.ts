import { initializers, input, type LayersModel, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, RcpruneError } from '../../problem/error.ts';
import { makeRandom } from '../../problem/random.ts';

/** Which residual network {@link resnet} builds. */
export interface ResNetOptions {
  /**
   * Basic blocks of each stage. Default `[2, 2, 2, 2]`: ResNet-18. `[3, 3, 3]` with width 16 and the small stem is the
   * ResNet-20 of the same paper, whose two widening shortcuts have convolutions here.
   */
  readonly blocks?: readonly number[] | undefined;
  /** Filters of the stem and of the first stage; every later stage has twice those of the stage before. Default 64. */
  readonly width?: number | undefined;
  /** Logits of the output. */
  readonly classes: number;
  /** `imagenet`: 7x7 of stride 2, then 3x3 max pooling of stride 2. `small`: 3x3 of stride 1. Default `imagenet`. */
  readonly stem?: 'imagenet' | 'small' | undefined;
  /** Of one image. */
  readonly inputShape: readonly [height: number, width: number, channels: number];
  /** Names the random initial weights. Default 1. */
  readonly seed?: number | undefined;
}

/** torch's defaults; its momentum is the weight of the new batch, ours that of the old average. */
const NORM = { epsilon: 1e-5, momentum: 1 - 0.1 };

/**
 * A residual network of basic blocks (He et al. 2016) as torchvision builds it, layer for layer: with the defaults and
 * 1000 classes it is torchvision's `resnet18`, 11,689,512 parameters. A layer with weights is named like torchvision's
 * module (`layer2.0.downsample.1`), so that state dicts fit without a table of names. Height and width may be any.
 *
 * torch pads both sides alike; at stride 2 the `same` padding of TensorFlow.js does not (for even sizes it pads less,
 * and more at the end). So a layer of its own adds the zeros there. Before the max pooling they change nothing, since
 * what is pooled comes out of a relu and is never below 0.
 *
 * Initial weights are torchvision's too, in law: convolutions normal with variance 2 / (kernel positions x filters) (He
 * et al. 2015, fan-out, not truncated), batch norms the identity, the dense layer uniform on +-1/sqrt(inputs). The same
 * seed gives the same weights; each layer has a stream of its own, so that those of one do not depend on the others.
 *
 * @returns a model from images [batch, height, width, channels] to logits [batch, classes]
 * @throws RcpruneError on counts that are no positive integers, an unknown stem, or a seed that is no integer
 */
export function resnet(options: ResNetOptions): LayersModel {
  const { blocks = [2, 2, 2, 2], width = 64, classes, stem = 'imagenet', inputShape, seed = 1 } = options;
  if (blocks.length === 0) throw new RcpruneError('resnet: blocks', 'at least one stage', 'none');
  if (inputShape.length !== 3) throw new RcpruneError('resnet: inputShape', 'three extents', `[${inputShape}]`);
  const counts = { width, classes, ...named('blocks', blocks), ...named('inputShape', inputShape) };
  for (const [name, count] of Object.entries(counts)) {
    if (!Number.isSafeInteger(count) || count < 1)
      throw new RcpruneError(`resnet: ${name}`, 'a positive integer', describe(count));
  }
  if (stem !== 'imagenet' && stem !== 'small')
    throw new RcpruneError('resnet: stem', 'imagenet or small', describe(stem));
  if (!Number.isSafeInteger(seed)) throw new RcpruneError('resnet: seed', 'an integer', describe(seed));
  return build({ blocks, width, classes, stem, inputShape, seed });
}

const named = (name: string, values: readonly number[]) =>
  Object.fromEntries(values.map((value, k) => [`${name}[${k}]`, value]));

type Complete = { [Key in keyof ResNetOptions]-?: NonNullable<ResNetOptions[Key]> };

function build({ blocks, width, classes, stem, inputShape, seed }: Complete): LayersModel {
  const seedOf = (name: string) => makeRandom(seed, name).integer(2 ** 31);
  const apply = (
    layer: { apply(x: SymbolicTensor | SymbolicTensor[]): unknown },
    x: SymbolicTensor | SymbolicTensor[],
  ) => layer.apply(x) as SymbolicTensor;
  const pad = (name: string, x: SymbolicTensor, by: number) =>
    apply(layers.zeroPadding2d({ name, padding: [by, by] }), x);
  const relu = (name: string, x: SymbolicTensor) => apply(layers.reLU({ name }), x);

  /** A square convolution without bias, padded by (size - 1) / 2 on every side, and its batch norm. */
  const convNorm = (conv: string, norm: string, x: SymbolicTensor, filters: number, size: number, stride: number) => {
    const padded = stride === 1 || size === 1 ? x : pad(`${conv}.pad`, x, (size - 1) / 2);
    const kernelInitializer = initializers.randomNormal({
      mean: 0,
      stddev: Math.sqrt(2 / (size * size * filters)),
      seed: seedOf(conv),
    });
    const y = apply(
      layers.conv2d({
        name: conv,
        filters,
        kernelSize: size,
        strides: stride,
        padding: stride === 1 ? 'same' : 'valid',
        useBias: false,
        kernelInitializer,
      }),
      padded,
    );
    return apply(layers.batchNormalization({ name: norm, ...NORM }), y);
  };

  const basicBlock = (name: string, x: SymbolicTensor, filters: number, stride: number) => {
    const inner = convNorm(`${name}.conv1`, `${name}.bn1`, x, filters, 3, stride);
    const relued = relu(`${name}.relu1`, inner);
    const residual = convNorm(`${name}.conv2`, `${name}.bn2`, relued, filters, 3, 1);
    const shortcut = stride === 1 ? x : convNorm(`${name}.downsample.0`, `${name}.downsample.1`, x, filters, 1, stride);
    return relu(`${name}.relu2`, apply(layers.add({ name: `${name}.add` }), [residual, shortcut]));
  };

  const image = input({ shape: [...inputShape], name: 'image' });
  const isSmall = stem === 'small';
  let x = relu('relu', convNorm('conv1', 'bn1', image, width, isSmall ? 3 : 7, isSmall ? 1 : 2));
  if (!isSmall) x = apply(layers.maxPooling2d({ name: 'maxpool', poolSize: 3, strides: 2 }), pad('maxpool.pad', x, 1));
  blocks.forEach((count, stage) => {
    for (let block = 0; block < count; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      x = basicBlock(`layer${stage + 1}.${block}`, x, width * 2 ** stage, stride);
    }
  });
  x = apply(layers.globalAveragePooling2d({ name: 'avgpool' }), x);
  const bound = 1 / Math.sqrt(x.shape[1]!);
  const uniform = (name: string) => initializers.randomUniform({ minval: -bound, maxval: bound, seed: seedOf(name) });
  const logits = apply(
    layers.dense({
      name: 'fc',
      units: classes,
      kernelInitializer: uniform('fc.weight'),
      biasInitializer: uniform('fc.bias'),
    }),
    x,
  );
  return model({ inputs: image, outputs: logits, name: 'resnet' });
}
