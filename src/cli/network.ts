import { type Command, Option } from 'commander';
import { RcpruneError } from '../problem/error.ts';
import { integer } from './options.ts';
import { note } from './output.ts';

/*
 * What commands that run networks share: the images, and what computes.
 */

type Neural = typeof import('../neural/index.ts');
export type DataSet = Awaited<ReturnType<Neural['loadGlyphs']>>;
export type Model = Parameters<Neural['train']>[0];

export interface DataOptions {
  readonly data: string;
  readonly imageSize?: number;
  readonly backend?: 'tensorflow' | 'wasm';
  readonly json?: true;
}

export function withData(command: Command): Command {
  return command
    .requiredOption('--data <SET>', 'glyphs, or food101:FOLDER')
    .option('--image-size <N>', "height and width of images of food101 (default: the model's, else 224)", integer)
    .addOption(new Option('--backend <name>', 'what computes').choices(['tensorflow', 'wasm']))
    .option('--json', 'print one JSON object');
}

/** Food-101's validation images are the same in every command, whatever its seed: they never were trained on. */
const VALIDATION_SEED = 1;

/**
 * Opens a data set; images that are resized get the size that the model takes, if one is given.
 *
 * @throws RcpruneError on a name that is none, and on folders that are no such data
 */
export async function openData({ data, imageSize }: DataOptions, model?: Model): Promise<DataSet> {
  const { loadFood101, loadGlyphs } = await import('../neural/index.ts');
  if (data.startsWith('food101:')) {
    const size = imageSize ?? model?.inputs[0]?.shape[1] ?? undefined;
    return loadFood101(data.slice('food101:'.length), { size, seed: VALIDATION_SEED });
  }
  if (data !== 'glyphs') throw new RcpruneError('--data', 'glyphs or food101:FOLDER', data);
  if (imageSize !== undefined) throw new RcpruneError('--image-size', 'images that are resized', 'glyphs');
  return loadGlyphs();
}

/** Starts the backend that the options ask for. */
export async function openBackend({ backend }: DataOptions) {
  const { startBackend } = await import('../neural/index.ts');
  return startBackend(backend);
}

/** Says which backend runs, once the input is known to be good: a refusal is one line. */
export const announce = ({ description }: { readonly description: string }) => note(`backend ${description}`);
