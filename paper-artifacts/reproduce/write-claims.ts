import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeText } from '../../src/formats/file.ts';
import { CLAIMS, type Claim, type Measurement } from './claims.ts';
import { home } from './measure.ts';
import { fileOfTable, STEPS } from './steps.ts';
import { parseTable, type Row } from './tables.ts';

/*
 * The claims table, from the tables that are there: claims.json and claims.md, the same bytes whenever the tables are;
 * speed.json and speed.md, claims whose figures a clock gives. Exit 1 when a claim fails or a quick step did not measure one.
 *
 * Steps that have run on the present code are named by `--measured=A,B`. A table of any other quick step may be of another
 * version, or the one that came with the repository: a claim that rests on it is not measured, whatever the table says.
 */

const { values } = parseArgs({ options: { measured: { type: 'string', default: '' } }, strict: false });
const measuredSteps = (values.measured as string).split(',');

export interface Judged extends Claim {
  readonly command: string | null;
  readonly measured: string;
  readonly verdict: 'holds' | 'fails' | 'not measured' | 'reported';
}

function rowsOf(name: string): readonly Row[] | null {
  const place = fileOfTable(name);
  // Stored tables are read where they are stored, also when results go elsewhere.
  const file = [path.join(home, path.relative('paper-artifacts', place)), place].find(existsSync);
  return file === undefined ? null : parseTable(readFileSync(file, 'utf8')).rows;
}

function judge(claim: Claim): Judged {
  const { step } = claim;
  const isFull = STEPS.some(({ name, mode }) => name === step && mode === 'full');
  const command = step === null ? null : `npm run reproduce -- ${isFull ? '--full ' : ''}--only ${step}`;
  const tables = claim.tables.map(rowsOf);
  const missing = claim.tables.filter((_, k) => tables[k] === null);
  if (missing.length > 0) return { ...claim, command, measured: `no ${missing.join(', ')}`, verdict: 'not measured' };
  const { measured, holds }: Measurement = claim.measure(...(tables as Row[][]));
  if (step !== null && !isFull && !measuredSteps.includes(step)) {
    return { ...claim, command, measured: `not in this run; stored: ${measured}`, verdict: 'not measured' };
  }
  const unjudged = step === null ? 'not measured' : 'reported';
  return { ...claim, command, measured, verdict: holds === null ? unjudged : holds ? 'holds' : 'fails' };
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
const code = (text: string) => `\`${text}\``;

function summaryOf(claims: readonly Judged[]): string {
  const rows = claims.map(({ id, claim, whose, scale, ran, command, expected, measured, verdict }) => [
    code(id),
    claim,
    whose,
    scale,
    ran,
    command === null ? '-' : code(command),
    expected,
    measured,
    `**${verdict}**`,
  ]);
  return table(['', 'claim', 'whose', 'reproduced', 'what we ran', 'command', 'expected', 'measured', 'verdict'], rows);
}

function namesOf(claims: readonly Judged[]): string {
  const rows = claims
    .filter(({ theorems, tests }) => theorems.length + tests.length > 0)
    .map(({ id, theorems, tests }) => [
      code(id),
      theorems.map(code).join(' ') || '-',
      tests.map(([title, file]) => `"${title}" in ${code(file)}`).join('; ') || '-',
    ]);
  return table(['', 'theorems, in `proofs/coq`', 'tests'], rows);
}

/** What of it goes to JSON: the claim and its verdict, without the function that measures. */
const recordOf = ({ measure: _, tables: __, ...rest }: Judged) => rest;

const judged = CLAIMS.map(judge);
const timeless = judged.filter(({ isClocked }) => isClocked !== true);
const clocked = judged.filter(({ isClocked }) => isClocked === true);

const INTRODUCTION = `# Claims

Made by \`npm run reproduce\`; do not edit. *Thesis states*: Ping-Han Tu, master's thesis, National Taiwan University, 2024,
doi:10.6342/NTU202401008, of which only the abstract is public, so algorithms, reductions and instances are our construction
throughout. *As stated*: the claim itself is reproduced. *Smaller scale*: on another, smaller network and data set. *Not without
Food-101*: not reproduced here. *Ours*: a claim that the thesis does not make. Steps of \`--full\` are stored results:
[stored.csv](stored.csv) has their hashes and dates. Figures of clocks stand apart, in [speed.md](speed.md).`;

async function write(name: string, introduction: string, claims: readonly Judged[], more: readonly string[] = []) {
  await writeText(path.join(home, `${name}.json`), [`${JSON.stringify(claims.map(recordOf), null, 2)}\n`]);
  const parts = [introduction, ...more, summaryOf(claims), '## Proofs and tests', namesOf(claims)];
  await writeText(path.join(home, `${name}.md`), [`${parts.join('\n\n')}\n`]);
}

const counts = (['holds', 'fails', 'not measured'] as const)
  .map(
    (verdict) =>
      `${timeless.filter((claim) => claim.verdict === verdict).length} ${verdict === 'holds' ? 'hold' : verdict}`,
  )
  .join(', ');
await write('claims', INTRODUCTION, timeless, [`${timeless.length} claims: ${counts}.`]);
const [processor] = os.cpus();
const machine = `${processor?.model.trim()}, ${os.availableParallelism()} cores, Node.js ${process.version}`;
await write(
  'speed',
  `# Claims about speed\n\nMeasured on ${machine}. Made by \`npm run reproduce\`; every run writes it anew.`,
  clocked,
);
for (const { id, verdict, measured } of judged) console.log(`${verdict.padEnd(12)} ${id}: ${measured}`);
/** Results of full steps that nobody has stored are missing, which is said, but no fault of this run. */
const isQuick = ({ step }: Judged) => STEPS.some(({ name, mode }) => name === step && mode === 'quick');
const isOpen = (claim: Judged) => claim.verdict === 'fails' || (claim.verdict === 'not measured' && isQuick(claim));
process.exitCode = judged.some(isOpen) ? 1 : 0;
