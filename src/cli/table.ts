import Table from 'cli-table3';
import { print } from './output.ts';

/** Prints rows of text under a head: first column left, numbers right, no colours and no lines between rows. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([...row]);
  print(table.toString());
}
