import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  type Instance,
  type Pruning,
  prepare,
  removedUnits,
  type SolveResult,
  solve,
  sparsityGoal,
} from '../../src/index.ts';
import {
  compactModel,
  type DataSet,
  type ExtractOptions,
  evaluate,
  hashOfWeights,
  instanceOfLayersModel,
  loadGlyphs,
  maskModel,
  masksOf,
  recalibrate,
  sensitivity,
  startBackend,
  train,
} from '../../src/neural/index.ts';
import { bound } from '../../src/portfolio/bound.ts';
import { exactCost } from '../../src/problem/cost.ts';
import { makeRandom, shapesOf, toNearest } from '../../src/problem/index.ts';
import { indicesOf, keptMask } from '../../src/problem/pruning.ts';
import { appendLine, hexOf, keyOf, type Line, readLines } from './cells.ts';
import { BASELINE_SEEDS, baseline } from './network.ts';

/*
 * Prunes the baselines by every method, measures accuracy before and after fine-tuning with one budget for all, and appends a
 * line of JSON a result to results.jsonl. Goes on where it was interrupted; does the parts named, all by default:
 *
 *   npx tsx paper-artifacts/accuracy/run.ts [--quick] [--shard I/N] [--backend wasm] [PART ...]
 *
 * A fine-tuning seed varies order and augmentation of the training images, nothing else: pruning and start are the same.
 */

type ModelOf = Awaited<ReturnType<typeof baseline>>;

/** The fine-tuning of every cell. One epoch is 258 steps. */
const TUNING = { steps: 258, batchSize: 64, rate: 0.05 } as const;

/** What a cell is, besides its baseline and its seeds. */
interface Way {
  readonly method: string;
  readonly sparsity: string;
  readonly importance: 'l1' | 'l2' | 'taylor';
  readonly normalize: 'none' | 'mean';
  /** Share of the lines swapped at random after solving, shapes kept: a worse pruning of the same shapes. */
  readonly perturbed?: number;
  /** Work limit of the method, where not its default; 0 for annealing is its start. */
  readonly workLimit?: number;
  /** Of the method and of the perturbation. Default 1. */
  readonly seed?: number;
}

export const METHODS = [
  'rows-only',
  'columns-only',
  'uniform',
  'independent',
  'residual',
  'greedy',
  'anneal-selection',
  'anneal-shape',
] as const;

const DEFAULTS = { importance: 'l1', normalize: 'none' } as const;

interface Part {
  readonly ways: readonly Way[];
  readonly baselines: readonly number[];
  readonly seeds: readonly number[];
}

const at = (sparsity: string, methods: readonly string[] = METHODS, more: Partial<Way> = {}): Way[] =>
  methods.map((method) => ({ method, sparsity, ...DEFAULTS, ...more }));

const IMPORTANCES = (['l1', 'l2', 'taylor'] as const).flatMap((importance) =>
  (['none', 'mean'] as const).map((normalize) => ({ importance, normalize })),
);

const PARTS: Record<string, Part> = {
  trial: {
    ways: IMPORTANCES.flatMap((one) => at('0.93', ['uniform', 'greedy', 'anneal-selection'], one)),
    baselines: [1],
    seeds: [1],
  },
  main: { ways: at('0.93'), baselines: BASELINE_SEEDS, seeds: [1, 2, 3, 4, 5] },
  others: { ways: [...at('0.8'), ...at('0.97')], baselines: BASELINE_SEEDS, seeds: [1] },
  gap: {
    ways: [
      ...at('0.93', ['random', 'residual-rows-first', 'residual-columns-first', 'alternating']),
      ...[0.02, 0.05, 0.1, 0.2, 0.4, 0.8].flatMap((perturbed) =>
        [1, 2].flatMap((seed) => at('0.93', ['anneal-selection'], { perturbed, seed })),
      ),
    ],
    baselines: BASELINE_SEEDS,
    seeds: [1],
  },
};

const QUICK: Part = { ways: at('0.93', ['uniform', 'residual', 'anneal-selection']), baselines: [1], seeds: [1] };

/** Randomly swaps a share of the removed lines of every layer with kept ones: same shapes, worse choice. */
function perturb(instance: Instance, pruning: Pruning, share: number, seed: number): Pruning {
  const random = makeRandom(seed, 'perturb');
  const swapped = (length: number, removed: Uint32Array) => {
    const kept = keptMask(length, removed);
    const stays = indicesOf(kept, 1);
    const count = Math.round(share * Math.min(removed.length, stays.length));
    for (const k of random.sample(removed.length, count)) kept[removed[k]!] = 1;
    for (const k of random.sample(stays.length, count)) kept[stays[k]!] = 0;
    return indicesOf(kept, 0);
  };
  const layers = instance.layers.map(({ rows, cols }, l) => {
    const { removedRows, removedColumns } = pruning.layers[l]!;
    return { removedRows: swapped(rows, removedRows), removedColumns: swapped(cols, removedColumns) };
  });
  return { layers };
}

/** One baseline, its weights to come back to, and the instances made of it. */
class Subject {
  private readonly instances = new Map<string, Promise<Instance>>();
  readonly weights: string;

  private constructor(
    readonly seed: number,
    readonly model: ModelOf,
    readonly data: DataSet,
    private readonly values: ReturnType<ModelOf['getWeights']>,
  ) {
    this.weights = hashOfWeights(model);
  }

  static async open(seed: number, data: DataSet): Promise<Subject> {
    const model = await baseline(data, seed);
    return new Subject(
      seed,
      model,
      data,
      model.getWeights().map((weight) => weight.clone()),
    );
  }

  restore(): void {
    this.model.setWeights(this.values);
  }

  instance({ importance, normalize }: Pick<Way, 'importance' | 'normalize'>): Promise<Instance> {
    const name = `${importance} ${normalize}`;
    if (!this.instances.has(name)) this.instances.set(name, this.makeInstance(importance, normalize));
    return this.instances.get(name)!;
  }

  private async makeInstance(importance: Way['importance'], normalize: Way['normalize']): Promise<Instance> {
    this.restore();
    const how: ExtractOptions['importance'] =
      importance === 'taylor' ? await sensitivity(this.model, this.data.train) : importance;
    // Classifier rows are classes: no accuracy is left of a class whose row is gone, so only convolutions are pruned.
    return instanceOfLayersModel(this.model, { importance: how, normalize, only: 'conv' }).instance;
  }
}

const {
  values: { quick, shard, backend: wanted },
  positionals,
} = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    shard: { type: 'string', default: '0/1' },
    backend: { type: 'string' },
  },
  allowPositionals: true,
});
const results = quick
  ? path.join(mkdtempSync(path.join(tmpdir(), 'rcprune-')), 'results.jsonl')
  : fileURLToPath(new URL('results.jsonl', import.meta.url));
const [own, shards] = shard.split('/').map(Number) as [number, number];
const tuning = quick ? { ...TUNING, steps: 60 } : TUNING;
const { name: backend, description } = await startBackend(wanted as 'wasm' | undefined);
console.error(description);
const data = await loadGlyphs();
const subjects = new Map<number, Subject>();

const isDone = (key: string) => readLines(results).some((line) => line.key === key);
const say = (line: Line, text: string) => {
  appendLine(results, line);
  console.error(`${new Date().toISOString().slice(11, 19)} ${text}`);
};
const percent = (share: number) => `${(100 * share).toFixed(2)}%`;

async function measured(model: ModelOf) {
  const test = await evaluate(model, data.test);
  const validation = await evaluate(model, data.validation);
  return {
    accuracy: test.accuracy,
    loss: test.loss,
    validation: validation.accuracy,
    correct: hexOf(test.correct),
  };
}

async function dense(subject: Subject): Promise<void> {
  const key = keyOf(['dense', subject.weights]);
  if (isDone(key)) return;
  subject.restore();
  const result = await measured(subject.model);
  const line = {
    kind: 'dense',
    key,
    baseline: subject.seed,
    backend,
    parameters: subject.model.countParams(),
    ...result,
  };
  say(line as Line, `baseline ${subject.seed}: ${percent(result.accuracy)}`);
}

/** What any pruning must cost: one certificate for each instance and sparsity. */
async function certify(subject: Subject, way: Way, incumbent: Pruning): Promise<void> {
  const { importance, normalize, sparsity } = way;
  const key = keyOf(['bound', subject.weights, importance, normalize, sparsity]);
  if (isDone(key)) return;
  const instance = await subject.instance(way);
  const { certificate } = bound(instance, { goal: sparsityGoal(instance, sparsity), incumbent });
  const { dualBound, keptBound } = certificate.claim;
  const line = { kind: 'bound', key, baseline: subject.seed, importance, normalize, sparsity, dualBound, keptBound };
  say(line as Line, `baseline ${subject.seed} ${importance} ${normalize} ${sparsity}: cost at least ${dualBound}`);
}

async function solved(subject: Subject, way: Way): Promise<SolveResult> {
  const instance = await subject.instance(way);
  const { method, sparsity, workLimit, seed } = way;
  await prepare(method);
  return solve(instance, { method, goal: sparsityGoal(instance, sparsity), seed, workLimit });
}

/** Prunes and measures before fine-tuning, then fine-tunes with every seed. */
async function cells(subject: Subject, way: Way, seeds: readonly number[]): Promise<void> {
  const pruningKey = keyOf(['pruned', subject.weights, way]);
  const keys = seeds.map((seed) => keyOf(['tuned', pruningKey, tuning, seed]));
  if (isDone(pruningKey) && keys.every(isDone)) return;
  const instance = await subject.instance(way);
  const began = performance.now();
  const result = await solved(subject, way);
  const seconds = (performance.now() - began) / 1000;
  if (result.pruning === null) {
    console.error(`${way.method} ${way.sparsity}: ${result.status}`);
    return;
  }
  const pruning =
    way.perturbed === undefined ? result.pruning : perturb(instance, result.pruning, way.perturbed, way.seed ?? 1);
  const masks = masksOf(instance, pruning);
  const label = `baseline ${subject.seed} ${way.importance} ${way.normalize} ${way.method} ${way.sparsity} ${way.perturbed ?? ''}`;
  const common = { baseline: subject.seed, backend, ...way };
  if (!isDone(pruningKey)) {
    if (way.method === 'anneal-selection' && way.perturbed === undefined) await certify(subject, way, pruning);
    subject.restore();
    const kept = maskModel(subject.model, masks);
    kept.dispose();
    const { model: compact, parameters, multiplyAdds } = compactModel(subject.model, masks);
    compact.dispose();
    const before = await measured(subject.model);
    await recalibrate(subject.model, data.train);
    const recalibrated = await measured(subject.model);
    const { cost, kept: keptImportance, total } = exactCost(instance, pruning);
    const [costNow, keptNow, all] = [cost, keptImportance, total].map(toNearest);
    const shapes = shapesOf(pruning).map(({ rows, columns }, l) => {
      const layer = instance.layers[l]!;
      return [layer.name, layer.rows - rows, layer.cols - columns];
    });
    const figures = { cost: costNow, kept: keptNow, total: all, removed: removedUnits(instance, pruning), seconds };
    const line = { kind: 'pruned', key: pruningKey, ...common, ...figures, shapes, parameters, multiplyAdds };
    say(
      { ...line, before, recalibrated } as Line,
      `${label}: before ${percent(before.accuracy)}, recalibrated ${percent(recalibrated.accuracy)}`,
    );
  }
  for (const [k, seed] of seeds.entries()) {
    if (isDone(keys[k]!)) continue;
    const started = performance.now();
    subject.restore();
    const kept = maskModel(subject.model, masks);
    const { loss } = await train(subject.model, data, { ...tuning, seed, masks: kept }).finally(kept.dispose);
    const after = await measured(subject.model);
    const line = {
      kind: 'tuned',
      key: keys[k]!,
      pruned: pruningKey,
      ...common,
      tuningSeed: seed,
      tuning,
      trainingLoss: loss,
    };
    const took = (performance.now() - started) / 1000;
    say(
      { ...line, after, seconds: took } as Line,
      `${label}, seed ${seed}: ${percent(after.accuracy)}, ${took.toFixed(0)} s`,
    );
  }
}

const parts = quick
  ? [QUICK]
  : (positionals.length > 0 ? positionals : ['main', 'others', 'gap', 'trial']).map((name) => PARTS[name]!);
let turn = 0;
for (const { ways, baselines, seeds } of parts) {
  for (const seedsNow of seeds.map((seed) => [seed])) {
    for (const way of ways) {
      for (const seed of baselines) {
        if (turn++ % shards !== own) continue;
        if (!subjects.has(seed)) subjects.set(seed, await Subject.open(seed, data));
        const subject = subjects.get(seed)!;
        await dense(subject);
        await cells(subject, way, seedsNow);
      }
    }
  }
}
