export { FAMILIES, type Family, type FamilyNetwork, type FamilyOptions, generate } from './families.ts';
