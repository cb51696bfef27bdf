import { Command, type CommanderError, Option } from 'commander';
import { RcpruneError } from '../problem/error.ts';
import { METHOD_NAMES } from '../solve/registry.ts';

/**
 * The method of every command that is not told one. Of all methods it keeps most for its time: within the proved factor 2, and
 * in every run that was measured (README, "solve") below the cost of every method that does not anneal, in seconds. `best` is
 * as good, but most of its minute goes into a certificate, which whoever wants one asks for by this name.
 */
export const DEFAULT_METHOD = 'anneal-selection';

/** The option `--method`, in any case. */
export function methodOption(description: string): Option {
  return new Option('--method <M>', description).choices(METHOD_NAMES).argParser((text) => methodName(text));
}

/**
 * A method's name as {@link METHOD_NAMES} has it, from one in any case.
 *
 * @throws RcpruneError when there is none, with the names that look like it
 */
export function methodName(text: string, where = '--method'): string {
  const name = text.toLowerCase();
  if (METHOD_NAMES.includes(name)) return name;
  throw new RcpruneError(where, `one of ${METHOD_NAMES.join(' ')}`, `${text}${guess(name)}`);
}

/** What commander would say to this word if the methods were its commands: ` (Did you mean greedy?)`, or nothing. */
function guess(word: string): string {
  const commands = new Command()
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  for (const name of METHOD_NAMES) commands.command(name);
  try {
    commands.parse([word], { from: 'user' });
  } catch (error) {
    const question = /\(Did you mean .*\)/.exec((error as CommanderError).message);
    if (question !== null) return ` ${question[0]}`;
  }
  return '';
}
