import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { describe, RcpruneError } from '../problem/error.ts';
import { type Goal, targetOfSparsity } from '../problem/goal.ts';
import { type Instance, unitCount } from '../problem/instance.ts';
import type { Shape } from '../problem/pruning.ts';

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

/** Parses `R,C`. */
export function shape(text: string): Shape {
  const parts = text.split(',');
  if (parts.length !== 2) throw new InvalidArgumentError(`expected R,C, got ${describe(text)}`);
  return { rows: integer(parts[0]!), columns: integer(parts[1]!) };
}

export interface GoalOptions {
  readonly sparsity?: string;
  readonly target?: number;
  readonly shape?: Shape;
}

/** Adds the flags that say what a pruning must reach. */
export function withTarget(command: Command): Command {
  return command
    .option('--sparsity <F>', 'share of the units to remove, an exact decimal from 0 to 1')
    .option('--target <N>', 'units to remove', integer);
}

export function withGoal(command: Command): Command {
  return withTarget(command).option('--shape <R,C>', 'exactly R removed rows and C removed columns (one layer)', shape);
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

/** @throws RcpruneError when an output would replace an input, or its folder cannot take it: before the work is done */
export async function checkOutputs(outputs: (string | undefined)[], inputs: (string | undefined)[]): Promise<void> {
  const taken = new Set(inputs.flatMap((input) => (input === undefined ? [] : [path.resolve(input)])));
  for (const output of outputs) {
    if (output === undefined) continue;
    const place = path.resolve(output);
    if (taken.has(place)) throw new RcpruneError(output, 'an output that is no other file of this command', 'the same');
    taken.add(place);
    await access(path.dirname(place), constants.W_OK).catch(() => {
      throw new RcpruneError(output, 'a folder that can be written', path.dirname(output));
    });
  }
}
