/*
 * The quality of annealing: importance kept, beside the other methods, on a real network, a generated network and one large
 * layer, with the bound that `best` certifies. The seconds are those of the processor.
 */
import { faceNetwork } from '../../bench/networks.ts';
import { printTable } from '../../bench/table.ts';
import { generate, type Instance, largestPruning, type Pruning, requirementOf, sparsityGoal } from '../../src/index.ts';
import { integerFrom, listOf, oneOf } from '../program.ts';
import { solved } from '../reproduce/solved.ts';
import { OTHERS } from './anneal-table.ts';
import { span } from './markdown.ts';
import { runStudy, type StudyOptions, studyProgram, writeStudy } from './study.ts';

const INSTANCES: Record<string, () => Promise<Instance>> = {
  face: faceNetwork,
  resnet18: async () => generate('resnet18', { seed: 1 }),
  single: async () => generate('half-normal', { rows: 512, cols: 4608, seed: 1 }),
};
const NAMES = Object.keys(INSTANCES);
const SPARSITIES = ['0.5', '0.8', '0.93'];
/** Its certificates are what all methods are measured by. */
const CERTIFIED = 'best';
/** `own`: the method's own start; `cold`: the largest shapes, first lines; `greedy`: greedy's answer. */
const ANNEALED_FROM = ['cold', 'greedy'];

interface Case {
  readonly instance: string;
  readonly method: string;
  readonly start: string;
  readonly sparsity: string;
  readonly seed: number;
}

/** One run of one method. */
interface Row extends Case {
  readonly cost: number;
  readonly kept: number;
  readonly removed: number;
  readonly target: number;
  readonly dual_bound: number;
  readonly work: number;
  readonly seconds: number;
}

interface Options extends StudyOptions {
  readonly instances: string[];
  readonly seeds: number[];
  readonly sparsities: string[];
}

const keyOf = ({ instance, method, start, sparsity, seed }: Case) =>
  [instance, method, start, sparsity, seed].join('/');

function casesOf({ instances, seeds, sparsities }: Options): Case[] {
  return instances.flatMap((instance) =>
    sparsities.flatMap((sparsity) => [
      ...[...OTHERS, CERTIFIED].map((method) => ({ instance, method, start: 'own', sparsity, seed: 1 })),
      ...ANNEALED_FROM.flatMap((start) => [
        ...seeds.map((seed) => ({ instance, method: 'anneal-selection', start, sparsity, seed })),
        { instance, method: 'anneal-shape', start, sparsity, seed: seeds[0]! },
      ]),
    ]),
  );
}

const made = new Map<string, Promise<Instance>>();

async function run({ instance: name, method, start, sparsity, seed }: Case): Promise<Row> {
  if (!made.has(name)) made.set(name, INSTANCES[name]!());
  const instance = await made.get(name)!;
  const goal = sparsityGoal(instance, sparsity);
  const before = startOf(instance, sparsity, start);
  const own = solved(instance, { method, goal, seed, start: before.pruning });
  const { cost, kept, removed, target, work, dualBound } = own.result;
  return {
    ...{ instance: name, method, start, sparsity, seed, cost: cost!, kept: kept!, removed: removed!, target },
    ...{ dual_bound: own.verdict!.dualBound ?? dualBound, work },
    seconds: Math.round(100 * (before.seconds + own.seconds)) / 100,
  };
}

/** What a run starts from, and what that took. */
function startOf(instance: Instance, sparsity: string, start: string): { pruning?: Pruning; seconds: number } {
  const goal = sparsityGoal(instance, sparsity);
  if (start === 'cold') return { pruning: largestPruning(instance, requirementOf(instance, goal)), seconds: 0 };
  if (start === 'own') return { seconds: 0 };
  const { result, seconds } = solved(instance, { method: start, goal });
  return { pruning: result.pruning!, seconds };
}

const alikeOf = (rows: readonly Row[], { instance, sparsity }: Case) =>
  rows.filter((row) => row.instance === instance && row.sparsity === sparsity);

/**
 * The rows with what they are measured by: `ratio` = cost / the best bound that a certificate proves for the instance and
 * sparsity, and `gap_share` = what the run saves of the gap between the best pruning of all other methods and that bound.
 */
function tableOf(rows: readonly Row[]) {
  const line = (row: object) => Object.values(row).join(',');
  return rows
    .map(({ instance, method, start, sparsity, seed, cost, kept, removed, target, dual_bound, work, seconds }) => {
      const alike = alikeOf(rows, { instance, method, start, sparsity, seed });
      const bound = Math.max(...alike.map((one) => one.dual_bound));
      const isProved = alike.some((one) => one.method === CERTIFIED);
      const before = Math.min(...alike.filter((one) => OTHERS.includes(one.method)).map((one) => one.cost));
      const ratio = isProved ? cost / bound : null;
      const gap_share = isProved ? (before - cost) / (before - bound) : null;
      const own = { instance, method, start, sparsity, seed, cost, kept, removed, target, dual_bound, work, seconds };
      return { ...own, ratio, gap_share };
    })
    .sort((one, other) => (line(one) < line(other) ? -1 : 1));
}

/** Least and greatest over the seeds. */
function summarise(rows: readonly Row[]): void {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf({ ...row, seed: 0 });
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const lines = [...groups.values()].map((group) => {
    const { instance, sparsity, method, start } = group[0]!;
    const bound = Math.max(...alikeOf(rows, group[0]!).map((one) => one.dual_bound));
    return [
      `${instance} ${sparsity}`,
      `${method} (${start})`,
      span(group, ({ cost }) => cost.toFixed(2)),
      span(group, ({ kept }) => kept.toFixed(2)),
      span(group, ({ cost }) => (cost / bound).toFixed(5)),
      span(group, ({ seconds }) => seconds.toFixed(1)),
    ];
  });
  printTable(['instance', 'method (start)', 'cost', 'kept', 'ratio <=', 'seconds'], lines);
}

const options = studyProgram('anneal', 'Importance kept by annealing and by the other methods, every answer checked.', [
  '--instances face --seeds 1 --sparsities 0.93',
])
  .option('--instances <NAME,...>', `of ${NAMES.join(', ')}`, listOf(oneOf(NAMES)), NAMES)
  .option('--seeds <N,...>', 'of annealing', listOf(integerFrom(0)), [1, 2, 3])
  .option('--sparsities <F,...>', `of ${SPARSITIES.join(', ')}`, listOf(oneOf(SPARSITIES)), SPARSITIES)
  .parse()
  .opts<Options>();
const rows = await runStudy<Case, Row>('anneal-quality', options, casesOf(options), keyOf, run);
await writeStudy('anneal-quality', options, tableOf(rows));
summarise(rows);
