export { type Claims, check, type Verdict } from './check.ts';
export { ProofChecker } from './proof-log.ts';
