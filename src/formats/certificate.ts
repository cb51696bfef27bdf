import * as v from 'valibot';
import type { Certificate, Piece, SpectralPiece, TangentPiece } from '../problem/certificate.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import type { Instance } from '../problem/instance.ts';
import { parseJson } from './file.ts';
import { openSafetensors, type Safetensors, type TensorData, writeSafetensors } from './safetensors.ts';
import { count, list, number, parsed } from './schema.ts';

/*
 * Certificates are .safetensors files. `__metadata__.rcprune` holds one JSON string with the head and, for every layer, its
 * pieces; piece k of layer l has its vectors in F32 tensors named `l.k.FIELD`: `columnShare` [rows, cols] of a split;
 * `rowPart` [rows], `columnPart` [cols], `rowWeights` [rows], `columnWeights` [cols] of a spectral piece, and of its t
 * tangents `rowPoints` [t, rows] and `columnPoints` [t, cols].
 */

const FORMAT = 'rcprune-certificate';
const VERSION = 1;
/** Far more than any search makes; bounds what a hostile file can ask the checker to do. */
const MOST_PIECES = 64;
const MOST_TANGENTS = 256;

const headSchema = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  instanceHash: v.string(),
  target: v.optional(count),
  shape: v.optional(v.strictObject({ rows: count, columns: count })),
  price: number,
  dualBound: number,
  keptBound: number,
  layers: v.array(
    v.strictObject({
      name: v.string(),
      pieces: list(
        v.variant('kind', [
          v.strictObject({ kind: v.picklist(['rows', 'columns', 'split']) }),
          v.strictObject({
            kind: v.picklist(['additive', 'multiplicative']),
            norm: number,
            rowCurvatures: list(number, MOST_TANGENTS),
          }),
        ]),
        MOST_PIECES,
      ),
    }),
  ),
});

/**
 * Writes a certificate as safetensors, whole or not at all; reading it back gives the same bits.
 *
 * @throws RcpruneError when the file cannot be written
 */
export async function writeCertificate(file: string, instance: Instance, certificate: Certificate): Promise<void> {
  const { instanceHash, goal, price, claim } = certificate;
  const tensors: TensorData[] = [];
  const layers = instance.layers.map(({ name, rows, cols }, l) => {
    const pieces = certificate.layers[l]!.map((piece, k) => {
      const put = (field: string, shape: number[], data: Float32Array) =>
        tensors.push({ name: `${l}.${k}.${field}`, dtype: 'F32', shape, data });
      if ('columnShare' in piece) {
        put('columnShare', [rows, cols], piece.columnShare);
        return { kind: piece.kind };
      }
      if (!('norm' in piece)) return { kind: piece.kind };
      put('rowPart', [rows], piece.rowPart);
      put('columnPart', [cols], piece.columnPart);
      put('rowWeights', [rows], piece.rowWeights);
      put('columnWeights', [cols], piece.columnWeights);
      const { tangents } = piece;
      if (tangents.length > 0) {
        const stacked = (points: Float32Array[], length: number) => {
          const data = new Float32Array(points.length * length);
          for (const [t, point] of points.entries()) data.set(point, t * length);
          return data;
        };
        put(
          'rowPoints',
          [tangents.length, rows],
          stacked(
            tangents.map(({ rowPoint }) => rowPoint),
            rows,
          ),
        );
        put(
          'columnPoints',
          [tangents.length, cols],
          stacked(
            tangents.map(({ columnPoint }) => columnPoint),
            cols,
          ),
        );
      }
      return { kind: piece.kind, norm: piece.norm, rowCurvatures: tangents.map(({ rowCurvature }) => rowCurvature) };
    });
    return { name, pieces };
  });
  const head = { format: FORMAT, version: VERSION, instanceHash, ...goal, price, ...claim, layers };
  await writeSafetensors(file, { metadata: { rcprune: JSON.stringify(head) }, tensors });
}

/**
 * Reads a certificate. Lengths of vectors are the checker's business, and so is whether anything in it is true.
 *
 * @throws RcpruneError on anything that is no certificate: schema, unknown, repeated or missing layers and tensors
 */
export async function readCertificate(file: string, instance: Instance): Promise<Certificate> {
  const source = await openSafetensors(file);
  try {
    const where = `${file}: __metadata__.rcprune`;
    if (!Object.hasOwn(source.metadata, 'rcprune')) throw new RcpruneError(where, 'the head of a certificate', 'none');
    const head = parsed(where, headSchema, parseJson(where, source.metadata.rcprune!));
    const { instanceHash, target, shape, price, dualBound, keptBound } = head;
    if ((target === undefined) === (shape === undefined)) {
      throw new RcpruneError(where, 'a target or a shape', target === undefined ? 'neither' : 'both');
    }
    const names = instance.layers.map(({ name }) => name);
    if (head.layers.length !== names.length || head.layers.some(({ name }, l) => name !== names[l])) {
      throw new RcpruneError(
        where,
        "the instance's layers in its order",
        describe(head.layers.map(({ name }) => name)),
      );
    }
    const reader = new TensorReader(file, source);
    const layers: Piece[][] = [];
    for (const [l, layer] of head.layers.entries()) {
      const pieces: Piece[] = [];
      for (const [k, piece] of layer.pieces.entries()) pieces.push(await readPiece(reader, `${l}.${k}`, piece));
      layers.push(pieces);
    }
    reader.close();
    const goal = target === undefined ? { shape: shape! } : { target };
    return { instanceHash, goal, price, layers, claim: { dualBound, keptBound } };
  } finally {
    await source.close();
  }
}

type StoredPiece = v.InferOutput<typeof headSchema>['layers'][number]['pieces'][number];

async function readPiece(reader: TensorReader, name: string, stored: StoredPiece): Promise<Piece> {
  if (stored.kind === 'rows' || stored.kind === 'columns') return { kind: stored.kind };
  if (stored.kind === 'split') return { kind: 'split', columnShare: await reader.read(`${name}.columnShare`) };
  const { kind, norm, rowCurvatures } = stored as Extract<StoredPiece, { norm: number }>;
  const vectors: Pick<SpectralPiece, 'rowPart' | 'columnPart' | 'rowWeights' | 'columnWeights'> = {
    rowPart: await reader.read(`${name}.rowPart`),
    columnPart: await reader.read(`${name}.columnPart`),
    rowWeights: await reader.read(`${name}.rowWeights`),
    columnWeights: await reader.read(`${name}.columnWeights`),
  };
  const tangents: TangentPiece[] = [];
  if (rowCurvatures.length > 0) {
    const rowPoints = await reader.read(`${name}.rowPoints`, rowCurvatures.length);
    const columnPoints = await reader.read(`${name}.columnPoints`, rowCurvatures.length);
    const part = (points: Float32Array, t: number) => {
      const length = points.length / rowCurvatures.length;
      return points.subarray(t * length, (t + 1) * length);
    };
    for (const [t, rowCurvature] of rowCurvatures.entries()) {
      tangents.push({ rowPoint: part(rowPoints, t), columnPoint: part(columnPoints, t), rowCurvature });
    }
  }
  return { kind, ...vectors, norm, tangents };
}

/** Reads the tensors of a certificate, each once. */
class TensorReader {
  readonly #file: string;
  readonly #source: Safetensors;
  readonly #unread: Set<string>;

  constructor(file: string, source: Safetensors) {
    this.#file = file;
    this.#source = source;
    this.#unread = new Set(source.tensors.map(({ name }) => name));
  }

  /** @param heads first of two extents; undefined: any shape */
  async read(name: string, heads?: number): Promise<Float32Array> {
    const info = this.#source.tensors.find((tensor) => tensor.name === name);
    const where = `${this.#file}: tensor ${describe(name)}`;
    if (info === undefined) throw new RcpruneError(where, 'to be there', 'no such tensor');
    if (info.dtype !== 'F32') throw new RcpruneError(where, 'F32', info.dtype);
    if (heads !== undefined && (info.shape.length !== 2 || info.shape[0] !== heads)) {
      throw new RcpruneError(where, `[${heads}, ...] numbers`, `[${info.shape}]`);
    }
    this.#unread.delete(name);
    return this.#source.readTensor(name);
  }

  /** @throws RcpruneError when a tensor was not asked for */
  close(): void {
    for (const name of this.#unread) {
      throw new RcpruneError(this.#file, 'tensors of its pieces only', describe(name));
    }
  }
}
