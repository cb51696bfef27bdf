import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSources, statementsOf, theoremsOf } from '../../proofs/coq.ts';

/*
 * The table of proofs/README.md, claim -> Coq theorem -> TypeScript function -> property test: every name in it exists.
 */

const at = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const text = readFileSync(at('proofs/README.md'), 'utf8');

interface Row {
  readonly claim: string;
  /** `File.theorem` */
  readonly theorems: readonly string[];
  readonly functions: readonly { readonly name: string; readonly file: string }[];
  readonly tests: readonly { readonly title: string; readonly file: string }[];
}

/** One cell: names, then `in` and the file that has them, groups of these parted by semicolons; a dash for none. */
function places(cell: string, name: RegExp): { name: string; file: string }[] {
  if (cell === '-') return [];
  return cell.split(';').flatMap((group) => {
    const [, names, file] = /^(.*) in `([^`]+)`$/.exec(group.trim()) ?? [];
    expect(names, cell).toBeDefined();
    return [...names!.matchAll(name)].map(([, one]) => ({ name: one!, file: file! }));
  });
}

const lines = text.split('\n');
const head = lines.indexOf('| Claim | Coq | TypeScript | Test |');
const rows: Row[] = lines.slice(head + 2, lines.indexOf('', head)).map((line) => {
  const [claim, coq, functions, tests] = line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, ''));
  return {
    claim: claim!,
    theorems: [...coq!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
    functions: places(functions!, /`([^`]+)`/g),
    tests: places(tests!, /"([^"]+)"/g).map(({ name, file }) => ({ title: name, file })),
  };
});

const sources = readSources();
const proved = new Set(sources.flatMap(({ name, text: source }) => theoremsOf(source).map((one) => `${name}.${one}`)));
const printed = new Set(statementsOf(sources).map(({ file, theorem }) => `${file}.${theorem}`));

describe('the map of claims', () => {
  it('has every theorem of the theory', () => {
    const claimed = new Set(rows.map(({ claim }) => /^(T\d+b?): /.exec(claim)?.[1]));
    for (const theorem of ['T1', 'T2', 'T3', 'T4', 'T5', 'T5b', 'T6', 'T7', 'T8', 'T9', 'T10', 'T11', 'T12']) {
      expect(claimed).toContain(theorem);
      expect(rows.some(({ claim, theorems }) => claim.startsWith(`${theorem}: `) && theorems.length > 0)).toBe(true);
    }
  });

  it.each(rows)('$claim', async ({ theorems, functions, tests }) => {
    expect(theorems.length + functions.length + tests.length).toBeGreaterThan(0);
    for (const theorem of theorems) {
      expect(proved, 'declared in its file').toContain(theorem);
      expect(printed, 'listed in Statements.v').toContain(theorem);
    }
    for (const { name, file } of functions) {
      expect(existsSync(at(file)), file).toBe(true);
      expect(Object.keys(await import(at(file))), file).toContain(name);
    }
    for (const { title, file } of tests) {
      const source = readFileSync(at(file), 'utf8');
      expect(
        [`'${title}'`, `"${title}"`, `\`${title}\``].some((quoted) => source.includes(quoted)),
        title,
      ).toBe(true);
    }
  });

  it('names in the table of files all that there are', () => {
    const table = text.slice(text.indexOf('| File | What |'));
    for (const { name } of sources) {
      if (name !== 'Matrices') expect(table).toContain(`\`${name}.v\``);
    }
  });
});
