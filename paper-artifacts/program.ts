import { Command } from 'commander';

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
