import type { BenchRecord } from '../benchmark/record.ts';
import { type PairedRatio, performanceProfiles as profilesOf } from '../benchmark/statistics.ts';
import { classOf, type MethodSummary, measuresOf, type Problem, problemsOf, summaryOf } from '../benchmark/summary.ts';
import { RcpruneError } from '../problem/error.ts';
import { type AnytimeCurve, anytimeCurves } from './figures/anytime.ts';
import { performanceProfiles, type RatioPoint, ratioAgainstGuarantee } from './figures/comparison.ts';
import { brief, percent } from './figures/figure.ts';
import { type Html, html } from './html.ts';
import { chooser, figureBlock, nameOf, pageText, type Section, tableBlock } from './page.ts';

/** Records of benchmarks, each run once. */
export interface BenchReport {
  readonly records: readonly BenchRecord[];
  readonly command: string;
}

/** Instances whose curves a page holds, records in its table, and dots in a figure: bounds of its size. */
const MOST_CURVES = 40;
const MOST_ROWS = 400;
const MOST_DOTS = 2000;
/** Profiles leave the frame here; what comes later counts, but is not worth a stretched axis. */
const MOST_PROFILE_RATIO = { cost: 4, seconds: 1e5 };

/**
 * The page of a benchmark, as text: what the methods did in one table, performance profiles, ratios against guarantees, the
 * course of every instance's runs, and the runs. About 10 kB an instance with curves, at most 40 of them, 300 bytes a run of at most 400.
 *
 * @throws RcpruneError on no records
 */
export function benchPage({ records, command }: BenchReport): string {
  if (records.length === 0) throw new RcpruneError('report', 'at least one record', 'none');
  const problems = problemsOf(records);
  const summary = summaryOf(records);
  const { methods } = summary.all;
  const suites = distinct(records.map(({ suite }) => suite));
  const machines = distinct(
    records.map(({ machine: { processor, cores, node } }) => `${processor}, ${cores} cores, Node.js ${node}`),
  );
  const answered = records.filter(({ outcome }) => outcome === 'answered').length;
  const best = methods.flatMap(({ method, cost }) => (cost === null ? [] : [{ method, ratio: cost.ratio }]));
  best.sort((a, b) => a.ratio - b.ratio);
  const sections: Section[] = [
    methodSection(methods, summary.reference),
    ...profileSections(problems),
    ...ratioSection(problems),
    ...curveSection(problems),
    runSection(records),
  ];
  return pageText({
    title: `${methods.length} methods on ${problems.length} problems`,
    kicker: `rcprune · benchmark ${suites.map(nameOf).join(', ')}`,
    lead: html`<p>${answered === records.length ? `All ${answered} runs` : `${answered} of ${records.length} runs`} gave an answer, and every answer was checked in exact arithmetic before its time counted.${
      best.length === 0
        ? null
        : html` By cost the closest to the best known is <code>${nameOf(best[0]!.method)}</code>, ${ratioWords(best[0]!.ratio)}.`
    }</p>${
      summary.contradictions.length === 0
        ? null
        : html`<p><strong>${summary.contradictions.length} proved bounds lie above a cost that another method reached: these bounds are wrong.</strong></p>`
    }`,
    facts: [
      { name: 'runs', value: `${records.length}`, note: `${answered} answered` },
      { name: 'problems', value: `${problems.length}`, note: 'an instance and a target each' },
      { name: 'proved optimal', value: `${methods.reduce((sum, { proved }) => sum + proved, 0)}`, note: 'runs' },
      { name: 'bounds contradicted', value: `${summary.contradictions.length}` },
      {
        name: 'commit',
        value: distinct(records.map(({ commit }) => commit.slice(0, 8)))
          .slice(0, 3)
          .join(', '),
      },
      {
        name: 'machines',
        value: `${machines.length}`,
        note: machines.slice(0, 2).map(nameOf).join('; '),
      },
    ],
    sections,
    command,
    data: {
      kind: 'bench',
      suites: suites.map(nameOf),
      machines: machines.slice(0, 10).map(nameOf),
      summary: summary.all,
      contradictions: summary.contradictions.slice(0, 100),
      maps: [],
    },
  });
}

const distinct = (values: readonly string[]) => [...new Set(values)];
const ratioWords = (ratio: number) =>
  ratio < 1 + 5e-7 ? 'which it always reaches' : `${percent(ratio - 1, ratio < 1.001 ? 4 : 2)} above it on average`;
const number = (value: number | null, digits = 4) => (value === null ? '–' : brief(value, digits));

function interval(value: PairedRatio | null): string {
  if (value === null) return '–';
  const {
    ratio,
    interval: [low, high],
  } = value;
  return `${ratio.toFixed(4)} (${low.toFixed(4)}–${high.toFixed(4)})`;
}

function methodSection(methods: readonly MethodSummary[], reference: string): Section {
  return {
    id: 'methods',
    title: 'What the methods did',
    text: html`<p>Cost is the geometric mean of a method’s cost over the best known for the same problem, with its 95% bootstrap interval over instances; time is its processor seconds over those of <code>${nameOf(reference)}</code>. Integrals are the mean distance to the best cost over a run’s course: small when good answers come early.</p>`,
    body: tableBlock<MethodSummary>(
      'One method a line; a heading sorts',
      [
        { name: 'method', show: ({ method }) => html`<code>${nameOf(method)}</code>`, sort: ({ method }) => method },
        { name: 'answered', show: ({ answered, runs }) => `${answered}/${runs}`, sort: ({ answered }) => answered },
        { name: 'proved', show: ({ proved }) => `${proved}`, sort: ({ proved }) => proved },
        { name: 'cost / best', show: ({ cost }) => interval(cost), sort: ({ cost }) => cost?.ratio ?? null },
        { name: 'worst', show: ({ worstCost }) => number(worstCost), sort: ({ worstCost }) => worstCost },
        { name: 'mean gap', show: ({ gap }) => (gap === null ? '–' : percent(gap, 2)), sort: ({ gap }) => gap },
        {
          name: 'primal integral',
          show: ({ primalIntegral }) => number(primalIntegral, 3),
          sort: ({ primalIntegral }) => primalIntegral,
        },
        { name: 'seconds', show: ({ seconds }) => number(seconds, 3), sort: ({ seconds }) => seconds },
        {
          name: 'time',
          show: ({ time }) => (time === null ? '–' : `${brief(time.ratio, 3)}×`),
          sort: ({ time }) => time?.ratio ?? null,
        },
        {
          name: 'memory, MB',
          show: ({ memory }) => number(memory === null ? null : memory / 1e6, 3),
          sort: ({ memory }) => memory,
        },
      ],
      methods,
    ),
  };
}

function profileSections(problems: readonly Problem[]): Section[] {
  return (['cost', 'seconds'] as const).flatMap((measure) => {
    const curves = profilesOf(measuresOf(problems, measure))
      .filter(({ steps }) => steps.length > 0)
      .map(({ method, steps }) => ({ method, steps: steps.filter(([ratio]) => ratio <= MOST_PROFILE_RATIO[measure]) }));
    if (curves.length === 0) return [];
    const isCost = measure === 'cost';
    return {
      id: `profile-${measure}`,
      title: isCost ? 'Who comes how close' : 'Who proves it how fast',
      text: isCost
        ? html`<p>For every ratio, the share of problems on which a method’s cost is within so many times the best that any method reached. A curve that starts high finds the best often; one that reaches 100% early is never far off.</p>`
        : html`<p>The same for the seconds to an optimum, proved or claimed by a solver; methods that claim none are left out, and a curve that ends below 100% left problems open within its limits.</p>`,
      body: figureBlock(
        `Performance profiles by ${measure}`,
        html`<p>Performance profiles (Dolan and Moré 2002) over ${problems.length} problems; of several seeds the median counts.</p>`,
        (options) => performanceProfiles(curves, { measure, ...options }),
      ),
    };
  });
}

function ratioSection(problems: readonly Problem[]): Section[] {
  const all: RatioPoint[] = problems.flatMap(({ records, bestBound }) =>
    records.flatMap((record) => {
      const { method, cost, guarantee, seed } = record;
      if (cost === null || bestBound === null || (bestBound <= 0 && cost > 0)) return [];
      const ratio = cost === bestBound ? 1 : cost / bestBound;
      return [{ method, label: nameOf(`${classOf(record)}, seed ${seed}`), ratio, guarantee }];
    }),
  );
  if (all.length === 0) return [];
  const points = all.slice(0, MOST_DOTS);
  return [
    {
      id: 'ratio',
      title: 'What is promised and what is reached',
      text: html`<p>Each dot is one answer: its cost over the greatest lower bound that any method proved for the problem, so the true ratio is at most this. The upright bar is what is proved of the method on all instances there can be.</p>`,
      body: figureBlock(
        'Ratio against guarantee',
        html`<p>No bar: nothing is proved of the method. Dots overlap; where many lie, the colour is dense.${all.length > MOST_DOTS ? ` The first ${MOST_DOTS} of ${all.length} answers.` : ''}</p>`,
        (options) => ratioAgainstGuarantee(points, options),
      ),
    },
  ];
}

/** The runs of a problem as curves: of each method the first seed that has a course. */
function curvesOf({ records }: Problem): AnytimeCurve[] {
  const curves = new Map<string, AnytimeCurve>();
  for (const { method, trace, seconds } of records) {
    if (curves.has(method) || trace.cost.length === 0) continue;
    const zip = (at: readonly number[], values: readonly number[]) => at.map((x, k) => [x, values[k]!] as const);
    const cost = zip(trace.seconds, trace.cost);
    const bound = zip(trace.boundSeconds, trace.bound);
    const end = Math.max(seconds ?? 0, trace.seconds.at(-1) ?? 0, trace.boundSeconds.at(-1) ?? 0);
    curves.set(method, { label: method, cost, bound, end });
  }
  return [...curves.values()];
}

function curveSection(problems: readonly Problem[]): Section[] {
  const drawn = problems
    .map((problem) => ({ problem, curves: curvesOf(problem) }))
    .filter(({ curves }) => curves.length > 0)
    .slice(0, MOST_CURVES);
  if (drawn.length === 0) return [];
  const choices = drawn.map(({ problem, curves }) => {
    const [first] = problem.records;
    const label = nameOf(`${classOf(first!)} · ${first!.instanceSeed}`);
    return {
      label,
      panel: html`<h3>${label}</h3><p>Best cost ${number(problem.bestCost, 9)}, proved at least ${number(problem.bestBound, 9)}.</p>${figureBlock(
        `Cost and bound by time, ${label}`,
        html`<p>Solid: the best cost so far. Dashed: what is proved that no pruning can cost less than.</p>`,
        (options) => anytimeCurves(curves, { ...options, by: 'seconds' }),
      )}`,
    };
  });
  return [
    {
      id: 'course',
      title: 'How the runs went',
      text: html`<p>Costs fall, proved bounds rise, and where they meet an optimum is proved. One problem at a time${drawn.length < problems.length ? `, the first ${drawn.length} of ${problems.length}` : ''}.</p>`,
      body: chooser('course', 'Problem and its seed', choices, 'stacked'),
    },
  ];
}

function runSection(records: readonly BenchRecord[]): Section {
  const state = ({ outcome, status }: BenchRecord) => (outcome === 'answered' ? status : outcome);
  const body: Html = tableBlock<BenchRecord>(
    'One run a line; a heading sorts',
    [
      { name: 'problem', show: (record) => nameOf(classOf(record)), sort: classOf },
      { name: 'method', show: ({ method }) => html`<code>${nameOf(method)}</code>`, sort: ({ method }) => method },
      { name: 'seed', show: ({ seed }) => `${seed}`, sort: ({ seed }) => seed },
      { name: 'outcome', show: state, sort: state },
      { name: 'cost', show: ({ cost }) => number(cost, 9), sort: ({ cost }) => cost },
      { name: 'bound', show: ({ dualBound }) => number(dualBound, 9), sort: ({ dualBound }) => dualBound },
      { name: 'gap', show: ({ gap }) => (gap === null ? '–' : percent(gap, 2)), sort: ({ gap }) => gap },
      { name: 'work', show: ({ work }) => number(work, 15), sort: ({ work }) => work },
      { name: 'seconds', show: ({ seconds }) => number(seconds, 3), sort: ({ seconds }) => seconds },
    ],
    records,
    MOST_ROWS,
  );
  return { id: 'runs', title: 'Every run', text: html`<p>As the records say.</p>`, body };
}
