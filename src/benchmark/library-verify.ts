import { check, stepOf, type Verdict } from '../certify/index.ts';
import { readCertificate } from '../formats/certificate.ts';
import { readPruning } from '../formats/pruning.ts';
import { exactCost } from '../problem/cost.ts';
import { RcpruneError } from '../problem/error.ts';
import { type Goal, requirementOf } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import { entryCount, type Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import { loadMethod } from '../solve/registry.ts';
import { solveSync } from '../solve/solve.ts';
import {
  checkCommands,
  digestOf,
  goalOfEntry,
  type Library,
  type LibraryEntry,
  type LibraryRecord,
  madeOf,
  type ReadNetwork,
  storedInstance,
} from './library.ts';
import { withStored } from './library-files.ts';
import { LiveReplay, logFault } from './proof-replay.ts';

/** What became of an entry. `unavailable`: it is part of a package that is not installed, and nothing was checked. */
export interface Verification {
  readonly name: string;
  readonly outcome: 'valid' | 'invalid' | 'unavailable';
  /** null when valid, else one sentence. */
  readonly reason: string | null;
  /** (cost - dualBound) / cost as recomputed; null when that was not reached. */
  readonly gap: number | null;
  readonly seconds: number;
}

export interface VerifyOptions {
  readonly readNetwork: ReadNetwork;
  /** Whether searches whose log is not stored are run again. Default true. */
  readonly search?: boolean;
}

/** An entry whose record was found to be true, with what was read on the way. */
export interface Checked {
  readonly instance: Instance;
  readonly goal: Goal;
  readonly pruning: Pruning;
  /** Proved; 0 also where it is smaller than the least by which two costs differ. */
  readonly gap: number | null;
}

/**
 * Checks everything that an entry says: the instance made and stored against its hash, the pruning and its exact cost, the
 * certificate or the proof log of the bound, and that the status follows from them. The checker of src/certify is the judge;
 * who found a record and when is only protected by the digest.
 *
 * Time: that of the checker, O(m n log(m n)) a piece of a certificate and O(columns) a node of a log; where the log is not
 * stored, also that of the search.
 */
export async function verifyEntry(
  library: Library,
  entry: LibraryEntry,
  options: VerifyOptions,
): Promise<Verification> {
  const began = performance.now();
  const end = (outcome: Verification['outcome'], reason: string | null, gap: number | null = null) => {
    return { name: entry.name, outcome, reason, gap, seconds: (performance.now() - began) / 1000 };
  };
  try {
    const checked = await checkEntry(library, entry, options);
    return checked === null ? end('unavailable', 'its package is not installed') : end('valid', null, checked.gap);
  } catch (error) {
    if (error instanceof RcpruneError) return end('invalid', error.message);
    throw error;
  }
}

/** @returns null when the instance is not to be had @throws RcpruneError on the first thing that is not true */
export async function checkEntry(
  library: Library,
  entry: LibraryEntry,
  options: VerifyOptions,
): Promise<Checked | null> {
  const checked = await examine(library, entry, options);
  const status = checked?.gap === 0 ? 'closed' : 'open';
  if (checked !== null && entry.record!.status !== status) {
    throw new RcpruneError(`${entry.name}: status`, `${status}, as the evidence says`, entry.record!.status);
  }
  return checked;
}

/** All but the status, which follows from the gap. */
export async function examine(
  library: Library,
  entry: LibraryEntry,
  { readNetwork, search = true }: VerifyOptions,
): Promise<Checked | null> {
  const { record } = entry;
  if (record === undefined) throw new RcpruneError(entry.name, 'a record (--improve finds one)', 'none');
  const expect = (what: string, expected: unknown, got: unknown) => {
    if (expected !== got) throw new RcpruneError(`${entry.name}: ${what}`, String(expected), String(got));
  };
  expect('digest', digestOf(entry), record.digest);
  expect('check', checkCommands(entry).join('; '), record.check.join('; '));
  const stored = await storedInstance(library, entry);
  const made = await madeOf(library, entry, readNetwork);
  const instance = stored ?? made?.instance ?? null;
  if (instance === null) return null;
  for (const one of [stored, made?.instance ?? null]) {
    if (one !== null) expect('instance hash', instanceHash(one), record.instanceHash);
  }
  const goal = goalOfEntry(entry, instance);
  if (made !== null && made.goal !== null) expect('goal', JSON.stringify(made.goal), JSON.stringify(goal));
  expect('target', requirementOf(instance, goal).target, record.target);
  expect('layers', instance.layers.length, record.layers);
  expect('entries', entryCount(instance), record.entries);

  const claimed = await withStored(library.folder, record.pruning, (file) => readPruning(file, instance));
  const { pruning } = claimed;
  const accept = (verdict: Verdict) => {
    if (!verdict.valid) throw new RcpruneError(entry.name, 'a record that the checker accepts', verdict.reason!);
    return verdict;
  };
  accept(check(instance, goal, pruning, claimed));
  const { kept } = accept(check(instance, goal, pruning, { cost: record.cost, instanceHash: record.instanceHash }));
  expect('kept', kept, record.kept);

  const gap = await checkEvidence(library, record, { instance, goal, pruning, gap: null }, search, expect);
  return { instance, goal, pruning, gap };
}

/** @returns the proved gap @throws RcpruneError when the evidence proves less than the record says */
async function checkEvidence(
  { folder }: Library,
  { evidence, ...record }: LibraryRecord,
  { instance, goal, pruning }: Checked,
  search: boolean,
  expect: (what: string, expected: unknown, got: unknown) => void,
): Promise<number | null> {
  if (evidence.kind === 'certificate') {
    const certificate = await withStored(folder, evidence, (file) => readCertificate(file, instance));
    expect('dual bound', certificate.claim.dualBound, record.dualBound);
    expect('kept bound', certificate.claim.keptBound, record.keptBound);
    const { reason, gap } = check(instance, goal, pruning, {}, certificate);
    if (reason !== null) throw new RcpruneError(evidence.file, 'a certificate that proves the bounds', reason);
    return meetsCost(certificate.claim.dualBound, instance, pruning) ? 0 : gap;
  }
  expect('dual bound', record.cost, record.dualBound);
  expect('kept bound', record.kept, record.keptBound);
  if (evidence.kind === 'search' && !search) return 0;
  const fault =
    evidence.kind === 'proof'
      ? await withStored(folder, evidence, (file) => logFault(file, instance, goal, pruning))
      : await searchFault(evidence.method, instance, goal, pruning);
  if (fault !== null) throw new RcpruneError(evidence.kind, 'a proof that no pruning costs less', fault);
  return 0;
}

/**
 * Whether no pruning costs less. All costs are multiples of the lowest bit that any importance has, so a bound that is less
 * than that below a cost meets it: with importances of 0 and 1, a cost of 27 is optimal when 26.001 is proved.
 */
function meetsCost(dualBound: number, instance: Instance, pruning: Pruning): boolean {
  const step = instance.layers.map(({ importance }) => stepOf(importance)).reduce(least, 0n);
  return exactCost(instance, pruning).cost - BigInt(Math.floor(dualBound * 2 ** 149)) < step;
}

/** The lower of two lowest bits; 0 is that of nothing but zeros. */
const least = (a: bigint, b: bigint) => (a === 0n || (b !== 0n && b < a) ? b : a);

/** Searches again; the checker replays the log as it comes, and believes nothing else. */
async function searchFault(name: string, instance: Instance, goal: Goal, pruning: Pruning): Promise<string | null> {
  const method = await loadMethod(name);
  if (method.uses?.includes('proof') !== true) return `expected a method that writes a proof log, got ${name}`;
  const replay = new LiveReplay(instance, goal);
  solveSync(instance, { method, goal, start: pruning, onProof: replay.onProof });
  return replay.fault(pruning);
}
