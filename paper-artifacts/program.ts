import { Command, InvalidArgumentError } from 'commander';

/**
 * The command line of a program that people start by hand: `--help` ends with examples and exit codes, wrong usage is one line
 * and exit 2.
 *
 * @param name what is typed before the options
 * @param examples what is typed behind it
 * @param exitCodes what 0 and 1 mean
 */
export function programOf(
  name: string,
  description: string,
  examples: readonly string[],
  exitCodes = '0 done, 1 an error',
): Command {
  const lines = examples.map((example) => `  $ ${name} ${example}`.trimEnd());
  return new Command(name)
    .description(description)
    .allowExcessArguments(false)
    .addHelpText('after', `\nExamples:\n${lines.join('\n')}\n\nExit codes: ${exitCodes}, 2 wrong usage`)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));
}

/** Parses the value of an option that is an integer. */
export function integerFrom(least: number): (text: string) => number {
  return (text) => {
    if (!/^\d{1,9}$/.test(text) || Number(text) < least) {
      throw new InvalidArgumentError(`expected an integer from ${least}`);
    }
    return Number(text);
  };
}

/** Parses the value of an option that is a list with commas. @param parse one of its elements */
export function listOf<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(',').map(parse);
}

/** Parses one of some names. */
export function oneOf(names: readonly string[]): (text: string) => string {
  return (text) => {
    if (!names.includes(text)) throw new InvalidArgumentError(`expected one of ${names.join(', ')}`);
    return text;
  };
}
