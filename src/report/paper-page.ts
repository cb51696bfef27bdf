import { brief, type FigureOptions } from './figures/figure.ts';
import { type Html, html } from './html.ts';
import { type Fact, figureBlock, folded, nameOf, pageText, type Section, tableBlock } from './page.ts';

/** A claim, what was done about it and what came out. */
export interface PaperClaim {
  readonly id: string;
  readonly claim: string;
  readonly whose: string;
  /** How far it is reproduced: as stated, at smaller scale, not at all. */
  readonly scale: string;
  readonly ran: string;
  readonly command: string | null;
  readonly expected: string;
  readonly measured: string;
  readonly verdict: 'holds' | 'fails' | 'not measured' | 'reported';
  readonly theorems: readonly string[];
  readonly tests: readonly (readonly [title: string, file: string])[];
}

/** A table as a file has it: all cells are text or numbers. */
export interface PaperTable {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

export interface PaperFigure {
  /** A few words: the figure's accessible name. */
  readonly label: string;
  /** One sentence: what it means. */
  readonly caption: string;
  /** One of `figures/`, its data bound: called once for each width. */
  readonly draw: (options: FigureOptions) => string;
}

export interface PaperSection {
  /** Letters, digits, hyphens; unique. */
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly figures: readonly PaperFigure[];
  readonly tables: readonly PaperTable[];
}

export interface PaperReport {
  readonly title: string;
  readonly lead: string;
  readonly facts: readonly Fact[];
  readonly claims: readonly PaperClaim[];
  readonly sections: readonly PaperSection[];
  /** The exact command that makes the page again. */
  readonly command: string;
}

/** The page of the paper artifacts, as text: claims first, then figures and tables, section by section. */
export function paperPage({ title, lead, facts, claims, sections, command }: PaperReport): string {
  return pageText({
    title,
    kicker: 'rcprune · paper artifacts',
    lead: html`<p>${lead}</p>`,
    facts: facts.length > 0 ? facts : countsOf(claims),
    sections: [...(claims.length === 0 ? [] : [claimSection(claims)]), ...sections.map(sectionOf)],
    command,
    data: { kind: 'paper', claims, maps: [] },
  });
}

function countsOf(claims: readonly PaperClaim[]): Fact[] {
  const count = (verdict: PaperClaim['verdict']) => claims.filter((claim) => claim.verdict === verdict).length;
  return [
    { name: 'claims', value: `${claims.length}` },
    ...(['holds', 'reported', 'not measured', 'fails'] as const).map((verdict) => ({
      name: verdict,
      value: `${count(verdict)}`,
    })),
  ];
}

/** A mark before the word, so that a verdict is no matter of colour. */
const MARKS = { holds: '✓', fails: '✗', 'not measured': '–', reported: '·' } as const;

function claimSection(claims: readonly PaperClaim[]): Section {
  const evidence = ({ theorems, tests }: PaperClaim): Html =>
    html`${theorems.map((name) => html`<code>${nameOf(name)}</code> `)}${tests.map(([test, file]) => html`“${nameOf(test)}” in <code>${nameOf(file)}</code> `)}`;
  return {
    id: 'claims',
    title: 'Claims',
    text: html`<p>What is claimed, by whom, what was run to see, and what came out.</p>`,
    body: html`<ol class="claims">${claims.map(
      (claim) => html`<li id="claim-${claim.id.replace(/[^\w-]/g, '-')}">
<h3>${claim.claim}</h3>
<p class="verdict ${claim.verdict.replace(' ', '-')}"><strong>${MARKS[claim.verdict]} ${claim.verdict}</strong> · ${claim.whose} · ${claim.scale}</p>
<dl><dt>ran</dt><dd>${claim.ran}</dd><dt>expected</dt><dd>${claim.expected}</dd><dt>measured</dt><dd>${claim.measured}</dd>${
        claim.command === null ? null : html`<dt>command</dt><dd><code>${claim.command}</code></dd>`
      }${claim.theorems.length + claim.tests.length === 0 ? null : html`<dt>proofs, tests</dt><dd>${evidence(claim)}</dd>`}</dl>
</li>`,
    )}</ol>`,
  };
}

function sectionOf({ id, title, text, figures, tables }: PaperSection): Section {
  return {
    id,
    title,
    text: html`<p>${text}</p>`,
    body: html`${figures.map(({ label, caption, draw }) => figureBlock(label, html`<p>${caption}</p>`, draw))}${tables.map(table)}`,
  };
}

/** A longer table is folded away: figures carry the page, tables are for looking up. */
const MOST_OPEN_ROWS = 24;

function table({ caption, columns, rows }: PaperTable): Html {
  const named = columns.map((name, c) => ({
    name,
    show: (row: PaperTable['rows'][number]) => {
      const value = row[c] ?? '–';
      return typeof value === 'number' && !Number.isInteger(value) ? brief(value, 7) : nameOf(`${value}`);
    },
    sort: (row: PaperTable['rows'][number]) => row[c] ?? null,
  }));
  const block = tableBlock(caption, named, rows);
  return rows.length > MOST_OPEN_ROWS ? folded(`${caption}: ${rows.length} rows`, block) : block;
}
