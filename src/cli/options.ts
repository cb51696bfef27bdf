import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { withoutLinks } from '../problem/closure.ts';
import { describe, RcpruneError } from '../problem/error.ts';
import { type Goal, targetOfSparsity } from '../problem/goal.ts';
import { type Instance, unitCount } from '../problem/instance.ts';
import type { Shape } from '../problem/pruning.ts';
import { printOnStderr } from './output.ts';

/** In place of a file's name: standard input, or standard output. */
export const STANDARD_STREAM = '-';

/** Parses an option as a nonnegative integer in plain digits. */
export function integer(text: string): number {
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`expected a nonnegative integer, got ${describe(text)}`);
  }
  return value;
}

/** Parses an option as a nonnegative decimal. */
export function decimal(text: string): number {
  const value = Number(text);
  if (!/^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text) || !Number.isFinite(value)) {
    throw new InvalidArgumentError(`expected a nonnegative number, got ${describe(text)}`);
  }
  return value;
}

/**
 * Parses a share: an exact decimal from 0 to 1, or a percentage.
 *
 * @returns the decimal, for {@link targetOfSparsity}, which refuses what is none
 */
export function sparsity(text: string): string {
  const percentage = /^([0-9]+)(?:\.([0-9]*))?%$/.exec(text);
  const decimal = percentage === null ? text : hundredth(percentage[1]!, percentage[2] ?? '');
  if (!(Number(decimal) > 1)) return decimal;
  const guess = percentage === null && Number(text) <= 100 ? ` (did you mean ${text}%?)` : '';
  throw new RcpruneError('--sparsity', 'a decimal from 0 to 1 or a percentage', `${describe(text)}${guess}`);
}

/** A hundredth of a decimal, exactly: the point moves by two digits. */
function hundredth(whole: string, part: string): string {
  const digits = whole.padStart(3, '0');
  const decimal = `${digits.slice(0, -2)}.${digits.slice(-2)}${part}`;
  return decimal.replace(/^0+(?=[0-9])/, '').replace(/\.?0+$/, '');
}

/** Parses `R,C`. */
export function shape(text: string): Shape {
  const parts = text.split(',');
  if (parts.length !== 2) throw new InvalidArgumentError(`expected R,C, got ${describe(text)}`);
  return { rows: integer(parts[0]!), columns: integer(parts[1]!) };
}

export interface LinkOptions {
  readonly unlinked?: true;
}

export interface GoalOptions extends LinkOptions {
  readonly sparsity?: string;
  readonly target?: number;
  readonly shape?: Shape;
}

/** Adds the flag that takes an instance's links away. */
export function withUnlinked(command: Command): Command {
  return command.option('--unlinked', 'take every layer on its own: ignore links');
}

/** The instance that the flags ask about: with `--unlinked` without its links. */
export function asAsked(instance: Instance, { unlinked }: LinkOptions): Instance {
  return unlinked === true ? withoutLinks(instance) : instance;
}

/** Adds the flags that say what a pruning must reach. */
export function withTarget(command: Command): Command {
  return command
    .option('--sparsity <F>', 'share of the units to remove: an exact decimal from 0 to 1, or a percentage', sparsity)
    .option('--target <N>', 'units to remove', integer);
}

export function withGoal(command: Command): Command {
  const exact = 'exactly R removed rows and C removed columns (one layer)';
  return withUnlinked(withTarget(command).option('--shape <R,C>', exact, shape));
}

export interface ImportanceOptions {
  readonly importance: 'l1' | 'l2';
  readonly normalize: 'none' | 'root' | 'mean';
  readonly only: 'all' | 'conv';
}

/** Adds the flags that say what a network's weights are worth, and which of them count. */
export function withImportance(command: Command): Command {
  return command
    .addOption(new Option('--importance <kind>', '|w| or w^2').choices(['l1', 'l2']).default('l1'))
    .addOption(
      new Option('--normalize <kind>', "divide by each layer's mean, or by the root of it")
        .choices(['none', 'root', 'mean'])
        .default('none'),
    )
    .addOption(
      new Option('--only <kind>', 'convolutions only, or dense layers too').choices(['all', 'conv']).default('all'),
    );
}

/** The goal that the flags ask for, or null. @throws RcpruneError on more than one */
export function flaggedGoal(instance: Instance, { sparsity, target, shape }: GoalOptions): Goal | null {
  const given = [sparsity, target, shape].filter((value) => value !== undefined);
  if (given.length > 1) throw new RcpruneError('goal', 'one of --sparsity, --target and --shape', `${given.length}`);
  if (sparsity !== undefined) return { target: targetOfSparsity(sparsity, unitCount(instance)) };
  if (target !== undefined) return { target };
  return shape === undefined ? null : { shape };
}

/** The flags' goal, else the instance's own target, else `fallback`. @throws RcpruneError when there is none */
export function goalOf(instance: Instance, options: GoalOptions, fallback?: number): Goal {
  const target = instance.target ?? fallback;
  const goal = flaggedGoal(instance, options) ?? (target === undefined ? null : { target });
  if (goal !== null) return goal;
  throw new RcpruneError('goal', '--sparsity, --target, --shape or a target in the instance', 'none');
}

/**
 * Endings of a file's name by what it holds, and whether it is text, which `-` sends to standard output. A name without an ending
 * belongs to no other format either; an instance's is how it is read.
 */
const OUTPUTS = {
  instance: { endings: ['.json', '.safetensors'], isText: true },
  pruning: { endings: ['.json', ''], isText: true },
  lp: { endings: ['.lp', ''], isText: true },
  mps: { endings: ['.mps', ''], isText: true },
  masks: { endings: ['.safetensors', ''], isText: false },
  trace: { endings: ['.csv', ''], isText: false },
  records: { endings: ['.jsonl', ''], isText: false },
  page: { endings: ['.html', '.htm', ''], isText: false },
} as const;

/** A file that a command writes: its name if it is to be written, and what it holds. */
export type Output = readonly [file: string | undefined, kind: keyof typeof OUTPUTS];

/** @throws RcpruneError when two inputs are standard input, which can be read once */
export function checkInputs(inputs: readonly (string | undefined)[]): void {
  const fromStandard = inputs.filter((input) => input === STANDARD_STREAM).length;
  if (fromStandard > 1) throw new RcpruneError(STANDARD_STREAM, 'one input from standard input', `${fromStandard}`);
}

/**
 * Finds out before the work is done that outputs can be written. Where one of them is standard output, everything else that a
 * command prints goes to stderr from here on.
 *
 * @param outputs of a format that others must recognise by its name, or plain names: of folders, or of files whose format is ours
 * @throws RcpruneError when an output would replace an input, its folder cannot take it, or its name belongs to another format
 */
export async function checkOutputs(
  outputs: readonly (string | undefined | Output)[],
  inputs: readonly (string | undefined)[],
  { json = false }: { readonly json?: boolean } = {},
): Promise<void> {
  checkInputs(inputs);
  const files = outputs.flatMap((output) => {
    const [file, kind] = typeof output === 'object' ? output : [output, undefined];
    return file === undefined ? [] : [{ file, kind }];
  });
  const taken = new Set(inputs.flatMap((input) => (input === undefined ? [] : [path.resolve(input)])));
  for (const { file } of files) {
    const place = path.resolve(file);
    if (taken.has(place) && file !== STANDARD_STREAM) {
      throw new RcpruneError(file, 'an output that is no other file of this command', 'the same');
    }
    taken.add(place);
  }
  for (const { file, kind } of files) {
    const { endings, isText } = kind === undefined ? { endings: undefined, isText: false } : OUTPUTS[kind];
    if (file === STANDARD_STREAM) {
      if (!isText) throw new RcpruneError(file, 'a file: only text goes to standard output', 'standard output');
      if (json) throw new RcpruneError('--json', 'a file instead of -: standard output takes one of them', 'both');
      printOnStderr();
      continue;
    }
    const ending = path.extname(file).toLowerCase();
    if (endings?.every((one) => one !== ending)) {
      const named = endings.filter((one) => one !== '').join(' or ');
      throw new RcpruneError(file, `a name that ends in ${named}`, ending === '' ? 'no ending' : ending);
    }
    await access(path.dirname(file), constants.W_OK).catch(() => {
      throw new RcpruneError(file, 'a folder that can be written', path.dirname(file));
    });
  }
}
