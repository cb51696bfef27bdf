import type { Certificate } from '../problem/certificate.ts';
import type { Pruning } from '../problem/pruning.ts';

/** How annealing over lines cools: by a factor a move, or so that the share of accepted moves follows a course. */
export type CoolingName = 'geometric' | 'adaptive';

/** Every way of cooling. */
export const COOLINGS: readonly CoolingName[] = ['geometric', 'adaptive'];

/** What a method may use besides the instance. Everything random comes from `seed`; limits count work, never time. */
export interface MethodContext {
  /** Where everything random comes from. */
  readonly seed: number;
  /** Most units of the method's own work (moves, nodes, iterations); undefined: the method's default. */
  readonly workLimit?: number | undefined;
  /** Seconds that remain, for back ends that cannot be interrupted; whoever sets it also ends the thread in time. */
  readonly seconds?: number | undefined;
  /** A starting point, for methods that improve one. */
  readonly start?: Pruning | undefined;
  /** Annealing over lines; default geometric. */
  readonly cooling?: CoolingName | undefined;
  /** Told of every improvement of anytime methods, so that an interrupted run still has its best pruning. */
  readonly onIncumbent?: ((pruning: Pruning, work: number) => void) | undefined;
  /** Told of every rise of a proved lower bound, exact in units of 2^-149. */
  readonly onBound?: ((bound: bigint, work: number) => void) | undefined;
  /** Takes the proof log of methods that write one, text by text; null: there is none, it grew too long. */
  readonly onProof?: ((text: string | null) => void) | undefined;
  /** Told of every better certificate. */
  readonly onCertificate?: ((certificate: Certificate, work: number) => void) | undefined;
}
