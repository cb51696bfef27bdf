import type { Dice } from './dice.ts';
import type { Draft } from './proof-draft.ts';

/*
 * Ways to damage a proof log: of its records and their fields, and of the text that they are written in. What comes out still claims
 * what it claimed, so a checker that is right rejects it, unless the damage does not matter and the claim was true.
 */

type Fields = Record<string, unknown>;
const isRecord = (draft: Draft | undefined): draft is Fields => typeof draft === 'object';
const isNodes = (draft: Draft | undefined): draft is string => typeof draft === 'string';

/** Places of the drafts that satisfy a condition. */
function placesOf(drafts: readonly Draft[], wanted: (draft: Draft) => boolean): number[] {
  return drafts.flatMap((draft, at) => (wanted(draft) ? [at] : []));
}

/** Changes one draft of those wanted, if there is one. */
function changed(
  dice: Dice,
  drafts: Draft[],
  wanted: (draft: Draft) => boolean,
  change: (draft: Draft) => Draft,
): Draft[] {
  const places = placesOf(drafts, wanted);
  if (places.length === 0) return drafts;
  const at = dice.pick(places);
  return drafts.with(at, change(drafts[at]!));
}

const withField = (dice: Dice, drafts: Draft[], field: string, change: (value: unknown, fields: Fields) => unknown) =>
  changed(
    dice,
    drafts,
    (draft) => isRecord(draft) && field in draft,
    (draft) => ({ ...(draft as Fields), [field]: change((draft as Fields)[field], draft as Fields) }),
  );

/** Changes one entry of a list. */
const withEntry = (dice: Dice, value: unknown, change: (entry: number, list: number[]) => unknown): unknown => {
  const list = value as number[];
  if (!Array.isArray(list) || list.length === 0) return value;
  const at = dice.between(0, list.length - 1);
  return list.with(at, change(list[at]!, list) as number);
};

const spliced = <T>(list: readonly T[], at: number, remove: number, ...add: T[]): T[] => {
  return [...list.slice(0, at), ...add, ...list.slice(at + remove)];
};

type Damage = (dice: Dice, drafts: Draft[]) => Draft[];

/** Damage that leaves every record well-formed: it speaks of what is false, or in the wrong place. */
export const RECORD_DAMAGE: Readonly<Record<string, Damage>> = {
  'order repeated': (dice, drafts) =>
    withField(dice, drafts, 'order', (order) => withEntry(dice, order, (_, list) => dice.pick(list))),
  'order swapped': (dice, drafts) =>
    withField(dice, drafts, 'order', (order) => (Array.isArray(order) ? dice.order(order.length) : order)),
  'order out of range': (dice, drafts) =>
    withField(dice, drafts, 'order', (order) =>
      withEntry(dice, order, (row, list) => dice.pick([-1, -0, list.length, row + 1])),
    ),
  'order longer or shorter': (dice, drafts) =>
    withField(dice, drafts, 'order', (order) => {
      const list = order as number[];
      return dice.chance(0.5) ? list.slice(1) : [...list, list.length];
    }),
  'block missing': (dice, drafts) => withField(dice, drafts, 'blocks', (blocks) => (blocks as number[]).slice(1)),
  'block shorter': (dice, drafts) =>
    withField(dice, drafts, 'blocks', (blocks) => withEntry(dice, blocks, (size) => size - 1)),
  'block larger': (dice, drafts) =>
    withField(dice, drafts, 'blocks', (blocks) =>
      withEntry(dice, blocks, (size) => size + dice.pick([1, 1, 2, 16, 2 ** 31])),
    ),
  'share changed': (dice, drafts) =>
    withField(dice, drafts, 'share', (share) =>
      withEntry(dice, share, (value) => dice.pick([-value, value + 1, value * 2, 2 ** 50, -(2 ** 52), 2 ** 53 - 1])),
    ),
  'copies changed': (dice, drafts) =>
    withField(dice, drafts, 'copies', (copies) =>
      withEntry(dice, copies, (value) => dice.pick([-value, value - 1, 2 ** 49, -(2 ** 49), 2 ** 53 - 1])),
    ),
  'multipliers huge': (dice, drafts) => {
    const most = dice.pick([2 ** 48, 2 ** 50, 2 ** 52, 2 ** 53 - 1]);
    return withField(dice, drafts, 'share', (share) => (share as number[]).map(() => most));
  },
  'share longer or shorter': (dice, drafts) =>
    withField(dice, drafts, 'share', (share) => (dice.chance(0.5) ? [] : [...(share as number[]), 0])),
  'copies longer or shorter': (dice, drafts) =>
    withField(dice, drafts, 'copies', (copies) => (dice.chance(0.5) ? [] : [...(copies as number[]), 0])),
  'grain changed': (dice, drafts) =>
    withField(dice, drafts, 'grain', () => dice.pick([1, 2, 3, 2 ** 30, 2 ** 50, 2 ** 50 + 1])),
  'exponent changed': (dice, drafts) =>
    withField(dice, drafts, 'exponent', (value) => (value as number) + dice.pick([1, -1, 2, -2, 8, -8, 40, -40])),
  'cap changed': (dice, drafts) =>
    withField(dice, drafts, 'capExponent', (value) => (value as number) + dice.pick([1, -1, 8, -8, -150, -300, 200])),
  'transposed flipped': (dice, drafts) => withField(dice, drafts, 'transposed', (value) => !value),
  'rows changed': (dice, drafts) =>
    withField(dice, drafts, 'rows', (value) => Math.max(0, (value as number) + dice.pick([1, -1]))),
  'columns changed': (dice, drafts) =>
    withField(dice, drafts, 'columns', (value) => Math.max(0, (value as number) + dice.pick([1, -1]))),
  'layer changed': (dice, drafts) =>
    withField(dice, drafts, dice.pick(['layer', 'lines']), (value) =>
      Math.max(0, (value as number) + dice.pick([1, -1])),
    ),
  'bound raised': (dice, drafts) =>
    withField(dice, drafts, 'bound', (bound) => {
      const value = BigInt(/^[0-9]+$/.test(String(bound)) ? String(bound) : 0);
      return `${value + dice.pick([1n, 1n, value, value / 2n, value & -value, 1n << BigInt(dice.between(0, 250))])}`;
    }),
  'nodes changed': (dice, drafts) =>
    changed(dice, drafts, isNodes, (nodes) => {
      const text = nodes as string;
      if (text === '') return '.';
      const at = dice.between(0, text.length - 1);
      const node = dice.pick(['(', '.', '!', '', '.!', '((']);
      return text.slice(0, at) + node + text.slice(at + 1);
    }),
  'subtree closed': (dice, drafts) =>
    changed(
      dice,
      drafts,
      (draft) => isNodes(draft) && draft.includes('('),
      (nodes) => {
        const text = nodes as string;
        const starts = [...text].flatMap((node, at) => (node === '(' ? [at] : []));
        const from = dice.pick(starts);
        let open = 1;
        let to = from;
        for (; open > 0 && to < text.length; to++) open += text[to] === '(' ? 1 : -1;
        return text.slice(0, from) + dice.pick(['.', '!']) + text.slice(to);
      },
    ),
  'nodes cut short': (dice, drafts) =>
    changed(dice, drafts, isNodes, (nodes) => (nodes as string).slice(0, dice.between(0, (nodes as string).length))),
  'nodes line by line': (_, drafts) =>
    drafts.flatMap((draft) => (isNodes(draft) && draft.length > 1 ? [...draft] : [draft])),
  'line left out': (dice, drafts) => spliced(drafts, dice.between(0, drafts.length - 1), 1),
  'line doubled': (dice, drafts) => {
    const at = dice.between(0, drafts.length - 1);
    return spliced(drafts, at, 0, drafts[at]!);
  },
  'lines swapped': (dice, drafts) => {
    const [x, y] = [dice.between(0, drafts.length - 1), dice.between(0, drafts.length - 1)];
    return drafts.with(x, drafts[y]!).with(y, drafts[x]!);
  },
  'line moved': (dice, drafts) => {
    const from = dice.between(0, drafts.length - 1);
    return spliced(spliced(drafts, from, 1), dice.between(0, drafts.length - 1), 0, drafts[from]!);
  },
  'split moved': (dice, drafts) => {
    const places = placesOf(drafts, (draft) => isRecord(draft) && 'blocks' in draft);
    if (places.length === 0) return drafts;
    const from = dice.pick(places);
    const to = Math.max(1, Math.min(drafts.length - 2, from + dice.between(-3, 3)));
    return spliced(spliced(drafts, from, 1), to, 0, drafts[from]!);
  },
  'cut short': (dice, drafts) => spliced(drafts, dice.between(1, drafts.length - 1), dice.between(1, 3)),
};

/** Damage to the text of one line. */
type TextDamage = (dice: Dice, line: string) => string;

const replaceNumber = (dice: Dice, line: string, number: (text: string) => string): string => {
  const found = [...line.matchAll(/(?<=[[:,])-?[0-9]+(?=[\],}])/g)];
  if (found.length === 0) return line;
  const { index, 0: text } = dice.pick(found);
  return line.slice(0, index) + number(text) + line.slice(index + text.length);
};

const withMember = (line: string, member: string, first: boolean): string => {
  if (!line.startsWith('{') || line === '{}') return line;
  return first ? `{${member},${line.slice(1)}` : `${line.slice(0, -1)},${member}}`;
};

const MEMBERS = [
  '"bound":"0"',
  '"bound":"1"',
  '"__proto__":{"bound":"1","optimum":"0"}',
  '"constructor":null',
  '"toJSON":1',
  '"lines":0',
  '"layer":0',
  '"optimum":"0"',
  '"rows":0',
  '"order":[0]',
  '"exponent":-149',
  '"exponent":256',
  '"capExponent":-149',
  '"transposed":false',
  '"blocks":[1]',
  '"unknown":[{"a":null}]',
  '"instanceHash":"0"',
] as const;

/** What JSON lets an attacker write. */
export const TEXT_DAMAGE: Readonly<Record<string, TextDamage>> = {
  'minus zero': (dice, line) =>
    replaceNumber(dice, line, (text) => (text === '0' ? '-0' : `-${text.replace('-', '')}`)),
  'power of ten': (dice, line) =>
    replaceNumber(dice, line, (text) => `${text}e${dice.pick(['0', '1', '-1', '3', '300'])}`),
  fraction: (dice, line) =>
    replaceNumber(dice, line, (text) => `${text}.${dice.pick(['0', '5', '00000000000000000001'])}`),
  'many digits': (dice, line) =>
    replaceNumber(dice, line, (text) =>
      dice.pick([`${text}${'0'.repeat(400)}`, `0${text}`, '9007199254740993', '1e999']),
    ),
  'a string': (dice, line) => replaceNumber(dice, line, (text) => `"${text}"`),
  'nothing there': (dice, line) => replaceNumber(dice, line, () => dice.pick(['null', '', 'true', '[]', '{}', '[0]'])),
  'name twice': (dice, line) => withMember(line, dice.pick(MEMBERS), false),
  'name before': (dice, line) => withMember(line, dice.pick(MEMBERS), true),
  'name escaped': (_, line) => line.replace('"bound"', '"\\u0062ound"').replace('"order"', '"\\u006frder"'),
  'digits of a bound': (dice, line) =>
    line.replace(/"(bound|optimum)":"([0-9]*)"/, (_, name, digits) => {
      const other = [
        `00${digits}`,
        `-${digits}`,
        `+${digits}`,
        ` ${digits}`,
        `0x${digits}`,
        `${digits}n`,
        `${digits}.0`,
        '',
      ];
      return `"${name}":${dice.pick([...other.map((text) => `"${text}"`), digits, `["${digits}"]`, 'null'])}`;
    }),
  'more digits than there may be': (dice, line) =>
    line.replace(/"bound":"([0-9]*)"/, (_, digits) => `"bound":"${digits}${'0'.repeat(dice.pick([5, 300, 500]))}"`),
  space: (dice, line) =>
    dice.pick([` ${line}`, `${line} `, `\t${line}`, `\uFEFF${line}`, `${line}\r`, `\u00a0${line}`]),
  truncated: (dice, line) => line.slice(0, dice.between(0, line.length)),
  'line break': (dice, line) => {
    const at = dice.between(0, line.length);
    return `${line.slice(0, at)}\n${line.slice(at)}`;
  },
  'a list': (_, line) => `[${line}]`,
  'odd nodes': (dice, line) =>
    line.startsWith('{')
      ? line
      : line + dice.pick([')', ' ', '\0', '\u{1F600}', 'x', '{', '.'.repeat(1000), '(((((((((']),
  nested: (dice, line) => {
    const depth = dice.pick([10, 100, 20_000]);
    return withMember(line, `"nested":${'['.repeat(depth)}${']'.repeat(depth)}`, false);
  },
  'not JSON': (dice, line) => dice.pick(['{', '{}', 'null', 'true', '0', '""', 'NaN', '{"a":1', `'${line}'`, '']),
};
