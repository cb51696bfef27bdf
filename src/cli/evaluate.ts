import { Command, Option } from 'commander';
import { withExamples } from './help.ts';
import { announce, type DataOptions, openBackend, openData, withData } from './network.ts';
import { integer } from './options.ts';
import { EXIT, printJson, printPairs, progress, share } from './output.ts';
import { abortOnSignals } from './running.ts';

interface Options extends DataOptions {
  readonly split: 'train' | 'validation' | 'test';
  readonly batch: number;
}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .argument('<model>', 'model.json, dense or compact')
    .addOption(new Option('--split <name>', 'which images').choices(['train', 'validation', 'test']).default('test'))
    .option('--batch <B>', 'images at a time', integer, 128);
  return withExamples(
    withData(command).action(run),
    'evaluate compact/model.json --data glyphs',
    'evaluate dense/model.json --data food101:FOLDER --split validation',
  );
}

async function run(file: string, options: Options): Promise<void> {
  const signal = abortOnSignals();
  const { bootstrapMean, evaluate, loadModel, requireFit, wilsonInterval } = await import('../neural/index.ts');
  const backend = await openBackend(options);
  const model = await loadModel(file);
  const data = await openData(options, model);
  const set = data[options.split];
  requireFit(model, set);
  announce(backend);
  const bar = progress('evaluate', set.labels.length);
  const began = performance.now();
  const evaluation = await evaluate(model, set, {
    batchSize: options.batch,
    signal,
    onBatch: (done) => bar.update(done, ''),
  }).finally(() => bar.stop());
  const { accuracy, loss, correct, count } = evaluation;
  const right = correct.reduce((sum, one) => sum + one, 0);
  const interval = wilsonInterval(right, count);
  const { groups } = set;
  const groupInterval = groups === undefined ? null : bootstrapMean([{ values: correct }], groups).interval;
  const seconds = (performance.now() - began) / 1000;
  if (options.json) {
    const result = { split: options.split, count, correct: right, accuracy, interval, groupInterval, loss };
    printJson({
      model: file,
      data: options.data,
      ...result,
      backend: backend.name,
      description: backend.description,
      seconds,
    });
  } else {
    const shown = ([low, high]: readonly [number, number]) => `${share(low, 1)} to ${share(high, 1)}`;
    printPairs([
      ['images', `${count}, ${set.name}`],
      ['accuracy', `${share(accuracy, 1)}, 95% interval ${shown(interval)} (Wilson)`],
      ...(groupInterval === null ? [] : [['by groups', `${shown(groupInterval)} (bootstrap)`] as const]),
      ['loss', loss.toFixed(4)],
      ['time', `${seconds.toFixed(1)} s`],
    ]);
  }
  process.exitCode = EXIT.done;
}
