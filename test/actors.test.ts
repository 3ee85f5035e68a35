import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type ActorState,
  createActor,
  expressionOf,
  type HeadState,
  performance,
  renderActor,
  renderScene,
  restState,
  SHAPE_NAMES,
} from '../src/actors/index.js';
import { warpToShape } from '../src/actors/shape.js';
import { EXPRESSION_NAMES, type ExpressionName, expressionIndex, LikenessError } from '../src/base/index.js';

const SIZE = { width: 200, height: 200 };

const hash = (bytes: Uint8Array | Float32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
    .digest('hex');

const draw = (seed: number, change: Partial<ActorState> = {}) =>
  renderActor(createActor(seed), restState(change), SIZE);

const point = (landmarks: Float32Array, i: number): [number, number] => [
  landmarks[i * 3] as number,
  landmarks[i * 3 + 1] as number,
];

const distance = (landmarks: Float32Array, a: number, b: number): number => {
  const [ax, ay] = point(landmarks, a);
  const [bx, by] = point(landmarks, b);
  return Math.hypot(ax - bx, ay - by);
};

const pose = (change: Partial<HeadState['pose']>): HeadState['pose'] => ({ yaw: 0, pitch: 0, roll: 0, ...change });

const bright = (pixels: Uint8Array, x: number, y: number): number => {
  const i = (Math.round(y) * SIZE.width + Math.round(x)) * 4;
  return (pixels[i] as number) + (pixels[i + 1] as number) + (pixels[i + 2] as number);
};

describe('people', () => {
  it('the same seed makes the same person and, drawn again, the same bytes', () => {
    expect(createActor(5)).toEqual(createActor(5));
    const state = { expression: expressionOf({ jawOpen: 0.4 }), pose: pose({ yaw: 12 }), time: 1.5 };
    const one = draw(5, state);
    draw(6, { scale: 0.7 });
    const two = draw(5, state);
    expect(hash(two.frame.pixels)).toBe(hash(one.frame.pixels));
    expect(hash(two.landmarks)).toBe(hash(one.landmarks));
  });

  it('different seeds make different people, and a person survives JSON', () => {
    const shapes = new Set(Array.from({ length: 40 }, (_, i) => JSON.stringify(createActor(i).shape)));
    expect(shapes.size).toBe(40);
    const actor = createActor(3);
    const copy = JSON.parse(JSON.stringify(actor)) as typeof actor;
    expect(hash(renderActor(copy, restState(), SIZE).frame.pixels)).toBe(
      hash(renderActor(actor, restState(), SIZE).frame.pixels),
    );
  });

  it('every name of the shape space moves the head, the rest only where it should', () => {
    const cloud = (): Float32Array => {
      const points: number[] = [];
      for (let x = -9; x <= 9; x += 1.5)
        for (let y = -26; y <= 13; y += 1) for (let z = -12; z <= 8; z += 2) points.push(x, y, z);
      return Float32Array.from(points);
    };
    const rest = cloud();
    for (const name of SHAPE_NAMES) {
      const moved = cloud();
      warpToShape(moved, { [name]: 2 });
      const furthest = Math.max(...moved.map((v, i) => Math.abs(v - (rest[i] as number))));
      expect(furthest, name).toBeGreaterThan(0.05);
      expect(furthest, name).toBeLessThan(3);
    }
    const long = renderActor({ ...createActor(3), shape: { noseLength: 2 } }, restState(), SIZE).landmarks;
    const short = renderActor({ ...createActor(3), shape: { noseLength: -2 } }, restState(), SIZE).landmarks;
    expect(point(long, 2)[1]).toBeGreaterThan(point(short, 2)[1] + 3);
    expect(point(long, 152)[1]).toBeCloseTo(point(short, 152)[1], 0);
  });
});

describe('ground truth', () => {
  it('gives 478 points, and those that face the camera lie in the mask of the face', () => {
    for (const seed of [1, 2, 7]) {
      const { landmarks, mask } = draw(seed, { scale: 0.5 });
      expect(landmarks.length).toBe(478 * 3);
      let inside = 0;
      let asked = 0;
      for (let i = 0; i < 478; i++) {
        const [x, y] = point(landmarks, i);
        const [cx, cy] = point(landmarks, 4);
        // The rim of the face may be under hair; the middle may not.
        if (Math.hypot(x - cx, y - cy) > 0.4 * 0.5 * SIZE.height) continue;
        asked++;
        if (mask[Math.round(y) * SIZE.width + Math.round(x)] === 255) inside++;
      }
      expect(asked).toBeGreaterThan(300);
      expect(inside / asked).toBeGreaterThan(0.98);
    }
  });

  it('leaves hair, ears, neck and background out of the mask', () => {
    const { landmarks, mask } = draw(2, { scale: 0.4 });
    const [x, chin] = point(landmarks, 152);
    const [, top] = point(landmarks, 10);
    const at = (px: number, py: number): number => mask[Math.round(py) * SIZE.width + Math.round(px)] as number;
    expect(at(x, chin + 8)).toBe(0);
    expect(at(x, top - 14)).toBe(0);
    expect(at(3, 3)).toBe(0);
  });

  it('turns as the signs say: right, up, clockwise', () => {
    const rest = draw(3).landmarks;
    const middle = (l: Float32Array): number => (point(l, 33)[0] + point(l, 263)[0]) / 2;
    const noseOff = (l: Float32Array): number => point(l, 1)[0] - middle(l);
    expect(noseOff(draw(3, { pose: pose({ yaw: 25 }) }).landmarks)).toBeGreaterThan(noseOff(rest) + 5);
    expect(noseOff(draw(3, { pose: pose({ yaw: -25 }) }).landmarks)).toBeLessThan(noseOff(rest) - 5);
    const noseUp = (l: Float32Array): number => (point(l, 33)[1] + point(l, 263)[1]) / 2 - point(l, 1)[1];
    expect(noseUp(draw(3, { pose: pose({ pitch: 20 }) }).landmarks)).toBeGreaterThan(noseUp(rest) + 3);
    const tilt = (l: Float32Array): number => point(l, 263)[1] - point(l, 33)[1];
    expect(tilt(draw(3, { pose: pose({ roll: 15 }) }).landmarks)).toBeGreaterThan(tilt(rest) + 5);
  });

  it('puts the nearer points at smaller z', () => {
    const { landmarks } = draw(3);
    const z = (i: number): number => landmarks[i * 3 + 2] as number;
    expect(z(1)).toBeLessThan(z(234));
    const turned = draw(3, { pose: pose({ yaw: 40 }) }).landmarks;
    // Turned to the picture's right, the cheek on the picture's left comes nearer.
    expect(turned[234 * 3 + 2] as number).toBeLessThan(turned[454 * 3 + 2] as number);
  });

  it('moves the irises with the gaze, centre first, then right, top, left, bottom', () => {
    const rest = draw(3).landmarks;
    const right = draw(3, { gaze: [20, 0] }).landmarks;
    const up = draw(3, { gaze: [0, 15] }).landmarks;
    for (const centre of [468, 473]) {
      expect(point(right, centre)[0]).toBeGreaterThan(point(rest, centre)[0] + 1);
      expect(point(up, centre)[1]).toBeLessThan(point(rest, centre)[1] - 0.7);
      expect(point(rest, centre + 1)[0]).toBeGreaterThan(point(rest, centre)[0]);
      expect(point(rest, centre + 2)[1]).toBeLessThan(point(rest, centre)[1]);
      expect(point(rest, centre + 3)[0]).toBeLessThan(point(rest, centre)[0]);
      expect(point(rest, centre + 4)[1]).toBeGreaterThan(point(rest, centre)[1]);
    }
    expect(point(rest, 468)[0]).toBeLessThan(point(rest, 473)[0]);
  });
});

describe('expressions', () => {
  const rest = draw(4).landmarks;
  const shown = (weights: Partial<Record<ExpressionName, number>>): Float32Array =>
    draw(4, { expression: expressionOf(weights) }).landmarks;

  it('open the jaw and close it again with the lips', () => {
    expect(distance(shown({ jawOpen: 1 }), 13, 14)).toBeGreaterThan(distance(rest, 13, 14) + 8);
    expect(distance(shown({ jawOpen: 0.6, mouthClose: 1 }), 13, 14)).toBeLessThan(3);
    expect(point(shown({ jawOpen: 1 }), 152)[1]).toBeGreaterThan(point(rest, 152)[1] + 6);
  });

  it('close the named eye only: left is the person’s own', () => {
    const blink = shown({ eyeBlinkLeft: 1 });
    expect(distance(blink, 386, 374)).toBeLessThan(0.35 * distance(rest, 386, 374));
    expect(distance(blink, 159, 145)).toBeCloseTo(distance(rest, 159, 145), 4);
  });

  it('smile, pucker and raise brows where they should', () => {
    const smile = shown({ mouthSmileLeft: 1, mouthSmileRight: 1 });
    expect(distance(smile, 61, 291)).toBeGreaterThan(1.2 * distance(rest, 61, 291));
    expect(point(smile, 61)[1]).toBeLessThan(point(rest, 61)[1] - 2);
    expect(distance(shown({ mouthPucker: 1 }), 61, 291)).toBeLessThan(0.85 * distance(rest, 61, 291));
    const brow = shown({ browOuterUpRight: 1 });
    expect(point(brow, 63)[1]).toBeLessThan(point(rest, 63)[1] - 2);
    expect(point(brow, 293)[1]).toBeCloseTo(point(rest, 293)[1], 1);
  });

  it('every one of the 52 weights changes the picture', () => {
    const still = hash(draw(4).frame.pixels);
    for (const name of EXPRESSION_NAMES) {
      // The lips can only be closed once the jaw is open, and the tongue is behind them.
      const open = name === 'mouthClose' || name === 'tongueOut' ? { jawOpen: 0.5 } : {};
      const before =
        name in open || Object.keys(open).length > 0
          ? hash(draw(4, { expression: expressionOf(open) }).frame.pixels)
          : still;
      expect(hash(draw(4, { expression: expressionOf({ ...open, [name]: 1 }) }).frame.pixels), name).not.toBe(before);
    }
  });
});

describe('scenes', () => {
  it('draws several heads with a mask each, the larger one in front', () => {
    const state = restState();
    const left = { actor: createActor(1), state: { ...state, position: [0.36, 0.5] as const, scale: 0.4 } };
    const right = { actor: createActor(2), state: { ...state, position: [0.6, 0.5] as const, scale: 0.3 } };
    const { heads } = renderScene([left, right], state, SIZE);
    expect(heads.length).toBe(2);
    const [a, b] = heads as [(typeof heads)[number], (typeof heads)[number]];
    const both = a.mask.reduce((n, v, i) => n + (v === 255 && b.mask[i] === 255 ? 1 : 0), 0);
    expect(both).toBe(0);
    const alone = renderScene([right], state, SIZE).heads[0] as (typeof heads)[number];
    const count = (mask: Uint8Array): number => mask.reduce((n, v) => n + (v === 255 ? 1 : 0), 0);
    expect(count(b.mask)).toBeLessThan(count(alone.mask));
    expect(count(a.mask)).toBe(count((renderScene([left], state, SIZE).heads[0] as (typeof heads)[number]).mask));
  });

  it('puts the occluder in front, with its own mask, and nowhere else', () => {
    const bare = draw(3, { grain: 0 });
    const hidden = draw(3, {
      grain: 0,
      occluder: { kind: 'hand', position: [0.5, 0.62], scale: 0.24, angle: 15, seed: 4 },
    });
    let covered = 0;
    let changedOutside = 0;
    for (let i = 0; i < hidden.mask.length; i++) {
      if (hidden.occluderMask[i] === 255) {
        covered++;
        expect(hidden.mask[i]).toBe(0);
        continue;
      }
      const far = [-1, 1, -SIZE.width, SIZE.width].every((d) => hidden.occluderMask[i + d] !== 255);
      if (far && bare.mask[i] !== hidden.mask[i]) changedOutside++;
    }
    expect(covered).toBeGreaterThan(1000);
    expect(changedOutside).toBe(0);
    expect(bare.occluderMask.some((v) => v !== 0)).toBe(false);
    expect(hash(hidden.landmarks)).toBe(hash(bare.landmarks));
  });

  it('light comes from where it is said to come from', () => {
    const lit = (x: number): Uint8Array =>
      draw(3, { grain: 0, light: { direction: [x, 0.2, 0.4], warmth: 0, intensity: 1 } }).frame.pixels;
    const { landmarks } = draw(3);
    const [lx, ly] = point(landmarks, 50);
    const [rx, ry] = point(landmarks, 280);
    const fromLeft = lit(-1);
    const fromRight = lit(1);
    expect(bright(fromLeft, lx, ly)).toBeGreaterThan(bright(fromLeft, rx, ry) + 60);
    expect(bright(fromRight, rx, ry)).toBeGreaterThan(bright(fromRight, lx, ly) + 60);
  });

  it('draws into the bytes it is given, and refuses sizes it cannot draw', () => {
    const target = new Uint8Array(SIZE.width * SIZE.height * 4);
    expect(renderActor(createActor(1), restState(), SIZE, target).frame.pixels).toBe(target);
    expect(target[3]).toBe(255);
    expect(() => renderActor(createActor(1), restState(), { width: 10, height: 100 })).toThrow(LikenessError);
    expect(() => renderActor(createActor(1), restState({ scale: Number.NaN }), SIZE)).toThrow(/52 weights/);
    expect(() => renderActor(createActor(1), restState({ expression: new Float32Array(50) }), SIZE)).toThrow(
      LikenessError,
    );
    expect(() => renderActor(createActor(1), restState(), { width: 100.5, height: 100 })).toThrow(/16 to 4096|cannot/);
  });
});

describe('performances', () => {
  const options = { seconds: 6, fps: 25 } as const;
  const jaw = (states: readonly ActorState[]): number[] =>
    states.map((s) => s.expression[expressionIndex('jawOpen')] as number);

  it('repeat for the same seed and differ for another', () => {
    const one = performance(3, { ...options, style: 'lively' });
    expect(performance(3, { ...options, style: 'lively' })).toEqual(one);
    expect(jaw(performance(4, { ...options, style: 'lively' }))).not.toEqual(jaw(one));
    expect(one.length).toBe(150);
  });

  it('speak, blink and turn as their style says, within bounds and without jumps', () => {
    for (const style of ['speaking', 'still', 'lively', 'turning'] as const) {
      const states = performance(9, { ...options, style });
      const opening = jaw(states);
      const range = Math.max(...opening) - Math.min(...opening);
      if (style === 'still') expect(range).toBe(0);
      else expect(range).toBeGreaterThan(0.25);
      const blinks = states.map((s) => s.expression[expressionIndex('eyeBlinkLeft')] as number);
      expect(Math.max(...blinks)).toBeGreaterThan(0.8);
      const yaw = states.map((s) => s.pose.yaw);
      if (style === 'turning') expect(Math.max(...yaw) - Math.min(...yaw)).toBeGreaterThan(35);
      states.forEach((s, i) => {
        expect(s.expression.every((w) => w >= 0 && w <= 1)).toBe(true);
        if (i > 0) expect(Math.abs((yaw[i] as number) - (yaw[i - 1] as number))).toBeLessThan(4);
      });
    }
  });

  it('refuses lengths that make no frame', () => {
    expect(() => performance(1, { seconds: 0, fps: 25, style: 'still' })).toThrow(LikenessError);
  });
});
