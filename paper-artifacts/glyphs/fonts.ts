import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * The fonts: npm packages pinned by version and content (fonts.json and fonts-lock.json are the package.json and
 * package-lock.json of a folder of their own), and the outlines in them.
 */

/** One step of an outline, as fontkit gives it: coordinates in font units, y upwards. */
interface Step {
  readonly command: 'moveTo' | 'lineTo' | 'quadraticCurveTo' | 'bezierCurveTo' | 'closePath';
  readonly args: readonly number[];
}
export type Outline = readonly Step[];

/** What of fontkit is used here. */
interface Glyph {
  readonly path: { readonly commands: Outline };
}
interface Font {
  getGlyph(id: number): Glyph;
  hasGlyphForCodePoint(code: number): boolean;
  glyphForCodePoint(code: number): Glyph;
}
interface Fontkit {
  openSync(file: string): Font;
}

export interface Family {
  readonly family: string;
  readonly category: string;
  readonly package: string;
  readonly version: string;
  readonly licence: string;
  readonly attribution: string;
}

/** Installs the pinned packages into a folder, running none of their scripts. */
export function installFonts(folder: string): void {
  const pinned = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  copyFileSync(pinned('fonts.json'), path.join(folder, 'package.json'));
  copyFileSync(pinned('fonts-lock.json'), path.join(folder, 'package-lock.json'));
  const options = { cwd: folder, stdio: 'inherit' as const, shell: process.platform === 'win32' };
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], options);
}

/** The packages of an installed folder, opened. */
export class Fonts {
  readonly packages: readonly string[];
  readonly #folder: string;
  readonly #fontkit: Fontkit;

  constructor(folder: string) {
    this.#folder = folder;
    this.#fontkit = createRequire(path.join(folder, 'package.json'))('fontkit') as Fontkit;
    const { dependencies } = this.#json('package.json') as { dependencies: Record<string, string> };
    this.packages = Object.keys(dependencies).filter((name) => name.startsWith('@fontsource/'));
  }

  #file(name: string): string {
    return path.join(this.#folder, name);
  }

  #json(name: string): unknown {
    return JSON.parse(readFileSync(this.#file(name), 'utf8'));
  }

  /** What a package says of itself. @throws Error unless three places in it name the Open Font License, version 1.1 */
  family(name: string): Family {
    const own = this.#json(`node_modules/${name}/package.json`) as { version: string; license: string };
    const { family, category, license } = this.#json(`node_modules/${name}/metadata.json`) as {
      family: string;
      category: string;
      license: { type: string; attribution: string };
    };
    const text = readFileSync(this.#file(`node_modules/${name}/LICENSE`), 'utf8');
    const open = /SIL Open Font License/i.test(text) && /version 1\.1/i.test(text);
    if (own.license !== 'OFL-1.1' || license.type !== 'OFL-1.1' || !open) {
      throw new Error(`${name}: expected the licence OFL-1.1, got ${own.license}, ${license.type}`);
    }
    const { version, license: licence } = own;
    return { family, category, package: name, version, licence, attribution: license.attribution };
  }

  /**
   * The outlines of some characters in one style (such as `400-normal`), read from the style's own file: no other font can
   * stand in for a missing character. Null when the package lacks the style.
   *
   * A character is missing, and its outline null, when the font does not map it, or maps it to nothing or to the box that
   * stands for missing characters (glyph 0).
   */
  outlines(name: string, style: string, characters: readonly string[]): (Outline | null)[] | null {
    const id = name.slice(name.indexOf('/') + 1);
    const file = this.#file(`node_modules/${name}/files/${id}-latin-${style}.woff2`);
    if (!existsSync(file)) return null;
    const font = this.#fontkit.openSync(file);
    const box = JSON.stringify(font.getGlyph(0).path.commands);
    return characters.map((character) => {
      const code = character.codePointAt(0)!;
      if (!font.hasGlyphForCodePoint(code)) return null;
      const { commands } = font.glyphForCodePoint(code).path;
      return commands.length === 0 || JSON.stringify(commands) === box ? null : commands;
    });
  }
}
