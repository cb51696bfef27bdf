import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  goalOfEntry,
  type Library,
  type LibraryEntry,
  type Made,
  madeOf,
  readLibrary,
  writeLibrary,
} from '../../src/benchmark/library.ts';
import { store } from '../../src/benchmark/library-files.ts';
import { discardOld, improveEntry, type Offer, sealed } from '../../src/benchmark/library-improve.ts';
import { verifyEntry } from '../../src/benchmark/library-verify.ts';
import { boundSync, type Instance, loadMethods, solveSync, writeInstance, writePruning } from '../../src/index.ts';
import { temporaryFolder } from '../temporary.ts';

const all = await loadMethods();

const SHIPPED = fileURLToPath(new URL('../../instances/library.json', import.meta.url));
const inFolder = temporaryFolder();
const noNetwork = () => Promise.reject(new Error('no network is read here'));
const options = { readNetwork: noNetwork };
const improving = { ...options, version: '1.2.3', date: '2026-01-31' };

/** Offers what one method finds, with everything it proves. */
const found = (method: string, workLimit?: number) =>
  async function* ({ instance, goal, pruning }: Made & { pruning: Parameters<typeof writePruning>[2] | null }) {
    let log = '';
    const onProof = (text: string | null) => {
      log += text ?? '';
    };
    const start = pruning ?? undefined;
    const { uses = [] } = all.find(({ name }) => name === method)!;
    const given = { ...(uses.includes('start') ? { start } : {}), ...(uses.includes('proof') ? { onProof } : {}) };
    const result = solveSync(instance, { method, goal: goal!, workLimit, ...given });
    const file = inFolder(`${method}.log`);
    writeFileSync(file, log);
    const offer: Offer = {
      pruning: result.pruning,
      certificate: result.certificate,
      log: method === 'branch-and-bound' && result.status === 'optimal' ? file : null,
      method,
      seed: 1,
      work: result.work,
      hasStarted: pruning !== null,
    };
    yield offer;
  };

/** One offer of parts. */
const offered = (parts: Partial<Offer>) =>
  async function* (): AsyncGenerator<Offer> {
    const nothing = { pruning: null, certificate: null, log: null, seed: null, work: null, hasStarted: false };
    yield { ...nothing, method: 'somebody', ...parts };
  };

const DRAFTS: LibraryEntry[] = [
  {
    name: 'proved',
    category: 'hard',
    about: 'closed by a stored log; stored and generated',
    file: 'library/proved.json',
    source: { kind: 'family', family: 'half-normal', rows: 12, cols: 14, layers: 1, seed: 3 },
    goal: { sparsity: '0.6' },
  },
  {
    name: 'certified',
    category: 'easy',
    about: 'open, with a certificate',
    source: { kind: 'family', family: 'scaled', rows: 24, cols: 30, strength: 0.5, seed: 2 },
    goal: { target: 500 },
  },
  {
    name: 'shaped',
    category: 'tight',
    about: 'a shape is asked for',
    source: { kind: 'worst-case', algorithm: 'residual', epsilon: 0.125, fixedShape: true },
    goal: { shape: { rows: 1, columns: 1 } },
  },
  {
    name: 'graph',
    category: 'reduction',
    about: 'a triangle',
    source: { kind: 'reduction', question: 'clique', graph: 'graphs/butterfly.clq', size: 3 },
    goal: { target: 39 },
  },
];
const BUTTERFLY = 'p edge 5 6\ne 1 2\ne 1 3\ne 2 3\ne 3 4\ne 3 5\ne 4 5\n';
const METHODS: Record<string, string> = { certified: 'residual', graph: 'enumerate' };

/** A library of four entries, made by the code under test. */
let library: Library;
const entryOf = (name: string) => library.entries.find((entry) => entry.name === name)!;
const instanceOf = async (entry: LibraryEntry) => (await madeOf(library, entry, noNetwork))!.instance;
const outcomeOf = async (entry: LibraryEntry) => verifyEntry(library, entry, options);

beforeAll(async () => {
  for (const folder of ['records', 'library', 'graphs']) mkdirSync(inFolder(folder));
  writeFileSync(inFolder('graphs/butterfly.clq'), BUTTERFLY);
  library = { file: inFolder('library.json'), folder: path.dirname(inFolder('x')), entries: DRAFTS };
  await writeInstance(inFolder('library/proved.json'), await instanceOf(DRAFTS[0]!));
  const entries: LibraryEntry[] = [];
  for (const draft of DRAFTS) {
    const method = METHODS[draft.name] ?? 'branch-and-bound';
    entries.push((await improveEntry(library, draft, improving, found(method)))!);
  }
  library = { ...library, entries };
  await writeLibrary(library);
});

describe('the shipped library', { timeout: 120_000 }, () => {
  it('is true where checking is cheap', async () => {
    const shipped = await readLibrary(SHIPPED);
    expect(shipped.entries.filter(({ record }) => record === undefined)).toEqual([]);
    const cheap = shipped.entries.filter(({ record }) => record!.entries <= 600);
    expect(cheap.length).toBeGreaterThan(20);
    for (const entry of cheap) {
      expect(await verifyEntry(shipped, entry, options), entry.name).toMatchObject({ outcome: 'valid', reason: null });
    }
  });
});

describe('a record', () => {
  it('of every kind of evidence is valid as made, and survives a round trip', async () => {
    const read = await readLibrary(library.file);
    expect(read.entries).toEqual(library.entries);
    for (const entry of read.entries) expect(await outcomeOf(entry)).toMatchObject({ outcome: 'valid', reason: null });
    const states = read.entries.map(({ record }) => [record!.status, record!.evidence.kind]);
    expect(states).toEqual([
      ['closed', 'proof'],
      ['open', 'certificate'],
      ['closed', 'proof'],
      ['open', 'certificate'],
    ]);
    expect(await outcomeOf(DRAFTS[0]!)).toMatchObject({ outcome: 'invalid', reason: /--improve/ });
  });

  it('that is closed by a search is searched again, and a wrong claim of one is refused', async () => {
    const { record, ...entry } = entryOf('proved');
    const evidence = { kind: 'search', method: 'branch-and-bound' } as const;
    expect(await outcomeOf(sealed({ ...entry, record: { ...record!, evidence } }))).toMatchObject({ outcome: 'valid' });
    const open = entryOf('certified');
    const { cost, kept } = open.record!;
    const claimed = { ...open.record!, evidence, status: 'closed', dualBound: cost, keptBound: kept } as const;
    const { reason } = await outcomeOf(sealed({ ...open, record: claimed }));
    expect(reason).toMatch(/no pruning costs less/);
  });

  it('that is changed in any field is rejected', async () => {
    let changes = 0;
    for (const entry of library.entries) {
      for (const [place, changed] of mutations(entry)) {
        changes++;
        expect(await isRejected(changed), `${entry.name}: ${place}`).toBe(true);
      }
    }
    expect(changes).toBeGreaterThan(250);
  });

  it('that is changed in any field but provenance and prose is rejected although its digest fits', async () => {
    // True as well: without the stored copy of what is generated, or the other way round, and one layer is the default.
    const free =
      /^(category|about|(file|source|source.layers) left out|record\.(foundBy|provedBy|effort|digest|check))/;
    for (const entry of library.entries) {
      for (const [place, changed] of mutations(entry)) {
        // Commands are renewed like the digest; a name shows in the commands alone.
        if (free.test(place) || place === 'name') continue;
        const whole = isDefinition(changed) ? resealed(changed) : changed;
        expect(await isRejected(whole), `${entry.name}: ${place}`).toBe(true);
      }
    }
  });

  it('whose files are changed is rejected, also when they are pinned again', async () => {
    for (const name of ['proved', 'certified']) {
      const { record } = entryOf(name);
      const { evidence } = record!;
      for (const stored of [record!.pruning, evidence as { file: string }]) {
        const file = inFolder(stored.file);
        const bytes = readFileSync(file);
        for (const at of [40, bytes.length >> 1, bytes.length - 3]) {
          const changed = Uint8Array.from(bytes);
          changed[at]! ^= 1;
          writeFileSync(file, changed);
          expect((await outcomeOf(entryOf(name))).reason, `${stored.file}: byte ${at}`).toMatch(/SHA-256/);
        }
        writeFileSync(file, bytes);
      }
      expect(await outcomeOf(entryOf(name))).toMatchObject({ outcome: 'valid' });
    }
    // Another pruning, pinned: a dearer one is not what the record says, and one that misses the target is none.
    const entry = entryOf('certified');
    const instance = await instanceOf(entry);
    const lines = (n: number) => Uint32Array.from({ length: n }, (_, k) => k);
    for (const [rows, reason] of [
      [20, /cost/],
      [2, /units removed/],
    ] as const) {
      const pruning = { layers: [{ removedRows: lines(rows), removedColumns: lines(0) }] };
      await writePruning(inFolder('other.json'), instance, pruning, {});
      const stored = await store(library.folder, 'other', 'pruning.json', inFolder('other.json'));
      const changed = sealed({ ...entry, record: { ...entry.record!, pruning: stored } });
      expect((await outcomeOf(changed)).reason).toMatch(reason);
    }
  });

  it('that belongs to a package that is not installed is unavailable, not valid', async () => {
    const { file: _, ...entry } = entryOf('certified');
    const source = { kind: 'network', package: 'no-such-package', model: 'model.json' } as const;
    expect(await outcomeOf(sealed({ ...entry, source }))).toMatchObject({ outcome: 'unavailable' });
  });

  it('names no file outside its folder', async () => {
    for (const file of ['../library.json', '/etc/passwd', 'records/../../x', 'a/.hidden', '']) {
      const entries = [{ ...DRAFTS[0], file }];
      writeFileSync(inFolder('hostile.json'), JSON.stringify({ format: 'rcprune-library', version: 1, entries }));
      await expect(readLibrary(inFolder('hostile.json')), file).rejects.toThrow(/entries\.0\.file/);
    }
  });
});

describe('improving', () => {
  it('takes a cheaper pruning and a stronger bound, keeps the old files until told, and never gets worse', async () => {
    const entry = entryOf('certified');
    const offer = found('alternating');
    const cheaper = (await improveEntry(library, entry, improving, found('best', 5)))!;
    const [before, after] = [entry.record!, cheaper.record!];
    expect(after.cost).toBeLessThanOrEqual(before.cost);
    expect(after.dualBound).toBeGreaterThan(before.dualBound);
    expect(after.provedBy).toMatchObject({ method: 'best', version: '1.2.3', date: '2026-01-31', from: before.cost });
    expect(await outcomeOf(cheaper)).toMatchObject({ outcome: 'valid' });
    expect(await outcomeOf(entry)).toMatchObject({ outcome: 'valid' }); // a crash here loses nothing

    expect(await improveEntry(library, cheaper, improving, offer)).toBe(cheaper);
    const instance = await instanceOf(entry);
    const goal = goalOfEntry(entry, instance);
    const weak = boundSync(instance, { goal, workLimit: 0 }).certificate;
    expect(await improveEntry(library, cheaper, improving, offered({ certificate: weak }))).toBe(cheaper);

    const closed = (await improveEntry(library, cheaper, improving, found('branch-and-bound')))!;
    expect(closed.record).toMatchObject({ status: 'closed', dualBound: closed.record!.cost });
    expect(closed.record!.cost).toBeLessThanOrEqual(after.cost);
    expect(await outcomeOf(closed)).toMatchObject({ outcome: 'valid' });
    expect(await improveEntry(library, closed, improving, offer)).toBe(closed);

    expect(existsSync(inFolder(after.pruning.file))).toBe(true);
    await discardOld(library, cheaper, closed);
    expect(existsSync(inFolder((after.evidence as { file: string }).file))).toBe(false);
    expect(await outcomeOf(closed)).toMatchObject({ outcome: 'valid' });
  });

  it('closes an entry by a certificate where that meets the cost', async () => {
    const draft = { ...entryOf('graph'), record: undefined };
    const closed = (await improveEntry(library, draft, improving, found('best')))!;
    expect(closed.record).toMatchObject({ status: 'closed', cost: 27 });
  });

  it('refuses what the checker rejects', async () => {
    const entry = entryOf('certified');
    const instance: Instance = await instanceOf(entry);
    const none = { layers: [{ removedRows: new Uint32Array(), removedColumns: new Uint32Array() }] };
    await expect(improveEntry(library, entry, improving, offered({ pruning: none }))).rejects.toThrow(/meets the goal/);
    const goal = goalOfEntry(entry, instance);
    const { certificate } = boundSync(instance, { goal, workLimit: 3 });
    const foreign = { ...certificate, instanceHash: '0'.repeat(64) };
    await expect(improveEntry(library, entry, improving, offered({ certificate: foreign }))).rejects.toThrow(/checker/);
    const log = inFolder((entryOf('proved').record!.evidence as { file: string }).file);
    await expect(improveEntry(library, entry, improving, offered({ log }))).rejects.toThrow(/hash of this instance/);
    // A claim above what is proved is not believed: the record says what the checker finds.
    const boast = { ...certificate, claim: { dualBound: entry.record!.cost, keptBound: entry.record!.kept } };
    const modest = (await improveEntry(library, entry, improving, offered({ certificate: boast })))!;
    expect(modest.record!.dualBound).toBeLessThan(entry.record!.cost);
    expect(await outcomeOf(modest)).toMatchObject({ outcome: 'valid' });
    const false_ = sealed({ ...entry, record: { ...entry.record!, cost: entry.record!.cost * 0.99 } });
    await expect(improveEntry(library, false_, improving, found('residual'))).rejects.toThrow(/cost/);
  });
});

/** Every way of changing one field of an entry, and every field left out. */
function* mutations(entry: LibraryEntry): Generator<[string, unknown]> {
  const places = (value: unknown, at: string[]): string[][] =>
    value !== null && typeof value === 'object'
      ? [...(at.length > 0 ? [at] : []), ...Object.entries(value).flatMap(([key, part]) => places(part, [...at, key]))]
      : [at];
  for (const at of places(entry, [])) {
    const replaced = (make: (old: unknown, owner: Record<string, unknown>, key: string) => void) => {
      const copy = structuredClone(entry);
      const owner = at.slice(0, -1).reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], copy);
      const key = at.at(-1)!;
      make((owner as Record<string, unknown>)[key], owner as Record<string, unknown>, key);
      return copy;
    };
    const place = at.join('.');
    yield [`${place} left out`, replaced((_, owner, key) => delete owner[key])];
    for (const value of otherValues(
      at.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], entry),
      at[0] === 'record',
    )) {
      yield [
        place,
        replaced((_, owner, key) => {
          owner[key] = value;
        }),
      ];
    }
  }
}

/** @param isResult whether the least change of a number shows; an instance may come out the same from it */
function otherValues(old: unknown, isResult: boolean): unknown[] {
  const nearest = isResult ? [2 ** -52, -(2 ** -52)] : [];
  if (typeof old === 'number') {
    const others = [old + 1, old - 1, old / 2, ...nearest.map((part) => old * (1 + part))];
    return others.filter((value) => value !== old);
  }
  if (typeof old === 'boolean') return [!old];
  if (old === null) return [1];
  if (typeof old !== 'string') return [null];
  const last = old.at(-1) === '1' ? '2' : '1';
  const known = ['open', 'closed', 'quick', 'long', 'hard', 'easy', 'uniform', 'independent', 'biclique', '0.61'];
  return [`${old.slice(0, -1)}${last}`, '', ...known.filter((value) => value !== old)];
}

/** Through a file, as a reader gets it: the schema or the checks say no. */
async function isRejected(changed: unknown): Promise<boolean> {
  const file = inFolder('changed.json');
  writeFileSync(file, JSON.stringify({ format: 'rcprune-library', version: 1, entries: [changed] }));
  const read = await readLibrary(file).catch(() => null);
  if (read === null) return true;
  return (await verifyEntry(read, read.entries[0]!, options)).outcome === 'invalid';
}

const isDefinition = (value: unknown): value is LibraryEntry => (value as LibraryEntry).record !== undefined;

/** Commands and digest renewed, where that can be done at all. */
function resealed(entry: LibraryEntry): LibraryEntry {
  try {
    return sealed(entry);
  } catch {
    return entry;
  }
}
