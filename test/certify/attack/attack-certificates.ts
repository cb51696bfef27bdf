import type { Certificate } from '../../../src/problem/index.ts';
import { makeDice } from './dice.ts';
import {
  CERTIFICATE_KINDS,
  type CertificateJudgement,
  type CertificateKind,
  type CheckCertificate,
  drawCertificate,
  editedCertificate,
  judgeCertificate,
  loweredCertificates,
  searchedCertificate,
  untypedCertificate,
} from './forge-certificates.ts';
import { drawVictim, type Victim } from './instances.ts';

/*
 * Attacks a checker of certificates, block by block, and counts: see forge-certificates.ts.
 */

/** What a block of certificates of one kind came to. */
export interface CertificateCounts {
  kind: CertificateKind;
  forgeries: number;
  /** Accepted although a bound that the checker computed, or the certificate claimed, is false: 0, or the checker is broken. */
  accepted: number;
  /** The checker threw: only data that types forbid may do that. */
  crashes: number;
  /** Accepted, and true. */
  valid: number;
  /** Of these, how many came within 1% of the truth: there an error would show. */
  close: number;
}

export interface CertificateBreak {
  readonly kind: CertificateKind;
  readonly victim: Victim;
  readonly certificate: Certificate;
  readonly judgement: CertificateJudgement;
}

const PER_INSTANCE = 64;
const BISECTION = 40;
/** Share of the layers on which certificates can be tight. */
const STRUCTURED = 0.4;

/** @param onBreak told of an accepted false one, or a crash; returns whether to go on */
export function attackCertificates(
  checkCertificate: CheckCertificate,
  seed: number,
  count: number,
  onBreak: (found: CertificateBreak) => boolean,
  kinds: readonly CertificateKind[] = CERTIFICATE_KINDS,
): { counts: CertificateCounts[]; instances: number } {
  const dice = makeDice(seed, 'certificates');
  const counts = kinds.map((kind): CertificateCounts => {
    return { kind, forgeries: 0, accepted: 0, crashes: 0, valid: 0, close: 0 };
  });
  let instances = 0;
  for (let done = 0; done < count; ) {
    const victim = drawVictim(dice, STRUCTURED);
    instances++;
    const quota = Math.min(PER_INSTANCE, count - done);
    for (const counted of counts) {
      // One honest certificate for every instance; the other kinds share alike.
      const end = counted.kind === 'searched' ? 1 : Math.ceil(quota / Math.max(1, kinds.length - 1));
      let isBroken = false;
      const tried = (certificate: Certificate): boolean => {
        const judgement = judgeCertificate(checkCertificate, victim, certificate);
        counted.forgeries++;
        if (judgement.isValid) counted.valid++;
        if (judgement.isCrash) counted.crashes++;
        if (judgement.isFalse) counted.accepted++;
        if (judgement.slack <= 1.01) counted.close++;
        if (judgement.isFalse || judgement.isCrash) {
          isBroken ||= !onBreak({ kind: counted.kind, victim, certificate, judgement });
        }
        return judgement.isValid;
      };
      if (counted.kind === 'lowered') {
        for (let left = end; left > 0 && !isBroken; left -= BISECTION) {
          const attempts = loweredCertificates(dice, victim, Math.min(left, BISECTION));
          for (let next = attempts.next(); !next.done && !isBroken; ) next = attempts.next(tried(next.value));
        }
      } else {
        const searched = counted.kind === 'edited' || counted.kind === 'searched' ? searchedCertificate(victim) : null;
        for (let t = 0; t < end && !isBroken; t++) {
          if (counted.kind === 'searched') tried(searched!);
          else if (counted.kind === 'edited') tried(editedCertificate(dice, victim, searched!));
          else tried(counted.kind === 'untyped' ? untypedCertificate(dice, victim) : drawCertificate(dice, victim));
        }
      }
      if (isBroken) return { counts, instances };
    }
    done += quota;
  }
  return { counts, instances };
}
