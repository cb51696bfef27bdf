import fc from 'fast-check';
import {
  type Instance,
  type LayerInput,
  type LinkSource,
  type LinkTensor,
  makeInstance,
  type Pruning,
  requirementOf,
} from '../../src/problem/index.ts';

/*
 * Small random linked instances: networks that grow by one layer or one tensor a move. Chains, residual streams, gates, concatenations,
 * zero-padded shortcuts, inputs, outputs, layers that stand under no tensor and tensors called like a layer all come about.
 */

export interface LinkedOptions {
  /** Most rows plus columns of all layers together: brute force tries 2^lines prunings. Default 10. */
  readonly mostLines?: number;
  /** Whether layers may have minima of kept lines. Default true. */
  readonly minima?: boolean;
}

const MOST_CHANNELS = 5;

/** One step of a network's growth. Numbers are choices, taken modulo what there is to choose from. */
const arbitraryMove = fc.record({
  isLayer: fc.constantFrom(true, true, false),
  rows: fc.integer({ min: 1, max: 3 }),
  positions: fc.constantFrom(1, 1, 2),
  columnOrder: fc.constantFrom('hwi' as const, 'ihw' as const, undefined),
  read: fc.nat({ max: 11 }),
  sources: fc.array(fc.record({ which: fc.nat({ max: 11 }), offset: fc.constantFrom(0, 0, 0, 1, 2) }), {
    minLength: 1,
    maxLength: 3,
  }),
  padding: fc.constantFrom(0, 0, 0, 1),
  join: fc.constantFrom('any' as const, 'all' as const, undefined),
  isOutput: fc.constantFrom(false, false, false, true),
  staysUnread: fc.constantFrom(false, false, false, true),
  isLayerName: fc.constantFrom(false, false, false, true),
  unitsPerEntry: fc.constantFrom(1, 1, 2, 3),
  minKeptRows: fc.constantFrom(0, 0, 1),
  minKeptColumns: fc.constantFrom(0, 0, 1),
});

type Move = typeof arbitraryMove extends fc.Arbitrary<infer T> ? T : never;
type Tensor = { -readonly [K in keyof LinkTensor]: LinkTensor[K] } & { to: string[] };

class Growth {
  readonly layers: Omit<LayerInput, 'importance'>[] = [];
  readonly tensors: Tensor[] = [];
  /** Layers whose rows make no tensor yet. */
  #loose: string[] = [];
  #lines = 0;
  readonly #unread = new Set<string>();

  constructor(inputChannels: number) {
    if (inputChannels > 0) this.tensors.push({ name: 'input', channels: inputChannels, to: [] });
  }

  /** A layer that reads some tensor, or the input; left out where the lines would become too many. */
  addLayer(move: Move, mostLines: number, minima: boolean): void {
    const { rows, positions, columnOrder, read, unitsPerEntry } = move;
    const tensor = this.tensors[(read % (this.tensors.length + 1)) - 1];
    const cols = (tensor?.channels ?? 1) * positions;
    if (this.#lines + rows + cols > mostLines) return;
    this.#lines += rows + cols;
    const name = `layer${this.layers.length}`;
    const own = minima ? { minKeptRows: move.minKeptRows, minKeptColumns: move.minKeptColumns } : {};
    this.layers.push({ name, rows, cols, columnOrder, unitsPerEntry, ...own });
    tensor?.to.push(name);
    this.#loose.push(name);
  }

  /** A tensor of some loose layers and other tensors. */
  addTensor({ sources, padding, join, isOutput, staysUnread, isLayerName }: Move): void {
    const choices = [
      ...this.#loose.map((layer) => ({ layer, count: this.layers.find(({ name }) => name === layer)!.rows })),
      ...this.tensors.map(({ name, channels }) => ({ tensor: name, count: channels })),
    ];
    if (choices.length === 0) return;
    let channels = 1;
    const taken = new Set<string>();
    const from: LinkSource[] = [];
    for (const { which, offset } of sources) {
      const choice = choices[which % choices.length]!;
      if (choice.count + offset > MOST_CHANNELS) continue;
      if ('layer' in choice && taken.has(choice.layer)) continue;
      channels = Math.max(channels, choice.count + offset);
      if ('layer' in choice) {
        taken.add(choice.layer);
        from.push(offset === 0 ? choice.layer : { layer: choice.layer, offset });
      } else {
        const isPlain = offset === 0 && !choice.tensor.startsWith('layer');
        from.push(isPlain ? choice.tensor : { tensor: choice.tensor, offset });
      }
    }
    if (from.length === 0) return;
    this.#loose = this.#loose.filter((name) => !taken.has(name));
    const isFree = isLayerName && this.layers.length > 0 && this.tensors.every(({ name }) => name !== 'layer0');
    const name = isFree ? 'layer0' : `tensor${this.tensors.length}`;
    if (staysUnread) this.#unread.add(name);
    this.tensors.push({ name, channels: channels + padding, from, to: [], ...rest(join, isOutput) });
  }

  /** Tensors that nobody reads become outputs, most of them: else all that makes them is dead from the start. */
  end(): void {
    const sources = this.tensors.flatMap(({ from = [] }) => from);
    for (const tensor of this.tensors) {
      const { name, to } = tensor;
      const isRead = to.length > 0 || sources.some((one) => one === name || Object(one).tensor === name);
      if (!isRead && !this.#unread.has(name)) tensor.output = true;
    }
  }
}

function rest(join: 'any' | 'all' | undefined, isOutput: boolean) {
  return { ...(join === undefined ? {} : { join }), ...(isOutput ? { output: true } : {}) };
}

/** Linked instances with integer importances, ties among them. */
export function linkedInstance({ mostLines = 10, minima = true }: LinkedOptions = {}): fc.Arbitrary<Instance> {
  return fc
    .tuple(
      fc.constantFrom(0, 1, 2),
      fc.array(arbitraryMove, { minLength: 2, maxLength: 12, size: 'max' }),
      fc.constantFrom(1, 3, 20),
    )
    .map(([inputChannels, moves, most]) => {
      const growth = new Growth(inputChannels);
      growth.addLayer({ ...moves[0]!, read: inputChannels }, mostLines, minima);
      for (const move of moves.slice(1)) {
        if (move.isLayer) growth.addLayer(move, mostLines, minima);
        else growth.addTensor(move);
      }
      growth.end();
      return { growth, most };
    })
    .filter(({ growth: { layers } }) => layers.length > 0)
    .chain(({ growth: { layers, tensors }, most }) => {
      const entries = layers.map(({ rows, cols }) =>
        fc.array(fc.integer({ min: 0, max: most }), {
          minLength: rows * cols,
          maxLength: rows * cols,
          size: 'max',
        }),
      );
      return fc.tuple(...entries).map((importances) =>
        makeInstance(
          layers.map((layer, l) => ({ ...layer, importance: importances[l]! })),
          undefined,
          { tensors },
        ),
      );
    });
}

/** Linked instances with a target, which some of them cannot meet. */
export function linkedCase(options: LinkedOptions = {}) {
  return fc.tuple(linkedInstance(options), fc.double({ min: 0, max: 1, noNaN: true })).map(([instance, share]) => ({
    instance,
    goal: { target: Math.ceil(share * requirementOf(instance, { target: 0 }).mostRemovable) },
  }));
}

/** Linked instances with two prunings of which the second removes all that the first does, closed or not. */
export function linkedPrunings(options: LinkedOptions = {}) {
  return linkedInstance(options).chain((instance) => {
    const lines = instance.layers.reduce((sum, { rows, cols }) => sum + rows + cols, 0);
    const depth = fc.constantFrom(0, 0, 1, 2); // 2: removed by both
    return fc.array(depth, { minLength: lines, maxLength: lines, size: 'max' }).map((depths) => ({
      instance,
      smaller: pruningOfLines(instance, (line) => depths[line] === 2),
      larger: pruningOfLines(instance, (line) => depths[line]! >= 1),
    }));
  });
}

/** The pruning of the lines that are chosen, counted layer by layer, rows before columns. */
function pruningOfLines(instance: Instance, isRemoved: (line: number) => boolean): Pruning {
  let first = 0;
  const some = (length: number) => {
    const own = Uint32Array.from(Array.from({ length }, (_, k) => k).filter((k) => isRemoved(first + k)));
    first += length;
    return own;
  };
  return { layers: instance.layers.map(({ rows, cols }) => ({ removedRows: some(rows), removedColumns: some(cols) })) };
}
