import { stat } from 'node:fs/promises';
import { checkCertificate } from '../certify/index.ts';
import { writeCertificate } from '../formats/certificate.ts';
import { writePruning } from '../formats/pruning.ts';
import type { Certificate, Piece } from '../problem/certificate.ts';
import { exactCost } from '../problem/cost.ts';
import { RcpruneError } from '../problem/error.ts';
import { toNearest } from '../problem/exact-sum.ts';
import { type Goal, meets, requirementOf } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import { entryCount, type Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import { boundSync } from '../solve/bound.ts';
import {
  checkCommands,
  digestOf,
  type FoundBy,
  goalOfEntry,
  type Library,
  type LibraryEntry,
  type LibraryRecord,
  madeOf,
  type Stored,
  storedInstance,
} from './library.ts';
import { discard, store, withScratch } from './library-files.ts';
import { checkEntry, examine, type VerifyOptions } from './library-verify.ts';
import { logFault } from './proof-replay.ts';

/** Where an entry stands: its instance and goal, and the best pruning known, if one is. */
export interface Standing {
  readonly instance: Instance;
  readonly goal: Goal;
  readonly pruning: Pruning | null;
}

/** What a method or a person offers for an entry. Any part may be of use without the others. */
export interface Offer {
  readonly pruning: Pruning | null;
  readonly certificate: Certificate | null;
  /** File of a proof log that the offered pruning is optimal. */
  readonly log: string | null;
  readonly method: string;
  readonly seed: number | null;
  readonly work: number | null;
  /** Whether it started from the record. */
  readonly hasStarted: boolean;
}

export type Offers = (standing: Standing) => AsyncIterable<Offer>;

export interface ImproveOptions extends Pick<VerifyOptions, 'readNetwork'> {
  /** Of this program, and the day: they enter the record. */
  readonly version: string;
  readonly date: string;
}

/** Longer proof logs of our own search are not stored: it is run again when the record is checked. */
const MOST_LOG_BYTES = 2 ** 17;
/** Entries above which certificates are made smaller before they are stored. */
const LEAST_THINNED = 2 ** 16;
/** The gap may grow by this part of it when a certificate is made smaller. */
const MOST_LOST = 0.02;
/** Checking takes seconds from here on: entries of the instance, bounds computed by the search. */
const LONG_ENTRIES = 2 ** 17;
const LONG_SEARCH = 500_000;

/**
 * An entry with the better of its record and what is offered, or the entry itself when nothing is better. A record only
 * changes for a pruning of strictly less exact cost, or for evidence of a strictly greater bound, both accepted by the
 * checker; the new record as a whole is checked again before it is returned. Its files are then in place, and no file of the
 * old record is touched: see {@link discardOld}.
 *
 * @returns null when the instance is not to be had
 * @throws RcpruneError on an entry whose record is not true, and on offers that the checker rejects
 */
export async function improveEntry(
  library: Library,
  entry: LibraryEntry,
  options: ImproveOptions,
  offers: Offers,
): Promise<LibraryEntry | null> {
  const old = entry.record;
  if (old?.status === 'closed') return entry;
  const standing = await standingOf(library, entry, options);
  if (standing === null) return null;
  const best = await bestOf(standing, offers, options);
  const found = best.found;
  if (found === null && (old === undefined || best.proof === null)) return entry;
  const { instance, goal } = standing;
  const pruning = found?.pruning ?? standing.pruning!;
  const exact = exactCost(instance, pruning);
  const figures = { cost: toNearest(exact.cost), kept: toNearest(exact.kept) };
  let proof = best.proof;
  if (proof === null && old === undefined) {
    const { certificate } = boundSync(instance, { goal, workLimit: 0 });
    const foundBy = { ...found!.foundBy, method: 'bound', seed: null, work: 0, from: null };
    proof = { kind: 'certificate', certificate, foundBy };
  }
  const proved = await provedPart(library, entry, standing, figures, proof);
  const isTighter = proof?.kind === 'log' || old === undefined || (proved !== null && proved.dualBound > old.dualBound);
  if (found === null && !isTighter) return entry;

  const { target } = requirementOf(instance, goal);
  const own =
    found === null
      ? { pruning: old!.pruning, foundBy: old!.foundBy }
      : {
          pruning: await written(library, entry, 'pruning.json', (file) =>
            writePruning(file, instance, pruning, { target, cost: figures.cost }),
          ),
          foundBy: found.foundBy,
        };
  const { dualBound, keptBound, evidence, provedBy } = isTighter ? proved! : old!;
  const isSearched = evidence.kind === 'search' && (provedBy.work ?? Infinity) > LONG_SEARCH;
  const record: LibraryRecord = {
    instanceHash: instanceHash(instance),
    layers: instance.layers.length,
    entries: entryCount(instance),
    target,
    effort: isSearched || entryCount(instance) > LONG_ENTRIES ? 'long' : 'quick',
    status: 'open',
    ...figures,
    ...own,
    dualBound,
    keptBound,
    evidence,
    provedBy,
    check: [],
    digest: '',
  };
  const tried = sealed({ ...entry, record });
  try {
    // Only the checker knows whether the evidence leaves no gap.
    const { gap } = (await examine(library, tried, { ...options, search: false }))!;
    return sealed({ ...entry, record: { ...record, status: gap === 0 ? 'closed' : 'open' } });
  } catch (error) {
    await discard(library.folder, filesOf(tried), filesOf(entry));
    throw error;
  }
}

/** Removes the files of a record that a better one, already in the manifest, has replaced. */
export async function discardOld(library: Library, old: LibraryEntry, better: LibraryEntry): Promise<void> {
  await discard(library.folder, filesOf(old), filesOf(better));
}

/** An entry with its check commands and its digest filled in. */
export function sealed(entry: LibraryEntry): LibraryEntry {
  const withCommands = { ...entry, record: { ...entry.record!, check: checkCommands(entry) } };
  return { ...withCommands, record: { ...withCommands.record, digest: digestOf(withCommands) } };
}

function filesOf({ record }: LibraryEntry): Stored[] {
  if (record === undefined) return [];
  const { pruning, evidence } = record;
  return evidence.kind === 'search' ? [pruning] : [pruning, evidence];
}

async function standingOf(
  library: Library,
  entry: LibraryEntry,
  { readNetwork }: ImproveOptions,
): Promise<Standing | null> {
  if (entry.record !== undefined) return checkEntry(library, entry, { readNetwork, search: false });
  const made = (await madeOf(library, entry, readNetwork))?.instance ?? null;
  const stored = await storedInstance(library, entry);
  if (made !== null && stored !== null && instanceHash(made) !== instanceHash(stored)) {
    throw new RcpruneError(entry.name, 'a source that makes what is stored', 'another instance');
  }
  const instance = stored ?? made;
  return instance === null ? null : { instance, goal: goalOfEntry(entry, instance), pruning: null };
}

/** What offers brought: null where they brought nothing better. */
interface Best {
  readonly found: { readonly pruning: Pruning; readonly foundBy: FoundBy } | null;
  readonly proof: Proof | null;
}

type Proof =
  | { readonly kind: 'log'; readonly file: string; readonly foundBy: FoundBy }
  | { readonly kind: 'certificate'; readonly certificate: Certificate; readonly foundBy: FoundBy };

/** Takes offers until one is proved optimal. */
async function bestOf(standing: Standing, offers: Offers, { version, date }: ImproveOptions): Promise<Best> {
  const { instance, goal } = standing;
  const requirement = requirementOf(instance, goal);
  const started = standing.pruning === null ? null : exactCost(instance, standing.pruning).cost;
  let least = started;
  let found: Best['found'] = null;
  let proof: Proof | null = null;
  let greatest = -1;
  for await (const { pruning, certificate, log, method, seed, work, hasStarted } of offers(standing)) {
    const from = hasStarted && started !== null ? toNearest(started) : null;
    const foundBy = { method, seed, work, from, version, date };
    const cost = pruning === null ? null : exactCost(instance, pruning).cost;
    if (pruning !== null && !meets(instance, requirement, pruning)) {
      throw new RcpruneError(method, 'a pruning that meets the goal and the minima', 'one that does not');
    }
    if (cost !== null && (least === null || cost < least)) {
      least = cost;
      found = { pruning: pruning!, foundBy };
    }
    if (log !== null) {
      const proved = found?.pruning ?? standing.pruning;
      const fault = proved === null ? 'no pruning' : await logFault(log, instance, goal, proved);
      if (fault !== null) throw new RcpruneError(method, 'a proof that no pruning costs less than the best', fault);
      return { found, proof: { kind: 'log', file: log, foundBy } };
    }
    if (certificate !== null && certificate.claim.dualBound > greatest) {
      greatest = certificate.claim.dualBound;
      proof = { kind: 'certificate', certificate, foundBy };
    }
  }
  return { found, proof };
}

/** The bound part of a record. */
type ProvedPart = Pick<LibraryRecord, 'dualBound' | 'keptBound' | 'evidence' | 'provedBy'>;

/** Stores evidence. @returns null for none @throws RcpruneError on a certificate that the checker rejects */
async function provedPart(
  library: Library,
  entry: LibraryEntry,
  { instance, goal }: Standing,
  { cost, kept }: { readonly cost: number; readonly kept: number },
  proof: Proof | null,
): Promise<ProvedPart | null> {
  if (proof === null) return null;
  const provedBy = proof.foundBy;
  if (proof.kind === 'log') {
    const { size } = await stat(proof.file);
    const evidence =
      size > MOST_LOG_BYTES && provedBy.method === 'branch-and-bound'
        ? ({ kind: 'search', method: 'branch-and-bound' } as const)
        : ({ kind: 'proof', ...(await store(library.folder, entry.name, 'log', proof.file)) } as const);
    return { dualBound: cost, keptBound: kept, evidence, provedBy };
  }
  const certificate = smaller(instance, goal, cost, proof.certificate);
  // A weaker one is of no use: nothing is written.
  if (entry.record !== undefined && certificate.claim.dualBound <= entry.record.dualBound) return null;
  const stored = await written(library, entry, 'certificate.safetensors', (file) =>
    writeCertificate(file, instance, certificate),
  );
  return { ...certificate.claim, evidence: { kind: 'certificate', ...stored }, provedBy };
}

/** Writes a file beside the library and takes it in. */
async function written(
  { folder }: Library,
  { name }: LibraryEntry,
  kind: string,
  write: (file: string) => Promise<void>,
): Promise<Stored> {
  return withScratch(async (inScratch) => {
    await write(inScratch(kind));
    return store(folder, name, kind, inScratch(kind));
  });
}

/**
 * A certificate of a large instance in fewer bytes, with nearly the same bound. Pieces that end in no tangents are superseded
 * by a later one with some, and the points of tangents may be any numbers (see {@link Certificate}), so they are rounded to
 * multiples of 1/128, which compress well. The checker says what is left of the bound; what costs more than it is worth is
 * undone.
 *
 * @throws RcpruneError on a certificate that the checker rejects
 */
function smaller(instance: Instance, goal: Goal, cost: number, certificate: Certificate): Certificate {
  const whole = claimed(instance, goal, certificate);
  if (entryCount(instance) < LEAST_THINNED) return whole;
  const layers = certificate.layers.map((pieces) => {
    const last = pieces.findLast((piece) => 'tangents' in piece && piece.tangents.length > 0);
    return pieces.filter((piece) => !('tangents' in piece) || last === undefined || piece === last).map(rounded);
  });
  const thin = claimed(instance, goal, { ...certificate, layers });
  const lost = whole.claim.dualBound - thin.claim.dualBound;
  return lost <= MOST_LOST * (cost - whole.claim.dualBound) ? thin : whole;
}

/** A certificate that claims what the checker finds it to prove. */
function claimed(instance: Instance, goal: Goal, certificate: Certificate): Certificate {
  const unclaimed = { ...certificate, claim: { dualBound: 0, keptBound: Infinity } };
  const { reason, dualBound, keptBound } = checkCertificate(instance, goal, unclaimed);
  if (reason !== null) throw new RcpruneError('certificate', 'one that the checker accepts', reason);
  return { ...certificate, claim: { dualBound: dualBound!, keptBound: keptBound! } };
}

const POINT_STEPS = 128;

function rounded(piece: Piece): Piece {
  if (!('tangents' in piece)) return piece;
  const coarse = (points: Float32Array) => points.map((value) => Math.round(value * POINT_STEPS) / POINT_STEPS);
  const tangents = piece.tangents.map((tangent) => ({
    ...tangent,
    rowPoint: coarse(tangent.rowPoint),
    columnPoint: coarse(tangent.columnPoint),
  }));
  return { ...piece, tangents };
}
