export { FAMILIES, type Family, type FamilyOptions, generate } from './families.ts';
