import { Argument, Command, type Option } from 'commander';
import { withExamples } from './help.ts';
import { print } from './output.ts';

/*
 * Completion in a shell: a script, of @pnpm/tabtab, which asks this program at every press of the key what could come next.
 */

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export function completionCommand(): Command {
  const command = new Command('completion')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { getCompletionScript } = await import('@pnpm/tabtab');
      print((await getCompletionScript({ name: 'rcprune', completer: 'rcprune', shell })).trimEnd());
    });
  return withExamples(
    command,
    'completion bash >> ~/.bashrc',
    'completion fish > ~/.config/fish/completions/rcprune.fish',
  );
}

/** What the scripts call; its name is theirs. */
export function completionServerCommand(root: Command): Command {
  return new Command('completion-server')
    .argument('[words...]')
    .allowUnknownOption()
    .action(async () => {
      const { getShellFromEnv, log, logFiles, parseEnv } = await import('@pnpm/tabtab');
      const { partial } = parseEnv(process.env);
      const words = partial.split(/\s+/).slice(1); // the last is the one that is being typed, maybe empty
      const candidates = candidatesOf(root, words.slice(0, -1), words.at(-1) ?? '');
      const shell = getShellFromEnv(process.env);
      if (candidates !== null) log([...candidates], shell);
      // Bash completes file names where nothing is said; told to, tabtab's script looks for another word than the one typed.
      else if (shell !== 'bash') logFiles();
    });
}

/** A word that could come next. */
export interface Candidate {
  readonly name: string;
  readonly description?: string;
}

/**
 * What could come next on a command line.
 *
 * @param words that are complete, without the program's name
 * @param last what there is of the next one
 * @returns null where it is a file's name, or anything
 */
export function candidatesOf(root: Command, words: readonly string[], last: string): readonly Candidate[] | null {
  let command = root;
  let awaiting: Option | null = null; // whose value comes next
  let position = 0; // of the next argument
  for (const word of words) {
    if (awaiting !== null) awaiting = null;
    else if (word.startsWith('-') && word.length > 1) {
      const option = command.options.find(({ short, long }) => short === word || long === word);
      awaiting = option?.required ? option : null;
    } else {
      const inner = position === 0 ? command.commands.find((one) => one.name() === word) : undefined;
      if (inner !== undefined) command = inner;
      else position++;
    }
  }
  if (awaiting !== null) return choicesOf(awaiting);
  const help = command.createHelp();
  if (last.startsWith('-')) {
    const flags = help.visibleOptions(command);
    return flags.map(({ long, short, description }) => ({ name: (long ?? short)!, description }));
  }
  const inner = position === 0 ? help.visibleCommands(command) : [];
  const argument = command.registeredArguments[position];
  const choices = argument === undefined ? null : choicesOf(argument);
  if (inner.length === 0) return choices;
  const names = inner.map((one) => ({ name: one.name(), description: help.subcommandDescription(one) }));
  return [...names, ...(choices ?? [])];
}

const choicesOf = ({ argChoices }: Option | Argument): readonly Candidate[] | null =>
  argChoices?.map((name) => ({ name })) ?? null;
