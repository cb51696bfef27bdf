import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeText } from '../../src/formats/index.ts';
import { type PaperClaim, type PaperSection, type PaperTable, paperPage } from '../../src/report/index.ts';
import { FIGURES } from './figure-list.ts';
import { DRAW } from './figures.ts';
import { fileOfTable } from './steps.ts';
import { parseTable, readTable } from './tables.ts';

/* Writes paper-artifacts/index.html: the claims, those about speed too, the figures, the peers, what is stored. */

const at = (file: string) => fileURLToPath(new URL(`../../${file}`, import.meta.url));
const claimsOf = (name: string) => JSON.parse(readFileSync(at(`paper-artifacts/${name}.json`), 'utf8')) as PaperClaim[];

function tableOf(file: string, caption: string, columns: readonly string[]): PaperTable | null {
  if (!existsSync(at(file))) return null;
  const { rows } = parseTable(readFileSync(at(file), 'utf8'));
  const cells = rows.map((row) =>
    columns.map((name) => {
      const value = row[name] ?? null;
      return typeof value === 'boolean' ? `${value}` : value;
    }),
  );
  return { caption, columns, rows: cells };
}

const figuresOf = async (...names: string[]) =>
  Promise.all(
    FIGURES.filter(({ name }) => names.includes(name)).map(async ({ name, title, caption, table }) => {
      const { rows } = await readTable(at(fileOfTable(table)));
      return { label: title, caption, draw: (options: object) => DRAW[name]!(rows, options) };
    }),
  );
const present = (...tables: (PaperTable | null)[]) => tables.filter((one) => one !== null);
const PEERS = ['method', 'family', 'rows', 'cols', 'sparsity', 'status', 'stopReason', 'cost', 'dualBound', 'seconds'];

const sections: PaperSection[] = [
  {
    id: 'guarantees',
    title: 'Guarantees and the worst case',
    text: 'Both 2-approximations against enumerated optima, and the instances on which the factor 2 is reached.',
    figures: await figuresOf('ratios', 'tightness'),
    tables: [],
  },
  {
    id: 'optima',
    title: 'Optima and certified gaps',
    text: 'Exact methods where they finish, certificates of how far an answer at most is from the optimum where they do not.',
    figures: await figuresOf('exact', 'annealing'),
    tables: present(
      tableOf('paper-artifacts/results/gaps-all.csv', 'Proved gaps', [
        'instance',
        'sparsity',
        'cost',
        'dualBound',
        'ratio',
        'keptRatio',
      ]),
      tableOf('paper-artifacts/results/peers.csv', 'Peers: the same instances, the same limits, this run', PEERS),
    ),
  },
  {
    id: 'accuracy',
    title: 'Accuracy',
    text: 'Networks trained on glyphs, pruned by every method, fine-tuned with one budget. Stored, but for what the claims say was done again.',
    figures: await figuresOf('accuracy', 'cost-accuracy'),
    tables: [],
  },
  {
    id: 'stored',
    title: 'Stored results',
    text: 'What takes hours is taken as stored: its hash, the date of its last change, and the command that makes it.',
    figures: [],
    tables: present(
      tableOf('paper-artifacts/stored.csv', 'Stored results', ['file', 'sha256', 'date', 'commit', 'command']),
    ),
  },
];

const page = paperPage({
  title: 'Row-and-column pruning: what is claimed and what came out',
  lead: 'Ping-Han Tu, Approximation Algorithms and Simulated Annealing Heuristics for Row-and-Column Pruning of Deep Neural Networks, master’s thesis, National Taiwan University, 2024, doi:10.6342/NTU202401008. Only its abstract is public, so algorithms, reductions and instances here are our construction.',
  facts: [],
  claims: [...claimsOf('claims'), ...claimsOf('speed')],
  sections,
  command: 'npm run reproduce',
});
await writeText(at('paper-artifacts/index.html'), [page]);
console.log(`index.html: ${page.length} characters`);
