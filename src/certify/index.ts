export { type Claims, check, type Verdict } from './check.ts';
