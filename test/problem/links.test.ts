import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadLines } from '../../src/certify/closed.ts';
import { check } from '../../src/certify/index.ts';
import { readInstance, writeInstance } from '../../src/formats/index.ts';
import {
  closure,
  deadKept,
  type Instance,
  instanceHash,
  isClosed,
  type LayerInput,
  type Links,
  largestPruning,
  makeInstance,
  meets,
  type Pruning,
  RcpruneError,
  requirementOf,
  toNearest,
  withoutLinks,
} from '../../src/problem/index.ts';
import { boundSync } from '../../src/solve/bound.ts';
import { BAD_LINKS } from '../reference/bad-links.ts';
import { costOf } from '../reference/brute-force.ts';
import { referenceClosure } from '../reference/closure-by-name.ts';
import { linkedInstance, linkedPrunings } from '../reference/random-networks.ts';
import { temporaryFolder } from '../temporary.ts';

/** Far more lines than brute force could try: no law here tries all prunings. */
const LARGE = { mostLines: 30 };

const layer = (name: string, rows: number, cols: number, more: Partial<LayerInput> = {}): LayerInput => ({
  name,
  rows,
  cols,
  importance: Array.from({ length: rows * cols }, (_, k) => k + 1),
  ...more,
});

const pruned = (...layers: [number[], number[]][]): Pruning => ({
  layers: layers.map(([rows, columns]) => ({
    removedRows: Uint32Array.from(rows),
    removedColumns: Uint32Array.from(columns),
  })),
});

const isWithin = (smaller: Pruning, larger: Pruning) =>
  smaller.layers.every(
    ({ removedRows, removedColumns }, l) =>
      removedRows.every((row) => larger.layers[l]!.removedRows.includes(row)) &&
      removedColumns.every((column) => larger.layers[l]!.removedColumns.includes(column)),
  );

const linesOf = ({ layers }: Pruning) =>
  layers.reduce((sum, { removedRows, removedColumns }) => sum + removedRows.length + removedColumns.length, 0);

/** Whether a pruning keeps what the minima ask for. */
const isFair = ({ layers }: Instance, pruning: Pruning) =>
  layers.every(
    ({ rows, cols, minKeptRows, minKeptColumns }, l) =>
      rows - pruning.layers[l]!.removedRows.length >= minKeptRows &&
      cols - pruning.layers[l]!.removedColumns.length >= minKeptColumns,
  );

describe('random linked instances', () => {
  it('have all that links are made of', () => {
    const seen = new Set<string>();
    for (const { links, layers } of fc.sample(linkedInstance(LARGE), { seed: 7, numRuns: 300 })) {
      const written = new Set<string>();
      const readers = links!.tensors.flatMap(({ to = [] }) => to);
      for (const { name, from, join, output, to = [], channels } of links!.tensors) {
        const product = join === 'all' ? 'all' : 'any';
        seen.add(from === undefined ? 'input' : from.length > 1 ? `${product} of several` : `${product} of one`);
        if (output) seen.add('output');
        if (to.length > 1) seen.add('several readers');
        if (layers.some((one) => one.name === name)) seen.add('a tensor called like a layer');
        for (const source of from ?? []) {
          seen.add(typeof source === 'string' ? 'plain source' : 'layer' in source ? 'layer source' : 'tensor source');
          if (typeof source !== 'string' && source.offset) seen.add('offset');
          const isLayer = typeof source === 'string' && layers.some((one) => one.name === source);
          if (isLayer) written.add(source);
          if (isLayer && layers.find((one) => one.name === source)!.rows < channels) seen.add('padding');
        }
        for (const reader of to) {
          const { cols, columnOrder } = layers.find((one) => one.name === reader)!;
          if (cols > channels) seen.add(`several columns a channel, ${columnOrder ?? 'no order'}`);
        }
      }
      if (layers.some(({ name }) => !readers.includes(name))) seen.add('a layer that reads the input');
      if (layers.some(({ name }) => !written.has(name))) seen.add('a layer that is read from outside');
    }
    expect([...seen].sort()).toEqual([
      'a layer that is read from outside',
      'a layer that reads the input',
      'a tensor called like a layer',
      'all of one',
      'all of several',
      'any of one',
      'any of several',
      'input',
      'layer source',
      'offset',
      'output',
      'padding',
      'plain source',
      'several columns a channel, hwi',
      'several columns a channel, ihw',
      'several columns a channel, no order',
      'several readers',
      'tensor source',
    ]);
  });
});

describe('the closure', () => {
  it('is extensive, monotone and idempotent, and one sweep each way is the fixed point', () => {
    let larger = 0;
    fc.assert(
      fc.property(linkedPrunings(LARGE), ({ instance, smaller, larger: more }) => {
        const closed = closure(instance, smaller);
        expect(closed).toEqual(referenceClosure(instance, smaller));
        expect(isWithin(smaller, closed)).toBe(true);
        expect(isWithin(closed, closure(instance, more))).toBe(true);
        expect(closure(instance, closed)).toEqual(closed);
        if (!isClosed(instance, smaller)) larger++;
        expect(isClosed(instance, smaller)).toBe(linesOf(closed) === linesOf(smaller));
        expect(isClosed(instance, closed)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(larger).toBeGreaterThan(100);
  });

  it('decides with the minima what the checker accepts, by its own code', () => {
    const seen = { taken: 0, open: 0, unfair: 0 };
    fc.assert(
      fc.property(linkedPrunings({ mostLines: 12 }), ({ instance, smaller, larger }) => {
        for (const pruning of [smaller, larger]) {
          const dead = linesOf(referenceClosure(instance, pruning)) - linesOf(pruning);
          expect(deadLines(instance, pruning).length).toBe(dead);
          expect(deadLines(instance, closure(instance, pruning))).toEqual([]);
          const fair = isFair(instance, pruning);
          seen[!fair ? 'unfair' : dead > 0 ? 'open' : 'taken']++;
          const verdict = check(instance, { target: 0 }, pruning);
          expect(verdict.valid).toBe(fair && dead === 0);
          expect(verdict).toMatchObject({ linked: true, deadKept: toNearest(deadKept(instance, pruning)) });
          const alone = check(withoutLinks(instance), { target: 0 }, pruning);
          expect(alone).toMatchObject({ valid: fair, linked: false, deadKept: 0 });
        }
      }),
      { numRuns: 500 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(25);
  });

  it('weighs what is kept on dead lines, and the checker agrees by its own code', () => {
    let open = 0;
    fc.assert(
      fc.property(linkedPrunings({ ...LARGE, minima: false }), ({ instance, smaller }) => {
        const closed = closure(instance, smaller);
        const dead = toNearest(costOf(instance, closed) - costOf(instance, smaller));
        expect(toNearest(deadKept(instance, smaller))).toBe(dead);
        const verdict = check(instance, { target: 0 }, smaller);
        expect(verdict).toMatchObject({ valid: isClosed(instance, smaller), linked: true, deadKept: dead });
        if (verdict.valid) expect(smaller).toEqual(closed);
        else {
          open++;
          expect(verdict.reason).toBe(firstDead(instance, smaller, closed));
        }
        expect(check(instance, { target: 0 }, closed)).toMatchObject({ valid: true, deadKept: 0 });
        const alone = check(withoutLinks(instance), { target: 0 }, smaller);
        expect(alone).toMatchObject({ valid: true, linked: false, deadKept: 0 });
      }),
      { numRuns: 1000 },
    );
    expect(open).toBeGreaterThan(100);
  });

  it('takes a long chain that is listed from its end, where looking at everything again and again would never end', () => {
    const length = 5000;
    const layers = Array.from({ length }, (_, l) => layer(`layer${l}`, 1, 1));
    const tensors = Array.from({ length: length - 1 }, (_, l) => {
      return { name: `tensor${l}`, channels: 1, from: [`layer${l + 1}`], to: [`layer${l}`] };
    });
    const instance = makeInstance(layers, undefined, { tensors: tensors.reverse() });
    const all = closure(instance, pruned(...layers.map((_, l): [number[], number[]] => [l === 0 ? [0] : [], []])));
    const isGone = all.layers.every(
      ({ removedRows, removedColumns }) => removedRows.length + removedColumns.length === 2,
    );
    expect(isGone).toBe(true);
    const verdict = check(instance, { target: 0 }, pruned(...layers.map((): [number[], number[]] => [[], []])));
    expect(verdict.valid).toBe(true);
    const cut = pruned(...layers.map((_, l): [number[], number[]] => [l === length - 1 ? [0] : [], []]));
    expect(check(instance, { target: 0 }, cut)).toMatchObject({ valid: false, deadKept: length - 1 });
  });

  it('follows channels that change places', () => {
    let told = 0;
    fc.assert(
      fc.property(linkedPrunings(LARGE), fc.integer({ min: 0, max: 2 ** 31 }), ({ instance, smaller }, salt) => {
        const turned = shuffled(instance, salt);
        expect(turned.pruning(closure(instance, smaller))).toEqual(closure(turned.instance, turned.pruning(smaller)));
        if (turned.isTurned && !isClosed(instance, smaller)) told++;
      }),
      { numRuns: 500 },
    );
    expect(told).toBeGreaterThan(25);
  });

  it('leaves a pruning of an instance without links as it is', () => {
    const instance = makeInstance([layer('a', 2, 2)]);
    const pruning = pruned([[0, 1], []]); // with links, both columns would be dead
    expect(closure(instance, pruning)).toBe(pruning);
    expect([isClosed(instance, pruning), deadKept(instance, pruning)]).toEqual([true, 0n]);
  });
});

/** What the checker says of the first line that only the closure removes. */
function firstDead({ layers }: Instance, pruning: Pruning, closed: Pruning): string {
  for (const [l, { name }] of layers.entries()) {
    for (const [kind, list] of [
      ['row', 'removedRows'],
      ['column', 'removedColumns'],
    ] as const) {
      const line = closed.layers[l]![list].find((one) => !pruning.layers[l]![list].includes(one));
      if (line !== undefined) {
        return `layer ${name}: expected a closed pruning, got ${kind} ${line} kept, which is dead`;
      }
    }
  }
  throw new Error('expected a line');
}

/**
 * An instance with every layer's spatial positions in another order, and tensors and layers listed in another: nothing that the
 * closure may look at. (Channels of a tensor that has one source, a layer, at no offset and without padding, change places as well,
 * with the rows that make them and the columns that read them.)
 */
function shuffled({ layers, links }: Instance, salt: number) {
  let state = salt;
  const order = (length: number) => {
    const list = Array.from({ length }, (_, k) => k);
    for (let k = length - 1; k > 0; k--) {
      state = (state * 1103515245 + 12345) % 2 ** 31;
      const other = state % (k + 1);
      [list[k], list[other]] = [list[other]!, list[k]!];
    }
    return list;
  };
  const tensors = links!.tensors;
  const isSource = (name: string) =>
    tensors.some(({ from = [] }) => from.some((one) => one === name || Object(one).tensor === name));
  const channelOrder = new Map(
    tensors.map(({ name, channels, from }) => {
      const isOwn =
        from === undefined ||
        (from.length === 1 && layers.some((one) => one.name === from[0] && one.rows === channels));
      const isFree = isOwn && !isSource(name);
      return [name, isFree ? order(channels) : order(0)];
    }),
  );
  // rowOrder[l][i]: which old row is row i now; likewise columns.
  const rowOrder = layers.map(({ name, rows }) => {
    const made = tensors.find(({ from = [] }) => from.some((one) => one === name || Object(one).layer === name));
    const turned = made === undefined ? order(rows) : channelOrder.get(made.name)!;
    return turned.length === rows ? turned : Array.from({ length: rows }, (_, i) => i);
  });
  const columnOrder = layers.map(({ name, cols, columnOrder }) => {
    const read = tensors.find(({ to = [] }) => to.includes(name));
    if (read === undefined) return order(cols);
    const { channels } = read;
    const turned = channelOrder.get(read.name)!;
    const positions = order(cols / channels);
    return Array.from({ length: cols }, (_, j) => {
      const isInner = columnOrder === 'ihw';
      const channel = isInner ? Math.floor(j / positions.length) : j % channels;
      const position = isInner ? j % positions.length : Math.floor(j / channels);
      const [c, k] = [turned[channel] ?? channel, positions[position]!];
      return isInner ? c * positions.length + k : k * channels + c;
    });
  });
  const layerOrder = order(layers.length);
  const instance = makeInstance(
    layerOrder.map((l) => {
      const { rows, cols, importance } = layers[l]!;
      const turned = new Float32Array(rows * cols);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < cols; j++) {
          turned[i * cols + j] = importance[rowOrder[l]![i]! * cols + columnOrder[l]![j]!]!;
        }
      }
      return { ...layers[l]!, importance: turned };
    }),
    undefined,
    { tensors: order(tensors.length).map((t) => tensors[t]!) },
  );
  const pruning = (own: Pruning): Pruning => ({
    layers: layerOrder.map((l) => {
      const { removedRows, removedColumns } = own.layers[l]!;
      const placed = (turned: readonly number[], removed: Uint32Array) =>
        Uint32Array.from(turned.keys()).filter((k) => removed.includes(turned[k]!));
      return {
        removedRows: placed(rowOrder[l]!, removedRows),
        removedColumns: placed(columnOrder[l]!, removedColumns),
      };
    }),
  });
  const isTurned = [...channelOrder.values()].some((turned) => turned.some((channel, c) => channel !== c));
  return { instance, pruning, isTurned };
}

describe('networks that one knows', () => {
  it('a residual block: the stream lives on while one summand does; a gate dies with either side; a pad is silent', () => {
    const instance = makeInstance(
      [
        layer('stem', 2, 3),
        layer('conv1', 2, 2),
        layer('conv2', 2, 2),
        layer('gate', 2, 4),
        layer('up', 2, 4),
        layer('down', 1, 2),
      ],
      undefined,
      {
        tensors: [
          { name: 'stream0', channels: 2, from: ['stem'], to: ['conv1'] },
          { name: 'hidden', channels: 2, from: ['conv1'], to: ['conv2'] },
          { name: 'sum', channels: 4, from: ['conv2', { tensor: 'stream0', offset: 1 }], to: ['gate', 'up'] },
          { name: 'gated', channels: 2, from: ['gate', 'up'], join: 'all', to: ['down'] },
        ],
      },
    );
    const none: [number[], number[]] = [[], []];
    // Channel 3 of the sum is made by nothing.
    const [, , , gate, up] = closure(instance, pruned(none, none, none, none, none, none)).layers;
    expect([gate!.removedColumns, up!.removedColumns]).toEqual([Uint32Array.of(3), Uint32Array.of(3)]);
    // Row 1 of conv2 has row 0 of the stem beside it in channel 1: readers live. Row 0 alone makes channel 0.
    const cut = closure(instance, pruned(none, none, [[0, 1], []], none, [[1], []], none));
    expect(cut).toEqual(
      pruned(
        none,
        [
          [0, 1],
          [0, 1],
        ],
        [
          [0, 1],
          [0, 1],
        ],
        [[1], [0, 3]],
        [[1], [0, 3]],
        [[], [1]],
      ),
    );
  });

  it('minima: what the closure removes counts', () => {
    const links: Links = { tensors: [{ name: 't', channels: 2, from: ['a'], to: ['b'] }] };
    const instance = makeInstance([layer('a', 2, 2), layer('b', 1, 2, { minKeptColumns: 2 })], undefined, links);
    const requirement = requirementOf(instance, { target: 1 });
    expect(meets(instance, requirement, pruned([[0], []], [[], []]))).toBe(false);
    expect(meets(instance, requirement, pruned([[0], []], [[], [0]]))).toBe(false);
    expect(meets(instance, requirement, pruned([[], [0]], [[], []]))).toBe(true);
    expect(largestPruning(instance, requirement)).toEqual(pruned([[], [0]], [[], []]));
  });
});

describe('hashes', () => {
  const layers = [layer('a', 2, 2), layer('b', 2, 4)];
  const links: Links = { tensors: [{ name: 't', channels: 2, from: ['a'], to: ['b'] }] };
  const linked = makeInstance(layers, undefined, links);

  it('cover links, but not how they are written', () => {
    const plain = makeInstance(layers);
    const variants: Links[] = [
      { tensors: [] },
      { tensors: [{ name: 't', channels: 2, from: ['a'] }] },
      { tensors: [{ name: 't', channels: 2, to: ['b'] }] },
      { tensors: [{ name: 't', channels: 2, from: ['a'], to: ['b'], output: true }] },
      { tensors: [{ name: 't', channels: 2, from: ['a'], to: ['b'], join: 'all' }] },
      { tensors: [{ name: 't', channels: 4, from: ['a'], to: ['b'] }] },
      { tensors: [{ name: 't', channels: 4, from: [{ layer: 'a', offset: 2 }], to: ['b'] }] },
      { tensors: [{ name: 'u', channels: 2, from: ['a'], to: ['b'] }] },
    ];
    const hashes = [plain, linked, ...variants.map((own) => makeInstance(layers, undefined, own))].map(instanceHash);
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(instanceHash(withoutLinks(linked))).toBe(hashes[0]);
    const same: Links = {
      tensors: [{ name: 't', channels: 2, from: [{ layer: 'a', offset: 0 }], join: 'any', to: ['b'], output: false }],
    };
    expect(instanceHash(makeInstance(layers, undefined, same))).toBe(hashes[1]);
    // A pruning may name the layers alone; of other links it is refused.
    const none = pruned([[], []], [[], []]);
    const isTaken = (hash: string) => check(linked, { target: 0 }, none, { instanceHash: hash }).valid;
    expect(hashes.map(isTaken)).toEqual(hashes.map((_, k) => k < 2));
  });
});

describe('links that make no sense', () => {
  const layers = [layer('a', 2, 2), layer('b', 2, 4)];

  it.each(BAD_LINKS)('%s', (_, links, expected) => {
    const make = () => makeInstance(layers, undefined, links as Links);
    expect(make).toThrow(RcpruneError);
    expect(make).toThrow(expected);
  });
});

describe('proofs of the instance without its links', () => {
  const links: Links = { tensors: [{ name: 't', channels: 2, from: ['a'], to: ['b'] }] };
  const linked = makeInstance([layer('a', 2, 2), layer('b', 2, 4)], undefined, links);
  const plain = withoutLinks(linked);
  const goal = { target: 4 };
  const closed = pruned([[0], []], [[], [0, 2]]);
  const evidence = boundSync(plain, { goal }).certificate;

  it('bound the linked one: certificates', () => {
    const verdict = check(linked, goal, closed, {}, evidence);
    expect(verdict.valid).toBe(true);
    expect(verdict.dualBound).toBeGreaterThanOrEqual(evidence.claim.dualBound);
    expect(evidence.claim.dualBound).toBeGreaterThan(0);
    for (const foreign of [instanceHash(linked), '']) {
      const wrong = check(linked, goal, closed, {}, { ...evidence, instanceHash: foreign });
      expect(wrong.reason).toMatch(/^certificate: expected instance hash/);
    }
  });
});

describe('files', () => {
  const inFolder = temporaryFolder();

  it.each(['json', 'safetensors'])('.%s give links back', async (extension) => {
    const file = inFolder(`linked.${extension}`);
    for (const instance of fc.sample(linkedInstance(LARGE), { seed: 3, numRuns: 40 })) {
      await writeInstance(file, instance);
      const back = await readInstance(file);
      expect(back.links).toEqual(instance.links);
      expect(instanceHash(back)).toBe(instanceHash(instance));
    }
  });

  it('that say nonsense about links are refused in one line', async () => {
    const file = inFolder('bad.json');
    const layers = [{ name: 'a', rows: 1, cols: 1, importance: [[1]] }];
    for (const tensors of [7, [7], [{ name: 't' }], [{ name: 't', channels: 1, from: [{}] }]]) {
      writeFileSync(file, JSON.stringify({ format: 'rcprune-instance', version: 1, layers, links: { tensors } }));
      await expect(readInstance(file)).rejects.toThrow(RcpruneError);
    }
  });
});
