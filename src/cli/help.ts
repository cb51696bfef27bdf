import type { Command } from 'commander';
import { EXIT, EXIT_MEANINGS } from './output.ts';

/** Ends a command's help with two examples, as they are typed behind `npx rcprune`, and the exit codes. */
export function withExamples(command: Command, first: string, second: string): Command {
  return command.addHelpText(
    'after',
    `\nExamples:\n  $ npx rcprune ${first}\n  $ npx rcprune ${second}\n\n${exitCodes()}`,
  );
}

function exitCodes(): string {
  const lines = Object.entries(EXIT).map(([name, code]) => `  ${code}  ${EXIT_MEANINGS[name as keyof typeof EXIT]}`);
  return `Exit codes:\n${lines.join('\n')}`;
}
