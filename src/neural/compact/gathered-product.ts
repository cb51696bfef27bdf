/*
 * One WebAssembly function that multiplies gathered columns with a dense matrix without ever storing what it gathers.
 *
 * Gathering first and multiplying then moves every gathered number three times (read, write, read), which at 7% density
 * costs more than the product. The inner loop of a matrix product on 128-bit SIMD reads one number of its left factor and
 * broadcasts it (`v128.load32_splat`, as XNNPACK's `loadsplat` kernels do); reading it from the image itself, at the pixel's
 * address plus the column's offset, is the same instruction with another address. So the gather costs one integer load a
 * column, shared by all pixels of a tile. The idea is that of the indirect convolution algorithm (M. Dukhan, 2019,
 * arXiv:1907.02129), with offsets of single numbers in place of pointers to whole pixels.
 *
 * The function is assembled here, its unrolled parts by loops, and works in the memory of TensorFlow.js's backend.
 */

/** Output pixels of one tile: 4 x 2 accumulators, 2 weights, a broadcast and a product leave registers of 16 to spare. */
const TILE_PIXELS = 4;
/** Matrix rows (output channels) of one tile: two registers of four lanes. */
export const TILE_ROWS = 8;
const LANES = 4;
const VECTOR_BYTES = 16;

/** What the function takes, in order. Addresses and steps are bytes of the shared memory, the rest are counts. */
const PARAMETERS = [
  'image', // the first image, its zero padding included
  'imageStep', // to the next image
  'lineStep', // from the first input of an output line to that of the next: stride x line
  'pixelStep', // from the first input of an output pixel to that of the next: stride x pixel
  'height', // output lines an image
  'width', // output pixels a line
  'pixels', // output pixels of all images, at least 1
  'offsets', // int32 a column: from the first input of a pixel to the column's input
  'columns',
  'weights', // tile after tile of rows: TILE_ROWS biases, then TILE_ROWS weights a column; at a multiple of 4
  'rowTiles', // at least 1
  'places', // int32 a row of the tiles: from an output pixel to the row's output; rows may share a place only if equal
  'output', // first output pixel
  'outputStep', // to the next
  'low', // float32: results are clamped to low ... high
  'high',
] as const;

export type GatheredProduct = (...parameters: number[]) => void;

const times = (count: number, text: (k: number) => string) =>
  Array.from({ length: count }, (_, k) => text(k)).join('\n');
const VECTORS = TILE_ROWS / LANES;

/** The function in WebAssembly's text format; blocks without types, immediates behind a blank. */
const BODY = `
  local.get pixels  i32.const ${TILE_PIXELS - 1}  i32.add  i32.const ${TILE_PIXELS}  i32.div_u  local.set pixelTiles
  loop  ;; over tiles of rows: the weights of one stay in the nearest cache
    local.get image  local.tee plane  local.tee line  local.set next
    local.get output  local.set write
    local.get pixels  local.set left
    i32.const 0  local.tee x  local.set y
    local.get pixelTiles  local.set tile
    loop  ;; over tiles of pixels
      ;; Addresses of the tile's pixels. Behind the last pixel it is taken again: the same numbers are written twice.
${times(
  TILE_PIXELS,
  (p) => `
      local.get next  local.set pixel${p}
      local.get write  local.set output${p}
      local.get left  i32.const 1  i32.gt_u
      if
        local.get left  i32.const 1  i32.sub  local.set left
        local.get write  local.get outputStep  i32.add  local.set write
        local.get next  local.get pixelStep  i32.add  local.set next
        local.get x  i32.const 1  i32.add  local.tee x  local.get width  i32.eq
        if
          i32.const 0  local.set x
          local.get line  local.get lineStep  i32.add  local.set line
          local.get y  i32.const 1  i32.add  local.tee y  local.get height  i32.eq
          if
            i32.const 0  local.set y
            local.get plane  local.get imageStep  i32.add  local.tee plane  local.set line
          end
          local.get line  local.set next
        end
      end`,
)}
      ;; Sums start from the biases.
      local.get weights  local.set weight
${times(VECTORS, (v) => `local.get weight  v128.load ${v * VECTOR_BYTES}  local.tee w${v} ${times(TILE_PIXELS, (p) => `local.${p === TILE_PIXELS - 1 ? 'set' : 'tee'} sum${p}.${v}`)}`)}
      local.get offsets  local.set column
      local.get columns  local.set j
      local.get columns
      if
        loop  ;; over columns
          local.get weight  i32.const ${TILE_ROWS * 4}  i32.add  local.set weight
          local.get column  i32.load 0  local.set offset
          local.get column  i32.const 4  i32.add  local.set column
${times(VECTORS, (v) => `local.get weight  v128.load ${v * VECTOR_BYTES}  local.set w${v}`)}
${times(
  TILE_PIXELS,
  (p) => `
          local.get pixel${p}  local.get offset  i32.add  v128.load32_splat 0  local.set number
          ${times(VECTORS, (v) => `local.get sum${p}.${v}  local.get number  local.get w${v}  f32x4.mul  f32x4.add  local.set sum${p}.${v}`)}`,
)}
          local.get j  i32.const 1  i32.sub  local.tee j
          br_if 0
        end
      end
      ;; Activation, then each row to its place.
${times(TILE_PIXELS, (p) => times(VECTORS, (v) => `local.get sum${p}.${v}  local.get low  f32x4.splat  f32x4.max  local.get high  f32x4.splat  f32x4.min  local.set sum${p}.${v}`))}
${times(
  TILE_ROWS,
  (r) => `
      local.get places  i32.load ${4 * r}  local.set offset
      ${times(TILE_PIXELS, (p) => `local.get output${p}  local.get offset  i32.add  local.get sum${p}.${r >> 2}  v128.store32_lane 0 ${r % LANES}`)}`,
)}
      local.get tile  i32.const 1  i32.sub  local.tee tile
      br_if 0
    end
    local.get places  i32.const ${4 * TILE_ROWS}  i32.add  local.set places
    local.get weights  local.get columns  i32.const 1  i32.add  i32.const ${4 * TILE_ROWS}  i32.mul  i32.add  local.set weights
    local.get rowTiles  i32.const 1  i32.sub  local.tee rowTiles
    br_if 0
  end
`;

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;
const FUNCTION = 0x60;
const END = 0x0b;
const NO_RESULT = 0x40;

/** Opcodes, and what follows each: a local's name, a signed integer, a memory offset, an offset and a lane, a label. */
const INSTRUCTIONS: Record<string, readonly [opcode: number[], immediate?: 'local' | 'int' | 'at' | 'lane' | 'label']> =
  {
    end: [[END]],
    loop: [[0x03, NO_RESULT]],
    if: [[0x04, NO_RESULT]],
    br_if: [[0x0d], 'label'],
    'local.get': [[0x20], 'local'],
    'local.set': [[0x21], 'local'],
    'local.tee': [[0x22], 'local'],
    'i32.load': [[0x28], 'at'],
    'i32.const': [[0x41], 'int'],
    'i32.eq': [[0x46]],
    'i32.gt_u': [[0x4b]],
    'i32.add': [[0x6a]],
    'i32.sub': [[0x6b]],
    'i32.mul': [[0x6c]],
    'i32.div_u': [[0x6e]],
    'v128.load': [[0xfd, 0x00], 'at'],
    'v128.load32_splat': [[0xfd, 0x09], 'at'],
    'v128.store32_lane': [[0xfd, 0x5a], 'lane'],
    'f32x4.splat': [[0xfd, 0x13]],
    'f32x4.add': [[0xfd, 0xe4, 0x01]],
    'f32x4.mul': [[0xfd, 0xe6, 0x01]],
    'f32x4.min': [[0xfd, 0xe8, 0x01]],
    'f32x4.max': [[0xfd, 0xe9, 0x01]],
  };
/** log2 of the alignment promised for every access: 4 bytes. */
const ALIGNMENT = 2;

/** LEB128, unsigned and signed. */
const unsigned = (value: number): number[] => {
  const bytes: number[] = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
};
const signed = (value: number): number[] => {
  const bytes: number[] = [];
  for (; value < -64 || value > 63; value >>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value & 127];
};
const sized = (content: readonly number[]): number[] => [...unsigned(content.length), ...content];
const name = (text: string): number[] => sized([...new TextEncoder().encode(text)]);

/** The module's bytes: imports `env.memory`, exports `gatheredProduct`. */
function assemble(): Uint8Array<ArrayBuffer> {
  const words = BODY.replace(/;;.*/g, '').trim().split(/\s+/);
  const locals: string[] = [...PARAMETERS];
  const indexOf = (local: string): number => {
    if (!locals.includes(local)) locals.push(local);
    return locals.indexOf(local);
  };
  const code: number[] = [];
  for (let k = 0; k < words.length; ) {
    const [opcode, immediate] = INSTRUCTIONS[words[k++]!]!;
    code.push(...opcode);
    if (immediate === 'local') code.push(...unsigned(indexOf(words[k++]!)));
    else if (immediate === 'int') code.push(...signed(Number(words[k++])));
    else if (immediate === 'label') code.push(...unsigned(Number(words[k++])));
    else if (immediate !== undefined) {
      code.push(ALIGNMENT, ...unsigned(Number(words[k++])));
      if (immediate === 'lane') code.push(Number(words[k++]));
    }
  }
  const parameters = PARAMETERS.map((parameter) => (parameter === 'low' || parameter === 'high' ? F32 : I32));
  const isVector = (local: string) => /^(sum|w[0-9]|number)/.test(local);
  const declarations = locals.slice(PARAMETERS.length).map((local) => [1, isVector(local) ? V128 : I32]);
  const body = [...unsigned(declarations.length), ...declarations.flat(), ...code, END];
  const section = (id: number, ...content: number[]) => [id, ...sized(content)];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, FUNCTION, ...sized(parameters), 0), // one type, no result
    ...section(2, 1, ...name('env'), ...name('memory'), 2, 0, 0), // a memory of any size
    ...section(3, 1, 0), // one function of type 0
    ...section(7, 1, ...name('gatheredProduct'), 0, 0),
    ...section(10, 1, ...sized(body)),
  ]);
}

/** An exported memory; and what is used of the WebAssembly API, which TypeScript declares only for browsers. */
export interface Memory {
  readonly buffer: ArrayBuffer;
}
interface Api {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: Memory } },
  ) => { exports: { gatheredProduct: GatheredProduct } };
  validate(bytes: Uint8Array): boolean;
}

/** The function on a backend's memory; null on a machine without SIMD. */
export function gatheredProductOn(memory: Memory): GatheredProduct | null {
  const { Module, Instance, validate } = (globalThis as unknown as { WebAssembly: Api }).WebAssembly;
  const bytes = assemble();
  if (!validate(bytes)) return null;
  return new Instance(new Module(bytes), { env: { memory } }).exports.gatheredProduct;
}
