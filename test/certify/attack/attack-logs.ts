import { makeDice } from './dice.ts';
import { Forger, type Forgery, type Judgement, judge, type MakeChecker, solverLog } from './forge-logs.ts';
import { drawVictim, type Victim } from './instances.ts';
import { textOf } from './proof-draft.ts';

/*
 * Attacks a checker of proof logs with forged ones, block by block, and counts. A block is a seed: the same block makes the same
 * logs, as long as the checker answers alike.
 */

/** Ways to forge a log, by the names under which they are counted. */
export const LOG_KINDS = ['plain', 'damaged', 'misspelt', 'edited', 'climbed'] as const;
export type LogKind = (typeof LOG_KINDS)[number];
/** Of 20 logs, how many are of each kind. */
const SHARES: Readonly<Record<LogKind, number>> = { plain: 3, damaged: 3, misspelt: 2, edited: 4, climbed: 8 };

/** What a block of forgeries of one kind came to. */
export interface LogCounts {
  kind: LogKind;
  forgeries: number;
  /** False proofs, and false bounds of a tree, that were accepted: 0, or the checker is broken. */
  acceptedProofs: number;
  acceptedBounds: number;
  /** Logs at which the checker threw something instead of answering. */
  crashes: number;
  /** Logs whose records are all as the grammar says, one by one. */
  wellFormed: number;
  /** Logs of which all lines were accepted: only the least sum of all bounds, or the cost of the pruning, gave them away. */
  readToEnd: number;
  /** Lines, and accepted ones. */
  lines: number;
  acceptedLines: number;
}

/** An accepted forgery, as it can be written to a file. */
export interface Break {
  readonly kind: LogKind;
  readonly victim: Victim;
  readonly forgery: Forgery;
  readonly judgement: Judgement;
}

const CLIMB_STEPS = 32;
/** Forgeries made of one instance, of one kind after the other. */
const PER_INSTANCE = 80;

/**
 * Forges so many logs, kind by kind, and gives them to the checker.
 *
 * @param onBreak told of an accepted one; returns whether to go on
 */
export function attackLogs(
  makeChecker: MakeChecker,
  seed: number,
  count: number,
  onBreak: (found: Break) => boolean,
  kinds: readonly LogKind[] = LOG_KINDS,
): { counts: LogCounts[]; instances: number } {
  const dice = makeDice(seed, 'logs');
  const counts = kinds.map((kind): LogCounts => {
    const zero = { forgeries: 0, acceptedProofs: 0, acceptedBounds: 0, crashes: 0, wellFormed: 0, readToEnd: 0 };
    return { kind, ...zero, lines: 0, acceptedLines: 0 };
  });
  const shares = kinds.reduce((sum, kind) => sum + SHARES[kind], 0);
  let done = 0;
  let instances = 0;
  while (done < count) {
    const victim = drawVictim(dice);
    if (victim.claims.length === 0) continue; // all prunings that meet the goal cost the same
    instances++;
    const forger = new Forger(victim);
    const quota = Math.min(PER_INSTANCE, count - done);
    let given = 0; // shares of the kinds so far
    for (const counted of counts) {
      const from = Math.floor((given * quota) / shares);
      given += SHARES[counted.kind];
      const end = Math.floor((given * quota) / shares) - from;
      const attempt = (forgery: Forgery): Judgement => {
        const judgement = judge(makeChecker, victim, forgery.lines, forgery.pruning);
        counted.forgeries++;
        counted.lines += forgery.lines.length;
        counted.acceptedLines += judgement.acceptedLines;
        if (forgery.isWellFormed) counted.wellFormed++;
        if (judgement.acceptedLines === forgery.lines.length) counted.readToEnd++;
        if (judgement.fault === null) counted.acceptedProofs++;
        if (judgement.hasFalseBound) counted.acceptedBounds++;
        if (judgement.isCrash) counted.crashes++;
        return judgement;
      };
      let isBroken = false;
      const tried = (forgery: Forgery): Judgement => {
        const judgement = attempt(forgery);
        if (judgement.fault === null || judgement.hasFalseBound || judgement.isCrash) {
          isBroken ||= !onBreak({ kind: counted.kind, victim, forgery, judgement });
        }
        return judgement;
      };
      if (counted.kind === 'climbed') {
        for (let left = end; left > 0 && !isBroken; left -= CLIMB_STEPS) {
          const climb = forger.climb(dice, Math.min(left, CLIMB_STEPS));
          for (let next = climb.next(); !next.done && !isBroken; ) next = climb.next(tried(next.value));
        }
      } else for (let t = 0; t < end && !isBroken; t++) tried(forger[counted.kind](dice));
      if (isBroken) return { counts, instances };
    }
    done += quota;
  }
  return { counts, instances };
}

/** Logs of the solver on such instances, with and without a pruning to start from: what a checker has to accept. */
export interface HonestCounts {
  logs: number;
  /** Proved optima that are none, or the wrong one. */
  wrongOptima: number;
  rejected: number;
  /** The solver ended without a proof although nothing limited it. */
  unproved: number;
}

export function honestLogs(
  makeChecker: MakeChecker,
  seed: number,
  count: number,
  onWrong: (victim: Victim, what: string) => void,
): HonestCounts {
  const dice = makeDice(seed, 'honest');
  const counts = { logs: 0, wrongOptima: 0, rejected: 0, unproved: 0 };
  while (counts.logs < count) {
    const victim = drawVictim(dice);
    const starts = [undefined, ...victim.claims.slice(0, 2).map(({ pruning }) => pruning)];
    for (const start of starts) {
      const log = solverLog(victim.instance, victim.goal, start)!;
      counts.logs++;
      if (log.status !== 'optimal') {
        counts.unproved++;
        onWrong(victim, `the solver said ${log.status}`);
        continue;
      }
      const { fault } = judge(makeChecker, victim, log.drafts.map(textOf), log.pruning);
      const stated = log.drafts.at(-1) as { optimum?: string };
      if (stated.optimum !== `${victim.optimum}`) {
        counts.wrongOptima++;
        onWrong(victim, `the solver's optimum was ${stated.optimum}`);
      } else if (fault !== null) {
        counts.rejected++;
        onWrong(victim, fault);
      }
    }
  }
  return counts;
}
