import { escapeXml } from './figures/figure.ts';

/** Markup that is safe to place in a page. Only {@link html} and {@link trusted} make it. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | null | readonly Part[];

/** A template whose values are escaped, unless they are markup of this kind; null is nothing, lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(strings.map((text, k) => text + (k < values.length ? textOf(values[k]!) : '')).join(''));
}

function textOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  return typeof part === 'object' ? part.map(textOf).join('') : escapeXml(`${part}`);
}

/** Text of our own making that is markup already: figures, style, script. */
export const trusted = (text: string): Html => new Html(text);

/** A value as JSON inside a script element: no `<`, so that nothing in it can end the element. */
export function embeddedJson(value: unknown): Html {
  const json = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return new Html(json);
}
