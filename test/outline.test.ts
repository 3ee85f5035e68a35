/** The change of outline: a face in a frame takes on another person's shape at rest, and nothing else moves. */
import { describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { CANONICAL_POINTS, fitHead, headPose } from '../src/faces/index.js';
import { rgbaToI420 } from '../src/media/index.js';
import { neutralOf } from '../src/synth/swap/face-set.js';
import { OutlineChange } from '../src/synth/swap/outline/change.js';
import { ShapeField } from '../src/synth/swap/outline/field.js';
import { pitchToTurn, type Trial } from '../src/synth/swap/outline/hold.js';
import { movePoints, nodShape } from '../src/synth/swap/outline/move.js';

const view = { width: 400, height: 300 };

function look(seed: number, change: Parameters<typeof restState>[0] = {}) {
  const { frame, landmarks } = renderActor(createActor(seed), restState({ scale: 0.4, ...change }), view);
  const color = { matrix: 'bt709', range: 'limited', primaries: 'bt709', transfer: 'bt709' } as const;
  return { frame: frame.format === 'rgba' ? rgbaToI420(frame, color) : frame, landmarks };
}
const resting = (seed: number): Float32Array => {
  const { landmarks } = look(seed);
  return neutralOf([{ landmarks, pose: fitHead(landmarks).pose }]);
};
const flat = (points: Float32Array): Float32Array =>
  Float32Array.from({ length: (points.length / 3) * 2 }, (_, i) => points[(i >> 1) * 3 + (i & 1)] as number);
const distance = (a: Float32Array, b: Float32Array, n = 468): number => {
  let sum = 0;
  for (let i = 0; i < n; i++)
    sum += Math.hypot((a[i * 2] as number) - (b[i * 2] as number), (a[i * 2 + 1] as number) - (b[i * 2 + 1] as number));
  return sum / n;
};

describe('moved landmarks', () => {
  it('of a frontal face at rest are those of the other person, up to place and size', () => {
    const [mine, theirs] = [resting(3), resting(8)];
    const points = flat(look(3).landmarks);
    const moved = movePoints(theirs, mine, points, 1);
    // Measured as a shape: what fits the canonical frame best.
    const spatial = Float32Array.from(look(3).landmarks);
    for (let i = 0; i < 478; i++) {
      spatial[i * 3] = moved[i * 2] as number;
      spatial[i * 3 + 1] = moved[i * 2 + 1] as number;
    }
    const after = neutralOf([{ landmarks: spatial, pose: fitHead(spatial).pose }]);
    expect(distance(flat(after), flat(theirs))).toBeLessThan(0.45 * distance(flat(mine), flat(theirs)));
  });

  it('go half of the way at half the strength, and nowhere between a person and themselves', () => {
    const [mine, theirs] = [resting(3), resting(8)];
    const points = flat(look(3, { pose: { yaw: 20, pitch: 5, roll: 3 } }).landmarks);
    const whole = distance(points, movePoints(theirs, mine, points, 1));
    expect(distance(points, movePoints(theirs, mine, points, 0.5)) / whole).toBeCloseTo(0.5, 2);
    expect(distance(points, movePoints(mine, mine, points, 1))).toBe(0);
    expect(whole).toBeGreaterThan(0.5);
  });

  it('carry the irises along with their eyes', () => {
    const points = flat(look(3).landmarks);
    const moved = movePoints(resting(8), resting(3), points, 1);
    for (const [iris, a, b] of [
      [468, 33, 133],
      [473, 263, 362],
    ] as const)
      for (const c of [0, 1]) {
        const shift = (i: number): number => (moved[i * 2 + c] as number) - (points[i * 2 + c] as number);
        expect(shift(iris)).toBeCloseTo((shift(a) + shift(b)) / 2, 3);
      }
  });
});

describe('the displacement', () => {
  const points = flat(look(3).landmarks);
  const moved = movePoints(resting(8), resting(3), points, 1);

  it('takes the outline where it belongs and is nothing far away', () => {
    const field = new ShapeField();
    field.build(points, moved);
    let off = 0;
    let shift = 0;
    for (const i of [10, 234, 454, 152, 172, 397]) {
      const [x, y] = [moved[i * 2] as number, moved[i * 2 + 1] as number];
      const [dx, dy] = field.at(x, y);
      off += Math.hypot(x + dx - (points[i * 2] as number), y + dy - (points[i * 2 + 1] as number));
      shift += Math.hypot(x - (points[i * 2] as number), y - (points[i * 2 + 1] as number));
    }
    expect(off).toBeLessThan(0.3 * shift);
    expect(field.at(2, 2)).toEqual([0, 0]);
    expect(field.at(-50, 10_000)).toEqual([0, 0]);
  });

  it('never folds the picture: what lies to the right stays to the right', () => {
    const field = new ShapeField();
    field.build(points, moved);
    for (let y = 0; y < view.height; y += 5)
      for (let x = 1; x < view.width; x++) expect(x + field.at(x, y)[0]).toBeGreaterThan(x - 1 + field.at(x - 1, y)[0]);
  });
});

describe('a frame', () => {
  const bend = (pinned: Parameters<OutlineChange['apply']>[2], format: 'i420' | 'rgba' = 'i420') => {
    const { frame, landmarks } = look(3);
    const before =
      format === 'i420'
        ? frame
        : {
            ...frame,
            format,
            pixels: Uint8Array.from({ length: view.width * view.height * 4 }, (_, i) => (i * 7919) % 251),
          };
    const after = { ...before, pixels: before.pixels.slice() };
    const { box, points } = new OutlineChange(resting(3), resting(8), 1).apply(after, landmarks, pinned);
    return { before, after, box, points, landmarks };
  };
  const changed = (a: Uint8Array, b: Uint8Array, x: number, y: number): boolean =>
    a[y * view.width + x] !== b[y * view.width + x];

  it('keeps every bit outside of the box it names', () => {
    const { before, after, box } = bend([]);
    let inside = 0;
    for (let y = 0; y < view.height; y++)
      for (let x = 0; x < view.width; x++) {
        if (!changed(before.pixels, after.pixels, x, y)) continue;
        inside++;
        expect(x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height).toBe(true);
      }
    expect(inside).toBeGreaterThan(500);
    const chroma = view.width * view.height;
    const w = view.width / 2;
    for (let i = 0; i < 2 * w * (view.height / 2); i++) {
      if (before.pixels[chroma + i] === after.pixels[chroma + i]) continue;
      const x = (i % w) * 2;
      const y = Math.floor((i % (w * (view.height / 2))) / w) * 2;
      expect(x + 1 >= box.x && x < box.x + box.width && y + 1 >= box.y && y < box.y + box.height).toBe(true);
    }
  });

  it('keeps every bit of the faces of other people', () => {
    const { landmarks } = look(3);
    const x = Math.round(landmarks[454 * 3] as number);
    const y = Math.round(landmarks[454 * 3 + 1] as number);
    const free = bend([]);
    const neighbour = { x: x + 5, y: y - 30, width: 60, height: 60 };
    const pinned = bend([neighbour]);
    let moved = 0;
    for (let v = neighbour.y; v < neighbour.y + 60; v++)
      for (let u = neighbour.x; u < neighbour.x + 60; u++) {
        if (changed(free.before.pixels, free.after.pixels, u, v)) moved++;
        expect(changed(pinned.before.pixels, pinned.after.pixels, u, v)).toBe(false);
      }
    expect(moved).toBeGreaterThan(100);
  });

  it('is bent in RGBA too, alpha and all, and gives the same twice', () => {
    const one = bend([], 'rgba');
    const two = bend([], 'rgba');
    expect(one.after.pixels).toEqual(two.after.pixels);
    expect(one.after.pixels).not.toEqual(one.before.pixels);
  });

  it('stays as it is where the two people have one shape', () => {
    const { frame, landmarks } = look(3);
    const after = { ...frame, pixels: frame.pixels.slice() };
    const { box, points } = new OutlineChange(resting(3), resting(3), 1).apply(after, landmarks, []);
    expect(after.pixels).toEqual(frame.pixels);
    expect(box.width).toBe(0);
    expect(points).toEqual(landmarks);
  });
});

describe('the head is held', () => {
  /** Trials whose swapped head looks up by so many degrees, to somebody who measures without error. */
  const trials = (pitches: readonly number[]): Trial[] =>
    pitches.map((pitch) => {
      const { frame } = look(3);
      const points = Float32Array.from(CANONICAL_POINTS);
      return { before: frame, after: frame, points, swappedPoints: nodShape(points, pitch) };
    });
  const exact = (confidence = 1) => ({
    landmarks: async (_: unknown, start: unknown) => ({ points: start as Float32Array, confidence }),
  });

  it('a shape nods by the degrees it is told, about its own middle', () => {
    for (const degrees of [-12, -3, 5])
      expect(headPose(nodShape(CANONICAL_POINTS, degrees)).pitch).toBeCloseTo(degrees, 3);
    expect(nodShape(nodShape(CANONICAL_POINTS, 4), -4)[30]).toBeCloseTo(CANONICAL_POINTS[30] as number, 4);
  });

  it('by turning against what is too much, and no further than the limit', async () => {
    const turn = await pitchToTurn(trials([-5, -4, -6]), exact());
    expect(turn).toBeGreaterThan(4);
    expect(turn).toBeLessThanOrEqual(6);
    expect(await pitchToTurn(trials([5, 4, 6]), exact())).toBeCloseTo(-turn, 3);
    expect(await pitchToTurn(trials([40]), exact())).toBe(-6);
  });

  it('and left alone where it is right, one frame is odd, or no face is sure', async () => {
    expect(await pitchToTurn(trials([1, -1, 0.5]), exact())).toBeCloseTo(0, 9);
    expect(await pitchToTurn(trials([0.2, 0, 30]), exact())).toBeCloseTo(0, 9);
    expect(await pitchToTurn(trials([20, 20]), exact(0.2))).toBe(0);
    expect(await pitchToTurn([], exact())).toBe(0);
  });
});
