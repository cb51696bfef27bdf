import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { FAMILIES, generate } from '../families/index.ts';
import { parseJson, readText } from '../formats/file.ts';
import { readInstance } from '../formats/instance.ts';
import {
  count,
  integer,
  isObject,
  list,
  matching,
  nonnegative,
  number,
  parsed,
  positive,
  text,
} from '../formats/schema.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import { type Goal, targetOfSparsity } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import { type Instance, unitCount } from '../problem/instance.ts';
import { requireMethodName } from '../solve/registry.ts';
import type { Cell } from './record.ts';

/*
 * A suite is data: groups of families x sizes x instance seeds x sparsities x methods x method seeds, with their limits. Its
 * expansion into cells, one run each, has a fixed order, and every cell has a key that depends on nothing but what is run.
 */

/** Bounds of what a hostile suite can ask for. */
const MOST_SUITE_BYTES = 2 ** 22;
const MOST_CELLS = 1_000_000;

const seedList = list(count, 10_000, 1);
const workLimit = v.nullable(count);
const seconds = (most: number) => v.pipe(nonnegative, v.maxValue(most, `at most ${most}`));
const timeLimit = v.nullable(seconds(2_000_000));
const name = text(100, 1);

/** Numbers of `generate`; each family refuses those that its formula does not use. */
const size = v.pipe(
  v.custom(isObject, 'an object'), // valibot takes a list for an object without fields
  v.strictObject({ rows: v.optional(positive), cols: v.optional(positive), layers: v.optional(positive) }),
);

const groupSchema = v.strictObject({
  families: v.optional(
    v.array(v.strictObject({ family: name, strength: v.optional(number), max: v.optional(integer()) })),
    [],
  ),
  sizes: v.optional(list(size, Infinity, 1), [{}]),
  instanceSeeds: v.optional(seedList, [1]),
  /** Instance files, relative to the suite's folder, besides the families. */
  files: v.optional(v.array(text(500, 1)), []),
  /** Exact decimals; null: the target of the instance file. */
  sparsities: list(v.nullable(text(60)), Infinity, 1),
  /** A method, or one with limits or seeds of its own: units of work differ from method to method. */
  methods: list(
    v.union(
      [
        name,
        v.strictObject({
          method: name,
          seeds: v.optional(seedList),
          workLimit: v.optional(workLimit),
          timeLimit: v.optional(timeLimit),
        }),
      ],
      'a method, or one with limits or seeds',
    ),
    Infinity,
    1,
  ),
  seeds: v.optional(seedList, [1]),
  workLimit: v.optional(workLimit, null),
  timeLimit: v.optional(timeLimit, null),
  memoryLimit: v.optional(v.nullable(integer(64)), null),
  /** Seconds of solving small instances before the timed one, so that the code is compiled. */
  warmUp: v.optional(seconds(60), 2),
});

export const suiteSchema = v.strictObject({
  format: v.literal('rcprune-suite'),
  version: v.literal(1),
  name: matching(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a name of small letters, digits and hyphens'),
  description: text(2000),
  groups: list(groupSchema, 1000, 1),
});

type Group = v.InferOutput<typeof groupSchema>;
type SuiteContent = v.InferOutput<typeof suiteSchema>;

/** A suite and the folder that its instance files are relative to. */
export interface Suite extends SuiteContent {
  readonly folder: string;
}

/** A part of a suite's runs: the `index`-th of `count`, from 1 on. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Reads I/N. @throws RcpruneError unless 1 <= I <= N */
export function parseShard(text: string): Shard {
  const match = /^([0-9]{1,9})\/([0-9]{1,9})$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && index >= 1 && index <= count) return { index, count };
  throw new RcpruneError('--shard', 'I/N with I from 1 to N', describe(text));
}

/** Suites that come with the program: `bench/suites`, beside `src` in a clone and beside `dist` in the package. */
const SHIPPED = fileURLToPath(new URL('../../bench/suites', import.meta.url));

export async function shippedSuites(): Promise<string[]> {
  const files = await readdir(SHIPPED);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/**
 * Reads a suite: the name of a shipped one, or the path of a JSON file (a name with a dot or a slash).
 *
 * @throws RcpruneError on an unknown name, a file that is no suite, or unknown families and methods
 */
export async function readSuite(nameOrFile: string): Promise<Suite> {
  const isFile = /[./\\]/.test(nameOrFile);
  if (!isFile && !(await shippedSuites()).includes(nameOrFile)) {
    const known = (await shippedSuites()).join(' ');
    throw new RcpruneError('suite', `one of ${known}, or a .json file`, describe(nameOrFile));
  }
  const file = isFile ? nameOrFile : path.join(SHIPPED, `${nameOrFile}.json`);
  return makeSuite(nameOrFile, parseJson(nameOrFile, await readText(file, MOST_SUITE_BYTES)), path.dirname(file));
}

/** @throws RcpruneError on anything but a suite, on unknown families and methods, and on more than a million runs */
export function makeSuite(where: string, content: unknown, folder: string): Suite {
  const suite = parsed(where, suiteSchema, content);
  let cells = 0;
  for (const [g, group] of suite.groups.entries()) {
    const at = `${where}: groups.${g}`;
    if (group.families.length + group.files.length === 0) throw new RcpruneError(at, 'a family or a file', 'none');
    for (const { family } of group.families) {
      if (!FAMILIES.some((known) => known.name === family)) {
        throw new RcpruneError(`${at}: family`, `one of ${FAMILIES.map((known) => known.name).join(' ')}`, family);
      }
    }
    for (const sparsity of group.sparsities) if (sparsity !== null) targetOfSparsity(sparsity, 1);
    const seeds = runsOf(group).map(({ method, seeds }) => {
      requireMethodName(method, `${at}: method`);
      return seeds.length;
    });
    const instances = group.families.length * group.sizes.length * group.instanceSeeds.length + group.files.length;
    cells += instances * group.sparsities.length * seeds.reduce((sum, own) => sum + own, 0);
  }
  if (cells > MOST_CELLS) throw new RcpruneError(where, `at most ${MOST_CELLS} runs`, `${cells}`);
  return { ...suite, folder };
}

type Limit = 'workLimit' | 'timeLimit';

/** The methods of a group, each with its limits and seeds. */
function runsOf(group: Group) {
  return group.methods.map((entry) => {
    const { method, seeds = group.seeds, ...own } = typeof entry === 'string' ? { method: entry } : entry;
    // null of its own: no limit, whatever the group's.
    const { workLimit = group.workLimit, timeLimit = group.timeLimit } = own as Pick<Partial<Group>, Limit>;
    return { method, seeds, workLimit, timeLimit };
  });
}

/** Where an instance comes from: what a cell says of it. */
export type Source = Pick<Cell, 'family' | 'parameters' | 'instanceSeed'>;

/** Makes or reads a cell's instance. @throws RcpruneError on what the family or the file does not allow */
export async function instanceOf({ family, parameters, instanceSeed }: Source, folder: string): Promise<Instance> {
  if (family === 'file') return readInstance(path.resolve(folder, String(parameters.file)));
  return generate(family, { ...parameters, seed: instanceSeed });
}

/** What a cell asks of its instance. @throws RcpruneError when that is its own target and it has none */
function targetOf(instance: Instance, sparsity: string | null, where: string): number {
  if (sparsity !== null) return targetOfSparsity(sparsity, unitCount(instance));
  if (instance.target !== undefined) return instance.target;
  throw new RcpruneError(where, 'a sparsity, or an instance with a target', 'neither');
}

export const goalOfCell = ({ target }: Pick<Cell, 'target'>): Goal => ({ target });

/**
 * The identity of a run: SHA-256, in hex, of everything that decides it. Its instance stands here by content, not by name,
 * so that a family whose formula changes, or a file that is edited, makes another run; a suite's name does not.
 */
export function keyOf(cell: Omit<Cell, 'key'>): string {
  const { instanceHash, target, method, seed, workLimit, timeLimit, memoryLimit, warmUp } = cell;
  const parts = ['rcprune-run/1', instanceHash, target, method, seed, workLimit, timeLimit, memoryLimit, warmUp];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** All instances of a group, in order, without making them. */
function sourcesOf(group: Group): Source[] {
  const generated = group.families.flatMap(({ family, ...own }) =>
    group.sizes.flatMap((size) =>
      group.instanceSeeds.map((instanceSeed) => ({
        family,
        // Options left out are left out of the record too.
        parameters: JSON.parse(JSON.stringify({ ...size, ...own })) as Source['parameters'],
        instanceSeed,
      })),
    ),
  );
  const files = group.files.map((file) => ({ family: 'file', parameters: { file }, instanceSeed: 0 }));
  return [...generated, ...files];
}

/**
 * All runs of a suite, or those of one shard, in order: group, family, size, instance seed, sparsity, method, seed.
 *
 * A shard gets every `count`-th block of {@link blocksOf}. The shards of a suite have no run in common, and together they
 * have all of them.
 */
export async function cellsOf(suite: Suite, shard: Shard = { index: 1, count: 1 }): Promise<Cell[]> {
  const cells: Cell[] = [];
  let block = 0;
  for await (const own of blocksOf(suite)) if (isOfShard(block++, shard)) cells.push(...own);
  return cells;
}

/** Whether the block at an index, from 0 on, is of a shard. */
export const isOfShard = (block: number, { index, count }: Shard): boolean => block % count === index - 1;

/**
 * The runs of a suite in blocks of one instance and sparsity, so that methods which are compared run on one machine. Of runs
 * with one key (two sparsities of a small instance may be one target) the first stands for all; a block may be empty.
 *
 * Every instance is made once, for its hash; time and memory are those of making them one after another.
 */
export async function* blocksOf(suite: Suite): AsyncGenerator<Cell[]> {
  const keys = new Set<string>();
  for (const [g, group] of suite.groups.entries()) {
    for (const source of sourcesOf(group)) {
      const instance = await instanceOf(source, suite.folder);
      const hash = instanceHash(instance);
      for (const sparsity of group.sparsities) {
        const block: Cell[] = [];
        const target = targetOf(instance, sparsity, `suite ${suite.name}: groups.${g}: sparsities`);
        for (const { method, seeds, workLimit, timeLimit } of runsOf(group)) {
          for (const seed of seeds) {
            const { memoryLimit, warmUp } = group;
            const cell = {
              suite: suite.name,
              ...source,
              instanceHash: hash,
              layers: instance.layers.length,
              entries: unitCount(instance),
              sparsity,
              target,
              method,
              seed,
              workLimit,
              timeLimit,
              memoryLimit,
              warmUp,
            };
            const key = keyOf(cell);
            if (keys.has(key)) continue;
            keys.add(key);
            block.push({ key, ...cell });
          }
        }
        yield block;
      }
    }
  }
}
