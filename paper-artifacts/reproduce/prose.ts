import { RcpruneError } from '../../src/problem/error.ts';

/*
 * Figures in documents. A document names a figure where it stands, between two comments that no reader of the page sees:
 *
 *   certified within <!-- figure: certified-gap -->0.6%<!-- /figure --> of the optimum
 *
 * A marker that is alone on its line holds a block, a table say, with an empty line before and after it.
 */

const MARKED = /<!-- figure: ([\w-]+) -->((?:(?!<!-- figure)[\s\S])*?)<!-- \/figure -->/g;

/**
 * A document with every figure as it is computed now.
 *
 * @param where names the document
 * @param figureOf text of a figure, undefined for one that there is not
 * @throws RcpruneError on a marker without its end, an unknown figure, or a marker within a paragraph that begins a line: Markdown
 *   would take the line for HTML
 */
export function withFigures(where: string, text: string, figureOf: (name: string) => string | undefined): string {
  const written = text.replace(MARKED, (_, name: string, old: string, at: number) => {
    const figure = figureOf(name);
    if (figure === undefined) throw new RcpruneError(`${where}: figure`, 'one of figures-in-prose.ts', name);
    const isBlock = old.startsWith('\n');
    const beginsLine = /(?:^|\n) {0,3}$/.test(text.slice(0, at));
    if (beginsLine !== isBlock)
      throw new RcpruneError(`${where}: ${name}`, 'a block or a figure within its line', 'neither');
    return `<!-- figure: ${name} -->${isBlock ? `\n\n${figure}\n\n` : figure}<!-- /figure -->`;
  });
  const count = (marker: RegExp) => text.match(marker)?.length ?? 0;
  const [begins, ends, whole] = [/<!-- figure:/g, /<!-- \/figure/g, MARKED].map(count) as [number, number, number];
  if (begins !== whole || ends !== whole) {
    throw new RcpruneError(where, 'every <!-- figure: NAME --> with its <!-- /figure -->', `${begins} and ${ends}`);
  }
  return written;
}

/** The names of the figures in a document, each as often as it stands there. */
export const figuresIn = (text: string): string[] => Array.from(text.matchAll(MARKED), ([, name]) => name!);
