import Tokenizer from '@streamparser/json/tokenizer.js';
import TokenType from '@streamparser/json/utils/types/tokenType.js';
import { describe, RcpruneError } from '../problem/error.ts';
import { allocateImportance, MAX_LAYER_ENTRIES } from '../problem/instance.ts';
import { nameOf, readChunks } from './file.ts';

/** A matrix read from nested arrays: rows of equal length, row-major, on shared memory. */
export interface StreamedMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float32Array;
}

/** Deeper nesting, or more values outside matrices, than any file of ours has. */
const MOST_DEPTH = 8;
const MOST_VALUES = 10_000_000;

/**
 * Parses a JSON file of any size (`-`: standard input). Arrays under a key named `matrixKey` become {@link StreamedMatrix}, number by number,
 * never as JavaScript arrays; everything else becomes plain values. A key given twice is refused.
 *
 * Memory: the matrices, up to twice while one grows (its size is not known before its end), and one chunk of text.
 *
 * @throws RcpruneError on anything but one JSON value, on ragged matrices and on entries that are not finite float32
 */
export async function readJsonWithMatrices(file: string, matrixKey: string): Promise<unknown> {
  const builder = new ValueBuilder(nameOf(file), matrixKey);
  const tokenizer = new Tokenizer({ numberBufferSize: 64, stringBufferSize: 1024 });
  tokenizer.onToken = ({ token, value }) => builder.add(token, value);
  let failure: unknown = null;
  // The tokenizer passes its own and our errors here; the first one counts.
  tokenizer.onError = (error) => {
    failure ??= error;
  };
  for await (const chunk of readChunks(file)) {
    attempt(() => tokenizer.write(chunk));
    if (failure !== null) break;
  }
  if (failure === null && !tokenizer.isEnded) attempt(() => tokenizer.end());
  if (failure instanceof RcpruneError) throw failure;
  if (failure !== null) {
    throw new RcpruneError(nameOf(file), 'JSON', String((failure as Error).message).split('\n')[0]!);
  }
  return builder.result();

  function attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      failure ??= error;
    }
  }
}

type Frame = { kind: 'object'; value: Map<string, unknown>; key: string | null } | { kind: 'array'; value: unknown[] };

/** What the grammar allows next. */
type Next = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

/** Builds values from tokens; checks the grammar, since the tokenizer knows only tokens. */
class ValueBuilder {
  readonly #file: string;
  readonly #matrixKey: string;
  readonly #frames: Frame[] = [];
  #matrix: MatrixBuilder | null = null;
  #next: Next = 'value';
  #values = 0;
  #root: unknown;

  constructor(file: string, matrixKey: string) {
    this.#file = file;
    this.#matrixKey = matrixKey;
  }

  result(): unknown {
    if (this.#next !== 'nothing') throw this.#syntax('the end of the file');
    return this.#root;
  }

  add(token: TokenType, value: unknown): void {
    if (this.#matrix !== null) {
      this.#matrix.add(token, value);
      if (this.#matrix.done) this.#finish(this.#matrix.result());
      return;
    }
    switch (token) {
      case TokenType.LEFT_BRACE:
        this.#open({ kind: 'object', value: new Map(), key: null }, 'key or end');
        return;
      case TokenType.LEFT_BRACKET: {
        const frame = this.#frames.at(-1);
        this.#expect('value', '[');
        if (frame?.kind === 'object' && frame.key === this.#matrixKey) {
          this.#matrix = new MatrixBuilder(`${this.#file}: ${this.#matrixKey}`);
        } else {
          this.#open({ kind: 'array', value: [] }, 'value or end');
        }
        return;
      }
      case TokenType.RIGHT_BRACE:
      case TokenType.RIGHT_BRACKET:
        this.#close(token === TokenType.RIGHT_BRACE ? 'object' : 'array');
        return;
      case TokenType.COMMA:
        if (this.#next !== 'comma or end') throw this.#syntax(',');
        this.#next = this.#frames.at(-1)!.kind === 'object' ? 'key' : 'value';
        return;
      case TokenType.COLON:
        if (this.#next !== 'colon') throw this.#syntax(':');
        this.#next = 'value';
        return;
      case TokenType.STRING:
        if (this.#next === 'key' || this.#next === 'key or end') this.#setKey(value as string);
        else this.#addScalar(value);
        return;
      default:
        this.#addScalar(value);
    }
  }

  #open(frame: Frame, next: Next): void {
    this.#expect('value', frame.kind);
    if (this.#frames.length >= MOST_DEPTH) throw new RcpruneError(this.#file, `nesting up to ${MOST_DEPTH}`, 'deeper');
    this.#frames.push(frame);
    this.#next = next;
  }

  #close(kind: Frame['kind']): void {
    const frame = this.#frames.at(-1);
    const allowed = kind === 'object' ? 'key or end' : 'value or end';
    if (frame?.kind !== kind || (this.#next !== allowed && this.#next !== 'comma or end')) {
      throw this.#syntax(kind === 'object' ? '}' : ']');
    }
    this.#frames.pop();
    this.#finish(frame.kind === 'object' ? Object.fromEntries(frame.value) : frame.value);
  }

  #setKey(key: string): void {
    const frame = this.#frames.at(-1) as Frame & { kind: 'object' };
    if (frame.value.has(key)) throw new RcpruneError(this.#file, 'distinct keys', `${describe(key)} twice`);
    frame.key = key;
    this.#next = 'colon';
  }

  #addScalar(value: unknown): void {
    this.#expect('value', describe(value));
    this.#finish(value);
  }

  /** Puts a finished value where it belongs. */
  #finish(value: unknown): void {
    this.#matrix = null;
    if (++this.#values > MOST_VALUES) throw new RcpruneError(this.#file, `at most ${MOST_VALUES} values`, 'more');
    const frame = this.#frames.at(-1);
    this.#next = frame === undefined ? 'nothing' : 'comma or end';
    if (frame === undefined) this.#root = value;
    else if (frame.kind === 'array') frame.value.push(value);
    else frame.value.set(frame.key!, value);
  }

  #expect(wanted: 'value', got: string): void {
    if (this.#next !== wanted && this.#next !== 'value or end') throw this.#syntax(got);
  }

  #syntax(got: string): RcpruneError {
    return new RcpruneError(this.#file, `JSON with a ${this.#next}`, got);
  }
}

/** Entries of one block while a matrix grows. */
const BLOCK_ENTRIES = 2 ** 20;

/** Collects `[[...], [...]]`, whose opening bracket was read, in blocks. */
class MatrixBuilder {
  done = false;
  readonly #where: string;
  #blocks: Float32Array[] = [];
  #block = new Float32Array(1024);
  #used = 0; // entries in #block
  #entries = 0;
  #rows = 0;
  #cols = -1;
  #inRow = false;
  #rowStart = 0;
  #next: 'value' | 'value or end' | 'comma or end' = 'value or end';

  constructor(where: string) {
    this.#where = where;
  }

  add(token: TokenType, value: unknown): void {
    if (token === TokenType.NUMBER && this.#inRow && this.#next !== 'comma or end') this.#push(value as number);
    else if (token === TokenType.COMMA && this.#next === 'comma or end') this.#next = 'value';
    else if (token === TokenType.LEFT_BRACKET && !this.#inRow && this.#next !== 'comma or end') {
      this.#inRow = true;
      this.#rowStart = this.#entries;
      this.#next = 'value or end';
    } else if (token === TokenType.RIGHT_BRACKET && this.#next !== 'value') this.#endBracket();
    else throw new RcpruneError(this.#where, 'an array of rows of numbers', describe(value));
  }

  result(): StreamedMatrix {
    const values = allocateImportance(this.#entries);
    let at = 0;
    for (const block of [...this.#blocks, this.#block.subarray(0, this.#used)]) {
      values.set(block, at);
      at += block.length;
    }
    this.#blocks = [];
    return { rows: this.#rows, cols: Math.max(this.#cols, 0), values };
  }

  #endBracket(): void {
    this.#next = 'comma or end';
    if (!this.#inRow) {
      this.done = true;
      return;
    }
    this.#inRow = false;
    const cols = this.#entries - this.#rowStart;
    if (this.#cols >= 0 && cols !== this.#cols) {
      throw new RcpruneError(`${this.#where}: row ${this.#rows}`, `${this.#cols} numbers`, `${cols}`);
    }
    this.#cols = cols;
    this.#rows++;
  }

  #push(value: number): void {
    const rounded = Math.fround(value);
    if (!(rounded >= 0 && rounded < Infinity)) {
      const at = `row ${this.#rows}, column ${this.#entries - this.#rowStart}`;
      throw new RcpruneError(`${this.#where}: ${at}`, 'a finite float32 importance >= 0', `${value}`);
    }
    if (this.#used === this.#block.length) {
      if (this.#entries >= MAX_LAYER_ENTRIES)
        throw new RcpruneError(this.#where, `at most ${MAX_LAYER_ENTRIES} entries`, 'more');
      this.#blocks.push(this.#block);
      this.#block = new Float32Array(BLOCK_ENTRIES);
      this.#used = 0;
    }
    this.#block[this.#used++] = rounded;
    this.#entries++;
    this.#next = 'comma or end';
  }
}
