import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * The version of what a script runs: a hash of its text, of everything of ours that it reaches (imports, lazy ones too, and
 * files or folders that it names by `new URL('...', import.meta.url)`: workers, data), and of the versions of the packages
 * among the imports. A folder that holds the file which names it is where paths begin, not data. A result is named by it, so that a changed solver is measured again and a changed figure costs nothing.
 * What a program finds by other ways (Coq, Node.js itself) is not in it.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const REFERENCE =
  /(?:\bfrom|\bimport|\bimport\()\s*'([^']+)'|\bnew URL\('(\.[^']*|[\w-]+\.\w+)',\s*import\.meta\.url\)/g;

let lock: Record<string, { readonly version?: string }> | undefined;

/** @returns 16 hexadecimal digits, the same on every machine for the same files */
export function codeVersion(script: string): string {
  const files = new Map<string, string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    const name = path.relative(ROOT, file).split(path.sep).join('/');
    if (files.has(name) || name.includes('node_modules/') || !existsSync(file)) return;
    if (statSync(file).isDirectory()) {
      files.set(name, '');
      for (const entry of readdirSync(file).sort()) visit(path.join(file, entry));
      return;
    }
    const bytes = readFileSync(file);
    files.set(name, createHash('sha256').update(bytes).digest('hex'));
    if (!file.endsWith('.ts')) return;
    for (const [, imported, located] of bytes.toString('utf8').matchAll(REFERENCE)) {
      const target = path.join(path.dirname(file), located ?? imported!);
      const isRoot = file.startsWith(path.join(target, path.sep));
      if (located !== undefined ? !isRoot : imported!.startsWith('.')) visit(target);
      else if (located === undefined && !imported!.startsWith('node:')) packages.add(packageOf(imported!));
    }
  };
  visit(script);
  lock ??= JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')).packages as NonNullable<typeof lock>;
  const versions = [...packages].sort().map((name) => [name, lock![`node_modules/${name}`]?.version ?? '']);
  const parts = [[...files].sort(([a], [b]) => (a < b ? -1 : 1)), versions];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** `@scope/name/file` and `name/file` are of `@scope/name` and `name`. */
const packageOf = (source: string) =>
  source
    .split('/')
    .slice(0, source.startsWith('@') ? 2 : 1)
    .join('/');
