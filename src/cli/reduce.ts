import { Argument, Command } from 'commander';
import type { StoredGraph } from '../formats/graph.ts';
import { RcpruneError } from '../problem/error.ts';
import type { Goal } from '../problem/goal.ts';
import type { Instance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import { withExamples } from './help.ts';
import { checkOutputs, integer, STANDARD_STREAM } from './options.ts';
import { EXIT, note, print, printJson } from './output.ts';

const DECISIONS = ['clique', 'biclique'] as const;
type Decision = (typeof DECISIONS)[number];
type Source = Decision | 'expansion';

interface Options {
  readonly size: number;
  readonly fixedShape?: true;
  readonly mapBack?: string;
  readonly output?: string;
  readonly json?: true;
}

export function reduceCommand(): Command {
  const command = new Command('reduce')
    .addArgument(new Argument('<source>', 'the question').choices([...DECISIONS, 'expansion']))
    .argument('<graph>', 'DIMACS .clq or .col, graphology JSON, or - for DIMACS from standard input')
    .requiredOption('--size <K>', 'size of the clique, of either side of the biclique, or of the small set', integer)
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

async function run(source: Source, file: string, options: Options): Promise<void> {
  if (options.output === undefined && options.mapBack === undefined) {
    throw new RcpruneError('reduce', '-o FILE or --map-back PRUNING', 'neither');
  }
  if (options.output === STANDARD_STREAM && options.mapBack !== undefined) {
    throw new RcpruneError('--map-back', 'a file instead of -: standard output takes one of them', 'both');
  }
  await checkOutputs([[options.output, 'instance']], [file, options.mapBack], options);
  const { completeSides, readGraph } = await import('../formats/graph.ts');
  const stored = await readGraph(file);
  if (source === 'biclique') completeSides(file, stored.graph);
  if (source === 'expansion') await reduceExpansion(file, stored, options);
  else await reduceDecision(source, file, stored, options);
}

/** Writes the instance where that is asked, and reads the pruning where one is given. */
async function exchange(
  file: string,
  { mergedEdges }: StoredGraph,
  instance: Instance,
  { output, mapBack }: Options,
): Promise<Pruning | null> {
  const { writeInstance } = await import('../formats/instance.ts');
  const { readPruning } = await import('../formats/pruning.ts');
  const pruning = mapBack === undefined ? null : (await readPruning(mapBack, instance)).pruning;
  if (mergedEdges > 0) note(`${file}: ${mergedEdges} repeated or reversed edges merged`);
  if (output !== undefined) await writeInstance(output, instance);
  return pruning;
}

async function reduceDecision(source: Decision, file: string, stored: StoredGraph, options: Options): Promise<void> {
  const { bicliqueToShape, bicliqueToTarget, cliqueToShape, cliqueToTarget } = await import('../reductions/index.ts');
  const [toShape, toTarget] =
    source === 'clique' ? [cliqueToShape, cliqueToTarget] : [bicliqueToShape, bicliqueToTarget];
  const reduction = options.fixedShape ? toShape : toTarget;
  const question = { graph: stored.graph, size: options.size };
  const { instance, goal, budget } = reduction.mapInstance(question);
  const pruning = await exchange(file, stored, instance, options);
  if (pruning !== null) {
    const nodes = reduction.mapWitnessBack(question, pruning);
    const valid = nodes !== null && reduction.checkWitness(question, nodes);
    printJson({ ...witnessOf(source, stored.graph, nodes ?? []), valid });
    if (!valid) note(`reduce: expected a pruning that meets the goal at cost <= ${budget}, got one that does not`);
    process.exitCode = valid ? EXIT.done : EXIT.rejected;
    return;
  }
  if (options.json) {
    printJson({ source, size: options.size, ...countsOf(instance, goal), budget });
    return;
  }
  const { rows, cols } = instance.layers[0]!;
  print(`${options.output}: ${rows} x ${cols}; a ${source} of size ${options.size} exists`);
  print(`iff some pruning removes ${inWords(goal)} at cost <= ${budget}`);
}

async function reduceExpansion(file: string, stored: StoredGraph, options: Options): Promise<void> {
  const { expansionToShape, expansionToTarget, innerEdges } = await import('../reductions/index.ts');
  const reduction = options.fixedShape ? expansionToShape : expansionToTarget;
  const question = { graph: stored.graph, size: options.size };
  const { instance, goal, degree } = reduction.mapInstance(question);
  const pruning = await exchange(file, stored, instance, options);
  if (pruning !== null) {
    const found = reduction.mapWitnessBack(question, pruning);
    const { nodes, leastInnerEdges } = found ?? { nodes: [], leastInnerEdges: 0 };
    const edges = innerEdges(stored.graph, nodes);
    const valid = found !== null && edges >= leastInnerEdges;
    printJson({ set: nodes, innerEdges: edges, leastInnerEdges, valid });
    if (!valid) note('reduce: expected a pruning that meets the goal, got one that does not');
    process.exitCode = valid ? EXIT.done : EXIT.rejected;
    return;
  }
  const { size } = options;
  if (options.json) {
    printJson({ source: 'expansion', size, degree, ...countsOf(instance, goal) });
    return;
  }
  const { rows, cols } = instance.layers[0]!;
  const most = 2 * degree * size;
  print(`${options.output}: ${rows} x ${cols}; ${size} nodes with e inner edges are a pruning of cost ${most} - 2 e`);
  print(`that removes ${inWords(goal)}; every pruning that does gives ${size} nodes back`);
}

/** The matrix and what is asked of it, null where the goal is of the other kind. */
function countsOf(instance: Instance, goal: Goal) {
  const { rows, cols } = instance.layers[0]!;
  const [target, shape] = 'target' in goal ? [goal.target, null] : [null, goal.shape];
  return { rows, cols, target, removedRows: shape?.rows ?? null, removedColumns: shape?.columns ?? null };
}

function inWords(goal: Goal): string {
  return 'target' in goal
    ? `at least ${goal.target} entries`
    : `${goal.shape.rows} rows and ${goal.shape.columns} columns`;
}

/** The nodes by what they are: a clique's, or those of either side of a biclique. */
function witnessOf(source: Decision, graph: StoredGraph['graph'], nodes: readonly string[]) {
  if (source === 'clique') return { clique: nodes };
  const onSide = (side: number) => nodes.filter((node) => graph.getNodeAttribute(node, 'side') === side);
  return { left: onSide(0), right: onSide(1) };
}
