/** What happens between frames, on generated signals where the answer is known. */
import { describe, expect, it } from 'vitest';
import { expressionIndex, Random } from '../src/base/index.js';
import { type Burst, SIDE } from '../src/detect/detectors/temporal/burst.js';
import { dynamicsOf } from '../src/detect/detectors/temporal/dynamics.js';
import { flickerOf } from '../src/detect/detectors/temporal/flicker.js';
import type { AnalyzedTrack, TrackedFace } from '../src/faces/index.js';

const FRAMES = 12;
const SEEDS = [1, 2, 3, 4, 5, 6];

type Oval = readonly [rx: number, ry: number];

/** How far a pixel lies from the middle, 1 on the oval. */
const radius = ([rx, ry]: Oval, i: number): number =>
  Math.hypot(((i % SIDE) - SIDE / 2) / rx, (Math.floor(i / SIDE) - SIDE / 2) / ry);

const anOval = (random: Random): Oval => [random.range(18, 28), random.range(22, 30)];

/** Frames of grey values, by frame and pixel. */
function burst([rx, ry]: Oval, value: (t: number, i: number) => number): Burst {
  return {
    times: Array.from({ length: FRAMES }, (_, t) => t / 25),
    crops: Array.from({ length: FRAMES }, (_, t) => Float32Array.from({ length: SIDE * SIDE }, (_, i) => value(t, i))),
    oval: Array.from({ length: 72 }, (_, k) => {
      const angle = (k * Math.PI) / 36;
      return [SIDE / 2 + rx * Math.cos(angle), SIDE / 2 + ry * Math.sin(angle)] as const;
    }),
  };
}

/** A slope of so many grey levels for each pixel: its detail is that number everywhere. */
const slope = (steep: number, i: number): number => steep * (i % SIDE);

describe('flicker', () => {
  it.each(SEEDS)('is none of a still picture, nor of one that fades evenly (seed %i)', (seed) => {
    const random = new Random(seed);
    const oval = anOval(random);
    const still = Float32Array.from({ length: SIDE * SIDE }, () => random.range(0, 255));
    const fade = random.range(-3, 3);
    for (const rate of [0, fade]) {
      const { inner, seam, outer, perFrame } = flickerOf(burst(oval, (t, i) => (still[i] ?? 0) + rate * t));
      for (const value of [inner, seam, outer]) expect(value).toBeLessThan(1e-5);
      expect(perFrame).toHaveLength(FRAMES - 2);
    }
  });

  it.each(SEEDS)('is the same everywhere where the light flickers, by its height over the detail (seed %i)', (seed) => {
    const random = new Random(seed);
    const [steep, height] = [random.range(2, 6), random.range(0.5, 5)];
    const found = flickerOf(burst(anOval(random), (t, i) => slope(steep, i) + (t % 2 === 0 ? height : -height)));
    // Of +h, -h, +h the second difference is 2h.
    for (const value of [found.inner, found.seam, found.outer]) expect(value).toBeCloseTo((2 * height) / steep, 4);
    for (const value of found.perFrame) expect(value).toBeCloseTo(1, 4);
  });

  it.each(SEEDS)('is found at the seam, and there alone, with the height of its noise (seed %i)', (seed) => {
    const random = new Random(seed);
    const oval = anOval(random);
    const [steep, noise] = [random.range(3, 6), random.range(1, 4)];
    // Wider than the zone, so that the detail in it knows nothing of its ends.
    const at = (i: number): boolean => radius(oval, i) > 0.83 && radius(oval, i) < 1.18;
    const found = flickerOf(burst(oval, (_, i) => slope(steep, i) + (at(i) ? noise * random.normal() : 0)));
    // Noise of each frame alone: 1 + 1/4 + 1/4 of its variance over time, half of it along each side over space.
    const expected = (Math.sqrt(1.5) * noise) / Math.hypot(steep, noise);
    expect(found.seam / expected).toBeGreaterThan(0.95);
    expect(found.seam / expected).toBeLessThan(1.05);
    expect(found.inner).toBeLessThan(1e-4);
    expect(found.outer).toBeLessThan(1e-4);
    expect(Math.min(...found.perFrame)).toBeGreaterThan(10);
  });

  it.each(SEEDS)('sees a seam that is so many times as restless as the rest (seed %i)', (seed) => {
    const random = new Random(seed);
    const oval = anOval(random);
    // Little against the detail, so that the detail stays what it is.
    const [base, times] = [0.2, random.range(0.4, 3)];
    const at = (i: number): boolean => radius(oval, i) > 0.85 && radius(oval, i) < 1.16;
    const { inner, seam, outer, perFrame } = flickerOf(
      burst(oval, (_, i) => slope(8, i) + base * (at(i) ? times : 1) * random.normal()),
    );
    expect(seam / Math.sqrt(inner * outer) / times).toBeGreaterThan(0.93);
    expect(seam / Math.sqrt(inner * outer) / times).toBeLessThan(1.07);
    const mean = perFrame.reduce((sum, v) => sum + v, 0) / perFrame.length;
    expect(mean / times).toBeGreaterThan(0.9);
    expect(mean / times).toBeLessThan(1.1);
  });

  it.each(SEEDS)('does not change with contrast, nor with a shift of all values (seed %i)', (seed) => {
    const random = new Random(seed);
    const oval = anOval(random);
    const values = Float32Array.from({ length: FRAMES * SIDE * SIDE }, () => random.range(0, 60));
    const of = (gain: number, shift: number) =>
      flickerOf(burst(oval, (t, i) => gain * (values[t * SIDE * SIDE + i] ?? 0) + shift));
    const [plain, other] = [of(1, 0), of(random.range(0.5, 3), random.range(0, 50))];
    for (const zone of ['inner', 'seam', 'outer'] as const) expect(other[zone]).toBeCloseTo(plain[zone], 3);
  });

  it('takes faint noise on a flat picture for what it is, not for restless detail', () => {
    const random = new Random(9);
    const { inner } = flickerOf(burst([24, 28], () => 128 + 0.1 * random.normal()));
    expect(inner).toBeCloseTo(Math.sqrt(1.5) * 0.1, 2);
  });

  it('marks the frames at which it happens', () => {
    const random = new Random(3);
    const oval: Oval = [24, 28];
    const at = (i: number): boolean => radius(oval, i) > 0.85 && radius(oval, i) < 1.16;
    const { perFrame } = flickerOf(
      burst(oval, (t, i) => slope(5, i) + 0.2 * random.normal() + (t === 6 && at(i) ? 4 : 0)),
    );
    // A jump in frame 6 is in the second differences of 5, 6 and 7; the first of the list is of frame 1.
    perFrame.forEach((value, k) => {
      if (k >= 4 && k <= 6) expect(value).toBeGreaterThan(3);
      else expect(value).toBeLessThan(1.3);
    });
  });
});

const LIDS = [expressionIndex('eyeBlinkLeft'), expressionIndex('eyeBlinkRight')] as const;

function track(
  lids: readonly (readonly [number, number])[],
  prints: readonly (Float32Array | null)[] = [],
): AnalyzedTrack {
  const faces = lids.map(([left, right], frame): TrackedFace => {
    const expression = new Float32Array(52);
    expression[LIDS[0]] = left;
    expression[LIDS[1]] = right;
    const b = prints[frame] ?? null;
    return {
      box: { x: 0, y: 0, width: 100, height: 100 },
      landmarks: new Float32Array(0),
      pose: { yaw: 0, pitch: 0, roll: 0 },
      expression,
      identity: b === null ? null : { a: new Float32Array(0), b },
      confidence: 1,
      occlusion: 0,
      frame,
      timestamp: frame * 40_000,
      interpolated: false,
    };
  });
  const b = Float32Array.from([1, 0]);
  const span = [0, Math.max(0, lids.length - 1)] as const;
  return { id: 1, faces, span, identity: { a: new Float32Array(0), b }, masks: [], runs: [span] };
}

/** Lids at rest with noise, and so many blinks of two to seven frames. */
function blinking(random: Random, count: number, depth: number): [number, number][] {
  const rest = random.range(0, 0.3);
  const open = (): [number, number][] =>
    Array.from({ length: 15 + random.int(40) }, () => [
      rest + random.range(-0.04, 0.04),
      rest + random.range(-0.04, 0.04),
    ]);
  const lids = open();
  for (let k = 0; k < count; k++) {
    const long = 2 + random.int(6);
    for (let i = 0; i < long; i++) {
      const weight = rest + depth * (0.9 + 0.2 * random.float());
      lids.push([weight, weight]);
    }
    lids.push(...open());
  }
  return lids;
}

describe('blinks', () => {
  it.each(SEEDS)('are counted, whatever the lids are like at rest (seed %i)', (seed) => {
    const random = new Random(seed);
    for (let round = 0; round < 20; round++) {
      const count = random.int(7);
      expect(dynamicsOf(track(blinking(random, count, 0.5))).blinks).toBe(count);
      // Narrowed eyes are not shut.
      expect(dynamicsOf(track(blinking(random, count, 0.25))).blinks).toBe(0);
    }
  });

  it('are of both eyes', () => {
    const lids = blinking(new Random(1), 3, 0.6).map(([left]) => [left, 0] as const);
    expect(dynamicsOf(track(lids)).blinks).toBe(0);
  });

  it('are one, where a shut eye trembles at the limit', () => {
    const shut = [0.5, 0.32, 0.4, 0.3, 0.38, 0.31, 0.5].map((w) => [w, w] as const);
    const open = Array.from({ length: 20 }, () => [0, 0] as const);
    expect(dynamicsOf(track([...open, ...shut, ...open])).blinks).toBe(1);
  });

  it('have their time from the first frame to the last, and a track without frames has none', () => {
    expect(dynamicsOf(track(Array.from({ length: 26 }, () => [0, 0] as const))).seconds).toBeCloseTo(1, 6);
    expect(dynamicsOf(track([]))).toEqual({ seconds: 0, blinks: 0, identity: null });
  });
});

describe('identity', () => {
  const still = Array.from({ length: 30 }, () => [0, 0] as const);
  const turned = (angle: number): Float32Array => Float32Array.from([Math.cos(angle), Math.sin(angle)]);

  it.each(SEEDS)('is as far as the farthest frame is turned from the mean (seed %i)', (seed) => {
    const random = new Random(seed);
    const angles = still.map(() => (random.float() < 0.5 ? random.range(-1.4, 1.4) : null));
    const known = angles.filter((a) => a !== null);
    const { identity } = dynamicsOf(
      track(
        still,
        angles.map((a) => (a === null ? null : turned(a))),
      ),
    );
    expect(identity?.frames).toBe(known.length);
    expect(identity?.lowest).toBeCloseTo(Math.cos(Math.max(...known.map(Math.abs))), 5);
  });

  it('is not told from two frames', () => {
    expect(dynamicsOf(track(still, [turned(0), turned(1)])).identity).toBeNull();
    expect(dynamicsOf(track(still, [turned(0), turned(0.1), turned(0.2)])).identity?.frames).toBe(3);
  });
});
