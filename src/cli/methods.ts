import { Command } from 'commander';
import { METHODS } from '../methods.ts';
import { withExamples } from './help.ts';
import { DEFAULT_METHOD } from './method-option.ts';
import { print, printJson } from './output.ts';
import { printTable } from './table.ts';

/** What is proved of a method's answer, and the options that change what it does. */
interface Facts {
  readonly proved: string | null;
  /** Besides those that all take: goal, outputs, `--time` and `--certificate`. */
  readonly options: readonly string[];
}

const TWICE = 'cost <= 2 x optimum';
const ANNEALING = ['--seed', '--work', '--start', '--workers', '--checkpoint', '--resume'];

/** Of a method that {@link FACTS} does not have. */
const NOTHING: Facts = { proved: null, options: [] };

/** By name. */
const FACTS: Readonly<Record<string, Facts>> = {
  independent: { proved: TWICE, options: [] },
  residual: { proved: TWICE, options: [] },
  'residual-rows-first': { proved: TWICE, options: [] },
  'residual-columns-first': { proved: TWICE, options: [] },
  'rows-only': { proved: 'least cost of its kind', options: [] },
  'columns-only': { proved: 'least cost of its kind', options: [] },
  uniform: { proved: null, options: [] },
  greedy: { proved: null, options: [] },
  alternating: { proved: TWICE, options: ['--work', '--start'] },
  random: { proved: null, options: ['--seed'] },
  'anneal-selection': { proved: TWICE, options: [...ANNEALING, '--cooling'] },
  'anneal-shape': { proved: TWICE, options: ANNEALING },
  enumerate: { proved: 'optimal', options: ['--work', '--start'] },
  'branch-and-bound': { proved: 'optimal, with a proof log', options: ['--seed', '--work', '--start', '--proof'] },
  'ilp-jslp': { proved: null, options: ['--start'] },
  'ilp-highs': { proved: null, options: ['--seed', '--work', '--start'] },
  best: { proved: `${TWICE}, and its certificate's gap`, options: ['--seed', '--work', '--start'] },
};

/** Of the table: it fits into 120 characters. */
const WIDTHS = [22, 20, 25, 39];

export function methodsCommand(): Command {
  const command = new Command('methods')
    .summary('list the methods: what is proved of each, the options it heeds, what it does')
    .option('--json', 'print one JSON object')
    .action(run);
  return withExamples(command, 'methods', 'methods --json');
}

function run({ json }: { readonly json?: true }): void {
  const methods = METHODS.map(({ name, summary }) => ({ name, ...(FACTS[name] ?? NOTHING), summary }));
  if (json) {
    printJson({ default: DEFAULT_METHOD, methods });
    return;
  }
  printTable(
    ['method', 'proved', 'options', 'what it does'],
    methods.map(({ name, proved, options, summary }) => [name, proved ?? '-', options.join(' ') || '-', summary]),
    { widths: WIDTHS },
  );
  print(`Default: ${DEFAULT_METHOD}. Every method takes a goal, outputs, --time and --certificate.`);
}
