/** How long a training goes on: cut short where nothing is gained, planned by minutes, and its rate. */
import { describe, expect, it } from 'vitest';
import { SWAP_PRESETS } from '../src/synth/swap/index.js';
import {
  type Best,
  bestAfter,
  cutShort,
  lookEvery,
  mayReplan,
  rateAt,
  replanned,
  stepsWithin,
  TEXTURE_FROM,
} from '../src/synth/swap/train-plan.js';

/** Goes through a training whose validation loss is known. */
function train(planned: number, lossAt: (step: number) => number): { steps: number; early: boolean; texture: number } {
  let total = planned;
  let best: Best = { best: Number.POSITIVE_INFINITY, bestStep: 0 };
  let early = false;
  let texture = 0;
  let step = 0;
  while (step < total) {
    if (step / total >= TEXTURE_FROM) texture++;
    step++;
    if (step % lookEvery(total) !== 0 && step !== total) continue;
    best = bestAfter(best, lossAt(step), step);
    const cut = cutShort(step, total, best);
    if (cut !== null) {
      total = cut;
      early = true;
    }
  }
  return { steps: step, early, texture };
}

describe('a training', () => {
  it('goes on to its end as long as the loss falls', () => {
    for (const planned of [200, 1000, 4000])
      expect(train(planned, (step) => Math.exp(-step / planned))).toMatchObject({ steps: planned, early: false });
  });

  it('is cut short where nothing is gained, and still has its last part with the discriminators', () => {
    for (const planned of [4000, 8000, 20_000]) {
      const { steps, early, texture } = train(planned, (step) => 0.1 + Math.max(0, 0.3 * planned - step) / planned);
      expect(early).toBe(true);
      expect(steps).toBeLessThan(0.85 * planned);
      expect(steps).toBeGreaterThan(0.5 * planned);
      expect(texture / steps).toBeGreaterThan(1 - TEXTURE_FROM - 0.02);
    }
  });

  it('is not cut where it is so short that two or three looks would decide', () => {
    expect(train(1000, (step) => 0.1 + Math.max(0, 300 - step) / 1000).early).toBe(false);
    expect(train(1000, () => 1).early).toBe(true);
  });

  it('is not cut for noise, nor for a fall that pauses', () => {
    const noisy = (step: number): number => Math.exp(-step / 3000) * (1 + 0.02 * Math.sin(step * 12.9898));
    expect(train(4000, noisy).early).toBe(false);
    const stairs = (step: number): number => 1 - 0.1 * Math.floor(step / 600);
    expect(train(4000, stairs).early).toBe(false);
  });

  it('takes a fall of less than half a percent for none', () => {
    const first = bestAfter({ best: Number.POSITIVE_INFINITY, bestStep: 0 }, 1, 20);
    expect(first).toEqual({ best: 1, bestStep: 20 });
    expect(bestAfter(first, 0.996, 40)).toEqual(first);
    expect(bestAfter(first, 0.994, 40)).toEqual({ best: 0.994, bestStep: 40 });
  });
});

describe('the plan by minutes', () => {
  it('fits into the time where the last part is the dearer one', () => {
    for (const [seconds, each] of [
      [600, 0.4],
      [1800, 0.9],
      [120, 0.3],
    ] as const) {
      const steps = stepsWithin(0, seconds, each);
      const spent = (cost: number): number => steps * each * (TEXTURE_FROM + cost * (1 - TEXTURE_FROM));
      expect(spent(1.5)).toBeLessThan(seconds * 1.01);
      expect(spent(1)).toBeGreaterThan(seconds * 0.85);
    }
    expect(stepsWithin(40, 1, 1)).toBe(200);
  });

  it('is made again only while the rate is level, and never shorter than that', () => {
    expect([0.1, 0.29, 0.31, 0.44, 0.46, 0.9].map(mayReplan)).toEqual([false, false, true, true, false, false]);
    const [preset] = SWAP_PRESETS;
    if (preset === undefined) throw new Error('there is no preset');
    // A machine that became ten times slower: the rate at the next step is still the full one.
    const total = replanned(400, 10, 5);
    expect(rateAt(preset, 400, 400 / total)).toBeCloseTo(preset.learningRate, 12);
  });

  it('lets the rate rise for a moment, stay, and fall to a twenty-fifth', () => {
    const [preset] = SWAP_PRESETS;
    if (preset === undefined) throw new Error('there is no preset');
    const rates = Array.from({ length: 1000 }, (_, step) => rateAt(preset, step, step / 1000));
    const top = rates.indexOf(Math.max(...rates));
    expect(top).toBe(59);
    expect(rates.slice(0, top).every((rate, i) => i === 0 || rate > (rates[i - 1] ?? 0))).toBe(true);
    expect(rates.slice(60).every((rate, i) => rate <= (rates[59 + i] ?? 0))).toBe(true);
    expect((rates[999] ?? 1) / preset.learningRate).toBeCloseTo(0.04, 3);
  });
});
