import { Command } from 'commander';
import type { Method } from '../method/method.ts';
import { loadMethods } from '../solve/registry.ts';
import { withExamples } from './help.ts';
import { DEFAULT_METHOD } from './method-option.ts';
import { print, printJson } from './output.ts';
import { printTable } from './table.ts';

/** The options of the command line that a method heeds, besides those that all take: goal, outputs, `--time`, `--certificate`. */
function optionsOf({ uses = [], rounds }: Method): string[] {
  const ofRounds = rounds === undefined ? [] : ['--workers', '--checkpoint', '--resume'];
  return [...uses.map((option) => `--${option}`), ...ofRounds];
}

/** Of the table: it fits into 120 characters. */
const WIDTHS = [22, 20, 25, 39];

export function methodsCommand(): Command {
  const command = new Command('methods').option('--json', 'print one JSON object').action(run);
  return withExamples(command, 'methods', 'methods --json');
}

async function run({ json }: { readonly json?: true }): Promise<void> {
  const methods = (await loadMethods()).map((method) => {
    const { name, proves = null, summary } = method;
    return { name, proved: proves, options: optionsOf(method), summary };
  });
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
