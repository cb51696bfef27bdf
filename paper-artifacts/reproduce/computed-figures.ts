import { fileURLToPath } from 'node:url';
import { PROSE_FIGURES } from './prose-list.ts';
import { type Row, readTable } from './tables.ts';

/** The documents in which figures stand, relative to the repository. */
export const DOCUMENTS = ['README.md', 'paper-artifacts/accuracy/README.md'];

const at = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** The text of every figure, by its name. */
export async function computedFigures(): Promise<ReadonlyMap<string, string>> {
  const tables = new Map<string, readonly Row[]>();
  for (const name of new Set(Object.values(PROSE_FIGURES).flatMap((figure) => figure.tables))) {
    tables.set(name, (await readTable(at(name))).rows);
  }
  const figures = Object.entries(PROSE_FIGURES);
  return new Map(figures.map(([name, figure]) => [name, figure.of(...figure.tables.map((one) => tables.get(one)!))]));
}
