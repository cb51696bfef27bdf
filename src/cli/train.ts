import { Command, InvalidArgumentError, Option } from 'commander';
import { RcpruneError } from '../problem/error.ts';
import { withExamples } from './help.ts';
import { type LearningOptions, openLearning, requireFolder, stepsOf, validate, withLearning } from './learning.ts';
import { announce, openBackend, openData } from './network.ts';
import { checkOutputs, integer } from './options.ts';
import { printJson, printPairs } from './output.ts';
import { abortOnSignals } from './running.ts';

interface Options extends LearningOptions {
  readonly model: 'resnet';
  readonly blocks: number[];
  readonly width: number;
  readonly stem: 'imagenet' | 'small';
  readonly weights?: string;
  readonly newClassifier?: true;
}

/** Parses `2,2,2,2`. */
function blocks(text: string): number[] {
  const counts = text.split(',').map(integer);
  if (counts.includes(0)) throw new InvalidArgumentError('expected at least one block a stage, got 0');
  return counts;
}

/** PyTorch's recipe for ResNets has 0.1 for batches of 256; batches are smaller here. */
const DEFAULT_RATE = 0.05;

export function trainCommand(): Command {
  const command = new Command('train')
    .addOption(new Option('--model <kind>', 'kind of network').choices(['resnet']).default('resnet'))
    .option('--blocks <N,N,...>', 'basic blocks of each stage; the default is ResNet-18', blocks, [2, 2, 2, 2])
    .option('--width <N>', 'filters of the first stage', integer, 64)
    .addOption(
      new Option('--stem <kind>', '7x7 and pooling, or 3x3 for small images')
        .choices(['imagenet', 'small'])
        .default('imagenet'),
    )
    .option('--weights <FILE>', 'initial weights: a PyTorch state dict (.safetensors)')
    .option('--new-classifier', 'with --weights: the last layer starts anew, for other classes than those of the file');
  return withExamples(
    withLearning(command).action(run),
    'train --data glyphs --blocks 1,1,1 --width 16 --epochs 12 --batch 64 --rate 0.1 -o dense',
    'train --data food101:FOLDER --epochs 90 --batch 64 --checkpoint run.safetensors -o dense',
  );
}

async function run(options: Options): Promise<void> {
  const signal = abortOnSignals();
  await requireFolder(options.output, [options.teacher]);
  await checkOutputs([options.output, options.checkpoint], [options.teacher, options.weights]);
  const data = await openData(options);
  const length = stepsOf(options, data);
  const { loadStateDict, requireFit, resnet, saveModel } = await import('../neural/index.ts');
  const { blocks, width, stem, batch, seed, weights = null, newClassifier = false } = options;
  const { classes, shape } = data.train;
  const settings = { blocks, width, stem, classes: classes.length, inputShape: shape, seed };
  if (newClassifier && weights === null) throw new RcpruneError('--new-classifier', '--weights', 'none');
  const initial = { weights, ...(newClassifier ? { classifier: 'new' } : {}) };
  const identity = { command: 'train', model: JSON.stringify(settings), ...initial };
  const backend = await openBackend(options);
  const learning = await openLearning(options, data, length, identity, DEFAULT_RATE, signal);
  const { resumed, teacher, steps } = learning;
  const model = resnet(settings);
  if (weights !== null) await loadStateDict(model, weights, { skip: newClassifier ? ['fc'] : [] });
  if (teacher !== undefined) requireFit(teacher.model, data.train);
  announce(backend);
  const began = performance.now();
  const { stopReason, step, loss } = await learning.train(model, 'train', {
    index: 0,
    masks: new Map(),
    from: resumed,
  });
  const saved = await saveModel(model, options.output);
  const { validation, words } = await validate(model, data);
  const seconds = (performance.now() - began) / 1000;
  const parameters = model.countParams();
  if (options.json) {
    const { name, description } = backend;
    const ran = { data: options.data, backend: name, description, steps: step, stopReason };
    printJson({ model: saved, parameters, ...ran, loss, validation, seed, seconds });
    return;
  }
  printPairs([
    ['model', `${saved}, ${parameters} parameters`],
    ['trained', `${step} of ${steps} steps of ${batch} images (${stopReason}), ${seconds.toFixed(1)} s`],
    ['loss', loss === null ? '-' : loss.toFixed(4)],
    ['validation', words],
  ]);
}
