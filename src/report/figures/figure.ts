import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { hex, NAMES } from './palette.ts';

/*
 * What all figures share: Observable Plot draws into a light document, and one function writes it out as text. The text is
 * well-formed XML whatever the names in it hold, coordinates are rounded to a hundredth of a pixel (the same bytes on every
 * platform, half the length), and colours are the palette's.
 */

export interface FigureOptions {
  /** Pixels, default 680. Below {@link COMPACT} labels move below the plot: a phone. */
  readonly width?: number | undefined;
  /** `file` (default): a document of its own, light, explicit colours. `page`: inside a page that defines the variables. */
  readonly theme?: Theme | undefined;
}

export type Theme = 'file' | 'page';

export const WIDTH = 680;
export const COMPACT = 480;

/** The part of a DOM node that is used here. */
export interface Shape {
  readonly nodeType: number;
  readonly localName: string;
  readonly data: string;
  readonly childNodes: Iterable<Shape>;
  readonly attributes: Iterable<{ readonly name: string; readonly value: string }>;
  setAttribute(name: string, value: string): void;
  append(...children: (Shape | string)[]): void;
}

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** An SVG element with attributes; numbers are written as they are and rounded on the way out. */
export function shape(
  name: string,
  attributes: Record<string, string | number>,
  ...children: (Shape | string)[]
): Shape {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name) as unknown as Shape;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, `${value}`);
  element.append(...children);
  return element;
}

/** A number for people: at most four significant digits, never in the form 1e+21 below it. */
export function brief(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return '–';
  const rounded = Number(value.toPrecision(digits));
  return Math.abs(rounded) >= 1e4 && Math.abs(rounded) < 1e21 ? rounded.toLocaleString('en-US') : `${rounded}`;
}

/** Part of a whole, in percent with one decimal. */
export function percent(share: number, decimals = 1): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(decimals)}%` : '–';
}

/** A name cut to so many characters, the end kept: layers differ at their ends. */
export function short(name: string, most: number): string {
  const characters = [...name];
  return characters.length <= most ? name : `…${characters.slice(characters.length - most + 1).join('')}`;
}

/** Names without the parts that all of them share at the start or the end, parts being what `/` and `.` divide. */
export function distinctParts(names: readonly string[]): string[] {
  const parts = names.map((name) => name.split(/(?<=[/.])/));
  if (parts.length < 2) return [...names];
  const shortest = Math.min(...parts.map(({ length }) => length)) - 1; // something stays of every name
  const isShared = (at: (own: string[]) => string | undefined) => parts.every((own) => at(own) === at(parts[0]!));
  let head = 0;
  while (head < shortest && isShared((own) => own[head])) head++;
  let tail = 0;
  while (head + tail < shortest && isShared((own) => own.at(-1 - tail))) tail++;
  return parts.map((own) =>
    own
      .slice(head, own.length - tail)
      .join('')
      .replace(/[/.]$/, ''),
  );
}

/**
 * Draws a plot and writes it as SVG text.
 *
 * @param title what the figure shows, in one sentence: its accessible name
 */
export function figure(
  title: string,
  { width = WIDTH, theme = 'file' }: FigureOptions,
  options: Plot.PlotOptions,
): string {
  const plot = Plot.plot({
    width,
    ...options,
    document: document as never,
    className: 'rcprune-figure',
    style: { color: hex('ink'), fontFamily: FONT, fontSize: '12px', background: 'none' } as never,
  }) as unknown as Shape;
  return svgText(plot, title, theme);
}

const FONT = 'ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif';

/** An SVG element as text; see the top of this file. */
export function svgText(root: Shape, title: string, theme: Theme): string {
  root.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  root.setAttribute('role', 'img');
  root.setAttribute('aria-label', title);
  const parts: string[] = [];
  write(root, theme, parts, theme === 'page' ? '' : `<title>${escapeXml(title)}</title>${ground(root)}`);
  return `${parts.join('')}\n`;
}

/** What a figure of its own stands on: paper, also in a dark viewer. */
function ground(root: Shape): string {
  const attributes = new Map([...root.attributes].map(({ name, value }) => [name, value]));
  return `<rect width="${attributes.get('width')}" height="${attributes.get('height')}" fill="${hex('paper')}"/>`;
}

const ELEMENT = 1;
const TEXT = 3;
/** Attributes that hold numbers to round. */
const GEOMETRY = /^(d|points|transform|x|y|x[12]|y[12]|cx|cy|r|rx|ry|width|height|dx|dy)$/;
const COLOURS = /^(fill|stroke|color|stop-color)$/;

function write(node: Shape, theme: Theme, parts: string[], first = ''): void {
  if (node.nodeType === TEXT) parts.push(escapeXml(node.data));
  if (node.nodeType !== ELEMENT || node.localName === 'style') return; // Plot's own style: the page has one
  parts.push('<', node.localName);
  for (const { name, value } of node.attributes) {
    if (node.localName !== 'svg' && /^(style|aria-)/.test(name)) continue; // an image has no parts for screen readers
    if (name === 'style') {
      parts.push(` style="max-width:100%;height:auto;font-family:${escapeXml(FONT)};font-size:12px"`);
      continue;
    }
    parts.push(' ', name, '="', escapeXml(attributeText(name, value, theme)), '"');
  }
  const children = [...node.childNodes];
  if (children.length === 0 && first === '') parts.push('/>');
  else {
    parts.push('>', first);
    for (const child of children) write(child, theme, parts);
    parts.push('</', node.localName, '>');
  }
}

function attributeText(name: string, value: string, theme: Theme): string {
  if (COLOURS.test(name)) {
    const colour = value === 'currentColor' ? hex('ink') : value;
    const known = NAMES.get(colour);
    return theme === 'page' && known !== undefined ? `var(--${known})` : colour;
  }
  if (!GEOMETRY.test(name)) return value;
  return value.replace(
    /-?\d+\.\d{3,}(e[-+]?\d+)?|-?\d+(\.\d+)?e[-+]?\d+/g,
    (number) => `${Number(Number(number).toFixed(2))}`,
  );
}

/** Text safe between tags and inside quotes, in XML and HTML; what XML cannot hold becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, (character) => ('\t\n'.includes(character) ? character : '\ufffd'))
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
