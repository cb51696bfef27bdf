import path from 'node:path';
import * as v from 'valibot';
import { describe, RcpruneError } from '../problem/error.ts';
import { type Instance, type Layer, type LayerInput, makeInstance } from '../problem/instance.ts';
import type { Links } from '../problem/links.ts';
import { nameOf, parseJson, STANDARD_STREAM, writeText } from './file.ts';
import type { StreamedMatrix } from './json-stream.ts';
import { links } from './links.ts';
import { openSafetensors, writeSafetensors } from './safetensors.ts';
import { count, isObject, parsed, positive } from './schema.ts';

const FORMAT = 'rcprune-instance';
const VERSION = 1;

/**
 * Reads an instance, `.json` or `.safetensors` by its name (README, "Files"), or as JSON from standard input for `-`. Sizes are checked before anything is
 * allocated.
 *
 * @throws RcpruneError on unknown fields, wrong counts, importances that are not finite and >= 0, duplicate names
 */
export async function readInstance(file: string): Promise<Instance> {
  return extensionOf(file) === '.json' ? readJsonInstance(file) : readSafetensorsInstance(file);
}

/**
 * Writes an instance, `.json` or `.safetensors` by its name, whole or not at all, or as JSON to standard output for `-`; reading it
 * back gives the same bits.
 *
 * @throws RcpruneError on another extension, and when the file cannot be written
 */
export async function writeInstance(file: string, instance: Instance): Promise<void> {
  return extensionOf(file) === '.json' ? writeJsonInstance(file, instance) : writeSafetensorsInstance(file, instance);
}

function extensionOf(file: string): '.json' | '.safetensors' {
  if (file === STANDARD_STREAM) return '.json';
  const extension = path.extname(file).toLowerCase();
  if (extension === '.json' || extension === '.safetensors') return extension;
  throw new RcpruneError(file, 'an instance named .json or .safetensors', describe(extension));
}

const columnOrder = v.picklist(['hwi', 'ihw']);
const matrix = v.custom<StreamedMatrix>(
  (value) => typeof value === 'object' && value !== null && 'values' in value && value.values instanceof Float32Array,
  'an array of rows of numbers',
);

/** What a layer may have besides its matrix. */
const optionalFields = {
  unitsPerEntry: v.optional(count),
  minKeptRows: v.optional(count),
  minKeptColumns: v.optional(count),
  columnOrder: v.optional(columnOrder),
};

const jsonSchema = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  target: v.optional(count),
  links: v.optional(links),
  layers: v.array(
    v.strictObject({
      name: v.string(),
      rows: positive,
      cols: positive,
      importance: matrix,
      ...optionalFields,
    }),
  ),
});

async function readJsonInstance(file: string): Promise<Instance> {
  const { readJsonWithMatrices } = await import('./json-stream.ts');
  const name = nameOf(file);
  const content = parsed(name, jsonSchema, await readJsonWithMatrices(file, 'importance'));
  const layers = content.layers.map(({ importance, ...layer }): LayerInput => {
    if (importance.rows !== layer.rows || importance.cols !== layer.cols) {
      const where = `${name}: layer ${describe(layer.name)}`;
      throw new RcpruneError(
        where,
        `${layer.rows} x ${layer.cols} importances`,
        `${importance.rows} x ${importance.cols}`,
      );
    }
    return { ...layer, importance: importance.values };
  });
  return inFile(name, () => makeInstance(layers, content.target, content.links));
}

async function writeJsonInstance(file: string, instance: Instance): Promise<void> {
  await writeText(file, jsonOf(instance));
}

function* jsonOf({ target, links, layers }: Instance): Generator<string> {
  const optional = { ...(target === undefined ? {} : { target }), ...(links === undefined ? {} : { links }) };
  const head = { format: FORMAT, version: VERSION, ...optional };
  yield `${JSON.stringify(head).slice(0, -1)},"layers":[`;
  for (const [l, layer] of layers.entries()) {
    const { rows, cols, importance } = layer;
    yield `${l === 0 ? '' : ','}\n${JSON.stringify(fieldsOf(layer)).slice(0, -1)},"importance":[`;
    for (let i = 0; i < rows; i++) {
      // A float32 is a double, and JavaScript writes the shortest decimal that reads back as that double.
      yield `${i === 0 ? '' : ','}\n[${importance.subarray(i * cols, (i + 1) * cols).join(',')}]`;
    }
    yield ']}';
  }
  yield '\n]}\n';
}

/** A layer's fields but its importances, defaults left out. */
function fieldsOf(layer: Layer) {
  const { name, rows, cols } = layer;
  return { name, rows, cols, ...optionalFieldsOf(layer) };
}

function optionalFieldsOf({ unitsPerEntry, minKeptRows, minKeptColumns, columnOrder }: Layer) {
  return {
    ...(unitsPerEntry === 1 ? {} : { unitsPerEntry }),
    ...(minKeptRows === 0 ? {} : { minKeptRows }),
    ...(minKeptColumns === 0 ? {} : { minKeptColumns }),
    ...(columnOrder === undefined ? {} : { columnOrder }),
  };
}

/**
 * Reads links: JSON `{ "tensors": [...] }`, or those of an instance, `.json` or `.safetensors`; `-`: JSON from standard input. That
 * they fit other layers is found out where they are put on these.
 *
 * @throws RcpruneError on a file that is neither, and on an instance without links
 */
export async function readLinks(file: string): Promise<Links> {
  if (path.extname(file).toLowerCase() === '.safetensors') return requireLinks(file, (await readInstance(file)).links);
  const { readJsonWithMatrices } = await import('./json-stream.ts');
  const content = await readJsonWithMatrices(file, 'importance');
  if (!isObject(content) || !('layers' in content)) return parsed(nameOf(file), links, content);
  return parsed(`${nameOf(file)}: links`, links, requireLinks(file, content.links));
}

function requireLinks<T>(file: string, own: T | undefined): T {
  if (own === undefined) throw new RcpruneError(nameOf(file), 'an instance with links', 'one without');
  return own;
}

/** The JSON string under `__metadata__.rcprune`. */
const metadataSchema = v.strictObject({
  version: v.literal(VERSION),
  target: v.optional(count),
  links: v.optional(links),
  layers: v.array(
    v.strictObject({
      name: v.string(),
      ...optionalFields,
    }),
  ),
});

async function readSafetensorsInstance(file: string): Promise<Instance> {
  const source = await openSafetensors(file);
  try {
    const { tensors } = source;
    const own = Object.hasOwn(source.metadata, 'rcprune') ? source.metadata.rcprune! : null;
    const where = `${file}: __metadata__.rcprune`;
    const described =
      own === null
        ? { target: undefined, links: undefined, layers: tensors.map(({ name }) => ({ name })) }
        : parsed(where, metadataSchema, parseJson(where, own));
    if (described.layers.length !== tensors.length) {
      throw new RcpruneError(where, `${tensors.length} layers, one a tensor`, `${described.layers.length}`);
    }
    const infos = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    const layers: LayerInput[] = [];
    for (const layer of described.layers) {
      const info = infos.get(layer.name);
      if (info === undefined) throw new RcpruneError(where, 'layers named like the tensors', describe(layer.name));
      infos.delete(layer.name); // a name given twice is not found the second time
      if (info.dtype !== 'F32' || info.shape.length !== 2) {
        const got = `${info.dtype} [${info.shape}]`;
        throw new RcpruneError(`${file}: tensor ${describe(layer.name)}`, 'a 2-D F32 tensor', got);
      }
      const [rows, cols] = info.shape as [number, number];
      layers.push({ ...layer, rows, cols, importance: await source.readTensor(layer.name) });
    }
    return inFile(file, () => makeInstance(layers, described.target, described.links));
  } finally {
    await source.close();
  }
}

async function writeSafetensorsInstance(file: string, instance: Instance): Promise<void> {
  const layers = instance.layers.map((layer) => ({ name: layer.name, ...optionalFieldsOf(layer) }));
  const { target, links } = instance;
  await writeSafetensors(file, {
    // Fields that are undefined are left out.
    metadata: { rcprune: JSON.stringify({ version: VERSION, target, links, layers }) },
    tensors: instance.layers.map(({ name, rows, cols, importance }) => ({
      name,
      dtype: 'F32',
      shape: [rows, cols],
      data: importance,
    })),
  });
}

/** Puts the file's name before what the definitions complain of. */
function inFile<T>(file: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof RcpruneError) throw new RcpruneError(`${file}: ${error.where}`, error.expected, error.got);
    throw error;
  }
}
