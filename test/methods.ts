import { loadMethods } from '../src/solve/registry.ts';

/** All methods, loaded: after this import {@link solveSync} takes any of them by name. */
export const METHODS = await loadMethods();
