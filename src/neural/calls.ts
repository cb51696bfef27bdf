import type { LayersModel } from '@tensorflow/tfjs-layers';
import { MultiDirectedGraph } from 'graphology';
import type { LayerLike } from './weights.ts';

/*
 * A layers model as a graph: every call of a layer is a node, every tensor that a call reads an edge.
 */

/** A layer of TensorFlow.js, and what is used of its inside. */
export interface ModelLayer extends LayerLike {
  readonly inboundNodes: ModelNode[];
  getConfig(): Record<string, unknown>;
  getWeights(): { dataSync(): ArrayLike<number>; shape: number[] }[];
}

/** What TensorFlow.js keeps of a call. */
export interface ModelNode {
  readonly outboundLayer: ModelLayer;
  readonly inboundLayers: ModelLayer[];
  readonly nodeIndices: number[];
  readonly tensorIndices: number[];
  readonly inputTensors: { readonly shape: (number | null)[] }[];
  readonly outputTensors: { readonly shape: (number | null)[] }[];
  readonly callArgs?: Record<string, unknown> | null;
}

interface Container {
  readonly nodesByDepth: Record<string, ModelNode[]>;
  readonly inputLayers: ModelLayer[];
  readonly outputLayers: ModelLayer[];
  readonly outputLayersNodeIndices: number[];
  readonly outputLayersTensorIndices: number[];
}

/** A call of a layer. */
export interface Call {
  readonly layer: ModelLayer;
  /** Which of the layer's calls it is. */
  readonly index: number;
  /** Whether the model calls the layer more than once. */
  readonly isShared: boolean;
  readonly node: ModelNode;
}

/** One tensor of a model: an output of a call. */
export interface CallOutput {
  readonly key: string;
  readonly output: number;
}

/** The graph; its nodes in an order in which inputs come first; and what the model's inputs and outputs are. */
export interface CallGraph {
  /** An edge is input `slot` of its target, and output `output` of its source. */
  readonly graph: MultiDirectedGraph<Call, { readonly slot: number; readonly output: number }>;
  readonly order: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly CallOutput[];
}

/** The calls of a model. Time linear in them. */
export function callsOf(model: LayersModel): CallGraph {
  const container = containerOf(model);
  const graph: CallGraph['graph'] = new MultiDirectedGraph();
  const keyOf = (layer: ModelLayer, index: number) => `${layer.name}:${index}`;
  const depths = Object.keys(container.nodesByDepth).sort((a, b) => Number(b) - Number(a));
  const nodes = depths.flatMap((depth) => container.nodesByDepth[depth]!);
  const times = new Map<ModelLayer, number>();
  for (const { outboundLayer } of nodes) times.set(outboundLayer, (times.get(outboundLayer) ?? 0) + 1);
  const order = nodes.map((node) => {
    const layer = node.outboundLayer;
    const index = layer.inboundNodes.indexOf(node);
    const key = keyOf(layer, index);
    graph.addNode(key, { layer, index, isShared: times.get(layer)! > 1, node });
    for (const [slot, inbound] of node.inboundLayers.entries()) {
      graph.addEdge(keyOf(inbound, node.nodeIndices[slot]!), key, { slot, output: node.tensorIndices[slot]! });
    }
    return key;
  });
  return {
    graph,
    order,
    inputs: container.inputLayers.map((layer) => keyOf(layer, 0)),
    outputs: container.outputLayers.map((layer, k) => ({
      key: keyOf(layer, container.outputLayersNodeIndices[k]!),
      output: container.outputLayersTensorIndices[k]!,
    })),
  };
}

/** What a call reads, in the order of its inputs. */
export function readsOf({ graph }: CallGraph, key: string): CallOutput[] {
  return graph
    .mapInEdges(key, (_, { slot, output }, source) => ({ slot, key: source, output }))
    .sort((a, b) => a.slot - b.slot)
    .map(({ key: source, output }) => ({ key: source, output }));
}

/** The name of an argument, besides masks and the mode, that a call was given; undefined: of none. */
export function argumentOf({ callArgs }: ModelNode): string | undefined {
  const isOwn = (name: string, value: unknown) => value != null && name !== 'mask' && name !== 'training';
  return Object.entries(callArgs ?? {}).find(([name, value]) => isOwn(name, value))?.[0];
}

/** A sequential model is a chain around a model of its own, which it builds when it is first used. */
function containerOf(model: LayersModel): Container {
  if (model.getClassName() !== 'Sequential') return model as unknown as Container;
  const chain = model as unknown as { model?: Container | null; build(): void };
  if (chain.model == null) chain.build();
  return chain.model!;
}
