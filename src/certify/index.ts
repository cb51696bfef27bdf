export { type CertificateVerdict, checkCertificate } from './certificate.ts';
export { type Claims, check, type Verdict } from './check.ts';
export { stepOf } from './exact-integers.ts';
export { ProofChecker } from './proof-log.ts';
