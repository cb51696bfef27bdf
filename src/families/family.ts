import type { Layer } from '../problem/instance.ts';
import type { Links } from '../problem/links.ts';
import type { Random } from '../problem/random.ts';

/** Options of `generate`. A family refuses those that its formula does not use. */
export interface FamilyOptions {
  /** Rows of every layer. */
  readonly rows?: number | undefined;
  /** Columns of every layer. */
  readonly cols?: number | undefined;
  /** Number of layers of that size, each from its own random stream. Default 1, in families of networks theirs. */
  readonly layers?: number | undefined;
  /** The parameter s of a formula. */
  readonly strength?: number | undefined;
  /** The parameter k of a formula. */
  readonly max?: number | undefined;
  /** Any nonnegative integer. Default 1. */
  readonly seed?: number | undefined;
}

/** One family of random instances. */
export interface Family {
  /** What `generate` and `rcprune generate` call it. */
  readonly name: string;
  /** One line; N is a standard normal number, new for every entry; i is a row, j a column. */
  readonly formula: string;
  /** Of the parameter s, where there is one. */
  readonly strength?: {
    /** Its default. */
    readonly fallback: number;
    /** The most that it may be. */
    readonly most: number;
  };
  /** Default of the parameter k, where there is one. */
  readonly max?: number;
  /** Fixed layers; without them every layer has the size of the options. */
  readonly shapes?: readonly Pick<Layer, 'name' | 'rows' | 'cols'>[];
  /** Of families of networks: how their layers, all of one size, are linked. Columns are then a multiple of rows. */
  readonly network?: FamilyNetwork;
  /** Fills a rows x cols matrix, row-major; `parameter` is s or k, 0 where the formula has neither. */
  fill(matrix: Float32Array, rows: number, cols: number, random: Random, parameter: number): void;
}

/** How the layers of a generated network are linked. */
export interface FamilyNetwork {
  /** A network has `first` layers and any number of blocks of `each` more, at least one. */
  readonly first: number;
  /** See `first`. */
  readonly each: number;
  /** How many layers there are where the options do not say. */
  readonly fallback: number;
  /** The links of so many layers, called layer0, layer1, ..., of so many rows. */
  links(layers: number, rows: number): Links;
}
