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
  /** Decided by code and inputs alone: the same bytes on every run. */
  readonly outputs: readonly string[];
  /** With times in them. */
  readonly clocked: readonly string[];
}

/** Scripts here write to `results/` under the folder of `--out` and know `--smoke`. */
export const MEASURES = 'paper-artifacts/reproduce/measure/';

const HOME = 'paper-artifacts';
const RESULTS = `${HOME}/results`;
const ACCURACY = `${HOME}/accuracy`;

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
  command: [`${MEASURES}${script ?? name}.ts`, ...(flags ?? [])],
  inputs: inputs ?? [],
  outputs: table(name),
  clocked: isTimed === true ? table(`${name}.seconds`) : [],
});

export const STEPS: readonly Step[] = [
  measure('proofs', {
    what: 'every Coq file compiled and checked again, every theorem without axioms',
    minutes: 1,
    isTimed: true,
  }),
  measure('smt', { what: 'Z3: the factor 2 for all real weights of 3 x 3 and 4 x 4', minutes: 0.5 }),
  measure('reductions', { what: 'CLIQUE and BALANCED BICLIQUE on all small graphs', minutes: 0.2 }),
  measure('laws', { what: 'every method against the exact optimum on random instances', minutes: 0.2 }),
  {
    name: 'tight-families',
    what: 'every tight family, ratio and limit by epsilon, optima enumerated',
    mode: 'quick',
    minutes: 0.1,
    command: [`${HOME}/tight-families.ts`],
    inputs: [],
    outputs: [`${HOME}/tight-families.csv`],
    clocked: [],
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
];
