import { Command } from 'commander';
import { check } from '../certify/index.ts';
import { checkOutputs, type GoalOptions, goalOf, withGoal } from './options.ts';
import { EXIT, note, print, printJson } from './output.ts';

interface Options extends GoalOptions {
  readonly output: string;
  readonly trace?: string;
  readonly json?: true;
}

export function reportCommand(): Command {
  const command = new Command('report')
    .summary('show a pruning as a page that needs nothing but a browser')
    .argument('<instance>')
    .argument('<pruning>')
    .argument('[certificate]', 'what bound or solve --certificate wrote')
    .requiredOption('-o, --output <PAGE>', 'page to write (.html)')
    .option('--trace <FILE>', 'what solve --trace wrote')
    .option('--json', 'print one JSON object');
  return withGoal(command).action(run);
}

async function run(instanceFile: string, file: string, certificateFile: string | undefined, options: Options) {
  await checkOutputs([options.output], [instanceFile, file, certificateFile, options.trace]);
  const { readCertificate, readInstance, readPruning, writeText } = await import('../formats/index.ts');
  const instance = await readInstance(instanceFile);
  const { pruning, target, cost, instanceHash } = await readPruning(file, instance);
  const certificate = certificateFile === undefined ? null : await readCertificate(certificateFile, instance);
  const { commandOf, readTrace, runPage } = await import('../report/index.ts');
  const trace = options.trace === undefined ? null : await readTrace(options.trace);
  const verdict = check(instance, goalOf(instance, options, target), pruning, { cost, instanceHash }, certificate);
  if (!verdict.valid) {
    if (options.json) printJson({ page: null, bytes: null, valid: false, reason: verdict.reason });
    note(`report: ${verdict.reason}`);
    process.exitCode = EXIT.rejected;
    return;
  }
  const { sparsity, target: asked, shape, output } = options;
  const flags = [
    ...(sparsity === undefined ? [] : ['--sparsity', sparsity]),
    ...(asked === undefined ? [] : ['--target', `${asked}`]),
    ...(shape === undefined ? [] : ['--shape', `${shape.rows},${shape.columns}`]),
    ...(options.trace === undefined ? [] : ['--trace', options.trace]),
  ];
  const inputs = [instanceFile, file, ...(certificateFile === undefined ? [] : [certificateFile])];
  const command = commandOf(['npx', 'rcprune', 'report', ...inputs, ...flags, '-o', output]);
  const page = runPage({ instance, pruning, verdict, trace, name: instanceFile, command });
  await writeText(output, [page]);
  const bytes = Buffer.byteLength(page);
  if (options.json) printJson({ page: output, bytes, valid: true, reason: null });
  else print(`${output}: ${(bytes / 1e6).toFixed(2)} MB, open it in a browser`);
}
