import { readText } from '../formats/file.ts';
import { describe, RcpruneError } from '../problem/error.ts';

/** Longest trace that is read: millions of incumbents. */
const MOST_BYTES = 2 ** 26;

/**
 * Reads what `solve --trace` wrote: `work,cost`, one incumbent a line.
 *
 * @throws RcpruneError on another heading, on anything but two nonnegative numbers a line, and when work falls
 */
export async function readTrace(file: string): Promise<[work: number, cost: number][]> {
  const [heading, ...lines] = (await readText(file, MOST_BYTES)).split('\n');
  if (heading !== 'work,cost') throw new RcpruneError(file, 'the heading work,cost', describe(heading));
  if (lines.pop() !== '') throw new RcpruneError(file, 'a last line with its end', 'one that was cut short');
  let before = 0;
  return lines.map((line, k) => {
    const match = /^(\d{1,16}),(\d[\d.]*(?:e[+-]?\d{1,3})?)$/.exec(line);
    const [work, cost] = [Number(match?.[1]), Number(match?.[2])];
    if (!(work >= before && cost < Infinity)) {
      throw new RcpruneError(`${file}: line ${k + 2}`, 'work that does not fall, and a cost', describe(line));
    }
    before = work;
    return [work, cost];
  });
}
