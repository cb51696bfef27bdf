import Table from 'cli-table3';
import { print } from './output.ts';

/** How columns stand that are no numbers. */
export interface TextColumns {
  /** Most characters of each, beyond which its words go on in the next line. */
  readonly widths: readonly number[];
}

/** Prints rows under a head: first column left, the others as numbers right unless they are text; no colours, no lines between rows. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  text: TextColumns | null = null,
): void {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 || text !== null ? 'left' : 'right')),
    style: { head: [], border: [], compact: text === null },
    ...(text === null ? {} : { colWidths: text.widths.map((width) => width + PADDING), wordWrap: true }),
  });
  for (const row of rows) table.push([...row]);
  print(table.toString());
}

/** A space on either side. */
const PADDING = 2;
