import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type FigureOptions, short, WIDTH } from './figures/figure.ts';
import { PALETTE } from './figures/palette.ts';
import { embeddedJson, type Html, html, trusted } from './html.ts';

/*
 * A page is one HTML file: style, script, figures and data inside, nothing loaded, so that it opens from a disk, an e-mail or
 * an archive, today and in ten years. All of it is readable without the script, which adds choosing, sorting and reading
 * points. A content security policy admits this one script by its hash: whatever a file smuggles into a name does not run.
 */

/** Width of a figure on a phone of 375 px. */
export const NARROW = 343;

export interface Page {
  readonly title: string;
  /** Above the title: what kind of page this is. */
  readonly kicker: string;
  readonly lead: Html;
  readonly facts: readonly Fact[];
  readonly sections: readonly Section[];
  /** The exact command that makes this page again. */
  readonly command: string;
  /** What the page shows, for programs: `JSON.parse(document.getElementById('data').textContent)`. */
  readonly data: unknown;
}

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  /** What the figures below mean. */
  readonly text: Html;
  readonly body: Html;
}

export interface Column<T> {
  readonly name: string;
  /** What is shown; numbers are aligned and sorted as numbers. */
  readonly show: (row: T) => string | Html;
  /** What rows are sorted by; absent: not sortable. */
  readonly sort?: (row: T) => number | string | null;
}

/** Longest name shown in full; files may hold longer ones. */
export const MOST_NAME = 120;

/** A name from a file, bounded. */
export const nameOf = (name: string): string => short(name, MOST_NAME);

const clientFile = (name: string) => readFileSync(new URL(`../../src/report/client/${name}`, import.meta.url), 'utf8');

/** A whole page as text; the same value gives the same bytes. */
export function pageText(page: Page): string {
  const script = clientFile('page.js');
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="rcprune">
<title>${page.title}</title>
<style>${trusted(paletteStyle())}${trusted(clientFile('page.css'))}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<header>
<p class="kicker">${page.kicker}</p>
<button type="button" id="theme" hidden>Theme: <span>system</span></button>
</header>
<main id="main" tabindex="-1">
<h1>${page.title}</h1>
<div class="lead">${page.lead}</div>
<dl class="facts">${page.facts.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd>${value}${note === undefined ? null : html` <small>${note}</small>`}</dd></div>`,
  )}</dl>
<nav aria-label="Sections"><ol>${page.sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>
${page.sections.map(
  ({ id, title, text, body }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${text}
${body}
</section>
`,
)}
<section id="again" aria-labelledby="again-title">
<h2 id="again-title">This page again</h2>
<p>The same files give the same page, byte for byte:</p>
<pre tabindex="0"><code>${page.command}</code></pre>
</section>
</main>
<footer><p>Made by <code>rcprune report</code>. Nothing is loaded from anywhere: keep this one file. The figures’ data are in its element <code>#data</code>, as JSON.</p></footer>
<div id="tip" role="status" hidden></div>
<script type="application/json" id="data">${embeddedJson(page.data)}</script>
<script>${trusted(script)}</script>
</body>
</html>
`.text;
}

/** The palette as variables: light, dark where the system or the reader asks for it. */
function paletteStyle(): string {
  const values = (k: 0 | 1) =>
    Object.entries(PALETTE)
      .map(([name, pair]) => `--${name}:${pair[k]}`)
      .join(';');
  return [
    `:root{${values(0)};color-scheme:light}`,
    `@media (prefers-color-scheme:dark){:root:not([data-theme=light]){${values(1)};color-scheme:dark}}`,
    `:root[data-theme=dark]{${values(1)};color-scheme:dark}`,
  ].join('\n');
}

/**
 * A figure with its caption, drawn once for wide screens and once for a phone; arrow keys and the pointer read its points.
 *
 * @param label what it is, in a few words, for screen readers
 */
export function figureBlock(label: string, caption: Html, draw: (options: FigureOptions) => string): Html {
  const drawn = (width: number, name: string) =>
    html`<div class="plot ${name}" tabindex="0" role="group" aria-label="${label}: arrow keys read its points">${trusted(draw({ width, theme: 'page' }))}</div>`;
  return html`<figure>${drawn(WIDTH, 'wide')}${drawn(NARROW, 'narrow')}<figcaption>${caption}</figcaption></figure>`;
}

/** A table whose columns sort; at most `most` rows, and it says when there were more. */
export function tableBlock<T>(caption: string, columns: readonly Column<T>[], rows: readonly T[], most = 500): Html {
  const shown = rows.slice(0, most);
  const isNumeric = columns.map(
    ({ sort }) => sort !== undefined && shown.every((row) => typeof (sort(row) ?? 0) === 'number'),
  );
  const head = columns.map(({ name, sort }, c) =>
    sort === undefined
      ? html`<th scope="col">${name}</th>`
      : html`<th scope="col"${isNumeric[c] ? trusted(' class="n"') : null}><button type="button">${name}</button></th>`,
  );
  const body = shown.map(
    (row) =>
      html`<tr>${columns.map(({ show, sort }, c) => {
        const value = sort === undefined ? undefined : sort(row);
        const key =
          value === undefined
            ? null
            : html` data-v="${value === null ? '' : typeof value === 'string' ? value.slice(0, MOST_NAME) : value}"`;
        const kind = isNumeric[c] ? trusted(' class="n"') : null;
        return c === 0
          ? html`<th scope="row"${kind}${key}>${show(row)}</th>`
          : html`<td${kind}${key}>${show(row)}</td>`;
      })}</tr>`,
  );
  const note = rows.length > most ? html`<p class="note">The first ${most} of ${rows.length} rows.</p>` : null;
  return html`<div class="table" role="region" tabindex="0" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>${note}`;
}

/** A table folded away below its figure: the same data for those who read rather than look. */
export function folded(summary: string, body: Html): Html {
  return html`<details><summary>${summary}</summary>${body}</details>`;
}

/** One of several panels, chosen by radio buttons: arrow keys move, and without the script all panels stand below each other. */
export interface Choice {
  readonly label: string;
  /** A share from 0 to 1 shown as a bar beside the label. */
  readonly bar?: number;
  readonly panel: Html;
}

/**
 * @param layout `beside`: the list left of the panel where there is room; `stacked`: above it
 * @param chosen the panel that is shown at first
 */
export function chooser(
  id: string,
  legend: string,
  choices: readonly Choice[],
  layout: 'beside' | 'stacked',
  chosen = 0,
): Html {
  const items = choices.map(
    ({ label, bar }, k) =>
      html`<label><input type="radio" name="${id}" value="${k}"${k === chosen ? trusted(' checked') : null}><span class="name">${label}</span>${
        bar === undefined
          ? null
          : html`<span class="bar" aria-hidden="true"><i style="width:${(100 * bar).toFixed(1)}%"></i></span>`
      }</label>`,
  );
  return html`<div class="chooser ${layout}" data-chooser="${id}"><fieldset hidden><legend>${legend}</legend><div class="choices">${items}</div></fieldset><div class="panels">${choices.map(
    ({ panel }) => html`<div class="panel">${panel}</div>`,
  )}</div></div>`;
}

/** A word as the shell reads it, quoted where it must be. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export const commandOf = (words: readonly string[]): string => words.map(shellWord).join(' ');
