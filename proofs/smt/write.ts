import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ALGORITHMS, queriesOf, shapesOfSize, targetsOfSize } from './queries.ts';

/*
 * Writes the queries of theorems T1 and T2 as files for any SMT solver, one a choice of OPT; every one is to be `unsat`:
 *
 *   npx tsx proofs/smt/write.ts FOLDER && for f in FOLDER/*.smt2; do z3 "$f"; done | sort | uniq -c
 *
 * With a third word such as 199/100 they ask for that factor instead of 2, ties left out: some are then `sat`.
 */

const [folder, factor = '2/1'] = process.argv.slice(2);
const [numerator, denominator] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(factor)?.slice(1) ?? [];
if (folder === undefined || numerator === undefined || denominator === undefined) {
  console.error('usage: write.ts FOLDER [NUMERATOR/DENOMINATOR]');
  process.exit(2);
}
const options = {
  factor: { numerator: BigInt(numerator), denominator: BigInt(denominator) },
  strict: factor !== '2/1',
};
mkdirSync(folder, { recursive: true });
let written = 0;
for (const size of [3, 4].map((n) => ({ rows: n, cols: n }))) {
  const shapes = shapesOfSize(size).map((shape) => ({ shape }));
  const targets = size.rows === 3 ? targetsOfSize(size).map((target) => ({ target })) : [];
  for (const algorithm of ALGORITHMS) {
    for (const goal of [...shapes, ...targets]) {
      for (const { name, text } of queriesOf(algorithm, size, goal, options)) {
        writeFileSync(path.join(folder, `${name}.smt2`), text);
        written++;
      }
    }
  }
}
console.log(`${folder}: ${written} queries`);
