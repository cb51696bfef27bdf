import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkCertificate, ProofChecker } from '../../src/certify/index.ts';
import { boundSync } from '../../src/index.ts';
import { instanceHash, makeInstance, type Piece } from '../../src/problem/index.ts';
import { bruteForce } from '../reference/brute-force.ts';
import { attackCertificates } from './attack/attack-certificates.ts';
import { attackLogs, honestLogs, LOG_KINDS, type LogKind } from './attack/attack-logs.ts';
import { roundedSplit, roundedTotal } from './attack/crafted-logs.ts';
import { makeDice } from './attack/dice.ts';
import { CERTIFICATE_KINDS, type CertificateKind } from './attack/forge-certificates.ts';
import { judge, type MakeChecker } from './attack/forge-logs.ts';
import { drawVictim } from './attack/instances.ts';
import {
  CERTIFICATE_MUTATIONS,
  CRAFTED_MUTATIONS,
  HARMLESS_MUTATIONS,
  LOG_MUTATIONS,
  loadMutant,
  type Mutation,
  OLD_RULE,
} from './attack/mutants.ts';

/*
 * An attacker as a test: forged proof logs and certificates for false claims, on instances whose optimum is enumerated. None may be
 * accepted. That the attack is worth something is shown by broken checkers, each with one piece of its text replaced: it has
 * to break them. `npm run attack` does the same for as long as one likes; paper-artifacts/attack.csv holds a run of 10^6 logs.
 */

vi.setConfig({ testTimeout: 120_000 });

const SEED = 1001;
const LOGS = 9000;
const CERTIFICATES = 1500;

const present: MakeChecker = (instance, goal) => new ProofChecker(instance, goal);
const traces = Error.stackTraceLimit;
let temporary = '';
let folder = '';

beforeAll(() => {
  Error.stackTraceLimit = 0; // every rejected log is an error inside the checker, and traces are most of what that costs
  temporary = mkdtempSync(path.join(tmpdir(), 'rcprune-mutants-'));
  folder = path.join(temporary, 'node_modules'); // what lies in a folder of this name, vitest leaves to Node: much faster
});
afterAll(() => {
  Error.stackTraceLimit = traces;
  rmSync(temporary, { recursive: true, force: true });
});

describe('the attack', () => {
  it('knows the truth about its instances', () => {
    const dice = makeDice(SEED, 'truth');
    let checked = 0;
    while (checked < 150) {
      const { instance, goal, optimum } = drawVictim(dice, 0.2);
      if (instance.layers.reduce((sum, { rows, cols }) => sum + rows + cols, 0) > 9) continue;
      checked++;
      expect(bruteForce(instance, goal)!.cost).toBe(optimum);
    }
  });

  it(`has none of ${LOGS} forged proof logs accepted`, () => {
    const breaks: unknown[] = [];
    const { counts, instances } = attackLogs(present, SEED, LOGS, ({ kind, forgery, judgement }) => {
      breaks.push({ kind, lines: forgery.lines, ...judgement });
      return breaks.length < 3;
    });
    const sum = (key: 'forgeries' | 'readToEnd' | 'wellFormed') => counts.reduce((all, own) => all + own[key], 0);
    console.log(
      `attack, seed ${SEED}: ${sum('forgeries')} forged logs on ${instances} instances, ${breaks.length} accepted;`,
      `${sum('wellFormed')} well-formed, ${sum('readToEnd')} read to the last line`,
    );
    expect(breaks).toEqual([]);
    expect(sum('forgeries')).toBe(LOGS);
    // Not trivially rejected: of many, only the last step tells that they are false.
    expect(sum('wellFormed')).toBeGreaterThan(LOGS / 2);
    expect(sum('readToEnd')).toBeGreaterThan(LOGS / 10);
  });

  it(`has none of about ${CERTIFICATES} forged certificates accepted for what is false`, () => {
    const breaks: unknown[] = [];
    const { counts, instances } = attackCertificates(checkCertificate, SEED, CERTIFICATES, (found) => {
      // What types forbid may end in an error, but not in a false bound.
      if (found.kind === 'untyped' && found.judgement.isCrash) return true;
      breaks.push({ kind: found.kind, ...found.judgement });
      return breaks.length < 3;
    });
    const sum = (key: 'forgeries' | 'valid' | 'close') => counts.reduce((all, own) => all + own[key], 0);
    console.log(
      `attack, seed ${SEED}: ${sum('forgeries')} certificates on ${instances} instances, ${breaks.length} accepted falsely;`,
      `${sum('valid')} valid, ${sum('close')} within 1% of the truth`,
    );
    expect(breaks).toEqual([]);
    expect(sum('forgeries')).toBeGreaterThan(CERTIFICATES * 0.9);
    expect(sum('close')).toBeGreaterThan(CERTIFICATES / 8);
  });

  it('sees the honest logs of the solver accepted, started anywhere, and right', () => {
    const wrong: string[] = [];
    const counts = honestLogs(present, SEED, 200, (_, what) => wrong.push(what));
    console.log(`attack, seed ${SEED}: ${counts.logs} honest logs, ${counts.rejected} rejected`);
    expect(wrong).toEqual([]);
    expect(counts.logs).toBeGreaterThanOrEqual(200);
  });
});

describe('logs made by hand for checkers whose sums are rounded', () => {
  it.each([
    [CRAFTED_MUTATIONS[0]!.name, CRAFTED_MUTATIONS[0]!, roundedTotal],
    [CRAFTED_MUTATIONS[1]!.name, CRAFTED_MUTATIONS[1]!, roundedSplit],
  ] as const)('catch: %s', async (_, mutation, craft) => {
    const { victim, lines, pruning } = craft(makeDice(SEED, 'crafted'));
    expect(judge(present, victim, lines, pruning).fault).toMatch(/expected an exponent that keeps sums exact/);
    const { ProofChecker: Mutant } = await loadMutant(folder, mutation);
    const broken: MakeChecker = (instance, goal) => new Mutant(instance, goal);
    expect(judge(broken, victim, lines, pruning).fault).toBeNull();
  });
});

/** Where a mutant was caught before, then elsewhere: a checker that is written anew answers a climb in another way. */
function* tries<Kind extends string>({ caught }: Mutation, kinds: readonly Kind[]): Generator<[Kind, number]> {
  if (caught !== undefined) yield [caught[0] as Kind, caught[1]];
  for (let seed = 1; seed <= 24; seed++) for (const kind of kinds) yield [kind, seed];
}

const catchesLog = async (mutation: Mutation, limit = Infinity): Promise<number | null> => {
  const { ProofChecker: Mutant } = await loadMutant(folder, mutation);
  const broken: MakeChecker = (instance, goal) => new Mutant(instance, goal);
  let tried = 0;
  for (const [kind, seed] of tries<LogKind>(mutation, LOG_KINDS)) {
    let isCaught = false;
    const { counts } = attackLogs(
      broken,
      seed,
      160,
      ({ judgement }) => {
        isCaught = !judgement.isCrash; // a mutant that throws has accepted nothing
        return !isCaught;
      },
      [kind],
    );
    tried += counts[0]!.forgeries;
    if (isCaught) return tried;
    if (tried >= limit) break;
  }
  return null;
};

const catchesCertificate = async (mutation: Mutation, limit = Infinity): Promise<number | null> => {
  const { checkCertificate: broken } = await loadMutant(folder, mutation);
  let tried = 0;
  for (const [kind, seed] of tries<CertificateKind>(mutation, CERTIFICATE_KINDS)) {
    let isCaught = false;
    const isMissed = ({ judgement }: { judgement: { isFalse: boolean } }) => {
      isCaught = judgement.isFalse;
      return !isCaught;
    };
    const { counts } = attackCertificates(broken, seed, 192, isMissed, [kind]);
    tried += counts[0]!.forgeries;
    if (isCaught) return tried;
    if (tried >= limit) break;
  }
  return null;
};

describe('a checker that is broken on purpose', () => {
  it('is the present one where nothing is replaced', async () => {
    const { ProofChecker: Copy } = await loadMutant(folder, null);
    const copy: MakeChecker = (instance, goal) => new Copy(instance, goal);
    const accepted: unknown[] = [];
    const run = (make: MakeChecker) => attackLogs(make, 7, 300, (found) => accepted.push(found) < 1).counts;
    expect(run(copy)).toEqual(run(present));
    expect(accepted).toEqual([]);
  });

  it('falls to a false proof, all of it, by the old rule', async () => {
    const { ProofChecker: Mutant } = await loadMutant(folder, OLD_RULE);
    let proofs = 0;
    attackLogs(
      (instance, goal) => new Mutant(instance, goal),
      SEED,
      LOGS,
      ({ judgement }) => {
        if (judgement.fault === null) proofs++;
        return proofs === 0;
      },
      ['plain'],
    );
    expect(proofs).toBe(1);
  });

  it.each(LOG_MUTATIONS.map((mutation) => [mutation.name, mutation] as const))('is caught: %s', async (_, mutation) => {
    expect(await catchesLog(mutation)).not.toBeNull();
  });

  it.each(CERTIFICATE_MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    'is caught: %s',
    async (_, mutation) => {
      expect(await catchesCertificate(mutation)).not.toBeNull();
    },
  );

  it.each(HARMLESS_MUTATIONS.map((mutation) => [mutation.name, mutation] as const))(
    'does no harm: %s',
    async (_, mutation) => {
      expect(mutation.why).not.toBe('');
      const found = (await catchesLog(mutation, 160)) ?? (await catchesCertificate(mutation, 192));
      expect(found).toBeNull();
    },
  );
});

describe('what was found', () => {
  const read = (name: string) => JSON.parse(readFileSync(new URL(`attack/${name}`, import.meta.url), 'utf8'));

  it('a spectral piece of a kind that there is not proves nothing', () => {
    const { layer, shape, piece, optimum } = read('found-unknown-kind.json');
    const instance = makeInstance([layer]);
    const goal = { shape };
    expect(Number(bruteForce(instance, goal)!.cost) / 2 ** 149).toBe(optimum);
    const vectors = ['rowPart', 'columnPart', 'rowWeights', 'columnWeights'].map((name) => {
      return [name, Float32Array.from(piece[name])] as const;
    });
    const lie = { ...piece, ...Object.fromEntries(vectors), tangents: [] } as Piece;
    const verdict = checkCertificate(instance, goal, {
      instanceHash: instanceHash(instance),
      goal,
      price: 0,
      layers: [[lie]],
      claim: { dualBound: 0, keptBound: Infinity },
    });
    expect(verdict).toMatchObject({ valid: false, reason: expect.stringMatching(/expected a kind of piece/) });
  });

  it('a search for bounds claims no more than the checker takes, where one layer counts 2^40 units an entry', () => {
    const { layers, goal } = read('found-rejected-bound.json');
    const instance = makeInstance(layers);
    const { certificate, dualBound } = boundSync(instance, { goal, workLimit: 4 });
    expect(checkCertificate(instance, goal, certificate)).toMatchObject({ valid: true, dualBound });
  });

  it('a first line that nests 20,000 deep is answered', () => {
    const dice = makeDice(SEED, 'deep');
    const victim = drawVictim(dice);
    const line = `{"format":"rcprune-proof","version":1,"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect(judge(present, victim, [line], victim.best)).toMatchObject({
      isCrash: false,
      fault: expect.stringMatching(/expected a proof log/),
    });
  });
});
