import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

/*
 * Broken checkers, each the present one with one piece of its text replaced: an attack that does not catch them is none.
 *
 * A mutant is found by its text in src/certify, wherever that stands, and it must stand there exactly once: when the checker is
 * rewritten, loading fails until the mutants are written anew. All of src/certify, and what it imports, is compiled into a
 * folder of the caller's.
 */

/** One replacement that makes the checker unsound, or that might. */
export interface Mutation {
  readonly name: string;
  readonly find: string;
  readonly replace: string;
  /** A second place, where two locks hold one door. */
  readonly also?: { readonly find: string; readonly replace: string };
  /** The kind of forgery and the seed that catch it soonest: where to begin. */
  readonly caught?: readonly [kind: string, seed: number];
}

/** The exports of src/certify/index.ts, of a mutant. */
export type Certify = typeof import('../../../src/certify/index.ts');

const SOURCE = path.resolve(import.meta.dirname, '../../../src');
const CERTIFY = readdirSync(path.join(SOURCE, 'certify')).filter((name) => name.endsWith('.ts'));
const PROBLEM = readdirSync(path.join(SOURCE, 'problem')).filter((name) => name.endsWith('.ts'));

const sourceOf = (folder: string, name: string) => readFileSync(path.join(SOURCE, folder, name), 'utf8');

const compiled = new Map<string, string>(); // by source text: most files of a mutant are as they were

/** JavaScript of a source text; relative imports stay, with another ending. */
function compile(source: string): string {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  const text = outputText.replace(/(from\s*|import\s*)(['"])(\.[^'"]*)\.ts\2/g, '$1$2$3.mjs$2');
  compiled.set(source, text);
  return text;
}

/** Compiles files of one folder of src. */
function compileAll(
  folder: string,
  names: readonly string[],
  to: string,
  changed: (name: string, text: string) => string,
): void {
  mkdirSync(to, { recursive: true });
  for (const name of names) {
    writeFileSync(path.join(to, name.replace(/\.ts$/, '.mjs')), compile(changed(name, sourceOf(folder, name))));
  }
}

/** Where the text of a mutation stands. @throws Error unless that is exactly one place */
export function placeOf({ name, find }: Pick<Mutation, 'name' | 'find'>): string {
  const places = CERTIFY.flatMap((file) =>
    new Array<string>(sourceOf('certify', file).split(find).length - 1).fill(file),
  );
  if (places.length !== 1)
    throw new Error(`mutant "${name}": expected its text once in src/certify, got ${places.length}`);
  return places[0]!;
}

/** Loads a mutant; without a mutation, a copy of the checker. */
export async function loadMutant(folder: string, mutation: Mutation | null): Promise<Certify> {
  const own = path.join(folder, (mutation?.name ?? 'unchanged').replaceAll(/[^a-z0-9]+/gi, '-'));
  const edits =
    mutation === null ? [] : [mutation, ...(mutation.also ? [{ ...mutation.also, name: mutation.name }] : [])];
  const placed = edits.map((edit) => ({ ...edit, place: placeOf(edit) }));
  const needed = PROBLEM.filter((name) => name !== 'index.ts' && name !== 'random.ts');
  compileAll('problem', needed, path.join(own, 'problem'), (_, text) => text);
  compileAll('certify', CERTIFY, path.join(own, 'certify'), (name, text) => {
    return placed.reduce(
      (now, { place, find, replace }) => (name === place ? now.replace(find, () => replace) : now),
      text,
    );
  });
  return import(/* @vite-ignore */ pathToFileURL(path.join(own, 'certify/index.mjs')).href);
}

/** What was wrong until it was mended: the bound of a tree was taken as it stood, a multiple of the step or not. */
export const OLD_RULE: Mutation = {
  name: 'the old rule: a bound is not raised to a multiple of the step',
  find: "nextCost(step, wholeBig(record.bound, 'bound'))",
  replace: "wholeBig(record.bound, 'bound')",
  caught: ['plain', 1],
};

/** Mutants of the checker of proof logs. */
export const LOG_MUTATIONS: readonly Mutation[] = [
  OLD_RULE,
  {
    name: 'the limit of a tree is one unit too low',
    find: 'bound === 0n ? 0n : ((bound - step) >> BigInt(exponent + 149)) + 1n',
    replace: 'bound === 0n ? 0n : (bound - step) >> BigInt(exponent + 149)',
    caught: ['plain', 1],
  },
  {
    name: 'a leaf may keep one unit too much',
    find: 'const floor = Number(BigInt(grid.total) - costLimit(grid, step, bound));',
    replace: 'const floor = Number(BigInt(grid.total) - costLimit(grid, step, bound)) + 1;',
    caught: ['plain', 1],
  },
  {
    name: 'a tree is held to the step of the first layer',
    find: 'costLimit(grid, step, bound)',
    replace: 'costLimit(grid, this.#steps[0]!, bound)',
    caught: ['plain', 1],
  },
  {
    name: 'line bounds are raised to multiples of the step of the last layer',
    find: 'gridded(this.#instance.layers[l]!, record, false), this.#steps[l]!',
    replace: 'gridded(this.#instance.layers[l]!, record, false), this.#steps.at(-1)!',
    caught: ['misspelt', 4],
  },
  {
    name: 'a bound is raised by one step too much',
    find: '((bound + step - 1n) / step) * step',
    replace: '((bound + step) / step) * step',
    caught: ['edited', 1],
  },
  {
    name: 'the step is the greatest set bit, not the lowest',
    find: 'return all & -all;',
    replace: 'return all === 0n ? 0n : 1n << BigInt(all.toString(2).length - 1);',
    caught: ['plain', 1],
  },
  {
    name: 'the step leaves out what subnormal importances add to it',
    find: 'for (let e = 0; e < 256; e++) all |=',
    replace: 'for (let e = 1; e < 256; e++) all |=',
    caught: ['climbed', 2],
  },
  {
    name: 'importances are rounded to nearest',
    find: 'Math.floor(Math.min(entry, cap) * 2 ** -exponent)',
    replace: 'Math.round(Math.min(entry, cap) * 2 ** -exponent)',
    caught: ['plain', 3],
  },
  {
    name: 'importances are rounded up',
    find: 'Math.floor(Math.min(entry, cap) * 2 ** -exponent)',
    replace: 'Math.ceil(Math.min(entry, cap) * 2 ** -exponent)',
    caught: ['plain', 1],
  },
  {
    name: 'importances below the cap count as it',
    find: 'Math.min(entry, cap)',
    replace: 'Math.max(entry, cap)',
    caught: ['plain', 1],
  },
  {
    name: 'multipliers may be so large that sums are inexact',
    find: "    if (!(sum < MOST_SUM)) throw new Fault('expected multipliers that keep sums exact');",
    replace: '',
    caught: ['climbed', 4],
  },
  {
    name: 'a tree raises its bound before it is complete',
    find: 'if (!tree.isComplete) return;',
    replace: '',
    caught: ['damaged', 1],
  },
  {
    name: 'an order may repeat rows',
    find: 'new Set(order).size !== rows ||',
    replace: '',
    caught: ['damaged', 4],
  },
  {
    name: 'an exact leaf may stand where rows are undecided',
    find: "    if (!this.#isDecided) throw new Fault('expected an exact leaf only where all rows are decided');",
    replace: '',
    caught: ['climbed', 3],
  },
  {
    name: 'a leaf without a split may stand where rows are undecided',
    find: "if (this.#split === null) throw new Fault('expected a split before a leaf');",
    replace: 'if (this.#split === null) return true;',
    caught: ['edited', 5],
  },
  {
    name: 'an exact leaf may miss its bound by one step',
    find: 'isKept, b) >= bound;',
    replace: 'isKept, b) >= bound - step;',
    caught: ['plain', 1],
  },
  {
    name: 'an exact leaf counts one column less than it keeps',
    find: 'sums.slice(0, count)',
    replace: 'sums.slice(0, count - 1)',
    caught: ['plain', 1],
  },
  {
    name: 'the second child of a node keeps one row less',
    find: 'this.#waiting.push({ depth: this.#depth + 1, left: this.#left, split: this.#split });',
    replace: 'this.#waiting.push({ depth: this.#depth + 1, left: this.#left - 1, split: this.#split });',
    caught: ['misspelt', 1],
  },
  {
    name: 'second children are not visited',
    find: 'this.#waiting.push({ depth: this.#depth + 1, left: this.#left, split: this.#split });',
    replace: '',
    caught: ['climbed', 1],
  },
  {
    name: 'the row of a branch is not added',
    find: 'this.#sums[k * cols + j]! + this.#values[this.#depth * cols + j]!;',
    replace: 'this.#sums[k * cols + j]!;',
    caught: ['misspelt', 1],
  },
  {
    name: 'blocks need not hold all rows',
    find: "    if (this.#blocks.reduce((sum, size) => sum + size, 0) !== rows - first)\n      throw new Fault('expected blocks of all rows');",
    replace: '',
    caught: ['climbed', 5],
  },
  {
    name: 'a block leaves out the set of all its rows',
    find: 'subset < 2 ** size; subset++',
    replace: 'subset < 2 ** size - 1; subset++',
    caught: ['plain', 1],
  },
  {
    name: 'copies are not counted on the side of the rows',
    find: 'this.#copies[own + j]! + (isIn === 1',
    replace: '(isIn === 1',
    caught: ['climbed', 2],
  },
  {
    name: 'copies are taken off twice on the side of the columns',
    find: 'largestSum(shares, q) - copied',
    replace: 'largestSum(shares, q) - 2 * copied',
    caught: ['climbed', 2],
  },
  {
    name: 'a column takes one row less than it may',
    find: 'largestSum(shares, q) - copied',
    replace: 'largestSum(shares, Math.max(0, q - 1)) - copied',
    caught: ['climbed', 2],
  },
  {
    name: 'the side of the rows takes one row less than it may',
    find: 'floor - this.#rowsFrom(depth)[q]!',
    replace: 'floor - this.#rowsFrom(depth)[Math.max(0, q - 1)]!',
    caught: ['damaged', 1],
  },
  {
    name: 'the threshold counts for one column less',
    find: 'this.#b * threshold + above',
    replace: '(this.#b - 1) * threshold + above',
    caught: ['climbed', 2],
  },
  {
    name: 'the column part of one number of rows serves all',
    find: 'const key = depth * (this.#rows + 1) + q;',
    replace: 'const key = depth;',
    caught: ['climbed', 3],
  },
  {
    name: 'a transposed tree keeps as many rows and columns as one that is not',
    find: 'transposed ? [keptColumns, keptRows] : [keptRows, keptColumns]',
    replace: '[keptRows, keptColumns]',
    caught: ['misspelt', 1],
  },
  {
    name: 'bounds of larger shapes are passed to smaller ones',
    find: 'if (r > 0) this.raise(l, r, c, bounds[(r - 1) * width + c]!);',
    replace: 'if (r > 0) this.raise(l, r - 1, c, bounds[r * width + c]!);',
    caught: ['plain', 1],
  },
  {
    name: 'line bounds keep one line less',
    find: 'kept += order[lines - outer]!',
    replace: 'kept += order[lines - outer - 1] ?? 0',
    caught: ['plain', 1],
  },
  {
    name: 'units per entry do not count',
    find: '(r * cols + c * rows - r * c) * unitsPerEntry',
    replace: '(r * cols + c * rows - r * c)',
    caught: ['misspelt', 3],
  },
  {
    name: 'an entry that a row and a column remove does not count',
    find: '(r * cols + c * rows - r * c) * unitsPerEntry',
    replace: '(r * cols + c * rows - 2 * r * c) * unitsPerEntry',
    caught: ['plain', 4],
  },
  {
    name: 'shapes that remove most rows are forgotten',
    find: 'r <= maxRows; r++',
    replace: 'r < Math.max(maxRows, minRows + 1); r++',
    caught: ['plain', 6],
  },
  {
    name: 'shapes that remove most columns are forgotten',
    find: 'c <= maxColumns; c++',
    replace: 'c < Math.max(maxColumns, minColumns + 1); c++',
    caught: ['plain', 6],
  },
  {
    name: 'of two sums the greater is kept',
    find: 'known === undefined || sum < known',
    replace: 'known === undefined || sum > known',
    caught: ['plain', 1],
  },
  {
    name: 'dominated choices are kept, and others dropped',
    find: 'least !== null && sum >= least',
    replace: 'least !== null && sum <= least',
    caught: ['plain', 1],
  },
  {
    name: 'bounds have to reach what the last line states, which need not be the cost of the pruning',
    find: "cost !== this.#optimum) return 'expected the proved optimum to be the cost of the pruning, got another';",
    replace:
      'cost < 0n) return null; else if (this.#bounds!.leastSum(this.#goal, this.#meter)! >= this.#optimum) return null;',
    caught: ['edited', 1],
  },
];

/** What was wrong until it was mended: a piece of neither kind had its norm proved for one structure and its bound taken from another. */
export const OLD_KIND: Mutation = {
  name: 'the old rule: a spectral piece may be of any kind',
  find: 'return `expected a kind of piece, got ${shown',
  replace: 'return lowerBySpectral(bounds, layer, piece); `${shown', // what follows is never reached
  also: { find: 'if (vectors === null) return', replace: 'if (vectors === null) return null; return' },
  caught: ['untyped', 22],
};

/** Mutants of the checker of certificates. */
export const CERTIFICATE_MUTATIONS: readonly Mutation[] = [
  OLD_KIND,
  {
    name: 'norms are believed',
    find: 'if (!isNormProved(layer, piece, scales))',
    replace: 'if (piece.norm <= 0)',
    caught: ['edited', 1],
  },
  {
    name: 'norms may be one thousandth too small',
    find: 'const r = (norm - error) * (1 - 2 ** -52);',
    replace: 'const r = (norm - error) * (1 + 2 ** -10);',
    caught: ['lowered', 4],
  },
  {
    name: 'roundings do not count',
    find: 'return value + gamma(k) * magnitude * MAGNITUDE;',
    replace: 'return value;',
    caught: ['drawn', 3],
  },
  {
    name: 'a product of a zero norm is taken for one of any size',
    find: 'piece.norm * Math.sqrt(topLambda[a]! * topMu[b]!)',
    replace: 'piece.norm * Math.sqrt(topLambda[1]! * topMu[1]!)',
    caught: ['edited', 1],
  },
  {
    name: 'weights of the columns do not count in a bound',
    find: 'const spreadB = spreads(topsAbove(mu), sumH);',
    replace: 'const spreadB = spreads(topsAbove(h), sumH);',
    caught: ['edited', 6],
  },
  {
    name: 'spreads are three times nearer to their points',
    find: 'const value = top - 2 * shift * k + shift * shift * sumG;',
    replace: 'const value = top - 3 * shift * k + shift * shift * sumG;',
    caught: ['searched', 4],
  },
  {
    name: 'the curvature of the columns is half of what it must be',
    find: '((norm * norm) / (4 * h))',
    replace: '((norm * norm) / (8 * h))',
    caught: ['drawn', 2],
  },
  {
    name: 'the constant of a tangent leaves out what the points keep',
    find: 'constant += curve - u[i]! * rowValue[i]!;',
    replace: 'constant += curve - 2 * u[i]! * rowValue[i]!;',
    caught: ['edited', 4],
  },
  {
    name: 'a split has no columns',
    find: 'above(byRows[at]! + byColumns[at]!, rows',
    replace: 'above(byRows[at]!, rows',
    caught: ['drawn', 1],
  },
  {
    name: 'the greatest rows are counted one too few',
    find: 'sum += column[lines - count]!;',
    replace: 'sum += column[lines - count - 1] ?? 0;',
    caught: ['searched', 1],
  },
  {
    name: 'units that may stay cost nothing',
    find: 'let kept = price * mayStay;',
    replace: 'let kept = 0;',
    caught: ['searched', 1],
  },
  {
    name: 'a layer may keep no more than what the least of all leave',
    find: 'const most = mayStay - (leastInAll - least[l]!);',
    replace: 'const most = mayStay - leastInAll;',
    caught: ['searched', 4],
  },
  {
    name: 'a layer adds nothing to what the knapsack keeps',
    find: 'fill[k - units]! + bound',
    replace: 'fill[k - units]!',
    caught: ['searched', 1],
  },
  {
    name: 'the greatest shape of a layer is forgotten',
    find: 'a <= layer.rows - minRows; a++',
    replace: 'a < layer.rows - minRows; a++',
    caught: ['searched', 1],
  },
  {
    name: 'a claimed dual bound is not looked at',
    find: 'if (!(claim.dualBound <= dualBound))',
    replace: 'if (claim.dualBound < 0)',
    caught: ['drawn', 1],
  },
  {
    name: 'a claimed kept bound is not looked at',
    find: 'if (!(claim.keptBound >= keptBound))',
    replace: 'if (claim.keptBound < 0)',
    caught: ['drawn', 1],
  },
  {
    name: 'the dual bound is rounded to nearest',
    find: 'return ceilOf(nearest) <= sum ? nearest : nearest * (1 - 2 ** -53);',
    replace: 'return nearest;',
    caught: ['searched', 5],
  },
];

/** Mutants that take a log made for the purpose: see crafted-logs.ts. */
export const CRAFTED_MUTATIONS: readonly Mutation[] = [
  {
    name: 'sums of rounded importances may be inexact',
    find: "  if (!(total < 2 ** 53)) throw new Fault('expected an exponent that keeps sums exact');",
    replace: '',
  },
  {
    name: 'sums in a tree may reach 2^53',
    find: "    if (!(total < MOST_SUM)) throw new Fault('expected an exponent that keeps sums exact');",
    replace: '',
  },
];

/** Mutants that no forgery catches, and why none can. */
export const HARMLESS_MUTATIONS: readonly (Mutation & { readonly why: string })[] = [
  {
    name: 'units removed are not capped at the target',
    find: 'Math.min(target, before + units)',
    replace: 'before + units',
    why: 'A choice that removes more than the target then leaves no sum at the target: the log is rejected, never accepted.',
  },
  {
    name: 'the roundings of a norm do not count',
    find: 'const diagonal = square - (cholesky + product + 2 ** -48 * square);',
    replace: 'const diagonal = norm * norm;',
    why: 'A norm too small by roundings lowers a bound by less than the margin that the bound adds for its own roundings.',
  },
];
