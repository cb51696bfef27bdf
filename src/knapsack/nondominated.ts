/**
 * Of items in the order of their units, ascending or descending, those that are better than every one before; of equal units
 * the best, and of equally good ones the first. What is left is a staircase: units and worth grow together. O(items).
 */
export function nondominated<T extends { readonly units: number }>(
  inOrder: readonly T[],
  isBetter: (one: T, than: T) => boolean,
): T[] {
  const kept: T[] = [];
  for (const one of inOrder) {
    const last = kept.at(-1);
    if (last !== undefined && !isBetter(one, last)) continue;
    if (last?.units === one.units) kept.pop();
    kept.push(one);
  }
  return kept;
}
