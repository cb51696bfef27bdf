import { Command } from 'commander';
import { instanceHash } from '../problem/hash.ts';
import { entryCount, makeInstance } from '../problem/instance.ts';
import { withExamples } from './help.ts';
import {
  checkOutputs,
  flaggedGoal,
  type GoalOptions,
  type ImportanceOptions,
  withImportance,
  withTarget,
} from './options.ts';
import { note, print, printJson } from './output.ts';

interface Options extends GoalOptions, ImportanceOptions {
  readonly output: string;
  readonly links?: string;
  readonly json?: true;
}

export function extractCommand(): Command {
  const command = new Command('extract')
    .argument('<model>', 'TensorFlow.js model.json or weights manifest, or .safetensors')
    .requiredOption('-o, --output <FILE>', 'instance to write, .json or .safetensors, or - for JSON on standard output')
    .option(
      '--links <FILE>',
      'how layers hang together: JSON, an instance with links, or resnet: by the names of the layers',
    )
    .option('--json', 'print one JSON object');
  return withExamples(
    withTarget(withImportance(command)).action(run),
    'extract net/model.json --only conv -o net.safetensors',
    'extract resnet18.safetensors --links resnet --normalize root --sparsity 93% -o net.json',
  );
}

async function run(model: string, options: Options): Promise<void> {
  await checkOutputs([[options.output, 'instance']], [model, linksFile(options)], options);
  const { extract } = await import('../neural/index.ts');
  const { importance, normalize, only } = options;
  const { instance: plain, skipped } = await extract(model, {
    importance,
    normalize,
    only,
    links: await linksOf(options),
  });
  const goal = flaggedGoal(plain, options);
  const instance = goal !== null && 'target' in goal ? makeInstance(plain.layers, goal.target, plain.links) : plain;
  const { writeInstance } = await import('../formats/instance.ts');
  await writeInstance(options.output, instance);
  for (const { name, reason } of skipped) note(`skipped ${name}: ${reason}`);
  const layers = instance.layers.length;
  const entries = entryCount(instance);
  if (options.json) {
    const target = instance.target ?? null;
    printJson({ layers, entries, skipped, importance, normalize, target, instanceHash: instanceHash(instance) });
  } else print(`${options.output}: ${layers} layers, ${entries} entries; ${skipped.length} tensors skipped`);
}

/** In place of a file of links: they follow from the names of the layers. */
const RESNET = 'resnet';

const linksFile = ({ links }: Options) => (links === RESNET ? undefined : links);

async function linksOf(options: Options) {
  const file = linksFile(options);
  if (file === undefined) return options.links === RESNET ? RESNET : undefined;
  const { readLinks } = await import('../formats/instance.ts');
  return readLinks(file);
}
