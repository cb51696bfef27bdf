import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeText } from '../../src/formats/index.ts';
import { FIGURES } from './figure-list.ts';
import { DRAW } from './figures.ts';
import { fileOfTable } from './steps.ts';
import { readTable } from './tables.ts';

/* Writes paper-artifacts/figures/NAME.svg, each from its table. */

const at = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
mkdirSync(at('paper-artifacts/figures'), { recursive: true });
for (const { name, table } of FIGURES) {
  const { rows } = await readTable(at(fileOfTable(table)));
  await writeText(at(`paper-artifacts/figures/${name}.svg`), [DRAW[name]!(rows)]);
}
console.log(`${FIGURES.length} figures`);
