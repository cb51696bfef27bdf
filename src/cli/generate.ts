import { Command } from 'commander';
import { RcpruneError } from '../problem/error.ts';
import { instanceHash } from '../problem/hash.ts';
import { entryCount, makeInstance } from '../problem/instance.ts';
import { withExamples } from './help.ts';
import { checkOutputs, decimal, flaggedGoal, type GoalOptions, integer, withTarget } from './options.ts';
import { print, printJson, progress } from './output.ts';

interface Options extends GoalOptions {
  readonly rows?: number;
  readonly cols?: number;
  readonly layers?: number;
  readonly strength?: number;
  readonly max?: number;
  readonly seed: number;
  readonly output?: string;
  readonly list?: true;
  readonly json?: true;
}

export function generateCommand(): Command {
  const command = new Command('generate')
    .argument('[family]', 'see --list')
    .option('--rows <M>', 'rows of every layer', integer)
    .option('--cols <N>', 'columns of every layer', integer)
    .option('--layers <L>', 'number of layers', integer)
    .option('--strength <S>', 'parameter s of the formula', decimal)
    .option('--max <K>', 'parameter k of the formula', integer)
    .option('--seed <S>', 'the same seed gives the same bytes', integer, 1)
    .option('-o, --output <FILE>', 'instance to write, .json or .safetensors, or - for JSON on standard output')
    .option('--list', 'print every family with its formula')
    .option('--json', 'print one JSON object');
  return withExamples(
    withTarget(command).action(run),
    'generate scaled --rows 16 --cols 24 --strength 1 --seed 7 -o small.json',
    'generate --list',
  );
}

async function run(name: string | undefined, options: Options): Promise<void> {
  const { FAMILIES, generate } = await import('../families/index.ts');
  if (options.list) {
    if (options.json) printJson({ families: FAMILIES.map(({ name, formula }) => ({ name, formula })) });
    else for (const { name, formula } of FAMILIES) print(`${name.padEnd(16)} ${formula}`);
    return;
  }
  if (name === undefined) throw new RcpruneError('generate', 'a family (see --list)', 'none');
  if (options.output === undefined) throw new RcpruneError('generate', '-o FILE', 'none');
  await checkOutputs([[options.output, 'instance']], [], options);
  const { rows, cols, layers, strength, max, seed } = options;
  const sizes = { rows, cols, layers, strength, max, seed };
  const family = FAMILIES.find((one) => one.name === name);
  const layerCount = layers ?? family?.shapes?.length ?? family?.network?.fallback ?? 1;
  const bar = progress(`generate ${name}`, layerCount);
  const plain = generate(name, sizes, (done) => bar.update(done, 'layers'));
  bar.stop();
  const goal = flaggedGoal(plain, options);
  const instance = goal !== null && 'target' in goal ? makeInstance(plain.layers, goal.target, plain.links) : plain;
  const { writeInstance } = await import('../formats/instance.ts');
  await writeInstance(options.output, instance);
  const summary = {
    family: name,
    seed,
    layers: instance.layers.length,
    entries: entryCount(instance),
    target: instance.target ?? null,
    instanceHash: instanceHash(instance),
  };
  if (options.json) printJson(summary);
  else print(`${options.output}: ${name}, seed ${seed}, ${summary.layers} layers, ${summary.entries} entries`);
}
