/**
 * Adam (Kingma and Ba 2015) and AdamW (Loshchilov and Hutter 2019) as a part of the training graph.
 *
 * The moments are kept scaled, m' = b1 m + g and v' = b2 v + g^2, and the factors (1 - b1), (1 - b2) and the bias
 * corrections go into two numbers that are fed at each step. This saves two passes over every parameter and gives the
 * same steps as the textbook form.
 */
import type { Graph, Tensor } from './graph.js';
import { zeros } from './init.js';
import { add, addAll, div, minimum, mul, scale, sqrt, square, sub, sum } from './ops-math.js';

/** Settings of one group of parameters. */
export interface AdamOptions {
  /** Decay of the first moment (0.9). */
  readonly beta1?: number;
  /** Decay of the second moment (0.999). */
  readonly beta2?: number;
  /** Added to the root of the second moment (1e-8). */
  readonly epsilon?: number;
  /** Decoupled weight decay per unit of learning rate (0: plain Adam). */
  readonly weightDecay?: number;
  /** Largest norm of the group's whole gradient (no limit where not said). */
  readonly clipNorm?: number;
  /** Factor on the learning rate of a step (1). */
  readonly lrScale?: number;
  /** Decay of the moving average of the weights, per step (no average where not said). */
  readonly ema?: number;
}

/** Parameters trained together on one loss. */
export interface TrainingGroup extends AdamOptions {
  /** Names the group's step counter; graphs that train the same group use the same name. */
  readonly name: string;
  readonly params: readonly Tensor[];
  /** Scalar. */
  readonly loss: Tensor;
}

/** Names of the inputs by which {@link addAdam} gets {@link adamNumbers}. */
export function scalarNames(group: string): Record<keyof AdamNumbers, string> {
  const of = (what: string): string => `${group}#${what}`;
  return { rate: of('rate'), epsilon: of('epsilon'), decay: of('decay'), average: of('average') };
}

/** Numbers of one step of one group; see {@link adamNumbers}. */
export interface AdamNumbers {
  /** Step size on the scaled moments. */
  readonly rate: number;
  /** Added to the root of the scaled second moment. */
  readonly epsilon: number;
  /** Kept share of the weights. */
  readonly decay: number;
  /** How far the average moves towards the weights. */
  readonly average: number;
}

/** The numbers of step `t` (counted from 1) of a group at learning rate `lr`. */
export function adamNumbers(group: AdamOptions, lr: number, t: number): AdamNumbers {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, lrScale = 1, ema = 0 } = group;
  const rate = lr * lrScale;
  const second = Math.sqrt(1 - beta2 ** t);
  return {
    rate: ((rate * second) / (1 - beta1 ** t)) * ((1 - beta1) / Math.sqrt(1 - beta2)),
    epsilon: (epsilon * second) / Math.sqrt(1 - beta2),
    decay: 1 - rate * weightDecay,
    // Early on the average follows closely, so that it does not remember the first random weights.
    average: 1 - Math.min(ema, t / (t + 10)),
  };
}

/** Suffixes of the tensors that belong to a parameter. */
export const SLOTS = { first: '#m', second: '#v', average: '#ema' } as const;

/** Added to the gradient's norm before dividing by it. */
export const CLIP_EPSILON = 1e-6;

/** Names the output that holds a parameter's gradient. */
export function gradientName(param: string): string {
  return `grad:${param}`;
}

/** Adds the loss and the gradients of a group to a graph, for an update outside it (`fused-adam.ts`). */
export function addGradients(g: Graph, group: TrainingGroup): void {
  const grads = g.gradients(group.loss, group.params);
  g.output(`loss:${group.name}`, group.loss);
  for (const [i, p] of group.params.entries()) g.output(gradientName(p.name), grads[i] as Tensor);
}

/** Adds the update of a group to a graph, with the scalar outputs `loss:<name>` (and `norm:<name>` when it clips). */
export function addAdam(g: Graph, group: TrainingGroup): void {
  const { beta1 = 0.9, beta2 = 0.999, weightDecay = 0, clipNorm } = group;
  const names = scalarNames(group.name);
  const grads = g.gradients(group.loss, group.params);
  g.untracked(() => {
    const rate = g.input(names.rate, []);
    const epsilon = g.input(names.epsilon, []);
    const decay = weightDecay > 0 ? g.input(names.decay, []) : undefined;
    const average = group.ema !== undefined ? g.input(names.average, []) : undefined;
    let factor: Tensor | undefined;
    if (clipNorm !== undefined) {
      const norm = sqrt(addAll(grads.map((d) => sum(square(d)))));
      factor = minimum(div(clipNorm, add(norm, CLIP_EPSILON)), 1);
      g.output(`norm:${group.name}`, norm);
    }
    for (const [i, p] of group.params.entries()) {
      const raw = grads[i] as Tensor;
      const d = factor ? mul(raw, factor) : raw;
      const m = g.state(p.name + SLOTS.first, p.shape, zeros);
      const v = g.state(p.name + SLOTS.second, p.shape, zeros);
      const m2 = add(scale(m, beta1), d);
      const v2 = add(scale(v, beta2), square(d));
      const kept = decay ? mul(p, decay) : p;
      const next = sub(kept, mul(div(m2, add(sqrt(v2), epsilon)), rate));
      g.update(m, m2);
      g.update(v, v2);
      g.update(p, next);
      if (average) {
        const e = g.state(p.name + SLOTS.average, p.shape, { kind: 'copy', of: p.name });
        g.update(e, add(e, mul(sub(next, e), average)));
      }
    }
    g.output(`loss:${group.name}`, group.loss);
  });
}
