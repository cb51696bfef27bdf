import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, InvalidArgumentError, Option } from 'commander';
import { RowLog, rowsOfEarlier } from '../../src/benchmark/row-log.ts';
import {
  type Instance,
  loadMethods,
  makeInstance,
  type Pruning,
  removedUnits,
  solveSync,
  sparsityGoal,
  withoutLinks,
} from '../../src/index.ts';
import {
  type BackendName,
  compactModel,
  type DataSet,
  type ExtractOptions,
  evaluate,
  hashOfWeights,
  instanceOfLayersModel,
  loadGlyphs,
  maskModel,
  masksOf,
  type Normalization,
  recalibrate,
  sensitivity,
  startBackend,
  train,
} from '../../src/neural/index.ts';
import { exactCost } from '../../src/problem/cost.ts';
import { makeRandom, toNearest } from '../../src/problem/index.ts';
import { indicesOf, keptMask } from '../../src/problem/pruning.ts';
import { boundSync } from '../../src/solve/bound.ts';
import { programOf } from '../program.ts';
import { bitsOf, hexOf, keyOf, type Line } from './cells.ts';
import { livingInstance } from './living.ts';
import { METHODS } from './methods.ts';
import { BASELINE_SEEDS, baseline } from './network.ts';

await loadMethods(); // then solveSync takes any of them by name

/*
 * Prunes the baselines by every method, measures accuracy before and after fine-tuning with one budget for all, and appends a
 * line of JSON a result to results.jsonl. Goes on where it was interrupted; does the parts named, all by default:
 *
 *   npx tsx paper-artifacts/accuracy/run.ts [--quick] [--shard I/N] [--backend wasm] [PART ...]
 *
 * A fine-tuning seed varies order and augmentation of the training images, nothing else: pruning and start are the same.
 */

type ModelOf = Awaited<ReturnType<typeof baseline>>;

/** The fine-tuning of every cell: a little more than one epoch, which is 250 steps. */
const TUNING: Tuning = { steps: 258, batchSize: 64, rate: 0.05 };

interface Tuning {
  readonly steps: number;
  readonly batchSize: number;
  readonly rate: number;
  /** Learns from the dense baseline's outputs besides the labels, as `train` does by default with a teacher. */
  readonly isDistilled?: boolean;
}

/** What a cell is, besides its baseline and its seeds. */
interface Way {
  readonly method: string;
  readonly sparsity: string;
  readonly importance: 'l1' | 'l2' | 'taylor';
  readonly normalize: Normalization;
  /** Share of the lines swapped at random after solving, shapes kept: a worse pruning of the same shapes. */
  readonly perturbed?: number;
  /** What the sparsity is a share of. Default: entries, the convolutions' weights; else the products with them. */
  readonly units?: 'multiply-adds';
  /** Sparsities before the last, with equal shares of the training behind each and behind the last. */
  readonly via?: readonly string[];
  /** Times to solve again with importance 0 in lines that are dead under the pruning before. */
  readonly rounds?: number;
  /** Work limit of the method, where not its default; 0 for annealing is its start. */
  readonly workLimit?: number;
  /** Of the method and of the perturbation. Default 1. */
  readonly seed?: number;
}

const DEFAULTS = { importance: 'l1', normalize: 'none' } as const;

interface Part {
  /** Certificates instead of networks. */
  readonly isBounds?: boolean;
  /** Default {@link TUNING}. */
  readonly tuning?: Tuning;
  readonly ways: readonly Way[];
  readonly baselines: readonly number[];
  readonly seeds: readonly number[];
}

const at = (sparsity: string, methods: readonly string[] = METHODS, more: Partial<Way> = {}): Way[] =>
  methods.map((method) => ({ method, sparsity, ...DEFAULTS, ...more }));

const IMPORTANCES = (['l1', 'l2', 'taylor'] as const).flatMap((importance) =>
  (['none', 'root', 'mean'] as const).map((normalize) => ({ importance, normalize })),
);

/** Best on validation images of baseline 1. */
const CHOSEN = { importance: 'l1', normalize: 'root', rounds: 4 } as const;

/** Side questions are asked of two baselines. */
const TWO = [1, 2];

const PARTS: Record<string, Part> = {
  // Which importance, which scale between layers? Chosen on validation images; see README.md.
  trial: {
    ways: [
      ...IMPORTANCES.flatMap((one) => at('0.93', ['greedy', 'anneal-selection'], { ...one, rounds: 4 })),
      ...IMPORTANCES.flatMap((one) => at('0.93', ['uniform', 'anneal-selection'], one)),
    ],
    baselines: [1],
    seeds: [1],
  },
  main: { ways: at('0.93'), baselines: TWO, seeds: [1, 2, 3, 4, 5] },
  // Prunings differ more between baselines than networks between seeds: one more baseline, fewer seeds.
  more: { ways: at('0.93'), baselines: BASELINE_SEEDS, seeds: [1, 2] },
  others: { ways: [...at('0.8'), ...at('0.97')], baselines: TWO, seeds: [1] },
  // The choice of the trial, on baselines that had no part in it too.
  chosen: {
    ways: at('0.93', ['anneal-selection', 'greedy', 'residual', 'anneal-shape', 'uniform'], CHOSEN),
    baselines: BASELINE_SEEDS,
    seeds: [1, 2],
  },
  // How much do prunings of nearly one cost differ?
  spread: {
    ways: [2, 3, 4, 5].flatMap((seed) => at('0.93', ['anneal-selection', 'anneal-shape'], { seed })),
    baselines: TWO,
    seeds: [1],
  },
  // Does what a method gains last when the budget is five times as large, and when pruning is gradual?
  long: {
    ways: at('0.93', ['uniform', 'residual', 'greedy', 'anneal-selection', 'anneal-shape']),
    baselines: TWO,
    seeds: [1],
    tuning: { ...TUNING, steps: 1290 },
  },
  gradual: {
    ways: at('0.93', ['uniform', 'residual', 'greedy', 'anneal-selection', 'anneal-shape'], { via: ['0.5', '0.8'] }),
    baselines: TWO,
    seeds: [1],
  },
  distilled: {
    ways: at('0.93', ['uniform', 'residual', 'greedy', 'anneal-selection', 'anneal-shape']),
    baselines: TWO,
    seeds: [1],
    tuning: { ...TUNING, isDistilled: true },
  },
  coupled: {
    ways: at('0.93', ['uniform', 'residual', 'greedy', 'anneal-selection', 'anneal-shape'], { rounds: 4 }),
    baselines: BASELINE_SEEDS,
    seeds: [1, 2],
  },
  'multiply-adds': {
    ways: at('0.93', METHODS, { units: 'multiply-adds' }),
    baselines: TWO,
    seeds: [1],
  },
  // The best recipe's methods differ by about a point: more seeds to tell them apart.
  'chosen-seeds': {
    ways: at('0.93', ['anneal-selection', 'greedy', 'residual', 'anneal-shape', 'uniform'], CHOSEN),
    baselines: BASELINE_SEEDS,
    seeds: [3, 4, 5],
  },
  bounds: {
    isBounds: true,
    ways: [
      ...['0.8', '0.93', '0.97'].flatMap((sparsity) => at(sparsity, ['anneal-selection'])),
      ...at('0.93', ['anneal-selection'], { units: 'multiply-adds' }),
    ],
    baselines: BASELINE_SEEDS,
    seeds: [1],
  },
  gap: {
    ways: [
      ...at('0.93', ['random', 'residual-rows-first', 'residual-columns-first', 'alternating']),
      ...[0.02, 0.05, 0.1, 0.2, 0.4, 0.8].flatMap((perturbed) =>
        [1, 2].flatMap((seed) => at('0.93', ['anneal-selection'], { perturbed, seed })),
      ),
    ],
    baselines: TWO,
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
  private readonly positions: ReadonlyMap<string, number>;
  readonly weights: string;

  private constructor(
    readonly seed: number,
    readonly model: ModelOf,
    readonly data: DataSet,
    private readonly values: ReturnType<ModelOf['getWeights']>,
  ) {
    this.weights = hashOfWeights(model);
    const { model: whole, layers } = compactModel(model, new Map());
    whole.dispose();
    this.positions = new Map(layers.map(({ name, positions }) => [name, positions!]));
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

  private dense: Promise<ModelOf> | null = null;

  /** The baseline once more, to learn from. */
  teacher(): Promise<ModelOf> {
    this.dense ??= baseline(this.data, this.seed);
    return this.dense;
  }

  restore(): void {
    this.model.setWeights(this.values);
  }

  /** The instance of the baseline's weights. */
  instance(way: Way): Promise<Instance> {
    const name = JSON.stringify([way.importance, way.normalize, way.units]);
    if (!this.instances.has(name)) {
      this.restore();
      this.instances.set(name, this.instanceNow(way));
    }
    return this.instances.get(name)!;
  }

  /** The instance of the model's weights as they are now. */
  async instanceNow({ importance, normalize, units }: Way): Promise<Instance> {
    const how: ExtractOptions['importance'] =
      importance === 'taylor' ? await sensitivity(this.model, this.data.train) : importance;
    // Classifier rows are classes: no accuracy is left of a class whose row is gone, so only convolutions are pruned.
    // The experiment is of layers on their own: its rounds were there before links were.
    const instance = withoutLinks(
      instanceOfLayersModel(this.model, { importance: how, normalize, only: 'conv' }).instance,
    );
    if (units === undefined) return instance;
    return makeInstance(instance.layers.map((layer) => ({ ...layer, unitsPerEntry: this.positions.get(layer.name) })));
  }
}

/** Parses `I/N`. */
function shardOf(text: string): readonly [own: number, shards: number] {
  const [own, shards] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).slice(1).map(Number);
  if (own === undefined || shards === undefined || own >= shards) {
    throw new InvalidArgumentError('expected I/N with I from 0 to N - 1');
  }
  return [own, shards];
}

const program = programOf(
  'npx tsx paper-artifacts/accuracy/run.ts',
  'Prunes the baselines by every method, and measures accuracy before and after fine-tuning.',
  ['--quick', '--shard 0/4 main chosen'],
)
  .addArgument(new Argument('[part...]', 'what to do, all by default').choices(Object.keys(PARTS)))
  .option('--quick', 'three cells with little training, into a temporary folder: two minutes')
  .option('--shard <I/N>', 'only the I-th of N parts, counted from 0', shardOf, [0, 1] as const)
  .addOption(new Option('--backend <name>', 'what computes').choices(['tensorflow', 'wasm']))
  .parse();
const {
  quick = false,
  shard: [own, shards],
  backend: wanted,
} = program.opts<{ quick?: true; shard: readonly [number, number]; backend?: BackendName }>();
const results = quick
  ? path.join(mkdtempSync(path.join(tmpdir(), 'rcprune-')), 'results.jsonl')
  : fileURLToPath(new URL('results.jsonl', import.meta.url));
const { name: backend, description } = await startBackend(wanted);
console.error(description);
const data = await loadGlyphs();
const subjects = new Map<number, Subject>();

const log = await RowLog.open<Line>(results); // other processes may be writing to it
const isDone = async (key: string) => (await rowsOfEarlier<Line>(results)).some((line) => line.key === key);
const say = async (line: Line, text: string) => {
  await log.append(line);
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
  if (await isDone(key)) return;
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
  await say(line as Line, `baseline ${subject.seed}: ${percent(result.accuracy)}`);
}

/** What any pruning must cost: one certificate for each instance and sparsity, its slack shown by the annealed pruning. */
async function certify(subject: Subject, way: Way): Promise<void> {
  const { importance, normalize, sparsity, units } = way;
  const key = keyOf(['bound', subject.weights, importance, normalize, sparsity, units]);
  if (await isDone(key)) return;
  const incumbent = await prunedBy(subject, way, keyOf(['pruned', subject.weights, way]));
  const instance = await subject.instance(way);
  const goal = sparsityGoal(instance, sparsity);
  const { certificate } = boundSync(instance, { goal, incumbent: incumbent ?? undefined });
  const { dualBound, keptBound } = certificate.claim;
  const line = {
    kind: 'bound',
    key,
    baseline: subject.seed,
    importance,
    normalize,
    sparsity,
    units,
    dualBound,
    keptBound,
  };
  await say(
    line as Line,
    `baseline ${subject.seed} ${importance} ${normalize} ${sparsity}: cost at least ${dualBound}`,
  );
}

/** A pruning as it stands in a line: for each layer its name and its kept rows and columns as bits. */
const storedOf = (instance: Instance, pruning: Pruning) =>
  instance.layers.map(({ name, rows, cols }, l) => {
    const { removedRows, removedColumns } = pruning.layers[l]!;
    return [name, hexOf(keptMask(rows, removedRows)), hexOf(keptMask(cols, removedColumns))] as const;
  });

const restoredOf = (instance: Instance, stored: ReturnType<typeof storedOf>): Pruning => ({
  layers: instance.layers.map(({ rows, cols }, l) => {
    const [, keptRows, keptColumns] = stored[l]!;
    return {
      removedRows: indicesOf(bitsOf(keptRows, rows), 0),
      removedColumns: indicesOf(bitsOf(keptColumns, cols), 0),
    };
  }),
});

/** Prunes and measures before fine-tuning. @returns the pruning, or null when the method finds none */
async function prunedBy(subject: Subject, way: Way, key: string): Promise<Pruning | null> {
  const instance = await subject.instance(way);
  const lines = await rowsOfEarlier<Line & { stored: ReturnType<typeof storedOf> }>(results);
  const known = lines.find((line) => line.key === key);
  if (known !== undefined) return restoredOf(instance, known.stored);
  const { method, sparsity, workLimit, seed, rounds = 0 } = way;
  const began = performance.now();
  const options = { method, goal: sparsityGoal(instance, sparsity), seed, workLimit };
  subject.restore();
  let result = solveSync(instance, options);
  for (let round = 0; round < rounds && result.pruning !== null; round++) {
    result = solveSync(livingInstance(subject.model, instance, result.pruning), options);
  }
  const seconds = (performance.now() - began) / 1000;
  if (result.pruning === null) {
    console.error(`${way.method} ${way.sparsity}: ${result.status}`);
    return null;
  }
  const pruning =
    way.perturbed === undefined ? result.pruning : perturb(instance, result.pruning, way.perturbed, way.seed ?? 1);
  const masks = masksOf(instance, pruning);
  subject.restore();
  maskModel(subject.model, masks).dispose();
  const { model: compact, parameters, multiplyAdds } = compactModel(subject.model, masks);
  compact.dispose();
  const before = await measured(subject.model);
  await recalibrate(subject.model, data.train);
  const recalibrated = await measured(subject.model);
  const exact = exactCost(instance, pruning);
  subject.restore();
  const living = toNearest(exactCost(livingInstance(subject.model, instance, pruning), pruning).kept);
  const [cost, kept, total] = [exact.cost, exact.kept, exact.total].map(toNearest);
  const figures = { cost, kept, living, total, removed: removedUnits(instance, pruning), seconds };
  const line = { kind: 'pruned', key, baseline: subject.seed, backend, ...way, ...figures, parameters, multiplyAdds };
  await say(
    { ...line, before, recalibrated, stored: storedOf(instance, pruning) } as Line,
    `${labelOf(subject, way)}: before ${percent(before.accuracy)}, recalibrated ${percent(recalibrated.accuracy)}`,
  );
  return pruning;
}

const labelOf = (
  subject: Subject,
  { importance, normalize, method, sparsity, perturbed = 0, via, units, rounds }: Way,
) =>
  `baseline ${subject.seed} ${importance}/${normalize} ${method} ${sparsity}${units === undefined ? '' : ` of ${units}`}${perturbed > 0 ? ` perturbed ${perturbed}` : ''}${via === undefined ? '' : ` via ${via}`}${rounds === undefined ? '' : ' coupled'}`;

/** Prunes, then fine-tunes with a seed, unless both are done. */
async function cell(subject: Subject, way: Way, tuning: Tuning, seed: number): Promise<void> {
  const pruningKey = keyOf(['pruned', subject.weights, way]);
  const { via = [] } = way;
  const pruning = via.length === 0 ? await prunedBy(subject, way, pruningKey) : undefined;
  if (pruning === null) return;
  // Named by the pruning itself too: of a method that has changed since, no old network stands for its new pruning.
  const found = pruning === undefined ? null : storedOf(await subject.instance(way), pruning);
  const key = keyOf(['tuned', pruningKey, found, tuning, seed]);
  if (await isDone(key)) return;
  const cached = pruning === undefined ? undefined : await subject.instance(way);
  const began = performance.now();
  subject.restore();
  const stages = [...via, way.sparsity];
  const steps = Math.floor(tuning.steps / stages.length);
  let loss: number | null = null;
  let stored: ReturnType<typeof storedOf> | undefined;
  for (const sparsity of stages) {
    const instance = pruning === undefined ? await subject.instanceNow(way) : cached!;
    const goal = sparsityGoal(instance, sparsity);
    const own = pruning ?? solveSync(instance, { method: way.method, goal, seed: way.seed }).pruning!;
    const kept = maskModel(subject.model, masksOf(instance, own));
    const teacher = tuning.isDistilled ? { model: await subject.teacher() } : undefined;
    const trained = await train(subject.model, data, { ...tuning, steps, seed, teacher, masks: kept }).finally(
      kept.dispose,
    );
    ({ loss } = trained);
    if (pruning === undefined) stored = storedOf(instance, own);
  }
  const after = await measured(subject.model);
  const seconds = (performance.now() - began) / 1000;
  const line = { kind: 'tuned', key, pruned: pruningKey, baseline: subject.seed, backend, ...way, tuning };
  await say(
    { ...line, tuningSeed: seed, trainingLoss: loss, after, seconds, stored } as Line,
    `${labelOf(subject, way)}, seed ${seed}: ${percent(after.accuracy)}, ${seconds.toFixed(0)} s`,
  );
}

const parts = quick
  ? [QUICK]
  : (program.args.length > 0 ? program.args : Object.keys(PARTS)).map((name) => PARTS[name]!);
for (const { ways, baselines, seeds, tuning = TUNING, isBounds = false } of parts) {
  for (const tuningSeed of seeds) {
    for (const [w, way] of ways.entries()) {
      for (const [b, seed] of baselines.entries()) {
        if ((w * baselines.length + b) % shards !== own) continue; // all seeds of a pruning are one process's
        if (!subjects.has(seed)) subjects.set(seed, await Subject.open(seed, data));
        const subject = subjects.get(seed)!;
        await dense(subject);
        if (isBounds) await certify(subject, way);
        else await cell(subject, way, quick ? { ...tuning, steps: 60 } : tuning, tuningSeed);
      }
    }
  }
}
await log.close();
