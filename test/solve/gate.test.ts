import { beforeEach, describe, expect, it } from 'vitest';
import { checkCertificate } from '../../src/certify/index.ts';
import { generate } from '../../src/families/index.ts';
import { solveSync } from '../../src/solve/solve.ts';
import '../methods.ts';
import {
  BrokenPromise,
  type Certificate,
  exactCost,
  type Goal,
  type Instance,
  makeInstance,
  type Pruning,
  sparsityGoal,
} from '../../src/problem/index.ts';
import { boundSync } from '../../src/solve/bound.ts';
import { AT_ONCE, checkingWork, settle, settleCertificate, verified } from '../../src/solve/gate.ts';

let instance: Instance;
let goal: Goal;
let pruning: Pruning;
let certificate: Certificate;
let dualBound: number;
// Before each, not once: the set-up passes the gate itself, and Vitest skips the tests of a file whose beforeAll throws.
beforeEach(() => {
  instance = generate('half-normal', { rows: 10, cols: 14, layers: 2, seed: 7 });
  goal = sparsityGoal(instance, '0.6');
  pruning = solveSync(instance, { method: 'alternating', goal }).pruning!;
  ({ certificate, dualBound } = boundSync(instance, { goal, incumbent: pruning }));
});

const boast = (factor: number): Certificate => ({
  ...certificate,
  claim: { ...certificate.claim, dualBound: factor * certificate.claim.dualBound },
});
const settled = (answer: Partial<Parameters<typeof settle>[4]>, mostWork?: number) =>
  settle(instance, goal, 'some', 3, { pruning, ...answer }, mostWork);

describe('the gate', () => {
  it('states what the checker verified of a certificate', () => {
    const result = settled({ certificate });
    expect(result).toMatchObject({ method: 'some', seed: 3, status: 'feasible', provedBy: 'certificate', dualBound });
    expect(result.gap).toBe((result.cost! - dualBound) / result.cost!);
    expect(result).not.toHaveProperty('claimedBound');
    expect(dualBound).toBe(checkCertificate(instance, goal, certificate).dualBound);
    expect(dualBound).toBeGreaterThanOrEqual(certificate.claim.dualBound);
  });

  it('states nothing of what was too much work to verify, or failed: that is a claim', () => {
    const own = { dualBound: exactCost(instance, pruning).cost / 3n };
    const plain = settled(own);
    expect(plain.provedBy).toBe('exact-arithmetic');
    const work = checkingWork(instance, certificate);
    const unverified = { ...plain, certificate, claimedBound: certificate.claim.dualBound };
    expect(settled({ ...own, certificate }, work - 1)).toEqual(unverified);
    expect(settled({ ...own, certificate }, work).provedBy).toBe('certificate');
    const refused = boast(1.001);
    const claimedBound = refused.claim.dualBound;
    expect(settled({ ...own, certificate: refused })).toEqual({ ...plain, certificate: refused, claimedBound });
  });

  it('takes a certificate for a result that had none', () => {
    const plain = settled({});
    expect(settleCertificate(instance, goal, plain, certificate)).toEqual(settled({ certificate }));
    expect(settleCertificate(instance, goal, plain, certificate, 0)).toEqual(settled({ certificate }, 0));
  });

  it('lets no pruning pass that is none, or does not meet the goal', () => {
    const none = { removedRows: new Uint32Array(0), removedColumns: new Uint32Array(0) };
    expect(() => settled({ pruning: { layers: [none] } })).toThrow('some: expected 2 layers, got 1');
    const short = () => settled({ pruning: { layers: [none, none] } });
    expect(short).toThrow('some: expected at least 168 units removed, got 0');
    expect(short).toThrow(BrokenPromise);
    const layers = instance.layers.map((layer) => ({ ...layer, minKeptRows: 10 }));
    const kept = { pruning: { layers: [{ ...none, removedRows: Uint32Array.of(0) }, none] } };
    const forbidden = () => settle({ layers }, { target: 14 }, 'some', 3, kept);
    expect(forbidden).toThrow('some: expected a shape that the goal and the minima allow');
    const twice = { ...none, removedRows: Uint32Array.of(0, 0) };
    expect(() => settled({ pruning: { layers: [twice, none] } })).toThrow('strictly ascending indices from 0 to 9');
  });

  it('lets no bound pass that a pruning refutes', () => {
    const { cost } = exactCost(instance, pruning);
    expect(settled({ dualBound: cost })).toMatchObject({ status: 'optimal', gap: 0, guarantee: 1 });
    expect(() => settled({ dualBound: cost + 1n })).toThrow('expected a lower bound of at most the cost');
  });

  it('needs no pruning', () => {
    const result = settled({ pruning: null, certificate });
    expect(result).toMatchObject({ status: 'unknown', pruning: null, dualBound, provedBy: 'certificate', gap: null });
  });
});

describe('checkingWork', () => {
  it('is what the norms take, nearly: the square of the shorter side times the longer', () => {
    const trivial = boundSync(instance, { goal, workLimit: 0 }).certificate;
    expect(checkingWork(instance, trivial)).toBe(280);
    const piece = certificate.layers[0]!.find((one) => 'norm' in one)!;
    const one = { ...certificate, layers: [[{ ...piece, tangents: [] }], []] } as Certificate;
    expect(checkingWork(instance, one)).toBe(280 + 10 * 10 * 14);
    const sorted = 2 * 140 * 8; // of 140 entries: twice 140 log 140
    const lines = { ...certificate, layers: [[{ kind: 'rows' }], [{ kind: 'columns' }]] } as Certificate;
    expect(checkingWork(instance, lines)).toBe(280 + 2 * sorted);
    const tangents = { ...certificate, layers: [[{ ...piece, tangents: [{}, {}] }], []] } as unknown as Certificate;
    expect(checkingWork(instance, tangents)).toBe(280 + 10 * 10 * 14 + 2 * sorted);
    expect(verified(instance, goal, certificate, checkingWork(instance, certificate) - 1)).toBeNull();
    expect(checkingWork(instance, certificate)).toBeLessThan(AT_ONCE);
  });

  it('counts the bits of the number of entries for sorting them: 8 for 128', () => {
    const layer = { name: 'one', rows: 8, cols: 16, importance: new Float32Array(128) };
    const lines = { ...certificate, layers: [[{ kind: 'rows' }]] } as Certificate;
    expect(checkingWork(makeInstance([layer]), lines)).toBe(128 + 2 * 128 * 8);
  });
});
