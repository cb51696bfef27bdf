import type { Certificate } from '../problem/certificate.ts';
import { describe } from '../problem/error.ts';
import { type Goal, requirementOf } from '../problem/goal.ts';
import { instanceHash } from '../problem/hash.ts';
import { type Instance, requireInstance } from '../problem/instance.ts';
import type { LayerPruning, Pruning } from '../problem/pruning.ts';
import { type CertificateVerdict, checkCertificate } from './certificate.ts';
import { type DeadLine, deadLines } from './closed.ts';
import { layerSums } from './exact-integers.ts';

/** What the author of a pruning says about it; the checker believes none of it. */
export interface Claims {
  /** Removed importance, rounded once to the nearest double. */
  readonly cost?: number | undefined;
  /** `instanceHash` of the instance it was made for. */
  readonly instanceHash?: string | undefined;
}

/** The checker's answer. Everything is recomputed from the instance and the indices. */
export interface Verdict {
  /** Whether everything that was claimed holds. */
  readonly valid: boolean;
  /** null when valid, else one sentence: what was expected and what was found. */
  readonly reason: string | null;
  /** Removed importance, an exact sum rounded once to the nearest double; null when the indices make no sense. */
  readonly cost: number | null;
  /** Kept importance, likewise. */
  readonly kept: number | null;
  /** Removed units; null when the indices make no sense. */
  readonly removed: number | null;
  /** Units that the goal asks for. */
  readonly target: number;
  /** Whether the instance has links, so that a valid pruning is closed. */
  readonly linked: boolean;
  /** Importance of lines that are kept although they are dead, rounded likewise: 0 when closed; null when the indices make no sense. */
  readonly deadKept: number | null;
  /** Proved: every pruning that meets the goal costs at least this (rounded down); null without a valid certificate. */
  readonly dualBound: number | null;
  /** Proved: and keeps at most this (rounded up); null without a valid certificate. */
  readonly keptBound: number | null;
  /** (cost - dualBound) / cost, 0 where both agree; null when cost alone is 0, or without a valid certificate. */
  readonly gap: number | null;
  /** cost / dualBound, 1 where both agree; null when dualBound alone is 0, or without a valid certificate. */
  readonly ratio: number | null;
  /** keptBound / kept, 1 where both agree; null when kept alone is 0, or without a valid certificate. */
  readonly keptRatio: number | null;
}

/**
 * Checks a pruning against an instance and a goal, trusting no solver: it imports the definitions only and has its own
 * arithmetic.
 *
 * Valid means: every layer has strictly ascending indices in range; the goal is met (at least `target` units removed, or
 * exactly the shape); the minima of kept rows and columns hold; a claimed cost is the exact cost rounded to nearest, a
 * claimed hash the instance's; where the instance has links, no line is kept that is dead (`certify/closed.ts`); and a certificate,
 * where one is given, passes {@link checkCertificate} for the same goal. A closed pruning is a pruning of the layers on their own too,
 * so that a hash of the instance without its links is accepted, and certificates are those of the problem without links.
 *
 * Importances are float32, hence integers times 2^-149, so the sums here are integers and nothing is rounded before the
 * end. One pass over the entries; memory O(lines).
 *
 * @throws RcpruneError only on an instance that is none, or a goal that does not fit it
 */
export function check(
  instance: Instance,
  goal: Goal,
  pruning: Pruning,
  claims: Claims = {},
  certificate: Certificate | null = null,
): Verdict {
  requireInstance(instance);
  const { target } = requirementOf(instance, goal);
  const malformed = indexFault(instance, pruning);
  const linked = instance.links !== undefined;
  if (malformed !== null) return verdict({ target, linked }, malformed, null);
  const dead = deadLines(instance, pruning);
  const figures = recompute(instance, pruning, dead);
  const fault =
    goalFault(instance, goal, pruning, figures.removed, target) ??
    minimaFault(instance, pruning) ??
    closedFault(instance, dead) ??
    claimFault(instance, claims, figures.cost);
  if (fault !== null || certificate === null) return verdict({ target, linked }, fault, figures);
  // Of the layers on their own: a closed pruning is a pruning of these too.
  const proof = checkCertificate({ layers: instance.layers }, goal, certificate);
  return verdict({ target, linked }, proof.reason, figures, proof.valid ? proof : null);
}

interface Figures {
  readonly exactCost: bigint;
  readonly cost: number;
  readonly kept: number;
  readonly removed: number;
  readonly deadKept: number;
}

function verdict(
  { target, linked }: Pick<Verdict, 'target' | 'linked'>,
  reason: string | null,
  figures: Figures | null,
  proof: CertificateVerdict | null = null,
): Verdict {
  return {
    valid: reason === null,
    reason,
    cost: figures?.cost ?? null,
    kept: figures?.kept ?? null,
    removed: figures?.removed ?? null,
    target,
    linked,
    deadKept: figures?.deadKept ?? null,
    ...proofFigures(figures, proof),
  };
}

function proofFigures(figures: Figures | null, proof: CertificateVerdict | null) {
  if (figures === null || proof === null) {
    return { dualBound: null, keptBound: null, gap: null, ratio: null, keptRatio: null };
  }
  const { exactCost, cost, kept } = figures;
  const keptBound = proof.keptBound!;
  const dualBound = proof.dualBound!;
  // By the exact numbers: rounded down, a bound that equals the cost may be one unit in the last place below it.
  const isClosed = proof.exactDualBound! >= exactCost;
  return {
    dualBound,
    keptBound,
    gap: isClosed ? 0 : (cost - dualBound) / cost,
    ratio: isClosed ? 1 : quotient(cost, dualBound),
    keptRatio: quotient(keptBound, kept),
  };
}

function quotient(dividend: number, divisor: number): number | null {
  if (dividend === divisor) return 1;
  return divisor === 0 ? null : dividend / divisor;
}

/** Removed and kept importance and removed units, by looking at every entry once. */
function recompute(instance: Instance, pruning: Pruning, dead: readonly DeadLine[]): Figures {
  let cost = 0n;
  let kept = 0n;
  let removed = 0n;
  for (const [l, layer] of instance.layers.entries()) {
    const own = layerSums(layer, pruning.layers[l]!);
    cost += own.cost;
    kept += own.kept;
    removed += BigInt(own.removed) * BigInt(layer.unitsPerEntry);
  }
  const deadKept = nearestDouble(deadImportance(instance, pruning, dead));
  return { exactCost: cost, cost: nearestDouble(cost), kept: nearestDouble(kept), removed: Number(removed), deadKept };
}

/** What the kept entries on dead lines sum to: what they would cost besides. */
function deadImportance(instance: Instance, pruning: Pruning, dead: readonly DeadLine[]): bigint {
  if (dead.length === 0) return 0n;
  const more = pruning.layers.map(({ removedRows, removedColumns }) => {
    return { row: Array.from(removedRows), column: Array.from(removedColumns) };
  });
  for (const { layer, kind, index } of dead) more[layer]![kind].push(index);
  return instance.layers.reduce((sum, layer, l) => {
    const [removedRows, removedColumns] = [Uint32Array.from(more[l]!.row), Uint32Array.from(more[l]!.column)];
    return sum + layerSums(layer, { removedRows, removedColumns }).cost - layerSums(layer, pruning.layers[l]!).cost;
  }, 0n);
}

function closedFault(instance: Instance, [first]: readonly DeadLine[]): string | null {
  if (first === undefined) return null;
  const { name } = instance.layers[first.layer]!;
  return `layer ${name}: expected a closed pruning, got ${first.kind} ${first.index} kept, which is dead`;
}

/** An integer multiple of 2^-149 rounded to the nearest double: BigInt to Number rounds to nearest even, scaling is exact. */
function nearestDouble(sum: bigint): number {
  return Number(sum) / 2 ** 149;
}

function indexFault(instance: Instance, pruning: Pruning): string | null {
  const layers: unknown = (pruning as Pruning | null | undefined)?.layers; // a caller without types may pass anything
  if (!Array.isArray(layers)) return 'expected a pruning: an object with a list of layers';
  if (layers.length !== instance.layers.length) {
    return `expected ${instance.layers.length} layers, got ${layers.length}`;
  }
  for (const [l, { name, rows, cols }] of instance.layers.entries()) {
    const own = layers[l] as Partial<LayerPruning> | null | undefined;
    for (const [kind, list, length] of [
      ['rows', own?.removedRows, rows],
      ['columns', own?.removedColumns, cols],
    ] as const) {
      if (!(list instanceof Uint32Array || Array.isArray(list)))
        return `layer ${name}: expected a list of removed ${kind}`;
      for (let k = 0; k < list.length; k++) {
        const index = list[k]!;
        if (!Number.isInteger(index) || index < 0 || index >= length || (k > 0 && index <= list[k - 1]!)) {
          return `layer ${name}: expected ascending removed ${kind} below ${length}, got ${describe(index)} at place ${k}`;
        }
      }
    }
  }
  return null;
}

function goalFault(instance: Instance, goal: Goal, pruning: Pruning, removed: number, target: number): string | null {
  if ('target' in goal) return removed >= target ? null : `expected at least ${target} units removed, got ${removed}`;
  const { removedRows, removedColumns } = pruning.layers[0]!;
  const { rows, columns } = goal.shape;
  if (removedRows.length === rows && removedColumns.length === columns) return null;
  const name = instance.layers[0]!.name;
  const got = `${removedRows.length} rows and ${removedColumns.length} columns`;
  return `layer ${name}: expected exactly ${rows} rows and ${columns} columns removed, got ${got}`;
}

function minimaFault(instance: Instance, pruning: Pruning): string | null {
  for (const [l, layer] of instance.layers.entries()) {
    const { removedRows, removedColumns } = pruning.layers[l]!;
    const keptRows = layer.rows - removedRows.length;
    const keptColumns = layer.cols - removedColumns.length;
    if (keptRows < layer.minKeptRows) {
      return `layer ${layer.name}: expected at least ${layer.minKeptRows} rows kept, got ${keptRows}`;
    }
    if (keptColumns < layer.minKeptColumns) {
      return `layer ${layer.name}: expected at least ${layer.minKeptColumns} columns kept, got ${keptColumns}`;
    }
  }
  return null;
}

function claimFault(instance: Instance, claims: Claims, cost: number): string | null {
  if (claims.cost !== undefined && claims.cost !== cost) return `expected cost ${cost}, got a claim of ${claims.cost}`;
  if (claims.instanceHash === undefined) return null;
  const hash = instanceHash(instance);
  if (claims.instanceHash === hash) return null;
  if (instance.links !== undefined && claims.instanceHash === instanceHash({ layers: instance.layers })) return null;
  return `expected instance hash ${hash}, got a claim of ${claims.instanceHash}`;
}
