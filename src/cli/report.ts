import { Command } from 'commander';
import { check } from '../certify/index.ts';
import { RcpruneError } from '../problem/error.ts';
import { withExamples } from './help.ts';
import { checkOutputs, type GoalOptions, goalOf, withGoal } from './options.ts';
import { EXIT, note, print, printJson } from './output.ts';

interface Options extends GoalOptions {
  readonly output: string;
  readonly trace?: string;
  readonly bench?: string[];
  readonly json?: true;
}

export function reportCommand(): Command {
  const command = new Command('report')
    .argument('[instance]')
    .argument('[pruning]')
    .argument('[certificate]', 'what bound or solve --certificate wrote')
    .requiredOption('-o, --output <PAGE>', 'page to write (.html)')
    .option('--trace <FILE>', 'what solve --trace wrote')
    .option('--bench <FILE...>', 'instead of a pruning: records that bench wrote (.jsonl)')
    .option('--json', 'print one JSON object');
  return withExamples(
    withGoal(command).action(run),
    'report net.safetensors pruning.json gap.safetensors -o page.html',
    'report --bench quick.jsonl -o bench.html',
  );
}

async function run(
  instanceFile: string | undefined,
  file: string | undefined,
  certificateFile: string | undefined,
  options: Options,
): Promise<void> {
  const { bench, trace, sparsity, target, shape } = options;
  if (bench !== undefined) {
    const others = [instanceFile, trace, sparsity, target, shape].filter((value) => value !== undefined);
    if (others.length > 0) throw new RcpruneError('report', 'a pruning or --bench', 'both');
    return reportBench(bench, options);
  }
  if (instanceFile === undefined || file === undefined) {
    throw new RcpruneError('report', 'an instance and a pruning, or --bench', 'neither');
  }
  await reportRun(instanceFile, file, certificateFile, options);
}

async function reportRun(instanceFile: string, file: string, certificateFile: string | undefined, options: Options) {
  await checkOutputs([[options.output, 'page']], [instanceFile, file, certificateFile, options.trace]);
  const { readCertificate } = await import('../formats/certificate.ts');
  const { readInstance } = await import('../formats/instance.ts');
  const { readPruning } = await import('../formats/pruning.ts');
  const instance = await readInstance(instanceFile);
  const { pruning, target, cost, instanceHash } = await readPruning(file, instance);
  const certificate = certificateFile === undefined ? null : await readCertificate(certificateFile, instance);
  const { readTrace, runPage } = await import('../report/index.ts');
  const trace = options.trace === undefined ? null : await readTrace(options.trace);
  const verdict = check(instance, goalOf(instance, options, target), pruning, { cost, instanceHash }, certificate);
  if (!verdict.valid) {
    if (options.json) printJson({ page: null, bytes: null, valid: false, reason: verdict.reason });
    note(`report: ${verdict.reason}`);
    process.exitCode = EXIT.rejected;
    return;
  }
  const { sparsity, target: asked, shape } = options;
  const flags = [
    ...(sparsity === undefined ? [] : ['--sparsity', sparsity]),
    ...(asked === undefined ? [] : ['--target', `${asked}`]),
    ...(shape === undefined ? [] : ['--shape', `${shape.rows},${shape.columns}`]),
    ...(options.trace === undefined ? [] : ['--trace', options.trace]),
  ];
  const inputs = [instanceFile, file, ...(certificateFile === undefined ? [] : [certificateFile])];
  const command = await commandWith([...inputs, ...flags], options);
  await write(runPage({ instance, pruning, verdict, trace, name: instanceFile, command }), options);
}

async function reportBench(files: string[], options: Options): Promise<void> {
  await checkOutputs([[options.output, 'page']], files);
  const { readRecords } = await import('../benchmark/record-file.ts');
  const { benchPage } = await import('../report/index.ts');
  const { byKey } = await readRecords(files);
  const command = await commandWith(['--bench', ...files], options);
  await write(benchPage({ records: [...byKey.values()], command }), options);
}

async function commandWith(words: readonly string[], { output }: Options): Promise<string> {
  const { commandOf } = await import('../report/index.ts');
  return commandOf(['npx', 'rcprune', 'report', ...words, '-o', output]);
}

async function write(page: string, { output, json }: Options): Promise<void> {
  const { writeText } = await import('../formats/file.ts');
  await writeText(output, [page]);
  const bytes = Buffer.byteLength(page);
  if (json) printJson({ page: output, bytes, valid: true, reason: null });
  else print(`${output}: ${(bytes / 1e6).toFixed(2)} MB, open it in a browser`);
}
