import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { STORED } from './steps.ts';
import { type Row, readTable, writeTable } from './tables.ts';

/*
 * Where stored results come from: stored.csv, one row a file with its hash, the date and commit of its last change, and the
 * command that made it. A file whose hash is recorded keeps its row, so that a shallow clone or an archive without history
 * says the same; of a changed file that is not committed yet the commit is empty and the date is today's.
 *
 *   npx tsx paper-artifacts/reproduce/stored.ts
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const table = fileURLToPath(new URL('../stored', import.meta.url));

const git = (...parameters: string[]) => {
  try {
    return execFileSync('git', parameters, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
};

function lastChange(file: string): { date: string; commit: string | null } {
  const isClean =
    git('status', '--porcelain', '--', file) === '' && git('rev-parse', '--is-shallow-repository') === 'false';
  const [date, commit] = isClean ? git('log', '-1', '--format=%cs %h', '--', file).split(' ') : [];
  return commit === undefined ? { date: new Date().toISOString().slice(0, 10), commit: null } : { date: date!, commit };
}

const known = existsSync(`${table}.csv`) ? (await readTable(`${table}.csv`)).rows : [];
const rows = STORED.map(({ file, step, command }): Row => {
  const bytes = readFileSync(path.join(root, file));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const same = known.find((row) => row.file === file && row.sha256 === sha256);
  const { date, commit } = same === undefined ? lastChange(file) : (same as { date: string; commit: string | null });
  return { file, sha256, bytes: bytes.length, date, commit: commit === null ? null : String(commit), step, command };
});
await writeTable(table, rows);
console.log(`stored.csv: ${rows.length} files`);
