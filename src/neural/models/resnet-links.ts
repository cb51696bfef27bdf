import { describe, RcpruneError } from '../../problem/error.ts';
import type { LinkedLayer, LinkSource, Links, LinkTensor } from '../../problem/links.ts';

/*
 * Links of residual networks (He et al. 2016) by the names of their layers, for state dicts, which have no graph: `conv1`, then
 * `layerS.B.conv1`, `conv2` and, in bottlenecks, `conv3`, with `layerS.B.downsample.0` on shortcuts, and `fc`, as torchvision has
 * them; or without weights on shortcuts (option A: zeros in front of and behind the channels of the stream, alike), and `linear`, as in
 * networks for CIFAR. Names may begin with `module.` and end in `.weight` or `/kernel`.
 */

const NAME =
  /^(?:module\.)?(conv1|fc|linear|layer([1-9]\d?)\.(\d{1,4})\.(?:conv([123])|downsample\.0))(?:\.weight|\/kernel)?$/;

/** The kernels of a block. */
interface Block {
  readonly convs: LinkedLayer[]; // convs[k] is conv(k + 1)
  shortcut?: LinkedLayer;
}

interface Network {
  stem?: LinkedLayer;
  head?: LinkedLayer;
  readonly stages: Block[][];
}

/**
 * How the layers of a residual network hang together: a stream of channels that every block adds to, and the tensors within blocks.
 * A network without its `fc` or `linear` gives the stream out.
 *
 * @param layers of the instance
 * @throws RcpruneError on layers of other names, on those that are missing, and on channels that do not add up
 */
export function resnetLinks(layers: readonly LinkedLayer[]): Links {
  const { stem, head, stages } = partsOf(layers);
  if (stem === undefined) throw new RcpruneError('links of a resnet', 'a layer conv1', 'none');
  const tensors: LinkTensor[] = [];
  let stream = { name: 'stem', channels: stem.rows, readers: [] as string[] };
  let from: LinkSource[] = [stem.name];
  const flush = (isLast: boolean) => {
    const { name, channels, readers } = stream;
    const to = readers.length === 0 ? {} : { to: readers };
    tensors.push({ name, channels, from, ...to, ...(isLast && head === undefined ? { output: true } : {}) });
  };
  for (const [s, blocks] of stages.entries()) {
    for (const [b, block] of blocks.entries()) {
      const name = `layer${s + 1}.${b}`;
      const { convs, shortcut } = block;
      stream.readers.push(convs[0]!.name, ...(shortcut === undefined ? [] : [shortcut.name]));
      flush(false);
      for (const [k, conv] of convs.slice(0, -1).entries()) {
        tensors.push({
          name: `${name}.inner${k + 1}`,
          channels: conv.rows,
          from: [conv.name],
          to: [convs[k + 1]!.name],
        });
      }
      const last = convs.at(-1)!;
      if (shortcut !== undefined && shortcut.rows !== last.rows) {
        throw new RcpruneError(
          `links of a resnet: ${describe(shortcut.name)}`,
          `${last.rows} rows`,
          `${shortcut.rows}`,
        );
      }
      from = [last.name, shortcut?.name ?? shortcutOf(name, stream, last.rows)];
      stream = { name, channels: last.rows, readers: [] };
    }
  }
  if (head !== undefined) stream.readers.push(head.name);
  flush(true);
  if (head !== undefined) tensors.push({ name: 'logits', channels: head.rows, from: [head.name], output: true });
  return { tensors };
}

/** The stream as it is, or in the middle of more channels. */
function shortcutOf(
  block: string,
  { name, channels }: { readonly name: string; readonly channels: number },
  wanted: number,
): LinkSource {
  if (channels === wanted) return { tensor: name };
  const offset = (wanted - channels) / 2;
  if (Number.isInteger(offset) && offset > 0) return { tensor: name, offset };
  throw new RcpruneError(`links of a resnet: ${block}`, `a shortcut from ${channels} to ${wanted} channels`, 'none');
}

function partsOf(layers: readonly LinkedLayer[]): Network {
  const network: Network = { stages: [] };
  const seen = new Set<string>();
  for (const layer of layers) {
    const match = NAME.exec(layer.name);
    if (match === null) {
      throw new RcpruneError('links of a resnet', 'layers named like those of a resnet', describe(layer.name));
    }
    const [, part, stage, block, conv] = match;
    const role = part === 'linear' ? 'fc' : part!;
    if (seen.has(role)) throw new RcpruneError('links of a resnet', `one layer ${role}`, `${describe(layer.name)} too`);
    seen.add(role);
    if (part === 'conv1') network.stem = layer;
    else if (stage === undefined) network.head = layer;
    else {
      network.stages[Number(stage) - 1] ??= [];
      const blocks = network.stages[Number(stage) - 1]!;
      blocks[Number(block)] ??= { convs: [] };
      const own = blocks[Number(block)]!;
      if (conv === undefined) own.shortcut = layer;
      else own.convs[Number(conv) - 1] = layer;
    }
  }
  requireWhole(network);
  return network;
}

/** @throws RcpruneError on blocks and convolutions that are left out in between */
function requireWhole({ stages }: Network): void {
  for (let s = 0; s < stages.length; s++) {
    const blocks = stages[s] ?? [];
    if (blocks.length === 0) throw new RcpruneError('links of a resnet', `a layer layer${s + 1}.0.conv1`, 'none');
    for (let b = 0; b < blocks.length; b++) {
      for (let k = 0; k < Math.max(2, blocks[b]?.convs.length ?? 0); k++) {
        if (blocks[b]?.convs[k] !== undefined) continue;
        throw new RcpruneError('links of a resnet', `a layer layer${s + 1}.${b}.conv${k + 1}`, 'none');
      }
    }
  }
}
