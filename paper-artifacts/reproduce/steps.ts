import { CLAIMS } from './claims.ts';
import { DOCUMENTS } from './computed-figures.ts';
import { FIGURES } from './figure-list.ts';
import { PROSE_FIGURES } from './prose-list.ts';

/*
 * Everything that `npm run reproduce` makes, as data: each step is a command, the files it reads and the files it writes, all
 * relative to the repository. Steps run in this order; a step's outputs may be inputs of later ones.
 */

export interface Step {
  readonly name: string;
  readonly what: string;
  /** `full` steps take from minutes to hours and are left out of the quick mode. */
  readonly mode: 'quick' | 'full';
  /** On one free core of 2025, roughly. */
  readonly minutes: number;
  /** A script and its arguments; see {@link MEASURES} for what measurements take besides. */
  readonly command: readonly string[];
  /** Data that is read, code apart. */
  readonly inputs: readonly string[];
  /** Read where they are there. */
  readonly optionalInputs?: readonly string[];
  /** Decided by code and inputs alone: the same bytes on every run. */
  readonly outputs: readonly string[];
  /** With times in them. */
  readonly clocked: readonly string[];
  /** Whether the command knows `--out FOLDER` and `--smoke`. */
  readonly isMovable?: boolean;
  /** Whether it is told, by `--measured=A,B`, which steps have run to their end on this code and these inputs. */
  readonly asksWhatIsMeasured?: boolean;
}

const HOME = 'paper-artifacts';
const RESULTS = `${HOME}/results`;
const ACCURACY = `${HOME}/accuracy`;
const STUDIES = `${HOME}/studies`;

/** Tables of a claim are files of `results`, or of `paper-artifacts` itself. */
const AT_HOME = ['tight-families', 'exact', 'anneal-quality', 'accuracy/accuracy', 'accuracy/differences'];
export const fileOfTable = (name: string) => `${AT_HOME.includes(name) ? HOME : RESULTS}/${name}.csv`;

const table = (name: string) => [`${RESULTS}/${name}.csv`, `${RESULTS}/${name}.parquet`];

interface Measure {
  readonly what: string;
  readonly minutes: number;
  readonly isTimed?: boolean;
  readonly mode?: Step['mode'];
  readonly script?: string;
  readonly flags?: readonly string[];
  readonly inputs?: readonly string[];
}

const measure = (name: string, { what, minutes, isTimed, mode, script, flags, inputs }: Measure): Step => ({
  name,
  what,
  minutes,
  mode: mode ?? 'quick',
  command: [`${HOME}/reproduce/measure/${script ?? name}.ts`, ...(flags ?? [])],
  inputs: inputs ?? [],
  outputs: table(name),
  clocked: isTimed === true ? table(`${name}.seconds`) : [],
  isMovable: true,
});

const STORED_TABLES = [
  ...['exact.csv', 'exact-beyond.csv', 'anneal-quality.csv', 'mutation.csv'].map((file) => `${HOME}/${file}`),
  ...['accuracy.csv', 'differences.csv', 'latency.csv'].map((file) => `${ACCURACY}/${file}`),
];

/** Raw results that take too long to be measured in every run, and what makes them. */
export const STORED = [
  {
    file: `${HOME}/exact.jsonl`,
    step: 'exact-experiment',
    command: 'npm run reproduce -- --full --only exact-experiment',
  },
  {
    file: `${HOME}/exact-beyond.jsonl`,
    step: 'exact-beyond-experiment',
    command: 'npm run reproduce -- --full --only exact-beyond-experiment',
  },
  {
    file: `${HOME}/anneal-quality.jsonl`,
    step: 'anneal-experiment',
    command: 'npm run reproduce -- --full --only anneal-experiment',
  },
  {
    file: `${HOME}/anneal-throughput.jsonl`,
    step: 'throughput-experiment',
    command: 'npm run reproduce -- --full --only throughput-experiment',
  },
  {
    file: `${HOME}/compact.jsonl`,
    step: 'compact-experiment',
    command: 'npm run reproduce -- --full --only compact-experiment',
  },
  ...[1, 2, 3].map((seed) => ({
    file: `${ACCURACY}/baseline-${seed}.safetensors`,
    step: null,
    command: `npx tsx ${ACCURACY}/baseline.ts --seed ${seed}`,
  })),
  {
    file: `${ACCURACY}/results.jsonl`,
    step: 'accuracy-experiment',
    command: 'npm run reproduce -- --full --only accuracy-experiment',
  },
  {
    file: `${ACCURACY}/latency.csv`,
    step: 'latency-experiment',
    command: 'npm run reproduce -- --full --only latency-experiment',
  },
  { file: `${HOME}/mutation.csv`, step: null, command: 'npm run mutation' },
  { file: `${HOME}/mutation-survivors.tsv`, step: null, command: 'npm run mutation' },
] as const;

export const STEPS: readonly Step[] = [
  measure('proofs', {
    what: 'every Coq file compiled and checked again, every theorem without axioms',
    minutes: 1,
    isTimed: true,
  }),
  measure('smt', { what: 'Z3: the factor 2 for all real weights of 3 x 3 and 4 x 4', minutes: 0.5 }),
  measure('reductions', { what: 'CLIQUE and BALANCED BICLIQUE on all small graphs', minutes: 0.2 }),
  measure('hardness', {
    what: 'small sets planted in regular graphs beside random ones: both algorithms, optima, certificates',
    minutes: 1,
  }),
  measure('laws', { what: 'every method against the exact optimum on random instances', minutes: 0.2 }),
  {
    name: 'tight-families',
    what: 'every tight family, ratio and limit by epsilon, optima enumerated',
    mode: 'quick',
    minutes: 0.1,
    command: [`${HOME}/tight-families.ts`],
    inputs: [],
    outputs: [`${HOME}/tight-families.csv`, `${HOME}/tight-families.parquet`],
    clocked: [],
    isMovable: true,
  },
  measure('bounds', { what: 'certified bounds against the exact optimum', minutes: 0.2 }),
  measure('exact-methods', {
    what: 'branch and bound, enumeration and integer programs on one grid; proof logs replayed',
    minutes: 1,
    isTimed: true,
    script: 'exact',
  }),
  measure('anneal', { what: 'annealing beside the methods that it starts from', minutes: 1, isTimed: true }),
  measure('gaps', { what: 'the face network at 93%: pruning, certificate, proved gap', minutes: 1, isTimed: true }),
  measure('accuracy', {
    what: 'shipped baselines and stored prunings evaluated, one cell fine-tuned',
    minutes: 1.5,
    isTimed: true,
    inputs: [`${ACCURACY}/results.jsonl`, ...[1, 2, 3].map((seed) => `${ACCURACY}/baseline-${seed}.safetensors`)],
  }),
  measure('compact', { what: 'a compact convolution beside the dense one', minutes: 0.2, isTimed: true }),
  {
    name: 'peers',
    what: 'integer programming, exact methods, bounds, approximations and annealing in one table',
    mode: 'quick',
    minutes: 2,
    command: [`${HOME}/reproduce/measure/peers.ts`],
    inputs: [`${HOME}/reproduce/peers-quick.json`],
    outputs: [],
    clocked: [...table('peers'), `${RESULTS}/peers.md`],
  },
  {
    name: 'peers-experiment',
    what: 'the same on the shipped suite, ten seconds a run',
    mode: 'full',
    minutes: 45,
    command: [`${HOME}/reproduce/measure/peers.ts`, '--all'],
    inputs: [],
    outputs: [],
    clocked: [`${HOME}/peers.jsonl`, ...table('peers-all'), `${RESULTS}/peers-all.md`],
  },
  measure('gaps-all', {
    what: 'proved gaps of the face network and generated ones at 50, 80 and 93%',
    minutes: 8,
    isTimed: true,
    mode: 'full',
    script: 'gaps',
    flags: ['--all'],
  }),
  {
    name: 'exact-experiment',
    what: 'exact methods on 108 instances, a process and a minute each',
    mode: 'full',
    minutes: 60,
    command: [`${STUDIES}/exact.ts`, '--give-up', '--methods', 'branch-and-bound,ilp-highs,ilp-jslp'],
    inputs: [],
    outputs: [],
    clocked: [`${HOME}/exact.jsonl`],
  },
  {
    name: 'exact-beyond-experiment',
    what: 'branch and bound alone where integer programs are out of the question',
    mode: 'full',
    minutes: 10,
    command: [`${STUDIES}/exact.ts`, '--beyond'],
    inputs: [],
    outputs: [],
    clocked: [`${HOME}/exact-beyond.jsonl`],
  },
  {
    name: 'anneal-experiment',
    what: 'annealing and the other methods on networks and a large layer, with certificates',
    mode: 'full',
    minutes: 90,
    command: [`${STUDIES}/anneal.ts`],
    inputs: [],
    outputs: [],
    clocked: [`${HOME}/anneal-quality.jsonl`],
  },
  {
    name: 'throughput-experiment',
    what: 'proposals a second of annealing, beside straightforward code',
    mode: 'full',
    minutes: 3,
    command: [`${STUDIES}/anneal-throughput.ts`],
    inputs: [],
    outputs: [],
    clocked: [`${HOME}/anneal-throughput.jsonl`],
  },
  {
    name: 'compact-experiment',
    what: 'compact networks beside dense ones: times, sizes, differences',
    mode: 'full',
    minutes: 15,
    command: [`${STUDIES}/compact.ts`],
    inputs: [],
    outputs: [],
    clocked: [`${HOME}/compact.jsonl`],
  },
  {
    name: 'accuracy-experiment',
    what: 'every network of the accuracy experiment: pruned, fine-tuned, measured',
    mode: 'full',
    minutes: 240,
    command: [`${ACCURACY}/run.ts`],
    inputs: [1, 2, 3].map((seed) => `${ACCURACY}/baseline-${seed}.safetensors`),
    outputs: [],
    clocked: [`${ACCURACY}/results.jsonl`],
  },
  {
    name: 'latency-experiment',
    what: 'milliseconds of the compact networks of the accuracy experiment',
    mode: 'full',
    minutes: 5,
    command: [`${ACCURACY}/latency.ts`],
    inputs: [`${ACCURACY}/results.jsonl`],
    outputs: [],
    clocked: [`${ACCURACY}/latency.csv`],
  },
  {
    name: 'exact-tables',
    what: 'the table of the stored exact runs',
    mode: 'quick',
    minutes: 0.1,
    command: [`${STUDIES}/exact.ts`, '--stored'],
    inputs: [`${HOME}/exact.jsonl`],
    outputs: [`${HOME}/exact.csv`],
    clocked: [],
  },
  {
    name: 'exact-beyond-tables',
    what: 'the table of the stored runs of branch and bound alone',
    mode: 'quick',
    minutes: 0.1,
    command: [`${STUDIES}/exact.ts`, '--stored', '--beyond'],
    inputs: [`${HOME}/exact-beyond.jsonl`],
    outputs: [`${HOME}/exact-beyond.csv`],
    clocked: [],
  },
  ...[
    ['anneal-tables', 'anneal', 'anneal-quality', 'annealing beside the other methods'],
    ['throughput-tables', 'anneal-throughput', 'anneal-throughput', 'proposals a second of annealing'],
    ['compact-tables', 'compact', 'compact', 'compact networks beside dense ones'],
  ].map(
    ([name, script, stem, what]): Step => ({
      name: name!,
      what: `the table of the stored runs: ${what}`,
      mode: 'quick',
      minutes: 0.1,
      command: [`${STUDIES}/${script}.ts`, '--stored'],
      inputs: [`${HOME}/${stem}.jsonl`],
      outputs: [`${HOME}/${stem}.csv`],
      clocked: [],
    }),
  ),
  {
    name: 'accuracy-tables',
    what: 'the tables of the stored accuracy experiment, with bootstrap intervals',
    mode: 'quick',
    minutes: 0.2,
    command: [`${ACCURACY}/summary.ts`],
    inputs: [`${ACCURACY}/results.jsonl`],
    outputs: ['accuracy.csv', 'differences.csv', 'tables.md'].map((file) => `${ACCURACY}/${file}`),
    clocked: [],
  },
  {
    name: 'accuracy-figure',
    what: 'cost ratio against accuracy, one dot a network',
    mode: 'quick',
    minutes: 0.1,
    command: [`${ACCURACY}/figure.ts`],
    inputs: [`${ACCURACY}/results.jsonl`],
    outputs: [`${ACCURACY}/gap.svg`],
    clocked: [],
  },
  {
    name: 'problem-figure',
    what: 'the picture of the problem',
    mode: 'quick',
    minutes: 0.1,
    command: [`${HOME}/problem-figure.ts`],
    inputs: [],
    outputs: [`${HOME}/problem.svg`],
    clocked: [],
  },
  {
    name: 'parquet',
    what: 'stored tables as Parquet',
    mode: 'quick',
    minutes: 0.1,
    command: [`${HOME}/reproduce/parquet.ts`, ...STORED_TABLES],
    inputs: STORED_TABLES,
    outputs: STORED_TABLES.map(
      (file) => `${HOME}/parquet/${file.slice(file.lastIndexOf('/') + 1, -'.csv'.length)}.parquet`,
    ),
    clocked: [],
  },
  {
    name: 'stored',
    what: 'hash, date and command of every stored result',
    mode: 'quick',
    minutes: 0.1,
    command: [`${HOME}/reproduce/stored.ts`],
    inputs: STORED.map(({ file }) => file),
    outputs: [`${HOME}/stored.csv`, `${HOME}/stored.parquet`],
    clocked: [],
  },
  {
    name: 'figures',
    what: 'figures of the tables',
    mode: 'quick',
    minutes: 0.1,
    command: [`${HOME}/reproduce/write-figures.ts`],
    inputs: FIGURES.map(({ table }) => fileOfTable(table)),
    outputs: FIGURES.map(({ name }) => `${HOME}/figures/${name}.svg`),
    clocked: [],
  },
  {
    name: 'claims',
    what: 'the claims table: what was expected and what came out',
    mode: 'quick',
    minutes: 0.1,
    command: [`${HOME}/reproduce/write-claims.ts`],
    inputs: [],
    optionalInputs: CLAIMS.flatMap(({ tables }) => tables.map(fileOfTable)),
    outputs: [`${HOME}/claims.md`, `${HOME}/claims.json`],
    clocked: [`${HOME}/speed.md`, `${HOME}/speed.json`],
    isMovable: true,
    asksWhatIsMeasured: true,
  },
  {
    name: 'page',
    what: 'claims, figures and tables as one page',
    mode: 'quick',
    minutes: 0.1,
    command: [`${HOME}/reproduce/write-page.ts`],
    inputs: [
      ...['claims.json', 'speed.json', 'stored.csv'].map((file) => `${HOME}/${file}`),
      ...FIGURES.map(({ table }) => fileOfTable(table)),
    ],
    optionalInputs: [`${RESULTS}/gaps-all.csv`, `${RESULTS}/peers.csv`],
    outputs: [],
    clocked: [`${HOME}/index.html`],
  },
  {
    name: 'prose',
    what: 'the figures in the text of documents',
    mode: 'quick',
    minutes: 0.1,
    command: [`${HOME}/figures-in-prose.ts`],
    inputs: [...new Set(Object.values(PROSE_FIGURES).flatMap(({ tables }) => tables))].map((file) => `${HOME}/${file}`),
    outputs: [],
    clocked: DOCUMENTS,
  },
];
