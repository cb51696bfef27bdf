import { Argument, Command } from 'commander';
import type { StoredGraph } from '../formats/graph.ts';
import { RcpruneError } from '../problem/error.ts';
import { withExamples } from './help.ts';
import { checkOutputs, integer, STANDARD_STREAM } from './options.ts';
import { EXIT, note, print, printJson } from './output.ts';

interface Options {
  readonly size: number;
  readonly fixedShape?: true;
  readonly mapBack?: string;
  readonly output?: string;
  readonly json?: true;
}

export function reduceCommand(): Command {
  const command = new Command('reduce')
    .addArgument(new Argument('<source>', 'the question').choices(['clique', 'biclique']))
    .argument('<graph>', 'DIMACS .clq or .col, graphology JSON, or - for DIMACS from standard input')
    .requiredOption('--size <K>', 'size of the clique, or of either side of the biclique', integer)
    .option('--fixed-shape', 'ask for a shape instead of a target')
    .option('--map-back <PRUNING>', 'print the nodes that a pruning of the instance stands for')
    .option('-o, --output <FILE>', 'instance to write, .json or .safetensors, or - for JSON on standard output')
    .option('--json', 'print one JSON object')
    .action(run);
  return withExamples(
    command,
    'reduce clique butterfly.clq --size 3 -o butterfly.json',
    'reduce clique butterfly.clq --size 3 --map-back witness.json',
  );
}

async function run(source: 'clique' | 'biclique', file: string, options: Options): Promise<void> {
  if (options.output === undefined && options.mapBack === undefined) {
    throw new RcpruneError('reduce', '-o FILE or --map-back PRUNING', 'neither');
  }
  if (options.output === STANDARD_STREAM && options.mapBack !== undefined) {
    throw new RcpruneError('--map-back', 'a file instead of -: standard output takes one of them', 'both');
  }
  await checkOutputs([[options.output, 'instance']], [file, options.mapBack], options);
  const { completeSides, readGraph } = await import('../formats/graph.ts');
  const { writeInstance } = await import('../formats/instance.ts');
  const { readPruning } = await import('../formats/pruning.ts');
  const { bicliqueToShape, bicliqueToTarget, cliqueToShape, cliqueToTarget } = await import('../reductions/index.ts');
  const { graph, mergedEdges } = await readGraph(file);
  if (source === 'biclique') completeSides(file, graph);
  const [toShape, toTarget] =
    source === 'clique' ? [cliqueToShape, cliqueToTarget] : [bicliqueToShape, bicliqueToTarget];
  const reduction = options.fixedShape ? toShape : toTarget;
  const question = { graph, size: options.size };
  const { instance, goal, budget } = reduction.mapInstance(question);
  const pruning = options.mapBack === undefined ? null : (await readPruning(options.mapBack, instance)).pruning;
  if (mergedEdges > 0) note(`${file}: ${mergedEdges} repeated or reversed edges merged`);
  if (options.output !== undefined) await writeInstance(options.output, instance);
  if (pruning !== null) {
    const nodes = reduction.mapWitnessBack(question, pruning);
    const valid = nodes !== null && reduction.checkWitness(question, nodes);
    printJson({ ...witnessOf(source, graph, nodes ?? []), valid });
    if (!valid) note(`reduce: expected a pruning that meets the goal at cost <= ${budget}, got one that does not`);
    process.exitCode = valid ? EXIT.done : EXIT.rejected;
    return;
  }
  const { rows, cols } = instance.layers[0]!;
  const [target, shape] = 'target' in goal ? [goal.target, null] : [null, goal.shape];
  const [removedRows, removedColumns] = [shape?.rows ?? null, shape?.columns ?? null];
  if (options.json) {
    printJson({ source, size: options.size, rows, cols, target, budget, removedRows, removedColumns });
    return;
  }
  const asked = shape === null ? `at least ${target} entries` : `${removedRows} rows and ${removedColumns} columns`;
  print(`${options.output}: ${rows} x ${cols}; a ${source} of size ${options.size} exists`);
  print(`iff some pruning removes ${asked} at cost <= ${budget}`);
}

/** The nodes by what they are: a clique's, or those of either side of a biclique. */
function witnessOf(source: 'clique' | 'biclique', graph: StoredGraph['graph'], nodes: readonly string[]) {
  if (source === 'clique') return { clique: nodes };
  const onSide = (side: number) => nodes.filter((node) => graph.getNodeAttribute(node, 'side') === side);
  return { left: onSide(0), right: onSide(1) };
}
