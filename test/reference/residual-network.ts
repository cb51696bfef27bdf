import { makeNormal } from '../../src/families/normal.ts';
import type { Random } from '../../src/problem/index.ts';

/*
 * torchvision's residual networks of basic blocks, in plain loops over float64: the names and shapes of their state
 * dicts as a rule, random state dicts, and the activations of one image. Planes are [channel][row][column], kernels
 * OIHW.
 */

export interface Network {
  readonly blocks: readonly number[];
  readonly width: number;
  readonly classes: number;
  readonly stem: 'imagenet' | 'small';
  readonly channels: number;
}

/** A state dict: shape and values by name. */
export type State = Map<string, { readonly shape: readonly number[]; readonly values: Float64Array }>;

/** Shapes by name, in torchvision's order, without `num_batches_tracked`. */
export function stateShapes({ blocks, width, classes, stem, channels }: Network): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  const conv = (name: string, out: number, into: number, size: number) =>
    shapes.set(`${name}.weight`, [out, into, size, size]);
  const norm = (name: string, count: number) => {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) shapes.set(`${name}.${part}`, [count]);
  };
  conv('conv1', width, channels, stem === 'imagenet' ? 7 : 3);
  norm('bn1', width);
  let into = width;
  for (let stage = 0; stage < blocks.length; stage++) {
    const out = width * 2 ** stage;
    for (let block = 0; block < blocks[stage]!; block++) {
      const name = `layer${stage + 1}.${block}`;
      conv(`${name}.conv1`, out, into, 3);
      norm(`${name}.bn1`, out);
      conv(`${name}.conv2`, out, out, 3);
      norm(`${name}.bn2`, out);
      if (stage > 0 && block === 0) {
        conv(`${name}.downsample.0`, out, into, 1);
        norm(`${name}.downsample.1`, out);
      }
      into = out;
    }
  }
  shapes.set('fc.weight', [classes, into]);
  shapes.set('fc.bias', [classes]);
  return shapes;
}

/** Random float32 numbers of usual sizes; some variances are so small that the epsilon of batch norms shows. */
export function randomState(network: Network, random: Random): State {
  const normal = makeNormal(random);
  const value = (name: string, shape: readonly number[]): number => {
    if (name.endsWith('running_var')) return random.uniform() < 0.1 ? 0.02 : 0.5 + random.uniform();
    if (shape.length === 1) return name.endsWith('.weight') ? 0.5 + random.uniform() : normal() / 3;
    return normal() * Math.sqrt(shape[0]! / shape.reduce((product, extent) => product * extent));
  };
  return new Map(
    Array.from(stateShapes(network), ([name, shape]) => {
      const count = shape.reduce((product, extent) => product * extent);
      return [name, { shape, values: Float64Array.from({ length: count }, () => Math.fround(value(name, shape))) }];
    }),
  );
}

export interface Planes {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly values: Float64Array; // [(channel * height + row) * width + column]
}

const planes = (channels: number, height: number, width: number): Planes => {
  return { channels, height, width, values: new Float64Array(channels * height * width) };
};

/** A value, and what padding gives outside. */
const at = ({ height, width, values }: Planes, c: number, y: number, x: number, outside: number): number =>
  y < 0 || y >= height || x < 0 || x >= width ? outside : values[(c * height + y) * width + x]!;

/** One value a window: windows start `pad` outside on every side, and those that do not fit are left out. */
function slide(
  x: Planes,
  channels: number,
  { size, stride, pad }: { size: number; stride: number; pad: number },
  value: (channel: number, top: number, left: number) => number,
): Planes {
  const extent = (length: number) => Math.floor((length + 2 * pad - size) / stride) + 1;
  const y = planes(channels, extent(x.height), extent(x.width));
  let k = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < y.height; i++) {
      for (let j = 0; j < y.width; j++) y.values[k++] = value(c, i * stride - pad, j * stride - pad);
    }
  }
  return y;
}

function conv(state: State, name: string, x: Planes, stride: number, pad: number): Planes {
  const { shape, values } = state.get(`${name}.weight`)!;
  const [filters, inputs, size] = shape as [number, number, number];
  return slide(x, filters, { size, stride, pad }, (o, top, left) => {
    let sum = 0;
    for (let i = 0; i < inputs; i++) {
      for (let h = 0; h < size; h++) {
        for (let w = 0; w < size; w++) {
          sum += values[((o * inputs + i) * size + h) * size + w]! * at(x, i, top + h, left + w, 0);
        }
      }
    }
    return sum;
  });
}

const maxPool = (x: Planes): Planes =>
  slide(x, x.channels, { size: 3, stride: 2, pad: 1 }, (c, top, left) => {
    let most = -Infinity;
    for (let h = 0; h < 3; h++) {
      for (let w = 0; w < 3; w++) most = Math.max(most, at(x, c, top + h, left + w, -Infinity));
    }
    return most;
  });

/** Batch norm by its stored averages. */
function norm(state: State, name: string, x: Planes): Planes {
  const part = (suffix: string, c: number) => state.get(`${name}.${suffix}`)!.values[c]!;
  const area = x.height * x.width;
  const values = x.values.map((value, k) => {
    const c = Math.floor(k / area);
    const deviation = Math.sqrt(part('running_var', c) + 1e-5);
    return ((value - part('running_mean', c)) / deviation) * part('weight', c) + part('bias', c);
  });
  return { ...x, values };
}

const relu = (x: Planes): Planes => ({ ...x, values: x.values.map((value) => Math.max(value, 0)) });
const add = (x: Planes, y: Planes): Planes => ({ ...x, values: x.values.map((value, k) => value + y.values[k]!) });

/** The stem's output, each block's and the logits (as planes of one position), by torchvision's module names. */
export function activations(network: Network, state: State, image: Planes): Map<string, Planes> {
  const seen = new Map<string, Planes>();
  const isSmall = network.stem === 'small';
  let x = relu(norm(state, 'bn1', conv(state, 'conv1', image, isSmall ? 1 : 2, isSmall ? 1 : 3)));
  seen.set('relu', x);
  if (!isSmall) {
    x = maxPool(x);
    seen.set('maxpool', x);
  }
  network.blocks.forEach((count, stage) => {
    for (let block = 0; block < count; block++) {
      const name = `layer${stage + 1}.${block}`;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const inner = relu(norm(state, `${name}.bn1`, conv(state, `${name}.conv1`, x, stride, 1)));
      const residual = norm(state, `${name}.bn2`, conv(state, `${name}.conv2`, inner, 1, 1));
      const shortcut = state.has(`${name}.downsample.0.weight`)
        ? norm(state, `${name}.downsample.1`, conv(state, `${name}.downsample.0`, x, stride, 0))
        : x;
      x = relu(add(residual, shortcut));
      seen.set(name, x);
    }
  });
  const area = x.height * x.width;
  const features = Array.from({ length: x.channels }, (_, c) => {
    let sum = 0;
    for (let k = 0; k < area; k++) sum += x.values[c * area + k]!;
    return sum / area;
  });
  const weight = state.get('fc.weight')!.values;
  const logits = state.get('fc.bias')!.values.map((bias, o) => {
    let sum = bias;
    for (let i = 0; i < features.length; i++) sum += weight[o * features.length + i]! * features[i]!;
    return sum;
  });
  seen.set('fc', { channels: logits.length, height: 1, width: 1, values: logits });
  return seen;
}
