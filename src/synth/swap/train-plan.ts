/** How long a training goes on, and how fast it learns at which point of it. */
import type { SwapPreset } from './presets.js';

/** Share of the steps after which the discriminators join: before, they would judge mush. */
export const TEXTURE_FROM = 0.8;
/** What a step with discriminators takes, in steps without: 1.0 to 1.3 was seen, and a plan by minutes should not run over. */
const TEXTURE_COST = 1.5;
/** Shares of the steps: from where the plan by minutes may be made again, and up to where the learning rate is level. */
const TIME_FROM = 0.3;
const LEVEL_TO = 0.45;
/** Share of the steps from which a training may be cut short. */
const CUT_FROM = 0.4;
/** By what share the validation loss has to fall to count as falling. */
const FALL = 0.005;

/** Steps between looks at the validation pictures: about ten looks in a short run, every 250 steps in a long one. */
export const lookEvery = (total: number): number => Math.max(20, Math.min(250, Math.ceil(total / 200) * 20));

/** Learning rate at `progress` 0..1: level, then a cosine down to 4 %. */
export function rateAt(preset: SwapPreset, step: number, progress: number): number {
  const warmUp = Math.min(1, (step + 1) / 60);
  const fallen = (progress - LEVEL_TO) / (1 - LEVEL_TO);
  const fall = fallen < 0 ? 1 : 0.04 + 0.96 * 0.5 * (1 + Math.cos(Math.PI * fallen));
  return preset.learningRate * warmUp * fall;
}

/** Steps in all where `done` are and so many seconds are left, one without discriminators taking `each`; 200 at least. */
export const stepsWithin = (done: number, seconds: number, each: number): number =>
  Math.max(200, Math.round((done + seconds / each) / (TEXTURE_FROM + TEXTURE_COST * (1 - TEXTURE_FROM))));

/** Where the plan by minutes is made again: while the rate is level it can still be made longer or shorter. */
export const mayReplan = (progress: number): boolean => progress > TIME_FROM && progress < LEVEL_TO;

/** Steps in all where the plan is made again. Never so few that the rate would have fallen already. */
export const replanned = (step: number, seconds: number, each: number): number =>
  Math.max(Math.ceil(step / LEVEL_TO), stepsWithin(step, seconds, each));

/** The best validation loss so far, and the step it was seen at. */
export interface Best {
  readonly best: number;
  readonly bestStep: number;
}

/** What is best after one more look: a fall of less than half a percent is none. */
export const bestAfter = (before: Best, loss: number, step: number): Best =>
  loss < before.best * (1 - FALL) ? { best: loss, bestStep: step } : before;

/**
 * Steps in all after a look, where the loss has not fallen for a fifth of the steps and four looks: what is left of the plan
 * is cut, and its last part, with the discriminators, begins at once. Null where the training goes on as planned.
 */
export function cutShort(step: number, total: number, { bestStep }: Best): number | null {
  const progress = step / total;
  if (progress <= CUT_FROM || progress >= TEXTURE_FROM) return null;
  if (step - bestStep <= Math.max(4 * lookEvery(total), total / 5)) return null;
  return Math.ceil(step / TEXTURE_FROM);
}
