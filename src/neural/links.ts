import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { LinkJoin, LinkSource, Links, LinkTensor } from '../problem/links.ts';
import { isRevived, type Silence, type Step, silenceOf, stepsOf, tensorKey } from './flow.ts';

/*
 * Links from a model's graph: one tensor per point where channels are made. What only hands channels on - activations, batch norms,
 * pooling, zeros around the image, depthwise convolutions - has no tensor of its own. A layer that cannot be followed reads its inputs
 * as the outside does, and gives out what is always alive: so nothing is dead by mistake.
 */

/** A tensor in the making. */
interface Draft {
  readonly name: string;
  readonly channels: number;
  /** Null: alive whatever is removed. */
  readonly from: DraftSource[] | null;
  readonly join: LinkJoin;
  readonly to: string[];
  output: boolean;
}
interface DraftSource {
  readonly of: string | Draft;
  readonly offset: number;
}

/** What a tensor of the model reads: its channel c is channel c mod n of the draft's n. */
interface View {
  readonly draft: Draft;
  readonly width: number;
}

/**
 * How the layers of an instance hang together in a model. Time and memory are linear in calls and channels.
 *
 * @param layers names of the kernels that are layers of the instance
 * @returns undefined where the model's graph does not tell
 */
export function linksOfModel(model: LayersModel, layers: Iterable<string>): Links | undefined {
  const steps = stepsOf(model, new Set(layers));
  if (steps === null) return undefined;
  const drafts = new Drafts();
  const unpruned = silenceOf(steps, new Map(), null);
  for (const step of steps.steps) drafts.take(step, unpruned);
  for (const output of steps.outputs) drafts.expose(output);
  return drafts.links();
}

class Drafts {
  private readonly drafts: Draft[] = [];
  private readonly views = new Map<string, View>();
  private readonly names = new Set<string>();

  /** Follows one step. */
  take(step: Step, unpruned: Silence): void {
    const { key, layer, flow, behind, reads, channels } = step;
    if (flow.kind === 'opaque' || flow.kind === 'input') {
      for (const read of reads) this.expose(read.key);
      for (const [output, count] of channels.entries()) {
        if (count > 0) this.views.set(tensorKey(key, output), this.outside(layer.name, count));
      }
      return;
    }
    const width = channels[0]!;
    let view = this.follow(step, width);
    const isShifted = isRevived(
      step,
      reads.map((read) => unpruned.tensors.get(read.key)!),
    );
    if (behind === 'mixed') {
      view.draft.output = true;
      view = this.outside(`${layer.name}/activation`, width);
    } else if (behind === 'constant' || isShifted) view = this.withConstant(layer.name, view);
    this.views.set(key, view);
  }

  private follow({ layer, flow, reads }: Step, width: number): View {
    const inputs = reads.map(
      ({ key, channels }) => this.views.get(key) ?? this.outside(`${layer.name}/input`, channels),
    );
    const [first] = inputs as [View, ...View[]];
    switch (flow.kind) {
      case 'rows':
        first.draft.to.push(flow.layer);
        return this.add(layer.name, width, [{ of: flow.layer, offset: 0 }]);
      case 'pad':
        return this.add(layer.name, width, this.sourcesOf(first, flow.front, first.width));
      case 'concatenate': {
        let offset = 0;
        const sources = inputs.flatMap((input) => {
          offset += input.width;
          return this.sourcesOf(input, offset - input.width, input.width);
        });
        return this.add(layer.name, width, sources);
      }
      case 'join':
        return this.joined(layer.name, flow.join, inputs, width);
      default:
        return { draft: first.draft, width };
    }
  }

  /** Inputs of one period are joined once a period. */
  private joined(name: string, join: LinkJoin, inputs: readonly View[], width: number): View {
    const period = inputs[0]!.draft.channels;
    const isAlike = inputs.every(({ draft }) => draft.channels === period);
    const channels = isAlike ? period : width;
    const sources = inputs.map((input) => this.sourcesOf(input, 0, channels));
    if (join === 'any' || sources.every((own) => own.length === 1)) {
      return { ...this.add(name, channels, sources.flat(), join), width };
    }
    // A product's sources reach all of its channels: each channel needs all of them.
    const whole = sources.map((own, k) =>
      own.length === 1 ? own[0]! : { of: this.add(`${name}/input${k}`, channels, own).draft, offset: 0 },
    );
    return { ...this.add(name, channels, whole, join), width };
  }

  /** A view from channel `offset` on, as often as `count` channels ask for. */
  private sourcesOf({ draft }: View, offset: number, count: number): DraftSource[] {
    return Array.from({ length: count / draft.channels }, (_, k) => ({
      of: draft,
      offset: offset + k * draft.channels,
    }));
  }

  /** What is always alive, and read where its reader is. */
  private withConstant(name: string, { draft, width }: View): View {
    const constant = this.outside(`${name}/constant`, draft.channels).draft;
    const sources = [draft, constant].map((of) => ({ of, offset: 0 }));
    return { ...this.add(`${name}/activation`, draft.channels, sources), width };
  }

  /** Marks a tensor as read from outside. */
  expose(key: string): void {
    const view = this.views.get(key);
    if (view !== undefined) view.draft.output = true;
  }

  private outside(name: string, channels: number): View {
    return this.add(name, channels, null);
  }

  private add(name: string, channels: number, from: DraftSource[] | null, join: LinkJoin = 'any'): View {
    let own = name;
    for (let k = 2; this.names.has(own); k++) own = `${name}:${k}`;
    this.names.add(own);
    const draft: Draft = { name: own, channels, from, join, to: [], output: false };
    this.drafts.push(draft);
    return { draft, width: channels };
  }

  /** The drafts as links: what comes from outside and goes there is left out, and rows that one tensor alone reads are named there. */
  links(): Links {
    const uses = new Map<Draft, number>();
    for (const { from } of this.drafts) {
      for (const { of } of from ?? []) if (typeof of !== 'string') uses.set(of, (uses.get(of) ?? 0) + 1);
    }
    const isInlined = ({ of }: DraftSource) =>
      typeof of !== 'string' &&
      uses.get(of) === 1 &&
      of.to.length === 0 &&
      !of.output &&
      of.from?.length === 1 &&
      typeof of.from[0]!.of === 'string';
    const inlined = new Set<Draft>();
    const sourceOf = (source: DraftSource): LinkSource => {
      const isInside = isInlined(source);
      if (isInside) inlined.add(source.of as Draft);
      const of = isInside ? (source.of as Draft).from![0]!.of : source.of;
      if (typeof of === 'string') return source.offset === 0 ? of : { layer: of, offset: source.offset };
      return source.offset === 0 ? { tensor: of.name } : { tensor: of.name, offset: source.offset };
    };
    const tensors = this.drafts.map((draft): [Draft, LinkTensor] => {
      const { name, channels, from, join, to, output } = draft;
      return [
        draft,
        {
          name,
          channels,
          ...(from === null ? {} : { from: from.map(sourceOf) }),
          ...(join === 'any' ? {} : { join }),
          ...(to.length === 0 ? {} : { to }),
          ...(output ? { output } : {}),
        },
      ];
    });
    const isLeft = ([draft]: [Draft, LinkTensor]) =>
      !inlined.has(draft) && (draft.from !== null || draft.to.length > 0 || uses.has(draft));
    return { tensors: tensors.filter(isLeft).map(([, tensor]) => tensor) };
  }
}
