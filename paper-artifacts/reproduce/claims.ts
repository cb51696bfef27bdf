import { geometricMean, largest, least, number, only, PLAIN, sum, where } from './rows.ts';
import type { Row } from './tables.ts';

/*
 * What is claimed, by the thesis and by us, and how each claim is measured: which step measures it, what must come out, which
 * theorems prove it and which tests try to refute it. `test/artifacts/claims.test.ts` holds that these names exist.
 */

/** How far a claim of the thesis is reproduced; `ours` for what the thesis does not state. */
export type Scale = 'as stated' | 'smaller scale' | 'not without Food-101' | 'ours';

/** A table by its name, as `results/NAME.csv` or relative to `paper-artifacts`; null where it has not been made. */
export type Tables = (name: string) => readonly Row[] | null;

export interface Measurement {
  readonly measured: string;
  /** null: a figure that is reported and not judged, such as seconds on a machine that nobody knows. */
  readonly holds: boolean | null;
}

export interface Claim {
  readonly id: string;
  readonly claim: string;
  readonly whose: 'thesis states' | 'our construction';
  readonly scale: Scale;
  readonly ran: string;
  /** The step that measures it; `--full` steps are stored results. */
  readonly step: string | null;
  readonly expected: string;
  /** The tables that {@link measure} reads. */
  readonly tables: readonly string[];
  /** @param tables rows of each of `tables`, in their order */
  measure(...tables: (readonly Row[])[]): Measurement;
  readonly theorems: readonly string[];
  readonly tests: readonly (readonly [title: string, file: string])[];
  /** Says what a clock said: it stands in speed.md, not in claims.md. */
  readonly isClocked?: boolean;
}

const fixed = (value: number, digits = 4) => value.toFixed(digits);
const points = (value: number) => (100 * value).toFixed(1);

const TWO_APPROXIMATIONS = ['independent', 'residual', 'residual-rows-first', 'residual-columns-first'];

/** Cost / optimum of some methods in a table of laws; none may be above `most`. */
function ratios(rows: readonly Row[], methods: readonly string[], most: number): Measurement {
  const own = where(rows, { method: methods }).filter(({ ratio }) => ratio !== null);
  const each = methods.map((method) => `${method} ${fixed(largest(where(own, { method }), 'ratio'), 3)}`);
  return {
    measured: `${own.length} answers, largest ratios: ${each.join(', ')}`,
    holds: own.every((row) => number(row, 'cost') <= most * number(row, 'optimum')),
  };
}

function gainOf(rows: readonly Row[], method: string): string {
  const row = only(rows, { ...PLAIN, method });
  const [low, high] = [number(row, 'differenceLow'), number(row, 'differenceHigh')];
  return `${method} ${points(number(row, 'difference'))} (${points(low)} to ${points(high)}, ${row.pairs} pairs)`;
}

/** The same difference baseline by baseline, over the fine-tuning seeds that both have. */
function gainsByBaseline(networks: readonly Row[], method: string): string {
  const own = where(networks, { ...PLAIN, method });
  const baselines = [...new Set(own.map((row) => number(row, 'baseline')))].sort((a, b) => a - b);
  const gains = baselines.map((baseline) => {
    const pairs = where(own, { baseline }).flatMap((row) => {
      const [other] = where(networks, { ...PLAIN, method: 'uniform', baseline, seed: row.seed! });
      return other === undefined ? [] : [number(row, 'accuracy') - number(other, 'accuracy')];
    });
    return points(pairs.reduce((total, gain) => total + gain, 0) / pairs.length);
  });
  return gains.join(', ');
}

export const CLAIMS: readonly Claim[] = [
  {
    id: 'np-complete',
    claim: 'Row-and-column pruning is NP-complete',
    whose: 'thesis states',
    scale: 'as stated',
    ran: 'reductions of our construction on all graphs of 3 to 5 vertices and all bipartite ones of 2 + 2 and 3 + 3, every size asked, by shape and by target; pruning question and graph question decided apart',
    step: 'reductions',
    expected: 'both questions agree on every graph; every yes maps back to a clique or biclique',
    tables: ['reductions'],
    measure(rows) {
      const [graphs, agree, yes, back] = ['graphs', 'agree', 'yes', 'mappedBack'].map((name) => sum(rows, name));
      const measured = `${agree} of ${graphs} agree, ${back} of ${yes} yes-answers mapped back`;
      return { measured, holds: agree === graphs && back === yes };
    },
    theorems: [
      ...['Clique.clique_to_shape_yes', 'Clique.clique_to_target_yes'],
      ...['Biclique.biclique_to_shape_yes', 'Biclique.biclique_to_target_yes'],
      ...['Clique.clique_target_entries', 'Biclique.biclique_target_entries', 'Verifier.in_NP'],
    ],
    tests: [
      ['on all graphs of %i vertices, all k', 'test/reductions/reductions.test.ts'],
      ['on all bipartite graphs of %i and %i nodes, all k', 'test/reductions/reductions.test.ts'],
    ],
  },
  {
    id: 'best-possible',
    claim:
      'No polynomial-time algorithm has a factor below 2, by target or by shape, if the Small Set Expansion hypothesis (Raghavendra and Steurer, STOC 2010) is true; the hypothesis is assumed, the inequalities of both directions are machine-checked, that they give this is on paper (proofs/hardness.md)',
    whose: 'our construction',
    scale: 'ours',
    ran: 'small sets planted in regular graphs of 10 to 640 vertices, beside random regular graphs: the cost of the planted set, the optimum of the random graph or a certified bound on it, and what both 2-approximations answer',
    step: 'hardness',
    expected:
      'every pruning of the random graph is proved dearer than the planted set, by a ratio that grows as k/n falls; every pruning maps back to k vertices with at least as many inner edges as proved',
    tables: ['hardness'],
    measure(rows) {
      const least = (row: Row) => number(row, row.optimum === null ? 'dualBound' : 'optimum');
      const pairs = where(rows, { graph: 'random' }).map((random) => {
        const { vertices, degree, size, goal } = random;
        const planted = only(rows, {
          graph: 'planted',
          vertices: vertices!,
          degree: degree!,
          size: size!,
          goal: goal!,
        });
        return { degree, share: number(random, 'share'), ratio: least(random) / number(planted, 'known'), planted };
      });
      const series = pairs.filter(({ degree }) => degree === 32);
      const grows = series.every(({ share, ratio }, k) => {
        const before = series[k - 1];
        return before === undefined || (share < before.share && ratio > before.ratio);
      });
      const mapped = rows.every((row) => number(row, 'innerEdges') >= number(row, 'leastInnerEdges'));
      const last = series.at(-1)!;
      const algorithms = ['independent', 'residual'].map(
        (name) => `${name} ${fixed(number(last.planted, name) / number(last.planted, 'known'), 3)}`,
      );
      const opening = series.map(({ share, ratio }) => `${fixed(ratio, 3)} at k/n = ${share}`).join(', ');
      return {
        measured: `random over planted, proved: ${opening}; on the last planted one over its set: ${algorithms.join(', ')}`,
        holds: pairs.every(({ ratio }) => ratio > 1) && grows && mapped,
      };
    },
    theorems: [
      ...['Expansion.regular_cost', 'Expansion.peeling', 'Expansion.expansion_target_back'],
      ...['Expansion.expansion_target_gap', 'Expansion.expansion_shape_gap'],
      ...['Expansion.expansion_target_decides', 'Expansion.expansion_shape_decides'],
    ],
    tests: [
      ['on all connected regular graphs of %i vertices, all k', 'test/reductions/expansion.test.ts'],
      ['on random regular graphs of 9 to 12 vertices, all k', 'test/reductions/expansion.test.ts'],
      ['keeps a share of (u - 2) / u of the edges at every step', 'test/reductions/expansion.test.ts'],
    ],
  },
  {
    id: 'within-2',
    claim: 'Two algorithms cost at most twice the optimum',
    whose: 'thesis states',
    scale: 'as stated',
    ran: 'both 2-approximations (our construction) on random instances of seven families, one layer and three, with units and minima; optima enumerated',
    step: 'laws',
    expected: 'cost <= 2 x optimum, every answer',
    tables: ['laws'],
    measure: (rows) => ratios(rows, TWO_APPROXIMATIONS, 2),
    theorems: [
      ...['Shapes.independent_program_two', 'Shapes.rows_first_program_two', 'Shapes.columns_first_program_two'],
      ...['Shapes.residual_program_two', 'Programs.residual_best_two'],
    ],
    tests: [
      ['$label: both approximations cost at most twice the optimum', 'test/laws.test.ts'],
      ['takes a fixed shape to the letter', 'test/laws.test.ts'],
    ],
  },
  {
    id: 'within-2-smt',
    claim: 'The same for all real weights at fixed small sizes, from another encoding',
    whose: 'thesis states',
    scale: 'as stated',
    ran: 'Z3: every shape of 3 x 3 and 4 x 4, every target of 3 x 3, one query a choice of other lines',
    step: 'smt',
    expected: 'every query refuted at factor 2; at 1.99 weights found at exactly the shapes whose supremum is 2',
    tables: ['smt'],
    measure(rows) {
      const two = where(rows, { question: ['shapes', 'targets'] });
      const below = where(rows, { question: 'shapes below 2' });
      const [queries, refuted] = [sum(two, 'queries'), sum(two, 'refuted')];
      const [shapes, asPredicted] = [sum(below, 'goals'), sum(below, 'asPredicted')];
      const measured = `${refuted} of ${queries} refuted; at 1.99 ${asPredicted} of ${shapes} shapes as predicted`;
      return { measured, holds: refuted === queries && asPredicted === shapes && sum(below, 'reached') > 0 };
    },
    theorems: ['Approximation.independent_two', 'Approximation.rows_first_two', 'Approximation.columns_first_two'],
    tests: [
      ['$claim: every shape, every other choice of lines', 'test/proofs/smt.test.ts'],
      ['$claim: every target, every other choice of shapes and lines', 'test/proofs/smt.test.ts'],
    ],
  },
  {
    id: 'tight',
    claim: 'Neither ratio can be improved',
    whose: 'thesis states',
    scale: 'as stated',
    ran: 'tight families (our construction), by shape and by target, optima enumerated, epsilon down to 2^-16',
    step: 'tight-families',
    expected: 'ratio above 1.999 at epsilon 2^-16 for both algorithms, by shape and by target; never above 2',
    tables: ['tight-families'],
    measure(rows) {
      const own = where(rows, { algorithm: TWO_APPROXIMATIONS });
      const tops = ['independent', 'residual'].flatMap((algorithm) =>
        ['shape', 'target'].map((version) => ({
          name: `${algorithm} by ${version}`,
          ratio: largest(where(own, { algorithm, version }), 'ratio'),
        })),
      );
      const measured = tops.map(({ name, ratio }) => `${name} ${ratio.toFixed(5)}`).join(', ');
      return { measured, holds: tops.every(({ ratio }) => ratio > 1.999) && largest(own, 'ratio') <= 2 };
    },
    theorems: [
      ...['Tightness.tight_ratio', 'Tightness.two_is_least', 'Tightness.two_is_least_target'],
      ...['Domain.independent_limit', 'Domain.rows_first_limit', 'Domain.columns_first_limit'],
    ],
    tests: [
      ['tends to its supremum at every fixed shape, except where it is optimal', 'test/worst-case/families.test.ts'],
      ['tends to 2 with a target, or refuses', 'test/worst-case/families.test.ts'],
    ],
  },
  {
    id: 'food-101',
    claim: 'Two annealing schemes raise accuracy by 2.7 and 1.6 points (ResNet-18, Food-101, 93%)',
    whose: 'thesis states',
    scale: 'not without Food-101',
    ran: 'nothing: it takes Food-101, a trained ResNet-18 and days of fine-tuning; the commands stand in the README and are tested at width 4 on a generated folder',
    step: null,
    expected: '2.7 and 1.6 points, against something that the abstract does not name',
    tables: [],
    measure: () => ({ measured: 'not measured', holds: null }),
    theorems: [],
    tests: [],
  },
  {
    id: 'accuracy-glyphs',
    claim: 'Both annealing schemes raise accuracy at 93%, on a small residual network and glyphs',
    whose: 'thesis states',
    scale: 'smaller scale',
    ran: 'the stored experiment: three baselines, one fine-tuning budget for all, paired differences to `uniform` (our reading of the previous work)',
    step: 'accuracy-experiment',
    expected: 'a mean gain whose 95% interval is above 0, for both schemes; not on every baseline',
    tables: ['accuracy/differences', 'accuracy/accuracy'],
    measure(rows, networks) {
      const methods = ['anneal-selection', 'anneal-shape'];
      const gains = methods.map((method) => gainOf(rows, method)).join('; ');
      const holds = methods.every((method) => number(only(rows, { ...PLAIN, method }), 'differenceLow') > 0);
      const each = methods.map((method) => `${method} ${gainsByBaseline(networks!, method)}`).join('; ');
      const measured = `points gained: ${gains}; by baseline: ${each}; without annealing: ${gainOf(rows, 'greedy')}`;
      return { measured, holds };
    },
    theorems: [],
    tests: [],
  },
  {
    id: 'proofs',
    claim: 'Every theorem named here is machine-checked and rests on no axiom',
    whose: 'our construction',
    scale: 'ours',
    ran: 'every Coq file compiled, `Print Assumptions` of every theorem, compiled files checked again by coqchk',
    step: 'proofs',
    expected: 'all closed under the global context, no axiom of ours in coqchk’s report',
    tables: ['proofs'],
    measure(rows) {
      const closed = where(rows, { closed: true }).length;
      return {
        measured: `${closed} of ${rows.length} theorems closed, ${largest(rows, 'recheckedAxioms')} axioms in coqchk’s report`,
        holds: closed === rows.length && largest(rows, 'recheckedAxioms') === 0,
      };
    },
    theorems: [],
    tests: [
      ['are proofs: no axiom, nothing admitted, every file reached, every theorem listed', 'test/proofs/coq.test.ts'],
    ],
  },
  {
    id: 'networks-within-2',
    claim: 'The factor 2 holds for several layers, with units and minima',
    whose: 'our construction',
    scale: 'ours',
    ran: 'the instances of three layers among those above, a third of them with units and minima',
    step: 'laws',
    expected: 'cost <= 2 x optimum, every answer',
    tables: ['laws'],
    measure: (rows) =>
      ratios(where(rows, { form: ['three layers', 'units and minima'] }), [...TWO_APPROXIMATIONS, 'alternating'], 2),
    theorems: ['Layers.independent_layers_two', 'Layers.residual_layers_two', 'Knapsack.choose_shapes_two'],
    tests: [['$label: both approximations cost at most twice the optimum', 'test/laws.test.ts']],
  },
  {
    id: 'suprema',
    claim: 'Where 2 is not the limit of an algorithm, its supremum is known, and reached',
    whose: 'our construction',
    scale: 'ours',
    ran: 'every regime of the suprema, one layer and three, epsilon from 2^-2 to 2^-16',
    step: 'tight-families',
    expected: 'ratio never above the stated limit, and within 0.01% of it at epsilon 2^-16, wherever there is a limit',
    tables: ['tight-families'],
    measure(rows) {
      const finest = where(rows, { epsilon: 2 ** -16 }).filter(({ algorithm }) => algorithm !== 'greedy');
      const worst = Math.max(...finest.map((row) => 1 - number(row, 'ratio') / number(row, 'limit')));
      const above = rows.filter((row) => number(row, 'ratio') > number(row, 'limit')).length;
      const limits = new Set(finest.map(({ limit }) => limit)).size;
      const measured = `${limits} different limits, ${above} of ${rows.length} ratios above, at most ${(100 * worst).toFixed(4)}% below`;
      return { measured, holds: above === 0 && worst <= 1e-4 };
    },
    theorems: [
      ...['Domain.rows_first_one_row_limit', 'Domain.columns_first_one_column', 'Domain.better_one_line'],
      ...['Domain.independent_optimal', 'Domain.rows_first_optimal', 'Domain.columns_first_optimal'],
    ],
    tests: [['of %s is what a linear program over the weights finds', 'test/worst-case/suprema.test.ts']],
  },
  {
    id: 'greedy-unbounded',
    claim: 'Least-mean greedy has no constant factor',
    whose: 'our construction',
    scale: 'ours',
    ran: 'its family on matrices of 4 to 400 rows',
    step: 'tight-families',
    expected: 'the ratio grows with the rows, above 100 at 400',
    tables: ['tight-families'],
    measure(rows) {
      const own = where(rows, { algorithm: 'greedy', layers: 1, cols: 2 });
      const at = [4, 40, 400].map((count) => largest(where(own, { rows: count }), 'ratio')) as [number, number, number];
      const measured = at.map((ratio, k) => `${fixed(ratio, 1)} at ${[4, 40, 400][k]} rows`).join(', ');
      return { measured, holds: at[0] < at[1] && at[1] < at[2] && at[2] > 100 };
    },
    theorems: ['Tightness.greedy_unbounded', 'Tightness.greedy_no_factor'],
    tests: [['does not hold for greedy, whose ratio is unbounded', 'test/laws.test.ts']],
  },
  {
    id: 'bounds',
    claim: 'Certified bounds bracket the optimum',
    whose: 'our construction',
    scale: 'ours',
    ran: 'a certificate of every small random instance, verified, beside the enumerated optimum',
    step: 'bounds',
    expected: 'dual bound <= optimum, and kept bound >= what the optimum keeps, every time',
    tables: ['bounds'],
    measure(rows) {
      const sound = rows.filter(
        (row) => number(row, 'dualBound') <= number(row, 'optimum') && number(row, 'keptBound') >= number(row, 'kept'),
      );
      const ratios = rows.flatMap(({ ratio }) => (typeof ratio === 'number' ? [ratio] : []));
      const measured = `${sound.length} of ${rows.length} brackets hold; optimum / bound ${fixed(geometricMean(ratios))} in the geometric mean, ${fixed(Math.max(...ratios))} at most`;
      return { measured, holds: sound.length === rows.length };
    },
    theorems: [
      ...['Bounds.row_bound_sound', 'Bounds.column_bound_sound', 'Bounds.split_bound_sound'],
      ...['Bounds.network_knapsack_sound', 'Spectral.mixed_spectral_sound'],
    ],
    tests: [
      ['holds for every shape, whatever the pieces', 'test/certify/kept-bounds.test.ts'],
      ['is rejected when changed, where nothing else proves the claim', 'test/certify/certificate.test.ts'],
    ],
  },
  {
    id: 'face-gap',
    claim:
      'A real network (29 convolutions, 5.6 million trained weights) is pruned at 93% within 1% of the optimum, proved',
    whose: 'our construction',
    scale: 'ours',
    ran: '`best` on the face network, its pruning and certificate through the checker',
    step: 'gaps',
    expected: 'cost ratio at most 1.01, kept ratio at most 1.03',
    tables: ['gaps'],
    measure(rows) {
      const row = only(rows, { instance: 'face', sparsity: 0.93 });
      const [ratio, keptRatio] = [number(row, 'ratio'), number(row, 'keptRatio')];
      const measured = `cost ratio ${fixed(ratio, 5)}, kept ratio ${fixed(keptRatio, 5)}, gap ${(100 * number(row, 'gap')).toFixed(3)}%`;
      return { measured, holds: ratio <= 1.01 && keptRatio <= 1.03 };
    },
    theorems: ['Bounds.network_cost_knapsack', 'Spectral.normed_sound'],
    tests: [
      ['proves gaps of larger instances far below the factor 2, the same at every run', 'test/portfolio/best.test.ts'],
    ],
  },
  {
    id: 'gaps',
    claim: 'So are ResNet-18-shaped instances and the face network at 50, 80 and 93%',
    whose: 'our construction',
    scale: 'ours',
    ran: 'as above; half-normal and scaled layers besides, which have wider gaps',
    step: 'gaps-all',
    expected: 'cost ratio at most 1.01 for both networks at each sparsity',
    tables: ['gaps-all'],
    measure(rows) {
      const own = where(rows, { instance: ['face', 'resnet18'] });
      const each = [...new Set(rows.map(({ instance }) => instance))].map(
        (instance) => `${instance} ${fixed(largest(where(rows, { instance: instance! }), 'ratio'))}`,
      );
      return {
        measured: `largest cost ratios: ${each.join(', ')}`,
        holds: own.length === 6 && largest(own, 'ratio') <= 1.01,
      };
    },
    theorems: ['Bounds.network_cost_knapsack'],
    tests: [
      [
        'brackets the optimum, as its certificate proves, at no more than any quick method',
        'test/portfolio/best.test.ts',
      ],
    ],
  },
  {
    id: 'exact',
    claim: 'Branch and bound proves optima; its proof logs are replayed by a checker of its own',
    whose: 'our construction',
    scale: 'ours',
    ran: 'half-normal squares to 32 and scaled ones to 48 at 50, 75 and 93%, beside enumeration, HiGHS and javascript-lp-solver where they finish in seconds',
    step: 'exact-methods',
    expected: 'all proved, all logs accepted, no method with another optimum',
    tables: ['exact-methods'],
    measure(rows) {
      const own = where(rows, { method: 'branch-and-bound' });
      const proved = where(own, { proved: true }).length;
      const logs = own.filter(({ replayed }) => replayed !== null);
      const others = where(rows, { method: ['enumerate', 'ilp-highs', 'ilp-jslp'] });
      const agreeing = others.filter((row) => {
        const { family, size, sparsity, seed } = row;
        const cost = number(only(own, { family: family!, size: size!, sparsity: sparsity!, seed: seed! }), 'cost');
        return Math.abs(cost - number(row, 'cost')) <= (row.proved === true ? 0 : 1e-6 * cost);
      }).length;
      const replayed = where(logs, { replayed: true }).length;
      const measured = `${proved} of ${own.length} proved, ${replayed} of ${logs.length} logs accepted, ${agreeing} of ${others.length} other answers agree`;
      const holds = proved === own.length && replayed === logs.length && agreeing === others.length;
      return { measured, holds };
    },
    theorems: ['BranchAndBound.check_target_optimal', 'BranchAndBound.network_tables_sound'],
    tests: [
      ['agrees with enumeration beyond the size of brute force', 'test/exact/branch-and-bound.test.ts'],
      ['is accepted for the optima of all kinds of small instances', 'test/certify/proof-log.test.ts'],
    ],
  },
  {
    id: 'anneal-optimum',
    claim: 'Annealing finds the optimum of the hardest small instances',
    whose: 'our construction',
    scale: 'ours',
    ran: 'half-normal 16 x 16 and 24 x 24 at 50, 75 and 93%, both schemes, three seeds, optima from branch and bound',
    step: 'anneal',
    expected: 'anneal-selection at the optimum every time; no answer of either above what it starts from (residual)',
    tables: ['anneal'],
    measure(rows) {
      const squares = rows.filter(({ instance }) => instance !== 'face');
      const of = (method: string, { instance, sparsity }: Row) =>
        number(only(squares, { method, instance: instance!, sparsity: sparsity! }), 'cost');
      const parts = ['anneal-selection', 'anneal-shape'].map((method) => {
        const own = where(squares, { method });
        const optimal = own.filter((row) => number(row, 'cost') === of('branch-and-bound', row)).length;
        const worse = own.filter((row) => number(row, 'cost') > of('residual', row)).length;
        return { method, own, optimal, worse };
      });
      const measured = parts
        .map(
          ({ method, own, optimal, worse }) =>
            `${method}: ${optimal} of ${own.length} optimal, ${worse} above residual`,
        )
        .join('; ');
      const holds = parts[0]!.optimal === parts[0]!.own.length && parts.every(({ worse }) => worse === 0);
      return { measured, holds };
    },
    theorems: [],
    tests: [
      ['keep the guarantee and the bound of the 2-approximation that they start from', 'test/anneal/optimum.test.ts'],
      [
        'visits them as often as Boltzmann says, and the test can tell a tenth of the temperature',
        'test/anneal/selection-chain.test.ts',
      ],
    ],
  },
  {
    id: 'anneal-network',
    claim: 'On a real network annealing costs less than every other heuristic, by little',
    whose: 'our construction',
    scale: 'ours',
    ran: 'the face network at 93%, 12 million moves (default: more)',
    step: 'anneal',
    expected: 'both schemes below independent, residual, greedy, alternating and uniform',
    tables: ['anneal'],
    measure(rows) {
      const face = where(rows, { instance: 'face' });
      const others = face.filter(({ method }) => !String(method).startsWith('anneal'));
      const own = face.filter(({ method }) => String(method).startsWith('anneal'));
      const kept = [...own, ...others].map((row) => `${row.method} ${fixed(number(row, 'kept'), 2)}`);
      return { measured: `importance kept: ${kept.join(', ')}`, holds: largest(own, 'cost') < least(others, 'cost') };
    },
    theorems: [],
    tests: [['%s: zero work returns the start; more is never worse', 'test/anneal/optimum.test.ts']],
  },
  {
    id: 'baselines',
    claim: 'The shipped baselines classify as stored',
    whose: 'our construction',
    scale: 'ours',
    ran: 'the three shipped networks on all test images, WebAssembly; stored: TensorFlow’s C library',
    step: 'accuracy',
    expected: 'at least 99.5% of the images classified alike',
    tables: ['accuracy'],
    measure(rows) {
      const dense = where(rows, { kind: 'dense' });
      const shares = dense.map((row) => number(row, 'alike') / number(row, 'images'));
      const each = dense.map(
        (row) => `${points(number(row, 'accuracy'))}% (stored ${points(number(row, 'storedAccuracy'))})`,
      );
      return {
        measured: `${each.join(', ')}; least share alike ${(100 * Math.min(...shares)).toFixed(2)}%`,
        holds: Math.min(...shares) >= 0.995,
      };
    },
    theorems: [],
    tests: [],
  },
  {
    id: 'prunings',
    claim: 'Every method finds its stored pruning of baseline 1 again, bit by bit',
    whose: 'our construction',
    scale: 'ours',
    ran: 'eight methods at 93%, both annealings included; costs recomputed exactly',
    step: 'accuracy',
    expected: 'same pruning, same cost',
    tables: ['accuracy'],
    measure(rows) {
      const own = where(rows, { kind: 'pruned' });
      const same = where(own, { samePruning: true });
      const costs = own.filter(({ cost, storedCost }) => cost === storedCost).length;
      const differ = own.filter(({ samePruning }) => samePruning === false).map(({ method }) => method);
      const measured = `${same.length} of ${own.length} prunings, ${costs} of ${own.length} costs${differ.length === 0 ? '' : `; not ${differ.join(', ')}`}`;
      return { measured, holds: same.length === own.length && costs === own.length };
    },
    theorems: [],
    tests: [
      ['gives the same weights for the same seeds, and others for other ones', 'test/neural/training/train.test.ts'],
    ],
  },
  {
    id: 'tuned-cell',
    claim: 'A fine-tuned cell of the experiment comes out as stored',
    whose: 'our construction',
    scale: 'ours',
    ran: 'anneal-selection at 93%, baseline 1, fine-tuning seed 1, the whole budget, WebAssembly; stored: TensorFlow’s C library, whose sums round otherwise',
    step: 'accuracy',
    expected: 'test accuracy within the stored cell’s 95% interval over font families',
    tables: ['accuracy'],
    measure(rows) {
      const row = only(rows, { kind: 'tuned' });
      const [accuracy, low, high] = ['accuracy', 'storedLow', 'storedHigh'].map((name) => number(row, name)) as [
        number,
        number,
        number,
      ];
      const measured = `${points(accuracy)}%, stored ${points(number(row, 'storedAccuracy'))}% (${points(low)} to ${points(high)})`;
      return { measured, holds: low <= accuracy && accuracy <= high };
    },
    theorems: [],
    tests: [
      ['goes on from a checkpoint to the identical end, also after a signal', 'test/neural/training/train.test.ts'],
    ],
  },
  {
    id: 'cost-accuracy',
    claim: 'Least cost is not best accuracy; importances by the root of the mean and repeated solving make it pay',
    whose: 'our construction',
    scale: 'ours',
    ran: 'the stored experiment, plain and with four rounds without importance in dead lines and importances divided by the root of each layer’s mean',
    step: 'accuracy-experiment',
    expected:
      'plain: greedy costs more than anneal-selection and is more accurate; with both, all four methods above 80%',
    tables: ['accuracy/differences'],
    measure(rows) {
      const [greedy, own] = ['greedy', 'anneal-selection'].map((method) => only(rows, { ...PLAIN, method })) as [
        Row,
        Row,
      ];
      const methods = ['residual', 'greedy', 'anneal-selection', 'anneal-shape'];
      const chosen = methods.map((method) =>
        only(rows, { ...PLAIN, normalize: 'root', schedule: 'once, 4 rounds', method }),
      );
      const measured = `plain: greedy ${points(number(greedy, 'accuracy'))}%, anneal-selection ${points(number(own, 'accuracy'))}%; with both: ${chosen.map((row) => `${row.method} ${points(number(row, 'accuracy'))}%`).join(', ')}`;
      const holds =
        number(greedy, 'costShare') > number(own, 'costShare') &&
        number(greedy, 'accuracy') > number(own, 'accuracy') &&
        least(chosen, 'accuracy') > 0.8;
      return { measured, holds };
    },
    theorems: [],
    tests: [
      [
        'has no importance where the compact model has no line, and all of it elsewhere',
        'test/artifacts/living.test.ts',
      ],
    ],
  },
  {
    id: 'exact-speed',
    claim: 'Branch and bound is faster than integer programming, by orders of magnitude',
    whose: 'our construction',
    scale: 'ours',
    ran: 'half-normal squares to 12 and scaled ones to 16, processor seconds, one run each and not warmed up, where both finish; the README states the stored comparison, on larger instances and warmed up',
    step: 'exact-methods',
    expected: 'at least 5 times as fast as either, geometric mean',
    tables: ['exact-methods.seconds'],
    measure(rows) {
      const own = where(rows, { method: 'branch-and-bound' });
      const means = ['ilp-highs', 'ilp-jslp'].map((method) => {
        const quotients = where(rows, { method }).map((row) => {
          const { family, size, sparsity, seed } = row;
          const other = only(own, { family: family!, size: size!, sparsity: sparsity!, seed: seed! });
          return number(row, 'seconds') / Math.max(number(other, 'seconds'), 1e-4);
        });
        return { method, mean: geometricMean(quotients), count: quotients.length };
      });
      const measured = means
        .map(({ method, mean, count }) => `${method} ${mean.toFixed(0)} times as long (${count} instances)`)
        .join(', ');
      return {
        measured: `${measured}; slowest of branch and bound ${largest(own, 'seconds').toFixed(2)} s`,
        holds: means.every(({ mean }) => mean >= 5),
      };
    },
    theorems: [],
    tests: [],
    isClocked: true,
  },
  {
    id: 'peers',
    claim: 'On the same instances and limits branch and bound proves every optimum, and no other solver finds less',
    whose: 'our construction',
    scale: 'ours',
    ran: 'HiGHS, javascript-lp-solver, enumeration, `best`, approximations, greedy and annealing, each run in a process of its own, five seconds each',
    step: 'peers',
    expected: 'branch and bound optimal on every instance, no cheaper answer by any method',
    tables: ['peers'],
    measure(rows) {
      const own = where(rows, { method: 'branch-and-bound' });
      const costs = new Map(own.map((row) => [`${row.instanceHash} ${row.target}`, number(row, 'cost')]));
      const proved = where(own, { status: 'optimal' }).length;
      const others = rows.filter(({ method, cost }) => method !== 'branch-and-bound' && cost !== null);
      const below = others.filter(
        (row) => number(row, 'cost') < costs.get(`${row.instanceHash} ${row.target}`)!,
      ).length;
      const each = ['ilp-highs', 'ilp-jslp'].map((method) => {
        const runs = where(rows, { method });
        return `${method} claims ${where(runs, { claimedOptimal: true }).length} of ${runs.length}`;
      });
      const measured = `branch and bound proves ${proved} of ${own.length}; ${each.join(', ')}; ${below} of ${others.length} other answers cheaper`;
      return { measured, holds: proved === own.length && below === 0 };
    },
    theorems: [],
    tests: [],
    isClocked: true,
  },
  {
    id: 'face-seconds',
    claim: 'The face network’s certificate takes about a minute to find and seconds to verify',
    whose: 'our construction',
    scale: 'ours',
    ran: '`best` and the checker on the face network at 93%, processor seconds',
    step: 'gaps',
    expected: 'reported',
    tables: ['gaps.seconds'],
    measure([row]) {
      const measured = `${number(row!, 'seconds').toFixed(1)} s to find, ${number(row!, 'checkSeconds').toFixed(1)} s to verify`;
      return { measured, holds: null };
    },
    theorems: [],
    tests: [],
    isClocked: true,
  },
  {
    id: 'throughput',
    claim: 'Heuristics prune the face network in about a second, annealing at over a million moves a second',
    whose: 'our construction',
    scale: 'ours',
    ran: 'the face network at 93%, processor seconds of the whole method from start to end; the README states the rate of the chain alone',
    step: 'anneal',
    expected: 'reported',
    tables: ['anneal.seconds'],
    measure(rows) {
      const face = where(rows, { instance: 'face' });
      const own = only(face, { method: 'anneal-selection' });
      const rate = number(own, 'work') / number(own, 'seconds') / 1e6;
      const each = face.map((row) => `${row.method} ${number(row, 'seconds').toFixed(2)} s`);
      return { measured: `${rate.toFixed(2)} million moves a second; ${each.join(', ')}`, holds: null };
    },
    theorems: [],
    tests: [['scale with the importances and fall from hot to cold', 'test/anneal/segment.test.ts']],
    isClocked: true,
  },
  {
    id: 'compact',
    claim: 'Compact layers run faster than dense ones by nearly what they save',
    whose: 'our construction',
    scale: 'ours',
    ran: 'a 3 x 3 convolution of 128 channels at 16 x 16, 93% removed, batches of 1 and 32, WebAssembly, outputs compared first',
    step: 'compact',
    expected: 'outputs equal to 1e-4 of the largest; at least 4 times as fast',
    tables: ['compact', 'compact.seconds'],
    measure(rows, clock) {
      const each = clock!.map((row) => {
        const [own, dense] = [number(row, 'milliseconds'), number(row, 'denseMilliseconds')];
        return `batch ${row.batch}: ${fixed(number(row, 'speedup'), 1)} times (${fixed(dense, 2)} to ${fixed(own, 2)} ms)`;
      });
      const fewer = number(rows[0]!, 'denseMultiplyAdds') / number(rows[0]!, 'multiplyAdds');
      const error = largest(rows, 'error');
      const measured = `${each.join(', ')}; ${fixed(fewer, 1)} times fewer multiply-adds, largest error ${error.toExponential(1)}`;
      return { measured, holds: least(clock!, 'speedup') >= 4 && error <= 1e-4 };
    },
    theorems: [],
    tests: [
      [
        'equals the masked one, whatever the network, the statistics and the masks',
        'test/neural/compact-model.test.ts',
      ],
    ],
    isClocked: true,
  },
];
