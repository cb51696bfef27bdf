import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { below, opbText, type PseudoBooleanRow, pseudoBoolean } from '../../proofs/second-opinion/opb.ts';
import { translate } from '../../proofs/second-opinion/translate.ts';
import { makeInstance, makeLayerPruning, meets, type Pruning, requirementOf } from '../../src/problem/index.ts';
import { arbitraryCase } from '../reference/arbitraries.ts';
import { costOf } from '../reference/brute-force.ts';

// What is put to other solvers is the question; test/artifacts holds what came back. The solvers themselves are not asked here.

describe('the pseudo-Boolean program', () => {
  it('holds exactly for the prunings that meet the goal, and its objective is their exact cost', () => {
    const holds = ({ terms, least }: PseudoBooleanRow, values: readonly bigint[]) =>
      terms.reduce((sum, [coefficient, variable]) => sum + coefficient * values[variable]!, 0n) >= least;
    fc.assert(
      fc.property(arbitraryCase({ mostLines: 7, mostLayers: 2 }), ({ instance, goal }) => {
        const requirement = requirementOf(instance, goal);
        const program = pseudoBoolean(instance, requirement);
        const lines = instance.layers.reduce((sum, { rows, cols }) => sum + rows + cols, 0);
        for (let set = 0; set < 2 ** lines; set++) {
          let at = 0;
          const members = (count: number) => Array.from({ length: count }, (_, k) => k).filter(() => (set >> at++) & 1);
          const pruning: Pruning = {
            layers: instance.layers.map((layer) => {
              const removedRows = members(layer.rows);
              return makeLayerPruning(layer, removedRows, members(layer.cols));
            }),
          };
          const values = program.names.map((name) => {
            const [l, first, second] = name.slice(1).split('_').map(Number);
            const { removedRows, removedColumns } = pruning.layers[l!]!;
            if (name[0] === 'y') return removedColumns.includes(first!) ? 1n : 0n;
            return removedRows.includes(first!) || (name[0] === 'z' && removedColumns.includes(second!)) ? 1n : 0n;
          });
          expect(program.rows.every((row) => holds(row, values))).toBe(meets(instance, requirement, pruning));
          const value = program.objective.reduce((sum, weight, k) => sum + weight * values[k]!, 0n);
          expect(value * program.unit).toBe(costOf(instance, pruning));
          expect(holds(below(program, value), values)).toBe(false);
          expect(holds(below(program, value + 1n), values)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is written as a file that pseudo-Boolean solvers read', () => {
    const instance = makeInstance([{ name: 'a', rows: 1, cols: 1, importance: [0.75] }]);
    const program = pseudoBoolean(instance, requirementOf(instance, { target: 1 }));
    expect(opbText(program, [...program.rows.slice(0, 1), below(program, 3n)], true)).toBe(
      '* #variable= 3 #constraint= 2\nmin: +3 x3 ;\n+1 x3 -1 x1 >= 0 ;\n-3 x3 >= -2 ;\n',
    );
  });
});

describe('a refutation', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'rcprune-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const [from, to] = [path.join(folder, 'from'), path.join(folder, 'to')];

  it('is renumbered, rows of the formula first', async () => {
    const lines = [
      'rup >= 0 ;',
      'l 1',
      'l 2',
      'pol 3 2 5 * + x3 2 * + s ',
      'rup +1 x1 >= 1 ;',
      'pol 4 5 + 2 d ',
      'c 6',
    ];
    writeFileSync(from, ['pseudo-Boolean proof version 1.1', ...lines, ''].join('\n'));
    expect(await translate(from, to, 2)).toBe(6);
    expect(readFileSync(to, 'utf8').trimEnd().split('\n')).toEqual([
      'pseudo-Boolean proof version 3.0',
      'f 2 ;',
      'rup >= 0 ;',
      'pol 2 1 5 * + x3 2 * + s ;',
      'rup +1 x1 >= 1 ;',
      'pol 4 5 + 2 d ;',
      'output NONE ;',
      'conclusion UNSAT : 6 ;',
      'end pseudo-Boolean proof ;',
    ]);
  });

  it('is refused without an end, and with steps that are none of these', async () => {
    writeFileSync(from, 'pseudo-Boolean proof version 1.1\nl 1\n');
    await expect(translate(from, to, 1)).rejects.toThrow('a contradiction at the end, got 1 steps without');
    writeFileSync(from, 'pseudo-Boolean proof version 1.1\na +1 x1 >= 1 ;\n');
    await expect(translate(from, to, 1)).rejects.toThrow('expected l, rup, pol or c, got a +1 x1 >= 1 ;');
  });
});
