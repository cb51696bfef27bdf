import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { FAMILIES, generate } from '../families/index.ts';
import { completeSides, parsed, parseJson, readGraph, readInstance, readText, writeText } from '../formats/index.ts';
import { RcpruneError } from '../problem/error.ts';
import { type Goal, targetOfSparsity } from '../problem/goal.ts';
import { type Instance, makeInstance, unitCount } from '../problem/instance.ts';
import { bicliqueToShape, bicliqueToTarget, cliqueToShape, cliqueToTarget } from '../reductions/index.ts';
import { STARTS, TIGHT_ALGORITHMS, worstCase } from '../worst-case/index.ts';

/*
 * The instance library: `instances/library.json`, in the manner of MIPLIB. An entry says how an instance is made (or where it
 * is stored, or both: then both must give the same bits), what is asked, the best pruning known and the best bound proved,
 * who found them, and the commands that check it without this library's code. Nothing in it is believed: see
 * library-verify.ts.
 */

/** What an instance is there for. */
export const CATEGORIES = ['easy', 'hard', 'ties', 'tight', 'reduction', 'range', 'units', 'layer', 'network'] as const;

const name = z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'a name of small letters, digits, dots and dashes');
/** Relative to the manifest's folder; no part may begin with a dot, so none leads out of it. */
const place = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)*$/, "a path inside the manifest's folder");
const oneLine = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\n\r]*$/, 'one line');
const count = z.int().nonnegative();
const positive = z.int().positive();
const hash = z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits');
const importance = z.number().nonnegative();

const sourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('family'),
    family: z.enum(FAMILIES.map((family) => family.name)),
    rows: positive.optional(),
    cols: positive.optional(),
    layers: positive.optional(),
    strength: z.number().nonnegative().optional(),
    max: count.optional(),
    seed: count,
  }),
  z.strictObject({
    kind: z.literal('worst-case'),
    algorithm: z.enum(TIGHT_ALGORITHMS),
    epsilon: z.number().positive(),
    rows: positive.optional(),
    cols: positive.optional(),
    removedRows: count.optional(),
    removedColumns: count.optional(),
    layers: positive.optional(),
    fixedShape: z.literal(true).optional(),
    start: z.enum(STARTS).optional(),
  }),
  z.strictObject({
    kind: z.literal('reduction'),
    question: z.enum(['clique', 'biclique']),
    graph: place,
    size: count,
    fixedShape: z.literal(true).optional(),
  }),
  z.strictObject({
    kind: z.literal('network'),
    package: z.string().regex(/^(@[a-z0-9-]+\/)?[a-z0-9-]+$/, 'the name of a package'),
    model: place,
    /** One layer of it; default: all convolutions. */
    layer: z.string().optional(),
  }),
]);
/** How an instance is made. */
export type EntrySource = z.infer<typeof sourceSchema>;

const goalSchema = z.union([
  z.strictObject({ sparsity: z.string().max(20) }),
  z.strictObject({ target: count }),
  z.strictObject({ shape: z.strictObject({ rows: count, columns: count }) }),
]);

/** A file of the library, pinned; `.br` is compressed by Brotli. */
const storedSchema = z.strictObject({ file: place, sha256: hash });
export type Stored = z.infer<typeof storedSchema>;

const foundBySchema = z.strictObject({
  /** A method of `rcprune solve`, or whoever else claims it. */
  method: oneLine(100),
  seed: count.nullable(),
  /** Units of the method's own work that it took. */
  work: count.nullable(),
  /** Cost of the pruning that it started from; null where it started from nothing. */
  from: importance.nullable(),
  version: oneLine(40),
  date: z.iso.date(),
});
export type FoundBy = z.infer<typeof foundBySchema>;

const evidenceSchema = z.discriminatedUnion('kind', [
  /** What `rcprune bound` writes. */
  z.strictObject({ kind: z.literal('certificate'), ...storedSchema.shape }),
  /** What `rcprune solve --proof` writes. */
  z.strictObject({ kind: z.literal('proof'), ...storedSchema.shape }),
  /** A proof log too long to store: the search is run again, and its log replayed. */
  z.strictObject({ kind: z.literal('search'), method: z.literal('branch-and-bound') }),
]);

const recordSchema = z.strictObject({
  instanceHash: hash,
  layers: positive,
  entries: positive,
  /** In units, worked out from the goal. */
  target: count,
  /** `long`: checking takes more than a few seconds. */
  effort: z.enum(['quick', 'long']),
  /** `closed`: the proved bound is the cost. */
  status: z.enum(['open', 'closed']),
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
  check: z.array(z.string()),
  /** Of everything else in the entry: an edit by hand shows. */
  digest: z.string().regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits'),
});
export type LibraryRecord = z.infer<typeof recordSchema>;

const entrySchema = z
  .strictObject({
    name,
    category: z.enum(CATEGORIES),
    about: oneLine(240),
    /** Where the instance is stored. */
    file: place.optional(),
    source: sourceSchema.optional(),
    goal: goalSchema,
    /** Absent from an entry that is yet to be solved. */
    record: recordSchema.optional(),
  })
  .refine(({ file, source }) => file !== undefined || source !== undefined, 'a file, a source or both')
  // No command makes a single layer of a network, so nobody could check it by hand.
  .refine(({ file, source }) => file !== undefined || !isOneLayer(source), 'a file, of a single layer of a network');
export type LibraryEntry = z.infer<typeof entrySchema>;

function isOneLayer(source: EntrySource | undefined): boolean {
  return source?.kind === 'network' && source.layer !== undefined;
}

const librarySchema = z.strictObject({
  format: z.literal('rcprune-library'),
  version: z.literal(1),
  entries: z.array(entrySchema).min(1).max(10_000),
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
    const [toShape, toTarget] =
      source.question === 'clique' ? [cliqueToShape, cliqueToTarget] : [bicliqueToShape, bicliqueToTarget];
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
