import { Command, Option } from 'commander';
import { instanceHash } from '../problem/hash.ts';
import { entryCount, makeInstance } from '../problem/instance.ts';
import { checkOutputs, flaggedGoal, type GoalOptions, withTarget } from './options.ts';
import { note, print, printJson } from './output.ts';

interface Options extends GoalOptions {
  readonly importance: 'l1' | 'l2';
  readonly normalize: 'none' | 'mean';
  readonly only: 'all' | 'conv';
  readonly output: string;
  readonly json?: true;
}

export function extractCommand(): Command {
  const command = new Command('extract')
    .summary("turn a network's weights into an instance")
    .argument('<model>', 'TensorFlow.js model.json or weights manifest, or .safetensors')
    .addOption(new Option('--importance <kind>', '|w| or w^2').choices(['l1', 'l2']).default('l1'))
    .addOption(
      new Option('--normalize <kind>', "divide by each layer's mean").choices(['none', 'mean']).default('none'),
    )
    .addOption(
      new Option('--only <kind>', 'convolutions only, or dense layers too').choices(['all', 'conv']).default('all'),
    )
    .requiredOption('-o, --output <FILE>', 'instance to write, .json or .safetensors')
    .option('--json', 'print one JSON object');
  return withTarget(command).action(run);
}

async function run(model: string, options: Options): Promise<void> {
  await checkOutputs([options.output], [model]);
  const { extract } = await import('../neural/index.ts');
  const { importance, normalize, only } = options;
  const { instance: plain, skipped } = await extract(model, { importance, normalize, only });
  const goal = flaggedGoal(plain, options);
  const instance = goal !== null && 'target' in goal ? makeInstance(plain.layers, goal.target) : plain;
  const { writeInstance } = await import('../formats/index.ts');
  await writeInstance(options.output, instance);
  for (const { name, reason } of skipped) note(`skipped ${name}: ${reason}`);
  const layers = instance.layers.length;
  const entries = entryCount(instance);
  if (options.json) {
    const target = instance.target ?? null;
    printJson({ layers, entries, skipped, importance, normalize, target, instanceHash: instanceHash(instance) });
  } else print(`${options.output}: ${layers} layers, ${entries} entries; ${skipped.length} tensors skipped`);
}
