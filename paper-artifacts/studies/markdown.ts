/* Tables of documents, from rows. */

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Least to greatest of a column, as text; rows with nothing in it do not count. */
export function span<Row>(rows: readonly Row[], show: (row: Row) => string | null | undefined): string {
  const shown = rows.map(show).filter((text) => text != null);
  if (shown.length === 0) return 'not run';
  const sorted = shown.sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b));
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  return least === most ? least : `${least} to ${most}`;
}
