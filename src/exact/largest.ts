/**
 * The k largest of `length` numbers: rearranges them so that they come first, the least of them at place k - 1.
 *
 * Hoare's selection with a median-of-three pivot, in place. Time O(length) on average; it moves numbers only, so integers
 * stay exact.
 *
 * @returns the sum of the k largest; 0 when k is 0
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
