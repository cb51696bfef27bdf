import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTable, writeParquet } from './tables.ts';

/*
 * Tables that are stored as CSV, as Parquet: `paper-artifacts/parquet/NAME.parquet`. Measured tables have theirs beside them.
 *
 *   npx tsx paper-artifacts/reproduce/parquet.ts FILE.csv...     (relative to the repository)
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = fileURLToPath(new URL('../parquet/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const file of process.argv.slice(2)) {
  await writeParquet(
    path.join(folder, `${path.basename(file, '.csv')}.parquet`),
    await readTable(path.join(root, file)),
  );
}
