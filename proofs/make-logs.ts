/*
 * `npx tsx proofs/make-logs.ts`: makes proofs/logs.json anew, the logs that the proved checker and the TypeScript one are compared on.
 *
 * Logs of the solver for small instances of every kind; forgeries made of them by one change each, all for false claims or broken;
 * and random logs of test/reference/proof-logs.ts. The same every time.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ProofChecker } from '../src/certify/index.ts';
import { generate } from '../src/families/index.ts';
import { solveSync } from '../src/solve/solve.ts';
import '../test/methods.ts';
import { exactCost, type Goal, type Instance, makeInstance, type Pruning, sparsityGoal } from '../src/problem/index.ts';
import { bruteForce } from '../test/reference/brute-force.ts';
import { drawFrom, randomLog } from '../test/reference/proof-logs.ts';
import type { StoredLog } from './logs.ts';

const RANDOM_LOGS = 64;
/** Of the forgeries of one log, every so many-th is kept: Coq takes a tenth of a second for each. */
const KEPT_FORGERIES = 3;
let forgeries = 0;
const logs: StoredLog[] = [];

function add(
  name: string,
  honest: boolean,
  instance: Instance,
  goal: Goal,
  pruning: Pruning,
  lines: readonly string[],
) {
  const layers = instance.layers.map(
    ({ name: own, rows, cols, importance, unitsPerEntry, minKeptRows, minKeptColumns }) => {
      const numbers = [...importance];
      return { name: own, rows, cols, importance: numbers, unitsPerEntry, minKeptRows, minKeptColumns };
    },
  );
  const lists = pruning.layers.map((own): [number[], number[]] => [[...own.removedRows], [...own.removedColumns]]);
  logs.push({ name, honest, layers, goal, pruning: lists, lines });
}

const layer = (rows: number, cols: number, importance: number[], more = {}) => ({
  name: '',
  rows,
  cols,
  importance,
  ...more,
});
const named = (layers: ReturnType<typeof layer>[]) =>
  makeInstance(layers.map((one, l) => ({ ...one, name: `layer${l}` })));
const scaled = (rows: number, cols: number, seed: number, exponent: number, more = {}) => {
  const draw = drawFrom(seed);
  return layer(
    rows,
    cols,
    Array.from({ length: rows * cols }, () => draw(9) * 2 ** exponent),
    more,
  );
};

const SOLVED: readonly (readonly [string, Instance, Goal | string])[] = [
  ['half-normal', generate('half-normal', { rows: 5, cols: 6, seed: 1 }), '0.6'],
  ['half-normal, tall', generate('half-normal', { rows: 6, cols: 4, seed: 2 }), '0.6'],
  ['half-normal, with branches', generate('half-normal', { rows: 6, cols: 7, seed: 3 }), '0.5'],
  ['scaled', generate('scaled', { rows: 5, cols: 5, seed: 4 }), '0.7'],
  ['a fixed shape', generate('uniform', { rows: 5, cols: 6, seed: 5 }), { shape: { rows: 2, columns: 2 } }],
  ['a fixed shape, tall', generate('uniform', { rows: 6, cols: 4, seed: 5 }), { shape: { rows: 2, columns: 1 } }],
  ['zeros and ones', generate('integer', { rows: 5, cols: 5, max: 1, seed: 6 }), '0.5'],
  ['ties', generate('integer', { rows: 4, cols: 6, max: 3, seed: 7 }), '0.6'],
  ['nothing but zeros', named([layer(3, 3, new Array(9).fill(0))]), '0.5'],
  ['denormals', named([scaled(3, 4, 8, -149)]), '0.5'],
  ['importances near the largest', named([scaled(3, 4, 9, 124)]), '0.5'],
  ['two layers of different steps', named([scaled(3, 3, 10, 10), scaled(2, 3, 11, -3)]), '0.5'],
  [
    'two layers, units and minima',
    named([scaled(3, 3, 12, 0, { unitsPerEntry: 5, minKeptRows: 1 }), scaled(3, 2, 13, 4, { minKeptColumns: 1 })]),
    '0.6',
  ],
  ['three layers', named([scaled(2, 3, 14, 0), scaled(3, 2, 15, 1), scaled(2, 2, 16, -6)]), '0.5'],
  ['everything', named([scaled(2, 3, 17, 0)]), '1'],
  ['nothing', named([scaled(2, 3, 18, 0)]), '0'],
];

for (const [name, instance, asked] of SOLVED) {
  const goal = typeof asked === 'string' ? sparsityGoal(instance, asked) : asked;
  const parts: string[] = [];
  const { pruning } = solveSync(instance, { method: 'branch-and-bound', goal, onProof: (text) => parts.push(text!) });
  const lines = parts.join('').trimEnd().split('\n');
  add(name, true, instance, goal, pruning!, lines);
  forge(name, instance, goal, pruning!, lines);
}

/** One change each. A claim that a log with a change still proves is not false: it is left out. */
function forge(name: string, instance: Instance, goal: Goal, pruning: Pruning, lines: readonly string[]): void {
  const isRefused = (claimed: Pruning, changed: readonly string[]) => {
    const checker = new ProofChecker(instance, goal);
    for (const line of changed) checker.take(line);
    return checker.verdict(claimed) !== null;
  };
  const offer = (what: string, changed: readonly string[], claimed = pruning) => {
    if (isRefused(claimed, changed) && forgeries++ % KEPT_FORGERIES === 0)
      add(`${name}: ${what}`, false, instance, goal, claimed, changed);
  };
  const { cost } = exactCost(instance, pruning);
  const dearer = solveSync(instance, { method: 'random', goal, seed: 1 }).pruning!;
  const dearerCost = exactCost(instance, dearer).cost;
  if (dearerCost > cost) {
    offer('a dearer pruning', lines, dearer);
    const raised = lines.map((line) => line.replaceAll(`"${cost}"`, `"${dearerCost}"`));
    offer('a dearer pruning, every bound raised to it', raised, dearer);
  }
  const at = lines.findIndex((line) => line.startsWith('{"layer"'));
  offer('nothing but the optimum', [lines[0]!, lines.at(-1)!]);
  offer('cut off', lines.slice(0, -1));
  if (at < 0) return;
  const head = JSON.parse(lines[at]!);
  const withHead = (fields: object) => lines.with(at, JSON.stringify({ ...head, ...fields }));
  offer('a bound twice as high', withHead({ bound: `${2n * BigInt(head.bound)}` }));
  offer('a row twice in the order', withHead({ order: head.order.map(() => 0) }));
  offer('transposed', withHead({ transposed: !head.transposed }));
  offer('a coarse grid', withHead({ exponent: head.exponent + 60 }));
  offer('a low cap', withHead({ capExponent: head.exponent }));
  offer('a smaller shape', withHead({ rows: 0, columns: 0 }));
  const tree = lines.findIndex((line, k) => k > at && !line.startsWith('{'));
  offer('a leaf too many', lines.with(tree, `${lines[tree]}.`));
  offer('a leaf too few', lines.with(tree, lines[tree]!.slice(0, -1)));
  offer('no tree', [...lines.slice(0, at), ...lines.slice(tree + 1)]);
}

// The forgery that the first version accepted.
const regression = new URL('../instances/regression/', import.meta.url);
const readJson = (file: string) => JSON.parse(readFileSync(new URL(file, regression), 'utf8'));
const forged = readJson('forged-bound.json');
const forgedInstance = makeInstance(
  forged.layers.map((one: { importance: number[][] }) => ({ ...one, importance: one.importance.flat() })),
);
const claim = readJson('forged-bound.claim.json').layers.map(
  (one: { removedRows: number[]; removedColumns: number[] }) => ({
    removedRows: Uint32Array.from(one.removedRows),
    removedColumns: Uint32Array.from(one.removedColumns),
  }),
);
const forgedLines = readFileSync(new URL('forged-bound.proof.log', regression), 'utf8').trimEnd().split('\n');
add('forged-bound', false, forgedInstance, { target: forged.target }, { layers: claim }, forgedLines);

// Random ones, as many as there are of each kind: what is accepted, and what is not.
for (let seed = 1, count = 0; count < RANDOM_LOGS; seed++) {
  const { instance, goal, pruning, lines } = randomLog(drawFrom(seed));
  // What the grammar refuses in the first line is not for Coq to see.
  if (!lines[0]!.includes('rcprune-proof') || lines.length < 2) continue;
  const checker = new ProofChecker(instance, goal);
  for (const line of lines) checker.take(line);
  const isAccepted = checker.verdict(pruning) === null;
  if (isAccepted !== (count % 2 === 0)) continue;
  const isOptimal = exactCost(instance, pruning).cost === bruteForce(instance, goal)!.cost;
  if (isAccepted && !isOptimal) throw new Error(`random log ${seed}: a false claim was accepted`);
  add(`random ${seed}`, isAccepted, instance, goal, pruning, lines);
  count++;
}

const text = logs.map((log) => JSON.stringify(log)).join(',\n');
writeFileSync(new URL('./logs.json', import.meta.url), `{"logs":[\n${text}\n]}\n`);
console.log(`${logs.length} logs, ${logs.filter(({ honest }) => honest).length} of them honest`);
