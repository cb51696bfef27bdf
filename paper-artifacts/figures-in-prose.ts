/*
 * `npm run figures`: writes every figure into the documents that state it, from the committed tables. The figures stand in
 * `reproduce/prose-list.ts`, the markers are explained in `reproduce/prose.ts`. `npm run check:artifacts` fails where a document
 * states another figure.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeText } from '../src/formats/file.ts';
import { programOf } from './program.ts';
import { computedFigures, DOCUMENTS } from './reproduce/computed-figures.ts';
import { withFigures } from './reproduce/prose.ts';

programOf('npm run figures', 'Writes the figures of the committed tables into the documents that state them.', [
  '',
]).parse();

const root = fileURLToPath(new URL('..', import.meta.url));
const figures = await computedFigures();
for (const document of DOCUMENTS) {
  const file = path.join(root, document);
  const before = await readFile(file, 'utf8');
  const after = withFigures(document, before, (name) => figures.get(name));
  if (after === before) continue;
  await writeText(file, [after]);
  console.log(`${document}: changed`);
}
