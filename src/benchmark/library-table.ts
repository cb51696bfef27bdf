import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeText } from '../formats/file.ts';
import { CATEGORIES, type EntrySource, type Library, type LibraryEntry } from './library.ts';

/*
 * The library as a table in its folder's README.md, between two comments. A test holds that it is up to date; --improve
 * renews it.
 */

const BEGIN = '<!-- library: begin -->';
const END = '<!-- library: end -->';

/** Markdown: one row an entry, by category. */
export function libraryTable({ entries }: Pick<Library, 'entries'>): string {
  const closed = entries.filter(({ record }) => record?.status === 'closed').length;
  const head = [
    'entry',
    'size',
    'asked',
    'cost',
    'kept',
    'proved least cost',
    'gap',
    'evidence',
    'found by',
    'what it is',
  ];
  const lines = [
    `${entries.length} entries: ${closed} closed, ${entries.length - closed} open.`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '---').join('|')}|`,
  ];
  for (const category of CATEGORIES) {
    const own = entries.filter((entry) => entry.category === category);
    if (own.length > 0) lines.push(`| **${category}** |${' |'.repeat(head.length - 1)}`);
    for (const entry of own) lines.push(`| ${cellsOf(entry).map(escaped).join(' | ')} |`);
  }
  return lines.join('\n');
}

/** A bar would end the cell. */
const escaped = (cell: string) => cell.replaceAll('|', '\\|');

function cellsOf(entry: LibraryEntry): string[] {
  const { name, about, goal, record, source } = entry;
  const asked =
    'sparsity' in goal
      ? `${Number((100 * Number(goal.sparsity)).toPrecision(6))}%`
      : 'target' in goal
        ? `${goal.target} units`
        : `${goal.shape.rows} rows, ${goal.shape.columns} columns`;
  if (record === undefined) return [`\`${name}\``, '', asked, '', '', '', '', '', '', about];
  const { cost, kept, dualBound, status, evidence, foundBy, layers, entries } = record;
  const total = cost + kept;
  return [
    `\`${name}\``,
    sizeOf(source, layers, entries),
    asked,
    `${Number(cost.toPrecision(9))}`,
    total === 0 ? '-' : `${((100 * kept) / total).toFixed(2)}%`,
    status === 'closed' ? 'the same' : `${Number(dualBound.toPrecision(9))}`,
    status === 'closed' ? 'closed' : `${((100 * (cost - dualBound)) / cost).toFixed(2)}%`,
    evidence.kind === 'search' ? 'search, replayed' : evidence.kind === 'proof' ? 'proof log' : 'certificate',
    foundBy.method,
    about,
  ];
}

function sizeOf(source: EntrySource | undefined, layers: number, entries: number): string {
  const isSized = source !== undefined && (source.kind === 'family' || source.kind === 'worst-case');
  const size = isSized && source.rows !== undefined ? `${source.rows} x ${source.cols}` : `${entries} entries`;
  return layers === 1 ? size : `${layers} layers, ${size}${isSized && source.rows !== undefined ? ' each' : ''}`;
}

/** A README with its table renewed; as it was where it has no place for one. */
export function withTable(readme: string, library: Pick<Library, 'entries'>): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) return readme;
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${libraryTable(library)}\n\n${readme.slice(end)}`;
}

/** Renews the table of the README.md beside a manifest, if there is one. @throws RcpruneError when it cannot be written */
export async function renewTable(library: Library): Promise<void> {
  const file = path.join(library.folder, 'README.md');
  const readme = await readFile(file, 'utf8').catch(() => null);
  if (readme === null) return;
  const renewed = withTable(readme, library);
  if (renewed !== readme) await writeText(file, [renewed]);
}
