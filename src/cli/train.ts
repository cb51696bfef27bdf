import { Command, InvalidArgumentError, Option } from 'commander';
import { RcpruneError } from '../problem/error.ts';
import { withExamples } from './help.ts';
import {
  announce,
  checkpointOf,
  identityOf,
  type LearningOptions,
  openBackend,
  openData,
  requireFolder,
  stepsOf,
  teacherOf,
  trainWithBar,
  withLearning,
} from './learning.ts';
import { checkOutputs, integer } from './options.ts';
import { printJson, printPairs, share } from './output.ts';
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
  const { steps, perEpoch } = stepsOf(options, data);
  const { evaluate, loadStateDict, readCheckpoint, requireFit, resnet, saveModel } = await import('../neural/index.ts');
  const { blocks, width, stem, batch, rate = DEFAULT_RATE, warmUp, weightDecay, labelSmoothing, seed } = options;
  const { classes, shape } = data.train;
  const settings = { blocks, width, stem, classes: classes.length, inputShape: shape, seed };
  const { weights = null, newClassifier = false } = options;
  if (newClassifier && weights === null) throw new RcpruneError('--new-classifier', '--weights', 'none');
  const initial = { weights, ...(newClassifier ? { classifier: 'new' } : {}) };
  const identity = {
    command: 'train',
    model: JSON.stringify(settings),
    ...initial,
    ...identityOf(options, data, steps),
  };
  const backend = await openBackend(options);
  const resumed = options.resume === undefined ? undefined : await readCheckpoint(options.resume, identity);
  const teacher = await teacherOf(options);
  const model = resnet(settings);
  if (options.weights !== undefined) await loadStateDict(model, options.weights, { skip: newClassifier ? ['fc'] : [] });
  if (teacher !== undefined) requireFit(teacher.model, data.train);
  announce(backend);
  const began = performance.now();
  const checkpoint = await checkpointOf(options, identity, 0, new Map());
  const learning = { batchSize: batch, rate, warmUp, weightDecay, labelSmoothing, seed, teacher, signal, checkpoint };
  const trained = await trainWithBar(model, data, 'train', { ...learning, steps, perEpoch, resume: resumed?.state });
  const saved = await saveModel(model, options.output);
  const { accuracy, loss, count } = await evaluate(model, data.validation);
  const seconds = (performance.now() - began) / 1000;
  const { stopReason, step, loss: trainingLoss } = trained;
  const parameters = model.countParams();
  if (options.json) {
    const validation = { accuracy, loss, count };
    const { name, description } = backend;
    const result = {
      model: saved,
      parameters,
      data: options.data,
      backend: name,
      description,
      steps: step,
      stopReason,
    };
    printJson({ ...result, loss: trainingLoss, validation, seed, seconds });
    return;
  }
  printPairs([
    ['model', `${saved}, ${parameters} parameters`],
    ['trained', `${step} of ${steps} steps of ${batch} images (${stopReason}), ${seconds.toFixed(1)} s`],
    ['loss', trainingLoss === null ? '-' : trainingLoss.toFixed(4)],
    ['validation', `${share(accuracy, 1)} of ${count} images right, loss ${loss.toFixed(4)}`],
  ]);
}
