import { setImmediate as nextTurn } from 'node:timers/promises';
import { Argument, Command, Option } from 'commander';
import { RcpruneError } from '../problem/error.ts';
import type { Goal } from '../problem/goal.ts';
import { type Instance, makeInstance } from '../problem/instance.ts';
import type { Pruning } from '../problem/pruning.ts';
import type { Worst } from '../worst-case/search.ts';
import { STARTS, type Start, TIGHT_ALGORITHMS, type TightAlgorithm } from '../worst-case/suprema.ts';
import { withExamples } from './help.ts';
import { methodOption } from './method-option.ts';
import { checkOutputs, decimal, flaggedGoal, type GoalOptions, integer, withGoal } from './options.ts';
import { note, printJson, printPairs, progress, show } from './output.ts';

interface FamilyOptions {
  readonly epsilon: number;
  readonly rows?: number;
  readonly cols?: number;
  readonly removedRows?: number;
  readonly removedColumns?: number;
  readonly layers?: number;
  readonly fixedShape?: true;
  readonly start?: Start;
  readonly output?: string;
  readonly json?: true;
}

interface HuntOptions extends GoalOptions {
  readonly method: string;
  readonly rows: number;
  readonly cols: number;
  readonly mostEntry: number;
  readonly seed: number;
  readonly work?: number;
  readonly output?: string;
  readonly json?: true;
}

export function worstCaseCommand(): Command {
  const command = new Command('worst-case')
    .addArgument(new Argument('<algorithm>', 'the algorithm').choices(TIGHT_ALGORITHMS))
    .option('--epsilon <E>', 'distance from the limit, from 2^-16 to 1/4', decimal, 1 / 64)
    .option('--rows <M>', 'rows of a layer (default 3; greedy: 40)', integer)
    .option('--cols <N>', 'columns of a layer (default 3; greedy: 2)', integer)
    .option('--removed-rows <R>', 'rows to remove of them (default 1)', integer)
    .option('--removed-columns <C>', 'columns to remove of them (default 1)', integer)
    .option('--layers <L>', 'layers (default 1)', integer)
    .option('--fixed-shape', 'ask for the shape instead of a target; several layers: by minima of kept lines')
    .addOption(new Option('--start <M>', 'where alternating begins (default residual)').choices(STARTS))
    .option('-o, --output <FILE>', 'instance to write, .json or .safetensors, or - for JSON on standard output')
    .option('--json', 'print one JSON object')
    .action(buildFamily)
    .addCommand(huntCommand());
  return withExamples(command, 'worst-case residual --epsilon 0.001', 'worst-case search --method alternating');
}

function huntCommand(): Command {
  const command = new Command('search')
    .summary('hunt small integer matrices on which any method is far from the optimum')
    .addOption(methodOption('the method to hunt').makeOptionMandatory())
    .option('--rows <M>', 'rows', integer, 3)
    .option('--cols <N>', 'columns', integer, 3)
    .option('--most-entry <K>', 'largest entry', integer, 64)
    .option('--seed <S>', 'seed of everything random', integer, 1)
    .option('--work <N>', 'matrices to try (default 30000)', integer)
    .option('-o, --output <FILE>', 'instance to write, .json or .safetensors, or - for JSON on standard output')
    .option('--json', 'print one JSON object');
  return withExamples(
    withGoal(command).action(hunt),
    'worst-case search --method greedy --rows 3 --cols 4 --work 3000',
    'worst-case search --method alternating --sparsity 50% -o worst.json',
  );
}

/** The optimum is enumerated up to here; a larger family's is left to other solvers. */
const MOST_ENUMERATED_LINES = 18;

/** A few milliseconds' work. */
const MATRICES_A_TURN = 50;

async function buildFamily(algorithm: TightAlgorithm, options: FamilyOptions): Promise<void> {
  await checkOutputs([[options.output, 'instance']], [], options);
  if (options.start !== undefined && algorithm !== 'alternating') {
    throw new RcpruneError('--start', 'the algorithm alternating', algorithm);
  }
  const { worstCase } = await import('../worst-case/index.ts');
  const { loadMethod } = await import('../solve/registry.ts');
  const { solveSync } = await import('../solve/solve.ts');
  const { instance, goal, limit, start } = worstCase(algorithm, options);
  const answerOf = async (name: string, given?: Pruning | undefined) =>
    solveSync(instance, { method: await loadMethod(name), goal, start: given });
  const from = start === null ? undefined : ((await answerOf(start)).pruning ?? undefined);
  const { cost: algorithmCost } = await answerOf(algorithm, from);
  const canEnumerate = instance.layers.every(({ rows, cols }) => Math.min(rows, cols) <= MOST_ENUMERATED_LINES);
  const optimum = canEnumerate ? (await answerOf('enumerate')).cost : null;
  if (!canEnumerate) note(`worst-case: the optimum is enumerated up to ${MOST_ENUMERATED_LINES} lines only`);
  await report(instance, goal, { cost: algorithmCost!, optimum, limit }, options);
}

async function hunt(options: HuntOptions): Promise<void> {
  await checkOutputs([[options.output, 'instance']], [], options);
  const { worstCases } = await import('../worst-case/index.ts');
  const { loadMethod, requireMethodName } = await import('../solve/registry.ts');
  requireMethodName(options.method, '--method');
  const method = await loadMethod(options.method);
  const { rows, cols, mostEntry, seed, work } = options;
  const size = () => makeInstance([{ name: 'found', rows, cols, importance: new Float32Array(rows * cols) }]);
  const isAsked = [options.sparsity, options.target, options.shape].some((value) => value !== undefined);
  const goal = isAsked ? flaggedGoal(size(), options)! : undefined;
  const bar = progress(`search ${method.name}`, 0);
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => (interrupted = true));
  let found: Worst | null = null;
  for (const worst of worstCases(method, { rows, cols, mostEntry, seed, work, goal })) {
    found = worst;
    if (worst.work % MATRICES_A_TURN !== 0) continue;
    bar.update(0, `ratio ${show(worst.ratio)}, ${worst.work} matrices`);
    await nextTurn(); // signals are heard here
    if (interrupted) break;
  }
  bar.stop();
  const { instance, cost, optimum } = found!;
  await report(instance, found!.goal, { cost, optimum, limit: null }, options);
}

interface Figures {
  readonly cost: number;
  readonly optimum: number | null;
  /** What the ratio tends to; null where nothing is claimed. */
  readonly limit: number | null;
}

/** Writes the instance, its target in it, and prints the figures. */
async function report(
  instance: Instance,
  goal: Goal,
  { cost, optimum, limit }: Figures,
  { output, json }: { readonly output?: string; readonly json?: true },
): Promise<void> {
  const [target, shape] = 'target' in goal ? [goal.target, null] : [null, [goal.shape.rows, goal.shape.columns]];
  if (output !== undefined) {
    const { writeInstance } = await import('../formats/instance.ts');
    await writeInstance(output, target === null ? instance : makeInstance(instance.layers, target));
  }
  const ratio = optimum === null ? null : cost === optimum ? 1 : optimum === 0 ? null : cost / optimum;
  if (json) {
    printJson({ target, shape, optimum, algorithmCost: cost, ratio, limit });
    return;
  }
  const { rows, cols } = instance.layers[0]!;
  printPairs([
    ['instance', `${output ?? 'not written'}: ${instance.layers.length} x ${rows} x ${cols}`],
    ['asked', shape === null ? `target ${target}` : `shape ${shape}`],
    ['algorithm', show(cost)],
    ['optimum', show(optimum)],
    ['ratio', `${show(ratio)}${limit === null ? '' : `, limit ${show(limit)}`}`],
  ]);
}
