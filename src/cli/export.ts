import { Command, Option } from 'commander';
import { requirementOf } from '../problem/goal.ts';
import { withExamples } from './help.ts';
import { asAsked, checkOutputs, type GoalOptions, goalOf, withGoal } from './options.ts';
import { EXIT, note, print, printJson } from './output.ts';

interface Options extends GoalOptions {
  readonly format: 'lp' | 'mps';
  readonly output: string;
  readonly json?: true;
}

export function exportCommand(): Command {
  const command = new Command('export')
    .argument('<instance>', '.json, .safetensors, or - for JSON from standard input')
    .addOption(new Option('--format <F>', 'lp or mps').choices(['lp', 'mps']).makeOptionMandatory())
    .requiredOption('-o, --output <FILE>', 'program to write, or - for standard output')
    .option('--json', 'print one JSON object');
  return withExamples(
    withGoal(command).action(run),
    'export small.json --sparsity 60% --format lp -o small.lp',
    'export small.json --target 231 --format mps -o -',
  );
}

async function run(file: string, options: Options): Promise<void> {
  const { format, output } = options;
  await checkOutputs([[output, format]], [file], options);
  const { readInstance } = await import('../formats/instance.ts');
  const { writeLp } = await import('../formats/lp.ts');
  const { writeMps } = await import('../formats/mps.ts');
  const { integerProgram } = await import('../exact/ilp.ts');
  const instance = asAsked(await readInstance(file), options);
  const requirement = requirementOf(instance, goalOf(instance, options));
  const program = integerProgram(instance, requirement);
  const write = format === 'lp' ? writeLp : writeMps;
  await write(output, program, [
    'rcprune: x row removed, y column removed, z entry removed; names are layer_row, layer_column, layer_row_column',
    ...(instance.links === undefined ? [] : ['a channel alive, r channel read; names are tensor_channel']),
    `target ${requirement.target} units; the objective is the cost divided by ${program.unit}`,
  ]);
  const summary = {
    format,
    target: requirement.target,
    variables: program.names.length,
    rows: program.rowNames.length,
    unit: program.unit,
  };
  if (options.json) printJson(summary);
  else print(`${output}: ${summary.variables} variables, ${summary.rows} rows, cost in units of ${program.unit}`);
  if (requirement.mostRemovable >= requirement.target) return;
  note(`export: expected a target of at most ${requirement.mostRemovable}, got ${requirement.target}: infeasible`);
  process.exitCode = EXIT.infeasible;
}
