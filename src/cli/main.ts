#!/usr/bin/env node
import { CommanderError } from 'commander';
import { EXIT, note } from './output.ts';
import { program } from './program.ts';

// A reader that closes the pipe early (`| head`) has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

try {
  const root = program();
  const words = process.argv.slice(2);
  if (words.length === 0) root.outputHelp();
  else await root.parseAsync(words, { from: 'user' });
} catch (error) {
  // Usage errors are commander's, bad input is a RcpruneError; both, and anything unforeseen, are one line and exit 2.
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = EXIT.done;
  else {
    note(`rcprune: ${error instanceof Error ? error.message.replace(/^error: /, '') : String(error)}`);
    process.exitCode = EXIT.badInput;
  }
}
