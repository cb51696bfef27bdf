import type { Layer } from '../problem/instance.ts';
import { type LinkGraph, type ResolvedTensor, signalOfColumn } from '../problem/links.ts';
import type { ProgramBuilder } from './program-builder.ts';

/*
 * Closed prunings as rows of an integer program. Our construction.
 *
 * Of signal s, channel c of tensor t: a_s = 1 when it is alive, r_s = 1 when it is read as well; both from 0 to 1, not binary.
 * A line is kept where 1 - x or 1 - y is 1.
 *
 *   a row is kept only if some column of its layer is, and r_s = 1 for the signal that it makes;
 *   a column is kept only if some row of its layer is, and a_s = 1 for the signal that it reads;
 *   any: a_s <= sum over its sources; all: a_s <= each of them, 0 where one does not reach it; the input: a_s <= 1;
 *   r_s <= a_s; where s is no output, r_s <= sum over kept columns that read it and of r over the signals made of it.
 *
 * Theorem. With x and y binary, some a and r satisfy all rows exactly if the pruning is closed. If: what is alive and read in the
 * network satisfies them. Only if: along the flow, a_s > 0 only where a source of s is kept or positive (all sources, for `all`), so
 * only where s is alive; against the flow, r_s > 0 only where s is read; and a kept line asks for 1, which is more than 0. So every
 * kept line is alive and of use by the definition of closure.ts. Hence a and r need not be binary.
 *
 * O(entries + signals + links of signals) nonzeros.
 */

/** Indices of a layer's variables: x + i says that row i is removed, y + j that column j is. */
export interface LineVariables {
  readonly x: number;
  readonly y: number;
}

/** Adds the variables of the signals and the rows above. */
export function addLinks(
  program: ProgramBuilder,
  graph: LinkGraph,
  layers: readonly Layer[],
  lines: readonly LineVariables[],
): void {
  const alive: number[] = []; // of every signal, the index of a and of r
  const read: number[] = [];
  for (const [t, { channels }] of graph.tensors.entries()) {
    const [a, r] = [
      program.variables(channels, false, (c) => `a${t}_${c}`),
      program.variables(channels, false, (c) => `r${t}_${c}`),
    ];
    for (let c = 0; c < channels; c++) {
      alive.push(a + c);
      read.push(r + c);
    }
  }
  const demand = graph.tensors.map(({ channels }) => Array.from({ length: channels }, () => new Sum()));
  for (const [l, layer] of layers.entries()) {
    addLayer(program, graph, layers, l, lines[l]!, alive, read);
    const t = graph.reads[l]!;
    if (t < 0) continue;
    for (let j = 0; j < layer.cols; j++) {
      const signal = signalOfColumn(graph, layers, l, j);
      demand[t]![signal - graph.tensors[t]!.firstSignal]!.addKept(lines[l]!.y + j);
    }
  }
  for (const [t, tensor] of graph.tensors.entries()) {
    addSupply(program, graph, t, lines, alive);
    for (const { tensor: source, offset, channels } of tensor.from ?? []) {
      if (source < 0) continue;
      for (let c = 0; c < channels; c++) demand[source]![c]!.add(read[tensor.firstSignal + offset + c]!);
    }
  }
  for (const [t, { channels, firstSignal, output }] of graph.tensors.entries()) {
    for (let c = 0; c < channels; c++) {
      const [a, r] = [alive[firstSignal + c]!, read[firstSignal + c]!];
      program.row(`living${t}_${c}`, [r, a], [1, -1], -Infinity, 0);
      if (!output) demand[t]![c]!.bound(program, `wanted${t}_${c}`, r);
    }
  }
}

/** What rows and columns of a layer ask of each other and of the signals that they make and read. */
function addLayer(
  program: ProgramBuilder,
  graph: LinkGraph,
  layers: readonly Layer[],
  l: number,
  { x, y }: LineVariables,
  alive: readonly number[],
  read: readonly number[],
): void {
  const { rows, cols } = layers[l]!;
  const listOf = (first: number, count: number) => Array.from({ length: count }, (_, k) => first + k);
  const ones = (count: number) => new Array<number>(count).fill(1);
  for (let i = 0; i < rows; i++) {
    program.row(`hears${l}_${i}`, [...listOf(y, cols), x + i], [...ones(cols), -1], -Infinity, cols - 1);
    const first = graph.firstSignal[l]!;
    if (first >= 0) program.row(`feeds${l}_${i}`, [x + i, read[first + i]!], [1, 1], 1, Infinity);
  }
  for (let j = 0; j < cols; j++) {
    program.row(`serves${l}_${j}`, [...listOf(x, rows), y + j], [...ones(rows), -1], -Infinity, rows - 1);
    const signal = signalOfColumn(graph, layers, l, j);
    if (signal >= 0) program.row(`reads${l}_${j}`, [y + j, alive[signal]!], [1, 1], 1, Infinity);
  }
}

/** What the channels of a tensor need to be alive. */
function addSupply(
  program: ProgramBuilder,
  { tensors }: LinkGraph,
  t: number,
  lines: readonly LineVariables[],
  alive: readonly number[],
): void {
  const { channels, from, join, firstSignal }: ResolvedTensor = tensors[t]!;
  if (from === null) return;
  for (let c = 0; c < channels; c++) {
    const sums = [new Sum()];
    for (const [k, { layer, tensor, offset, channels: count }] of from.entries()) {
      if (join === 'all' && k > 0) sums.push(new Sum());
      const own = c - offset;
      if (own < 0 || own >= count) continue;
      if (layer >= 0) sums.at(-1)!.addKept(lines[layer]!.x + own);
      else sums.at(-1)!.add(alive[tensors[tensor]!.firstSignal + own]!);
    }
    for (const [k, sum] of sums.entries()) sum.bound(program, `made${t}_${c}_${k}`, alive[firstSignal + c]!);
  }
}

/** A sum of variables, and of 1 - variable for removed lines. A variable may be added several times. */
class Sum {
  readonly #coefficients = new Map<number, number>();
  #constant = 0;

  add(variable: number, coefficient = 1): void {
    this.#coefficients.set(variable, (this.#coefficients.get(variable) ?? 0) + coefficient);
  }

  /** 1 while the line of this variable is kept. */
  addKept(removed: number): void {
    this.#constant++;
    this.add(removed, -1);
  }

  /** Adds the row: variable <= sum. */
  bound(program: ProgramBuilder, name: string, variable: number): void {
    const others = [...this.#coefficients];
    program.row(
      name,
      [variable, ...others.map(([other]) => other)],
      [1, ...others.map(([, coefficient]) => -coefficient)],
      -Infinity,
      this.#constant,
    );
  }
}
