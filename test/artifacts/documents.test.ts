import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/*
 * What documents name is there: links, scripts, files and folders.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const readDocument = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

describe('the README', () => {
  it('says what every folder is for', () => {
    const folders = readdirSync(path.join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) expect(readDocument('README.md')).toContain(`\`src/${name}\``);
  });
});

describe.each(['README.md', 'CONTRIBUTING.md', 'TUTORIAL.md', 'CHANGELOG.md'])('%s', (name) => {
  const text = readDocument(name);

  it('links to what is there', () => {
    const headings = (file: string) =>
      Array.from(readDocument(file).matchAll(/^#+ (.*)$/gm), ([, heading]) =>
        heading!
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replace(/ /g, '-'),
      );
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link!)) continue;
      const [file, anchor] = link!.split('#');
      expect(existsSync(path.join(ROOT, file || name)), link).toBe(true);
      if (anchor !== undefined) expect(headings(file || name), link).toContain(anchor);
    }
  });

  it('names scripts and files that exist', () => {
    const { scripts } = JSON.parse(readDocument('package.json'));
    for (const [, script] of text.matchAll(/npm run (?:--silent )?([a-z:-]+)/g))
      expect(scripts).toHaveProperty(script!);
    const places = /(?:npx tsx |`)((?:src|test|bench|proofs|instances|paper-artifacts)\/[\w./-]*)/g;
    for (const [, place] of text.matchAll(places)) expect(existsSync(path.join(ROOT, place!)), place).toBe(true);
  });
});
