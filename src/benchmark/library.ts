import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as v from 'valibot';
import { FAMILIES, generate } from '../families/index.ts';
import { parseJson, readText, writeText } from '../formats/file.ts';
import { completeSides, readGraph } from '../formats/graph.ts';
import { readInstance } from '../formats/instance.ts';
import {
  count,
  day,
  sha256 as hash,
  list,
  matching,
  nonnegative,
  number,
  parsed,
  positive,
  text,
} from '../formats/schema.ts';
import { RcpruneError } from '../problem/error.ts';
import { type Goal, targetOfSparsity } from '../problem/goal.ts';
import { type Instance, makeInstance, unitCount } from '../problem/instance.ts';
import {
  bicliqueToShape,
  bicliqueToTarget,
  cliqueToShape,
  cliqueToTarget,
  expansionToShape,
  expansionToTarget,
} from '../reductions/index.ts';
import { STARTS, TIGHT_ALGORITHMS, worstCase } from '../worst-case/index.ts';

/*
 * The instance library: `instances/library.json`, in the manner of MIPLIB. An entry says how an instance is made (or where it
 * is stored, or both: then both must give the same bits), what is asked, the best pruning known and the best bound proved,
 * who found them, and the commands that check it without this library's code. Nothing in it is believed: see
 * library-verify.ts.
 */

/** What an instance is there for. */
export const CATEGORIES = ['easy', 'hard', 'ties', 'tight', 'reduction', 'range', 'units', 'layer', 'network'] as const;

const name = matching(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'a name of small letters, digits, dots and dashes');
/** Relative to the manifest's folder; no part may begin with a dot, so none leads out of it. */
const place = v.pipe(
  text(200),
  v.regex(/^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*$/, "a path inside the manifest's folder"),
);
const oneLine = (most: number) => v.pipe(text(most, 1), v.regex(/^[^\n\r]*$/, 'one line'));
const importance = nonnegative;

const sourceSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('family'),
    family: v.picklist(FAMILIES.map((family) => family.name)),
    rows: v.optional(positive),
    cols: v.optional(positive),
    layers: v.optional(positive),
    strength: v.optional(nonnegative),
    max: v.optional(count),
    seed: count,
  }),
  v.strictObject({
    kind: v.literal('worst-case'),
    algorithm: v.picklist(TIGHT_ALGORITHMS),
    epsilon: v.pipe(number, v.gtValue(0, 'a number > 0')),
    rows: v.optional(positive),
    cols: v.optional(positive),
    removedRows: v.optional(count),
    removedColumns: v.optional(count),
    layers: v.optional(positive),
    fixedShape: v.optional(v.literal(true)),
    start: v.optional(v.picklist(STARTS)),
  }),
  v.strictObject({
    kind: v.literal('reduction'),
    question: v.picklist(['clique', 'biclique', 'expansion']),
    graph: place,
    size: count,
    fixedShape: v.optional(v.literal(true)),
  }),
  v.strictObject({
    kind: v.literal('network'),
    package: matching(/^(@[a-z0-9-]+\/)?[a-z0-9-]+$/, 'the name of a package'),
    model: place,
    /** One layer of it; default: all convolutions. */
    layer: v.optional(v.string()),
  }),
]);
/** How an instance is made. */
export type EntrySource = v.InferOutput<typeof sourceSchema>;

const goalSchema = v.union(
  [
    v.strictObject({ sparsity: text(20) }),
    v.strictObject({ target: count }),
    v.strictObject({ shape: v.strictObject({ rows: count, columns: count }) }),
  ],
  'a sparsity, a target or a shape',
);

/** A file of the library, pinned; `.br` is compressed by Brotli. */
const storedSchema = v.strictObject({ file: place, sha256: hash });
export type Stored = v.InferOutput<typeof storedSchema>;

const foundBySchema = v.strictObject({
  /** A method of `rcprune solve`, or whoever else claims it. */
  method: oneLine(100),
  seed: v.nullable(count),
  /** Units of the method's own work that it took. */
  work: v.nullable(count),
  /** Cost of the pruning that it started from; null where it started from nothing. */
  from: v.nullable(importance),
  version: oneLine(40),
  date: day,
});
export type FoundBy = v.InferOutput<typeof foundBySchema>;

const evidenceSchema = v.variant('kind', [
  /** What `rcprune bound` writes. */
  v.strictObject({ kind: v.literal('certificate'), ...storedSchema.entries }),
  /** What `rcprune solve --proof` writes. */
  v.strictObject({ kind: v.literal('proof'), ...storedSchema.entries }),
  /** A proof log too long to store: the search is run again, and its log replayed. */
  v.strictObject({ kind: v.literal('search'), method: v.literal('branch-and-bound') }),
]);

const recordSchema = v.strictObject({
  instanceHash: hash,
  layers: positive,
  entries: positive,
  /** In units, worked out from the goal. */
  target: count,
  /** `long`: checking takes more than a few seconds. */
  effort: v.picklist(['quick', 'long']),
  /** `closed`: the proved bound is the cost. */
  status: v.picklist(['open', 'closed']),
  /** Exact sums, rounded once. */
  cost: importance,
  kept: importance,
  pruning: storedSchema,
  foundBy: foundBySchema,
  /** Any pruning that meets the goal costs at least this ... */
  dualBound: importance,
  /** ... and keeps at most this. */
  keptBound: importance,
  evidence: evidenceSchema,
  provedBy: foundBySchema,
  /** Commands, run in the repository's root, that check the record. */
  check: v.array(v.string()),
  /** Of everything else in the entry: an edit by hand shows. */
  digest: matching(/^[0-9a-f]{16}$/, '16 hexadecimal digits'),
});
export type LibraryRecord = v.InferOutput<typeof recordSchema>;

const entrySchema = v.pipe(
  v.strictObject({
    name,
    category: v.picklist(CATEGORIES),
    about: oneLine(240),
    /** Where the instance is stored. */
    file: v.optional(place),
    source: v.optional(sourceSchema),
    goal: goalSchema,
    /** Absent from an entry that is yet to be solved. */
    record: v.optional(recordSchema),
  }),
  v.check(({ file, source }) => file !== undefined || source !== undefined, 'a file, a source or both'),
  // No command makes a single layer of a network, so nobody could check it by hand.
  v.check(({ file, source }) => file !== undefined || !isOneLayer(source), 'a file, of a single layer of a network'),
);
export type LibraryEntry = v.InferOutput<typeof entrySchema>;

function isOneLayer(source: EntrySource | undefined): boolean {
  return source?.kind === 'network' && source.layer !== undefined;
}

const librarySchema = v.strictObject({
  format: v.literal('rcprune-library'),
  version: v.literal(1),
  entries: list(entrySchema, 10_000, 1),
});

/** The library as read: its folder, and its entries by the order of the manifest. */
export interface Library {
  readonly file: string;
  readonly folder: string;
  readonly entries: readonly LibraryEntry[];
}

/** Reads a network's kernels as an instance: `extract` of src/neural, passed in by those who may load it. */
export type ReadNetwork = (file: string) => Promise<Instance>;

const MOST_MANIFEST_BYTES = 2 ** 26;

/** @throws RcpruneError on anything that is no manifest, and on two entries of one name */
export async function readLibrary(file: string): Promise<Library> {
  const { entries } = parsed(file, librarySchema, parseJson(file, await readText(file, MOST_MANIFEST_BYTES)));
  const names = new Set<string>();
  for (const entry of entries) {
    if (names.has(entry.name)) throw new RcpruneError(file, 'every name once', `${entry.name} twice`);
    names.add(entry.name);
  }
  return { file, folder: path.dirname(file), entries };
}

/** Writes a manifest whole or not at all. @throws RcpruneError */
export async function writeLibrary({ file, entries }: Library): Promise<void> {
  await writeText(file, [`${JSON.stringify({ format: 'rcprune-library', version: 1, entries }, null, 2)}\n`]);
}

/** Of an entry without its digest; fields in any order give the same. */
export function digestOf({ record, ...entry }: LibraryEntry): string {
  const { digest: _, ...rest } = record ?? { digest: '' };
  const text = JSON.stringify(sorted({ ...entry, record: rest }));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(pairs.map(([key, part]) => [key, sorted(part)]));
}

/** What an entry asks of its instance. @throws RcpruneError on a sparsity that is none */
export function goalOfEntry({ goal }: LibraryEntry, instance: Instance): Goal {
  return 'sparsity' in goal ? { target: targetOfSparsity(goal.sparsity, unitCount(instance)) } : goal;
}

/** The stored copy of an instance, or null. @throws RcpruneError on a file that is no instance */
export async function storedInstance({ folder }: Library, { file }: LibraryEntry): Promise<Instance | null> {
  return file === undefined ? null : readInstance(path.join(folder, file));
}

/** An instance as its source makes it, and the goal that comes with it, where one does. */
export interface Made {
  readonly instance: Instance;
  readonly goal: Goal | null;
}

const REDUCTIONS = {
  clique: { toShape: cliqueToShape, toTarget: cliqueToTarget },
  biclique: { toShape: bicliqueToShape, toTarget: bicliqueToTarget },
  expansion: { toShape: expansionToShape, toTarget: expansionToTarget },
};

/**
 * What a source makes, or null: there is no source, or its package is not installed.
 *
 * @throws RcpruneError on a source that makes nothing
 */
export async function madeOf(
  { folder }: Library,
  { source }: LibraryEntry,
  readNetwork: ReadNetwork,
): Promise<Made | null> {
  if (source === undefined) return null;
  if (source.kind === 'family') return { instance: generate(source.family, source), goal: null };
  if (source.kind === 'worst-case') return worstCase(source.algorithm, source);
  if (source.kind === 'reduction') {
    const file = path.join(folder, source.graph);
    const { graph } = await readGraph(file);
    if (source.question === 'biclique') completeSides(file, graph);
    const { toShape, toTarget } = REDUCTIONS[source.question];
    return (source.fixedShape ? toShape : toTarget).mapInstance({ graph, size: source.size });
  }
  const root = packageFolder(source.package);
  if (root === null) return null;
  const network = await readNetwork(path.join(root, source.model));
  if (source.layer === undefined) return { instance: network, goal: null };
  const layer = network.layers.find((one) => one.name === source.layer);
  if (layer === undefined) throw new RcpruneError(source.model, `a layer ${source.layer}`, 'none of that name');
  return { instance: makeInstance([layer]), goal: null };
}

function packageFolder(name: string): string | null {
  try {
    return path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

/**
 * The commands that check a record by hand: they make the instance where it is not stored, and then have `rcprune verify`
 * look at the record's own files. Run in the repository's root; what they write is named after the entry.
 */
export function checkCommands({ name, file, source, goal, record }: LibraryEntry): string[] {
  if (record === undefined) return [];
  const lines: string[] = [];
  const stored = (place: string) => `instances/${place}`;
  const plain = (place: string, extension: string) => {
    if (!place.endsWith('.br')) return stored(place);
    const output = `${name}.${extension}`;
    lines.push(`brotli -d -f ${stored(place)} -o ${output}`);
    return output;
  };
  const made = `${name}.safetensors`;
  if (file === undefined && source !== undefined) lines.push(...makeCommands(source, made));
  const instance = file === undefined ? made : stored(file);
  const goalFlags =
    'sparsity' in goal
      ? `--sparsity ${goal.sparsity}`
      : 'target' in goal
        ? `--target ${goal.target}`
        : `--shape ${goal.shape.rows},${goal.shape.columns}`;
  const pruning = plain(record.pruning.file, 'pruning.json');
  const { evidence } = record;
  if (evidence.kind === 'search') {
    const solve = `rcprune solve ${instance} --method ${evidence.method} ${goalFlags} --start ${pruning}`;
    lines.push(`${solve} --proof ${name}.log`);
  }
  const certificate = evidence.kind === 'certificate' ? ` ${plain(evidence.file, 'certificate.safetensors')}` : '';
  const log = evidence.kind === 'proof' ? plain(evidence.file, 'log') : `${name}.log`;
  const proof = evidence.kind === 'certificate' ? '' : ` --proof ${log}`;
  return [...lines, `rcprune verify ${instance} ${pruning}${certificate} ${goalFlags}${proof}`];
}

function makeCommands(source: EntrySource, output: string): string[] {
  const flags = (options: Record<string, string | number | true | undefined>) =>
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([flag, value]) => ` --${flag}${value === true ? '' : ` ${value}`}`)
      .join('');
  if (source.kind === 'family') {
    const { kind: _, family, ...options } = source;
    return [`rcprune generate ${family}${flags(options)} -o ${output}`];
  }
  if (source.kind === 'worst-case') {
    const { kind: _, algorithm, removedRows, removedColumns, fixedShape, ...options } = source;
    const removed = { 'removed-rows': removedRows, 'removed-columns': removedColumns, 'fixed-shape': fixedShape };
    return [`rcprune worst-case ${algorithm}${flags({ ...options, ...removed })} -o ${output}`];
  }
  if (source.kind === 'reduction') {
    const { question, graph, size, fixedShape } = source;
    return [`rcprune reduce ${question} instances/${graph}${flags({ size, 'fixed-shape': fixedShape })} -o ${output}`];
  }
  return [`rcprune extract node_modules/${source.package}/${source.model} --only conv -o ${output}`];
}
