import { solveSync } from '../../../src/solve/solve.ts';
import '../../methods.ts';
import { type Goal, type Instance, makeInstance, meets, type Pruning } from '../../../src/problem/index.ts';
import { costOf } from '../../reference/brute-force.ts';
import { RECORD_DAMAGE, TEXT_DAMAGE } from './corruptions.ts';
import type { Dice } from './dice.ts';
import { type Claim, othersOf, type Victim } from './instances.ts';
import {
  type Draft,
  drawSplit,
  drawTree,
  factsOf,
  type LayerFacts,
  nodesOf,
  onGrid,
  opening,
  plainTree,
  type TreeDraft,
  type TreeWish,
  textOf,
} from './proof-draft.ts';

/*
 * Forged proof logs: each claims that a pruning is optimal which costs more than the optimum.
 *
 * What a forger needs is a bound of some shapes that is higher than the truth. So most logs are complete and right but for these:
 * true bounds of all shapes with trees that prove them, and trees for bounds that are raised just so far that every choice of
 * shapes adds up to the claim: by one unit, by less than the layer's step, by steps. Others are logs of the solver, for
 * this instance or for one that differs a little, with their bounds and optimum replaced. On top of this, damage of all kinds
 * (corruptions.ts), and a search that changes a false tree as long as the checker gets further with it.
 */

/** What can be attacked: the checker, or a mutant of it. */
export type MakeChecker = (
  instance: Instance,
  goal: Goal,
) => { take(line: string): void; verdict(pruning: Pruning): string | null };

/** One forged log. */
export interface Forgery {
  readonly lines: readonly string[];
  readonly pruning: Pruning;
  /** Whether no record was damaged: only what the log says is false. */
  readonly isWellFormed: boolean;
}

/** What became of a forged log. */
export interface Judgement {
  /** null: a false proof was accepted. */
  readonly fault: string | null;
  /** A tree was accepted whose bound is higher than the least cost of its shape. */
  readonly hasFalseBound: boolean;
  /** The checker threw instead of answering. */
  readonly isCrash: boolean;
  /** Lines that were accepted before the first fault; all of them when only the verdict rejects. */
  readonly acceptedLines: number;
}

/** Gives a log to a checker. */
export function judge(makeChecker: MakeChecker, victim: Victim, lines: readonly string[], pruning: Pruning): Judgement {
  let fault: string | null;
  try {
    const checker = makeChecker(victim.instance, victim.goal);
    for (const line of lines) checker.take(line);
    fault = checker.verdict(pruning);
  } catch (error) {
    return { fault: String(error), isCrash: true, acceptedLines: 0, hasFalseBound: false };
  }
  const faultyLine = fault === null ? null : /^line ([0-9]+): /.exec(fault);
  const acceptedLines = faultyLine === null ? lines.length : Number(faultyLine[1]) - 1;
  return { fault, isCrash: false, acceptedLines, hasFalseBound: hasFalseBound(victim, lines.slice(0, acceptedLines)) };
}

/** Whether lines that a checker accepted hold a whole tree for a bound that some pruning of the shape undercuts. */
function hasFalseBound({ least, instance }: Victim, lines: readonly string[]): boolean {
  let isFalse = false;
  let open = 0; // nodes of the tree in turn that are still to come; 0: no tree
  for (const line of lines.slice(1)) {
    // A record that is no split was taken: whatever the nodes say, the checker thought that the tree was complete.
    if (open > 0 && line.startsWith('{') && !line.includes('"blocks"')) {
      if (isFalse) return true;
      open = 0;
    }
    if (open > 0) {
      if (line.startsWith('{')) continue;
      for (const node of line) open += node === '(' ? 1 : -1;
      if (open <= 0 && isFalse) return true;
      continue;
    }
    const record = JSON.parse(line);
    if ('lines' in record || !('layer' in record)) continue;
    open = 1;
    const shape = record.rows * (instance.layers[record.layer]!.cols + 1) + record.columns;
    isFalse = BigInt(record.bound) > least[record.layer]![shape]!;
  }
  return false;
}

/** A forger at work on one instance: what it has found out about it is used again. */
export class Forger {
  readonly #victim: Victim;
  readonly #facts: readonly LayerFacts[];
  readonly #others: { units: number; cost: bigint }[][] = [];
  readonly #trees = new Map<string, TreeDraft>(); // true ones, by layer and shape
  readonly #logs: Draft[][] = []; // honest ones, of the solver

  constructor(victim: Victim) {
    this.#victim = victim;
    this.#facts = factsOf(victim);
  }

  /** A log that is complete, with bounds that are raised in some way, and otherwise right. */
  skeleton(dice: Dice): { drafts: Draft[]; claim: Claim } {
    const { claims, instance } = this.#victim;
    const claim = dice.chance(0.7) ? claims[0]! : dice.pick(claims);
    const plan = this.#plan(dice, claim);
    const lineRecords: Draft[] = instance.layers.flatMap((_, l) => {
      if (dice.chance(0.1)) return [];
      const { natural, finest, exact } = this.#facts[l]!;
      const exponent = dice.pick([natural, natural, natural, finest, natural + 1, Math.max(-149, finest - 4), exact]);
      return [{ lines: l, exponent, capExponent: dice.pick([300, 300, 300, -149, 0, exponent + 10]) }];
    });
    const trueTrees: TreeDraft[] = [];
    const falseTrees: TreeDraft[] = [];
    for (const wish of plan) {
      const shape = wish.rows * (instance.layers[wish.layer]!.cols + 1) + wish.columns;
      if (wish.bound > this.#victim.least[wish.layer]![shape]!) falseTrees.push(drawTree(dice, this.#facts, wish));
      else if (wish.bound > 0n) trueTrees.push(this.#trueTree(dice, wish, shape));
    }
    const trees = dice.chance(0.7) ? [...trueTrees, ...falseTrees] : [...falseTrees, ...trueTrees];
    const body = trees.flatMap(({ head, body }): Draft[] => [head, ...body]);
    const middle = dice.chance(0.8) ? [...lineRecords, ...body] : [...body, ...lineRecords];
    return { drafts: [opening(this.#victim), ...middle, { optimum: `${claim.cost}` }], claim };
  }

  /** Bounds for all shapes that keep something, so that all choices of shapes come to the claim, if the forger can do it. */
  #plan(dice: Dice, claim: Claim): TreeWish[] {
    const { instance, least, optimum, requirement } = this.#victim;
    const excess = claim.cost - optimum;
    const raised = dice.between(0, instance.layers.length - 1); // the layer whose bounds are raised
    const style = dice.pick([
      'just enough',
      'just enough',
      'just enough',
      'everywhere',
      'steps',
      'true',
      'spread',
    ] as const);
    const shares = instance.layers.map((_, l) =>
      style === 'spread' ? part(dice, excess) : l === raised ? excess : 0n,
    );
    const wishes: TreeWish[] = [];
    for (const [l, layer] of instance.layers.entries()) {
      const { step } = this.#facts[l]!;
      for (let rows = 0; rows < layer.rows; rows++) {
        for (let columns = 0; columns < layer.cols; columns++) {
          const truth = least[l]![rows * (layer.cols + 1) + columns]!;
          let bound = truth;
          if (style === 'just enough' && l === raised) {
            const units = (rows * layer.cols + columns * (layer.rows - rows)) * layer.unitsPerEntry;
            const needed = claim.cost - this.#othersLeast(l, requirement.target - units, claim.cost);
            if (needed > bound) bound = needed;
          } else if (style === 'everywhere' || style === 'spread') bound += shares[l]!;
          else if (style === 'steps') bound += dice.pick([0n, 1n, step - 1n, step, step / 2n, excess]);
          if (bound > truth && dice.chance(0.1)) bound += dice.pick([1n, step, 1n << BigInt(dice.between(0, 270))]);
          wishes.push({ layer: l, rows, columns, bound: bound > 0n ? bound : 0n });
        }
      }
    }
    return wishes;
  }

  /** The least cost of the other layers where they remove so many units; `most` where they cannot. */
  #othersLeast(without: number, units: number, most: bigint): bigint {
    this.#others[without] ??= othersOf(this.#victim, without);
    let least = most;
    for (const { units: own, cost } of this.#others[without]!) if (own >= units && cost < least) least = cost;
    return least;
  }

  #trueTree(dice: Dice, wish: TreeWish, shape: number): TreeDraft {
    const key = `${wish.layer}/${shape}`;
    const known = this.#trees.get(key);
    if (known !== undefined && dice.chance(0.9)) return known;
    const tree = plainTree(dice, this.#facts, wish);
    this.#trees.set(key, tree);
    return tree;
  }

  /** A skeleton that is false in nothing but what it claims. */
  plain(dice: Dice): Forgery {
    const { drafts, claim } = this.skeleton(dice);
    return { lines: drafts.map(textOf), pruning: claim.pruning, isWellFormed: true };
  }

  /** A skeleton, damaged once to three times. */
  damaged(dice: Dice): Forgery {
    const { drafts, claim } = this.skeleton(dice);
    return {
      lines: this.#damaged(dice, drafts, dice.between(1, 3)).map(textOf),
      pruning: claim.pruning,
      isWellFormed: false,
    };
  }

  #damaged(dice: Dice, drafts: Draft[], times: number): Draft[] {
    let changed = drafts;
    for (let t = 0; t < times && changed.length > 1; t++)
      changed = dice.pick(Object.values(RECORD_DAMAGE))(dice, changed);
    return changed;
  }

  /** A skeleton whose text was damaged in a line or two. */
  misspelt(dice: Dice): Forgery {
    const { drafts, claim } = this.skeleton(dice);
    const lines = drafts.map(textOf);
    for (let t = dice.between(1, 2); t > 0; t--) {
      const at = dice.chance(0.2) ? 0 : dice.between(0, lines.length - 1);
      lines[at] = dice.pick(Object.values(TEXT_DAMAGE))(dice, lines[at]!);
    }
    const isSplit = lines.some((line) => line.includes('\n')) && dice.chance(0.5);
    return { lines: isSplit ? lines.join('\n').split('\n') : lines, pruning: claim.pruning, isWellFormed: false };
  }

  /**
   * A log of the solver with another optimum and other bounds: of this instance and goal, of the instance with some importances
   * raised, or of a goal that asks for more.
   */
  edited(dice: Dice): Forgery {
    const { instance, goal, requirement, optimum, claims } = this.#victim;
    if (this.#logs.length === 0 || dice.chance(0.05)) {
      const log = solverLog(dice.chance(0.6) ? instance : raisedInstance(dice, instance), goal);
      if (log !== null) this.#logs.push([opening(this.#victim), ...log.drafts.slice(1)]);
    }
    if (dice.chance(0.05)) {
      // Honest work on another question: its pruning meets this goal as well, but need not be the best that does.
      const isHarder = 'target' in goal && dice.chance(0.5);
      const target = Math.min(requirement.mostRemovable, requirement.target + dice.between(1, 3));
      const log = isHarder ? solverLog(instance, { target }) : solverLog(raisedInstance(dice, instance), goal);
      if (log !== null && meets(instance, requirement, log.pruning)) {
        const cost = costOf(instance, log.pruning);
        if (cost > optimum) {
          const drafts = [opening(this.#victim), ...log.drafts.slice(1, -1), { optimum: `${cost}` }];
          return { lines: drafts.map(textOf), pruning: log.pruning, isWellFormed: true };
        }
      }
    }
    const claim = dice.chance(0.7) ? claims[0]! : dice.pick(claims);
    const excess = claim.cost - optimum;
    const raised = dice.pick(['all', 'some', 'none'] as const);
    const drafts = (this.#logs.length === 0 ? [opening(this.#victim), {}] : dice.pick(this.#logs)).map(
      (draft): Draft => {
        if (typeof draft === 'string' || !('bound' in draft)) return draft;
        if (raised === 'none' || (raised === 'some' && dice.chance(0.5))) return draft;
        return {
          ...draft,
          bound: `${BigInt(draft.bound as string) + (dice.chance(0.7) ? excess : part(dice, excess))}`,
        };
      },
    );
    // The honest last line, with the pruning that it does not speak of, in one of ten.
    if (dice.chance(0.9)) drafts[drafts.length - 1] = { optimum: `${claim.cost}` };
    const isDamaged = dice.chance(0.4);
    const whole = isDamaged ? this.#damaged(dice, drafts, 1) : drafts;
    return { lines: whole.map(textOf), pruning: claim.pruning, isWellFormed: !isDamaged };
  }

  /**
   * Hill climbing: a false tree, one node a line, is changed at random; a change stays when the checker accepts as many lines as
   * before or more.
   */
  *climb(dice: Dice, steps: number): Generator<Forgery, void, Judgement> {
    const { instance, least, claims } = this.#victim;
    const lines = ({ rows, cols }: { rows: number; cols: number }) => rows + cols;
    const greatest = instance.layers.reduce((most, layer, k) => {
      return lines(layer) > lines(instance.layers[most]!) ? k : most;
    }, 0);
    const l = dice.chance(0.5) ? greatest : dice.between(0, instance.layers.length - 1);
    const layer = instance.layers[l]!;
    const [rows, columns] = [dice.between(0, layer.rows - 1), dice.between(0, layer.cols - 1)];
    const { step } = this.#facts[l]!;
    const excess = claims[0]!.cost - this.#victim.optimum;
    const above = dice.pick([1n, 1n, step, step > 1n ? step - 1n : 1n, excess, 2n * step]);
    const bound = least[l]![rows * (layer.cols + 1) + columns]! + (above > 0n ? above : 1n);
    let best = lineByLine(drawTree(dice, this.#facts, { layer: l, rows, columns, bound }));
    let most = -1;
    for (let t = 0; t < steps; t++) {
      const next = t === 0 ? best : this.#changedTree(dice, best);
      const drafts = [opening(this.#victim), next.head, ...next.body, { optimum: `${claims[0]!.cost}` }];
      const { acceptedLines } = yield { lines: drafts.map(textOf), pruning: claims[0]!.pruning, isWellFormed: true };
      const score = acceptedLines / drafts.length;
      if (score < most) continue;
      most = score;
      best = next;
    }
  }

  /** One change of a tree that is no damage. */
  #changedTree(dice: Dice, { head, body }: TreeDraft): TreeDraft {
    const {
      layer: l,
      rows,
      columns,
      transposed,
      exponent,
      capExponent,
    } = head as {
      [K in 'layer' | 'rows' | 'columns' | 'exponent' | 'capExponent']: number;
    } & { transposed: boolean };
    const layer = this.#facts[l]!.layer;
    const way = dice.pick([
      'exponent',
      'cap',
      'order',
      'transposed',
      'split',
      'multiplier',
      'leaf',
      'blocks',
      'cut',
      'damage',
      'fresh',
    ] as const);
    const order = head.order as number[];
    if (way === 'exponent') return { head: { ...head, exponent: exponent + dice.pick([-1, 1, -2, 2, 5, -5]) }, body };
    if (way === 'cap') return { head: { ...head, capExponent: capExponent + dice.pick([-1, 1, 3, -3, -50]) }, body };
    if (way === 'order') return { head: { ...head, order: dice.order(order.length) }, body };
    if (way === 'transposed') {
      const length = transposed ? layer.rows : layer.cols;
      const kept = transposed ? layer.rows - rows : layer.cols - columns;
      const nodes = nodesOf(length, kept, () => dice.pick(['.', '!']));
      return { head: { ...head, transposed: !transposed, order: dice.order(length) }, body: [...nodes] };
    }
    const splits = body.flatMap((draft, at) => (typeof draft === 'string' ? [] : [at]));
    if (way === 'multiplier' && splits.length > 0) {
      const at = dice.pick(splits);
      const split = body[at] as Record<string, unknown>;
      const name = dice.pick(['share', 'copies']);
      const list = split[name] as number[];
      if (list.length === 0) return { head, body };
      const k = dice.between(0, list.length - 1);
      const value = list[k]! + dice.pick([1, -1, 16, -16, 2 ** 20, -(2 ** 20), 2 ** 45, -(2 ** 45)]);
      return { head, body: body.with(at, { ...split, [name]: list.with(k, value) }) };
    }
    if (way === 'split') {
      if (exponent < -149 || exponent > 256 || capExponent < -149) return { head, body };
      const grid = onGrid(layer, transposed, exponent, capExponent);
      return {
        head,
        body: [
          drawSplit(
            dice,
            order.map((row) => grid[row] ?? []),
            0,
          ),
          '.',
        ],
      };
    }
    if (way === 'leaf') {
      const leaves = body.flatMap((draft, at) => (draft === '.' || draft === '!' ? [at] : []));
      if (leaves.length === 0) return { head, body };
      const at = dice.pick(leaves);
      return { head, body: body.with(at, body[at] === '.' ? '!' : '.') };
    }
    if (way === 'blocks' && splits.length > 0) {
      const at = dice.pick(splits);
      const split = body[at] as Record<string, unknown>;
      const blocks = split.blocks as number[];
      if (blocks.length === 0) return { head, body };
      const k = dice.between(0, blocks.length - 1);
      const size = (blocks[k] ?? 0) + dice.pick([-1, -1, 1]);
      return {
        head,
        body: body.with(at, { ...split, blocks: size > 0 ? blocks.with(k, size) : blocks.toSpliced(k, 1) }),
      };
    }
    if (way === 'cut') return { head, body: body.slice(0, dice.between(1, Math.max(1, body.length - 1))) };
    if (way === 'damage') {
      const [changed, ...rest] = this.#damaged(dice, [head, ...body], 1);
      if (typeof changed !== 'object' || changed.bound !== head.bound || changed.layer !== l) return { head, body };
      const isShape = (changed.rows as number) < layer.rows && (changed.columns as number) < layer.cols;
      return isShape ? { head: changed, body: rest } : { head, body };
    }
    const wish = { layer: l, rows, columns, bound: BigInt(head.bound as string) };
    return lineByLine(drawTree(dice, this.#facts, wish));
  }
}

const lineByLine = ({ head, body }: TreeDraft): TreeDraft => ({
  head,
  body: body.flatMap((draft): Draft[] => (typeof draft === 'string' ? [...draft] : [draft])),
});

/** From 1 to all of an excess. */
const part = (dice: Dice, excess: bigint): bigint => {
  return dice.pick([excess, excess / 2n + 1n, excess / 3n + 1n, 1n, excess]);
};

/** What the solver writes when it has proved an optimum. */
export function solverLog(
  instance: Instance,
  goal: Goal,
  start?: Pruning,
): { drafts: Draft[]; pruning: Pruning; status: string } | null {
  const parts: string[] = [];
  const onProof = (text: string | null) => parts.push(text ?? '');
  const { pruning, status } = solveSync(instance, { method: 'branch-and-bound', goal, onProof, start });
  if (pruning === null) return null;
  const lines = parts.join('').trimEnd().split('\n');
  return { drafts: lines.map((line): Draft => (line.startsWith('{') ? JSON.parse(line) : line)), pruning, status };
}

/** The same layers, some importances higher: what is proved of it need not hold. */
function raisedInstance(dice: Dice, { layers }: Instance): Instance {
  const factor = dice.pick([2, 1.5, 1 + 2 ** -10, 1 + 2 ** -23]);
  const highest = 2 ** 127 * (2 - 2 ** -23);
  return makeInstance(
    layers.map((layer) => ({
      ...layer,
      importance: layer.importance.map((x) => (dice.chance(0.3) ? Math.min(highest, x * factor + 2 ** -149) : x)),
    })),
  );
}
