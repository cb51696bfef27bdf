import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { check, type Instance, instanceHash, makeInstance, ProofChecker } from '../../src/check.ts';
import { boundSync } from '../../src/solve/bound.ts';
import { loadMethod } from '../../src/solve/registry.ts';
import { solveSync } from '../../src/solve/solve.ts';
import { isSkipped, missing, withBrowser } from '../report/browser.ts';

/*
 * `rcprune/check` bundled for browsers, where there is neither Node nor, on such a page, shared memory: it must load, and say what it
 * says here.
 */

const importance = Float32Array.from({ length: 12 * 17 }, (_, k) => ((k * 7919) % 101) / 64);
const layer = { name: 'a', rows: 12, cols: 17, importance };
const instance: Instance = makeInstance([layer]);
const goal = { target: 140 };

it.skipIf(isSkipped)(
  'the checker says in a browser what it says in Node',
  async () => {
    const { outputFiles } = await build({
      entryPoints: ['dist/check.js'],
      bundle: true,
      format: 'iife',
      globalName: 'rcprune',
      platform: 'browser',
      write: false,
    });
    const method = await loadMethod('branch-and-bound');
    const lines: string[] = [];
    const onProof = (text: string | null) => lines.push(...text!.trimEnd().split('\n'));
    const { pruning, cost } = solveSync(instance, { method, goal, onProof });
    const [{ removedRows, removedColumns }] = pruning!.layers as [
      { removedRows: Uint32Array; removedColumns: Uint32Array },
    ];
    const { certificate } = boundSync(instance, { goal, incumbent: pruning! });
    const verdict = check(instance, goal, pruning!, { cost: cost! }, certificate);
    const log = new ProofChecker(instance, goal);
    for (const line of lines) log.take(line);
    expect([verdict.reason, log.verdict(pruning!)]).toEqual([null, null]);

    // What JSON cannot hold goes as lists of numbers, and is made vectors again on the page.
    const given = JSON.stringify({
      layer: { ...layer, importance: [...importance] },
      removed: [[...removedRows], [...removedColumns]],
      ...{ goal, cost, lines },
      certificate: JSON.parse(
        JSON.stringify(certificate, (_, v) => (ArrayBuffer.isView(v) ? { f32: [...(v as Float32Array)] } : v)),
      ),
    });
    const page = await open(`<!doctype html><title>check</title><script>${outputFiles[0]!.text}</script><script>
    const given = JSON.parse(${JSON.stringify(given)}, (_, v) => (v !== null && v.f32 ? Float32Array.from(v.f32) : v));
    const instance = rcprune.makeInstance([{ ...given.layer, importance: Float32Array.from(given.layer.importance) }]);
    const [rows, columns] = given.removed.map((list) => Uint32Array.from(list));
    const pruning = { layers: [{ removedRows: rows, removedColumns: columns }] };
    const log = new rcprune.ProofChecker(instance, given.goal);
    for (const line of given.lines) log.take(line);
    window.said = {
      hash: rcprune.instanceHash(instance),
      verdict: rcprune.check(instance, given.goal, pruning, { cost: given.cost }, given.certificate),
      log: log.verdict(pruning),
      isBare: typeof process === 'undefined' && typeof SharedArrayBuffer === 'undefined',
    };
  </script>`);
    expect(await page.evaluate('window.said')).toEqual({
      hash: instanceHash(instance),
      verdict,
      log: null,
      isBare: true,
    });
  },
  120_000,
);

const open = isSkipped ? () => Promise.reject(new Error(missing!)) : withBrowser();
