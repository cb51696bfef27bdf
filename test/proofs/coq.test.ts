import { beforeAll, describe, expect, it } from 'vitest';
import { parseExactBounds, readExamples } from '../../proofs/certificates.ts';
import {
  assumptionsOf,
  axiomsOf,
  CLOSED,
  type Compiled,
  compile,
  coqVersion,
  INSTALL,
  objections,
  readSources,
  recheck,
  sourceOf,
  statementsOf,
  theoremsOf,
} from '../../proofs/coq.ts';
import {
  ALGORITHMS,
  type Answers,
  type Lines,
  type Matrix,
  matricesSource,
  parseAnswers,
  readMatrices,
} from '../../proofs/evaluation.ts';
import { instanceOfLog, parseVerdicts, pruningOfLog, readLogs } from '../../proofs/logs.ts';
import { checkCertificate, ProofChecker } from '../../src/certify/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import { leastChoice } from '../../src/knapsack/least-choice.ts';
import {
  type Certificate,
  type Goal,
  type Instance,
  instanceHash,
  makeInstance,
  unitCount,
} from '../../src/problem/index.ts';

/*
 * The proofs as tests: the .v files compile, nothing in them is assumed, and the TypeScript functions answer as the proved
 * list programs do inside Coq.
 */

const sources = readSources();
const isInstalled = coqVersion() !== null;
/** CI sets this, so that a machine without Coq cannot pass in silence. */
const isRequired = process.env.RCPRUNE_REQUIRE_PROOFS === '1';
const missing = `Coq is not installed, run ${INSTALL}`;

if (!isInstalled) console.warn(`machine-checked proofs skipped: ${missing}`);

const layerOf = ({ name, rows, ...rest }: Matrix, copy = '') => ({
  name: `${name}${copy}`,
  rows: rows.length,
  cols: rows[0]!.length,
  importance: rows.flat(),
  ...rest,
});

const data = readMatrices();
const instances = data.matrices.map((matrix) => makeInstance([layerOf(matrix)]));
const networks = data.networks.map((names) =>
  makeInstance(names.map((name, l) => layerOf(data.matrices.find((one) => one.name === name)!, ` ${l}`))),
);

describe('sources', () => {
  it('are proofs: no axiom, nothing admitted, every file reached, every theorem listed', () => {
    expect(objections(sources)).toEqual([]);
    expect(sources.length).toBeGreaterThan(10);
    expect(statementsOf(sources).length).toBeGreaterThan(60);
  });

  it.each([
    ['Theorem t : False.\nProof. Admitted.', 'Extra.v: Admitted'],
    ['Axiom t : False.', 'Extra.v: Axiom'],
    ['Parameters t u : nat.', 'Extra.v: Parameters'],
    ['Unset Guard Checking.', 'Extra.v: Unset Guard Checking'],
    ['Lemma t : True. Proof. exact I. Qed.', 'Extra.v: not reached'],
    ['Theorem t : True.\nProof. exact I. Qed.', 'Statements.v: Extra.t is missing'],
  ])('would not be with %s', (text, objection) => {
    expect(objections([...sources, sourceOf('Extra', text)])).toContain(objection);
  });

  it('may say Axiom in a comment, also a nested one', () => {
    const found = objections([...sources, sourceOf('Extra', '(* Axiom (* Admitted *) admit *)')]);
    expect(found).toEqual(['Extra.v: not reached']);
  });

  it('write every matrix down for Coq', () => {
    const text = matricesSource();
    expect(text.match(/\(\d+, \d+, \d+, \[::/g)).toHaveLength(data.matrices.length);
    expect(text).toContain('(1, 0, 0, [:: [:: 1024 0 0]'.replaceAll(/(\d) (?=\d)/g, '$1; '));
    expect(text).not.toContain('-1');
  });
});

describe.skipIf(!isInstalled && !isRequired)(`machine-checked proofs${isInstalled ? '' : ` (${missing})`}`, () => {
  let files: readonly Compiled[];
  let answers: Answers;
  const output = (name: string) => files.find((file) => file.name === name)!.output;

  beforeAll(async () => {
    if (!isInstalled) throw new Error(`RCPRUNE_REQUIRE_PROOFS forbids to skip: ${missing}`);
    files = await compile(sources);
    answers = parseAnswers(output('Evaluate'));
  }, 600_000);

  it('compile', () => {
    expect(files.map(({ name }) => name)).toEqual(sources.map(({ name }) => name));
  });

  it('rest on nothing but the definitions', () => {
    const listed = assumptionsOf(sources, output('Statements'));
    const theorems = sources.flatMap(({ name, text }) => theoremsOf(text).map((theorem) => `${name}.${theorem}`));
    expect(listed.map(({ file, theorem }) => `${file}.${theorem}`).sort()).toEqual(theorems.sort());
    for (const { theorem, assumptions } of listed) expect(assumptions, theorem).toBe(CLOSED);
  });

  it('pass Coq’s independent checker, which finds no axiom of ours', { timeout: 300_000 }, async () => {
    const axioms = axiomsOf(await recheck(sources));
    expect(axioms.filter((axiom) => axiom.startsWith('RCPrune.'))).toEqual([]);
  });

  it('asked every algorithm at every shape and target', () => {
    expect(answers.atShapes).toHaveLength(instances.length);
    expect(answers.atTargets).toHaveLength(instances.length);
    expect(answers.networkPrices).toHaveLength(networks.length);
    for (const asked of [answers.atShapes, answers.atTargets, answers.networkPrices].flat()) {
      expect(asked).toHaveLength(ALGORITHMS.length);
    }
  });

  /** What the TypeScript method removes, in the form of Coq's answer. */
  const linesOf = (instance: Instance, method: string, goal: Goal): Lines => {
    const { pruning } = solveSync(instance, { method, goal });
    if (pruning === null) return [];
    const { removedRows, removedColumns } = pruning.layers[0]!;
    return [[...removedRows], [...removedColumns]];
  };

  it.each(data.matrices.map(({ name }, k) => ({ name, k })))('$name: the same lines at every shape', ({ k }) => {
    const instance = instances[k]!;
    const { rows, cols, minKeptRows, minKeptColumns } = instance.layers[0]!;
    ALGORITHMS.forEach((method, a) => {
      const expected = answers.atShapes[k]![a]!;
      let asked = 0;
      for (let r = 0; r <= rows - minKeptRows; r++) {
        for (let c = 0; c <= cols - minKeptColumns; c++) {
          const shape = { rows: r, columns: c };
          expect(linesOf(instance, method, { shape }), `${method} at ${r}, ${c}`).toEqual(expected[asked++]);
        }
      }
      expect(expected).toHaveLength(asked);
    });
  });

  it.each(data.matrices.map(({ name }, k) => ({ name, k })))('$name: the same lines for every target', ({ k }) => {
    const instance = instances[k]!;
    ALGORITHMS.forEach((method, a) => {
      const expected = answers.atTargets[k]![a]!;
      expect(expected).toHaveLength(unitCount(instance) + 2);
      expect(expected.at(-1)).toEqual([]); // more units than there are
      expected.forEach((lines, target) => {
        expect(linesOf(instance, method, { target }), `${method} for ${target}`).toEqual(lines);
      });
    });
  });

  // Choices of equal price may differ: the TypeScript knapsack meets shapes in the order of their reduced costs.
  it.each(data.networks.map((names, k) => ({ name: names.join(', '), k })))(
    '$name: the same total price for every target',
    ({ k }) => {
      const instance = networks[k]!;
      ALGORITHMS.forEach((method, a) => {
        const expected = answers.networkPrices[k]![a]!;
        expect(expected).toHaveLength(unitCount(instance) + 2);
        expected.forEach((price, target) => {
          const result = solveSync(instance, { method, goal: { target } });
          // The dual bound is half of the price.
          const found = result.pruning === null ? [] : [2 * result.dualBound!];
          expect(found, `${method} for ${target}`).toEqual(price);
        });
      });
    },
  );

  it('leastChoice takes the same options, ties included', () => {
    expect(answers.knapsacks).toHaveLength(data.tables.length);
    data.tables.forEach(({ target, layers }, k) => {
      const options = layers.map((layer) => layer.map(([units, cost]) => ({ units, cost: BigInt(cost) })));
      const chosen = leastChoice(options, target).map(({ units, cost }) => [units, Number(cost)]);
      expect(chosen).toEqual(answers.knapsacks[k]);
    });
  });

  const examples = readExamples();

  it.each(examples.map(({ name }, k) => ({ name, k })))(
    '$name: the bounds of the proved rule, rounded outward',
    ({ k }) => {
      const { exponent, price, goal, layers } = examples[k]!;
      const scaled = (rows: readonly (readonly number[])[]) => Float32Array.from(rows.flat(), (x) => x * 2 ** exponent);
      const instance = makeInstance(
        layers.map(({ pieces: _, rows, ...rest }, l) => {
          return { ...rest, name: `${l}`, rows: rows.length, cols: rows[0]!.length, importance: scaled(rows) };
        }),
      );
      const certificate: Certificate = {
        instanceHash: instanceHash(instance),
        goal,
        price: price * 2 ** exponent,
        layers: layers.map(({ pieces }) =>
          pieces.map((piece) =>
            piece.kind === 'split' ? { kind: 'split', columnShare: scaled(piece.columnShare) } : { kind: piece.kind },
          ),
        ),
        claim: { dualBound: 0, keptBound: Infinity },
      };
      const { valid, keptBound, dualBound } = checkCertificate(instance, goal, certificate);
      const proved = parseExactBounds(output('EvaluateCertificates'));
      expect(proved).toHaveLength(examples.length);
      expect(valid).toBe(proved[k] !== null);
      if (proved[k] === null) return;
      const step = 2 ** exponent;
      const expected = { kept: Number(proved[k]!.keptBound) * step, dual: Number(proved[k]!.dualBound) * step };
      const total = instance.layers.reduce((sum, { importance }) => sum + importance.reduce((a, b) => a + b, 0), 0);
      expect(keptBound!).toBeGreaterThanOrEqual(expected.kept);
      expect(keptBound!).toBeLessThanOrEqual(expected.kept * (1 + 1e-12));
      expect(dualBound!).toBeLessThanOrEqual(expected.dual);
      expect(dualBound!).toBeGreaterThanOrEqual(expected.dual - 1e-12 * total);
    },
  );

  it('the checker of proof logs gives the verdicts of the proved one, on honest logs and on forged ones', () => {
    const logs = readLogs();
    const verdicts = parseVerdicts(output('EvaluateLogs'));
    expect(verdicts).toHaveLength(logs.length);
    for (const [k, log] of logs.entries()) {
      const checker = new ProofChecker(instanceOfLog(log), log.goal);
      for (const line of log.lines) checker.take(line);
      const fault = checker.verdict(pruningOfLog(log));
      expect(fault === null, `${log.name}: ${fault}`).toBe(verdicts[k]);
      expect(verdicts[k], log.name).toBe(log.honest);
    }
    expect(logs.filter(({ honest }) => honest).length).toBeGreaterThan(40);
    expect(logs.filter(({ honest }) => !honest).length).toBeGreaterThan(40);
  });
});
