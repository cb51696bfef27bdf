import { Command } from 'commander';
import { benchLibrary, type LibraryOptions, withLibrary } from './bench-library.ts';

export function benchCommand(): Command {
  return withLibrary(
    new Command('bench').summary('check and better the instance library').option('--json', 'print one JSON object'),
  ).action((options: LibraryOptions) => benchLibrary(options));
}
