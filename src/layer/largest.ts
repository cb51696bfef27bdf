/*
 * The k largest of a list of numbers: their sum, which they are, and all k at once. Ties go to the lower index everywhere, so
 * that "the k largest" names one set. Selection takes O(length) on average, sorting O(length log length).
 *
 * Sums of integers are exact in any order. Of other numbers they are rounded, and each function adds in an order of its own,
 * which it states: the bounds in certificates depend on it to the last bit.
 */

/**
 * The k largest of `length` numbers: rearranges them so that they come first, the least of them at place k - 1.
 *
 * Hoare's selection with a median-of-three pivot, in place. Time O(length) on average; it moves numbers only, so integers
 * stay exact.
 *
 * @returns the sum of the k largest, added in the order in which they then stand; 0 when k is 0
 */
export function sumOfLargest(values: Float64Array, length: number, k: number): number {
  if (k <= 0) return 0;
  if (k < length) {
    let low = 0;
    let high = length - 1;
    const last = k - 1;
    while (low < high) {
      const a = values[low]!;
      const b = values[(low + high) >>> 1]!;
      const c = values[high]!;
      const pivot = a > b ? (b > c ? b : a > c ? c : a) : a > c ? a : b > c ? c : b;
      let i = low;
      let j = high;
      while (i <= j) {
        while (values[i]! > pivot) i++;
        while (values[j]! < pivot) j--;
        if (i <= j) {
          const swapped = values[i]!;
          values[i++] = values[j]!;
          values[j--] = swapped;
        }
      }
      if (last <= j) high = j;
      else if (last >= i) low = i;
      else break;
    }
  } else if (length > 0) {
    let least = 0;
    for (let t = 1; t < length; t++) if (values[t]! < values[least]!) least = t;
    const swapped = values[least]!;
    values[least] = values[length - 1]!;
    values[length - 1] = swapped;
  }
  let sum = 0;
  for (let t = 0; t < k; t++) sum += values[t]!;
  return sum;
}

/**
 * How many of the numbers that equal the k-th largest (*threshold*) are among the k largest: k less those above it. In index
 * order, the k largest are then those above the threshold, and so many of those at it.
 *
 * @param step distance between two numbers; the first stands at `from`
 */
export function tiesAmongLargest(
  values: Float64Array,
  from: number,
  step: number,
  length: number,
  threshold: number,
  k: number,
): number {
  let ties = k;
  for (let t = 0, at = from; t < length; t++, at += step) if (values[at]! > threshold) ties--;
  return ties;
}

/** {@link tiesAmongLargest} of values that stand in ascending order: O(ties). */
export function tiesOfSorted(sorted: Float64Array, k: number): number {
  const first = sorted.length - k;
  let at = first;
  while (at < sorted.length && sorted[at] === sorted[first]) at++;
  return at - first;
}

/**
 * mask[index] = 1 for the k largest values, 0 for the others.
 *
 * @param scratch room for a copy of the values
 */
export function markLargest(
  values: Float64Array,
  k: number,
  mask: Uint8Array,
  scratch: Float64Array = new Float64Array(values.length),
): void {
  const { length } = values;
  mask.fill(0);
  if (k === 0) return;
  scratch.set(values);
  sumOfLargest(scratch, length, k);
  const threshold = scratch[k - 1]!;
  let ties = tiesAmongLargest(values, 0, 1, length, threshold, k);
  for (let index = 0; index < length; index++) {
    if (values[index]! > threshold || (values[index] === threshold && ties-- > 0)) mask[index] = 1;
  }
}

/** All indices, those of the least values first. */
export function ascending(values: ArrayLike<number>): Uint32Array {
  return Uint32Array.from(values, (_, index) => index).sort((a, b) => values[a]! - values[b]! || a - b);
}

/** All indices, those of the largest values first. */
export function descending(values: ArrayLike<number>): Uint32Array {
  return Uint32Array.from(values, (_, index) => index).sort((a, b) => values[b]! - values[a]! || a - b);
}

/** The sum of the k largest of values that stand in ascending order, added in that order. */
export function sumOfLast(sorted: Float64Array, k: number): number {
  let sum = 0;
  for (let at = sorted.length - k; at < sorted.length; at++) sum += sorted[at]!;
  return sum;
}

/**
 * top[k] = sum of the k largest of values that stand in ascending order, for k = 0 .. most; largest first.
 *
 * @param top where to write it
 */
export function topSumsOfSorted(
  sorted: Float64Array,
  most = sorted.length,
  top: Float64Array = new Float64Array(most + 1),
): Float64Array {
  const { length } = sorted;
  let sum = 0;
  top[0] = 0;
  for (let k = 1; k <= most; k++) top[k] = sum += sorted[length - k]!;
  return top;
}

/** top[k] = sum of the k largest values, for k = 0 .. length; largest first; sorts a copy. */
export function topSums(values: ArrayLike<number>): Float64Array {
  return topSumsOfSorted(Float64Array.from(values).sort());
}
