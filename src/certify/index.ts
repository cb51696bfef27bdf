export { type CertificateVerdict, checkCertificate } from './certificate.ts';
export { type Claims, check, type Verdict } from './check.ts';
export { lowestBit, ProofChecker } from './proof-log.ts';
