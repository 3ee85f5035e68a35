import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import {
  type Augmentation,
  type CropStore,
  colorStats,
  drawSample,
  type SampleTarget,
  warpField,
} from '../src/synth/swap/augment.js';
import { DRIVE_LENGTH, DRIVE_NAMES, mirrorDrive, normaliseDrive, rollDrive } from '../src/synth/swap/drive.js';
import { convexHull, faceMasks, fillConvex } from '../src/synth/swap/masks.js';
import { balanceWeights, WeightedPicker } from '../src/synth/swap/sampling.js';

const STILL: Augmentation = { rotate: 0, zoom: 0, shift: 0, flip: 0, warp: 0, gain: 0, transfer: 0 };

/** A store whose pictures are smooth, different in every channel, with a square mask in the middle. */
function store(count: number, size: number): CropStore {
  const rgb = new Uint8Array(count * size * size * 3);
  const masks = new Uint8Array(count * size * size * 2);
  for (let n = 0; n < count; n++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const i = (n * size + y) * size + x;
        rgb[i * 3] = (x * 255) / size;
        rgb[i * 3 + 1] = (y * 255) / size;
        rgb[i * 3 + 2] = 40 + 30 * n;
        const inside = Math.abs(x - size / 2) < size / 4 && Math.abs(y - size / 2) < size / 4;
        masks[i * 2] = inside ? 255 : 0;
        masks[i * 2 + 1] = inside ? 110 : 0;
      }
  return { size, margin: 1.25, count, rgb, masks };
}

function target(size: number): SampleTarget {
  const n = size * size;
  return {
    input: new Float32Array(3 * n),
    answer: new Float32Array(3 * n),
    mask: new Float32Array(n),
    weight: new Float32Array(n),
  };
}

describe('training samples', () => {
  it('without variation are the middle of the stored crop', () => {
    const t = target(32);
    drawSample(new Random(1), store(1, 40), 0, 32, STILL, null, t);
    expect(t.input).toEqual(t.answer);
    // Left edge of the crop lies 4 stored pixels in.
    expect(t.answer[16 * 32] as number).toBeCloseTo((4 * 255) / 40 / 255, 1);
    expect(t.mask[16 * 32 + 16]).toBeCloseTo(1);
    expect(t.mask[0]).toBe(0);
    expect(t.weight[0]).toBeCloseTo(0.15);
  });

  it('bend the input and not the answer', () => {
    const a = target(32);
    const b = target(32);
    drawSample(new Random(3), store(1, 40), 0, 32, STILL, null, a);
    drawSample(new Random(3), store(1, 40), 0, 32, { ...STILL, warp: 0.08 }, null, b);
    expect(b.answer).toEqual(a.answer);
    let moved = 0;
    for (let i = 0; i < b.input.length; i++) moved += Math.abs((b.input[i] as number) - (b.answer[i] as number));
    expect(moved / b.input.length).toBeGreaterThan(0.004);
  });

  it('mirror the picture when they say so', () => {
    const plain = target(32);
    const flipped = target(32);
    drawSample(new Random(5), store(1, 40), 0, 32, STILL, null, plain);
    const drawn = drawSample(new Random(5), store(1, 40), 0, 32, { ...STILL, flip: 1 }, null, flipped);
    expect(drawn.flipped).toBe(true);
    for (let x = 0; x < 32; x++)
      expect(flipped.answer[10 * 32 + x]).toBeCloseTo(plain.answer[10 * 32 + 31 - x] as number, 4);
  });

  it('are the same for the same seed and differ for another', () => {
    const options: Augmentation = {
      rotate: 10,
      zoom: 0.05,
      shift: 0.05,
      flip: 0.5,
      warp: 0.05,
      gain: 0.1,
      transfer: 1,
    };
    const s = store(3, 40);
    const other = colorStats(s, 2);
    const [a, b, c] = [target(32), target(32), target(32)] as const;
    drawSample(new Random(9), s, 0, 32, options, other, a);
    drawSample(new Random(9), s, 0, 32, options, other, b);
    drawSample(new Random(10), s, 0, 32, options, other, c);
    expect(b.input).toEqual(a.input);
    expect(c.input).not.toEqual(a.input);
  });

  it('take on the colours of the other person', () => {
    const s = store(5, 40);
    const t = target(32);
    const wanted = colorStats(s, 4);
    // Blue is 40 in picture 0 and 160 in picture 4; a transfer goes 40 % to 100 % of the way.
    drawSample(new Random(2), s, 0, 32, { ...STILL, transfer: 1 }, wanted, t);
    const blue = (t.answer[2 * 1024 + 16 * 32 + 16] as number) * 255;
    expect(blue).toBeGreaterThan(80);
    expect(blue).toBeLessThan(165);
  });

  it('have smooth warps: neighbours move alike', () => {
    const field = new Float32Array(2 * 64 * 64);
    warpField(new Random(4), 64, 0.06, field);
    let step = 0;
    let size = 0;
    for (let i = 0; i < 64 * 64 - 1; i++) {
      if (i % 64 === 63) continue;
      step = Math.max(step, Math.abs((field[i + 1] as number) - (field[i] as number)));
      size = Math.max(size, Math.abs(field[i] as number));
    }
    expect(size).toBeGreaterThan(1);
    expect(step).toBeLessThan(0.8);
  });
});

describe('drive vectors', () => {
  it('have a name for each number', () => expect(DRIVE_NAMES.length).toBe(DRIVE_LENGTH));

  it('mirrored twice are themselves, and once have yaw and roll turned and the eyes exchanged', () => {
    const v = Float32Array.from({ length: DRIVE_LENGTH }, (_, i) => i + 1);
    const m = mirrorDrive(v);
    expect(mirrorDrive(m)).toEqual(v);
    expect(m[0]).toBe(-1);
    expect(m[1]).toBe(2);
    expect(m[2]).toBe(-3);
    expect(m[14]).toBe(16);
    expect(m[15]).toBe(15);
  });

  it('of a person at rest are zero but for pose and gaps, and a shut eye is clearly negative', () => {
    const neutral = Array.from({ length: DRIVE_LENGTH }, () => 0.3);
    const rest = Float32Array.from(neutral);
    const reference = { neutral, openEye: 0.3 };
    const v = normaliseDrive(rest, reference);
    expect(v[6]).toBeCloseTo(0);
    expect(v[14]).toBeCloseTo(0);
    rest[14] = 0;
    expect(normaliseDrive(rest, reference)[14] as number).toBeLessThan(-2.5);
  });

  it('know that the crop was turned', () => {
    const v = new Float32Array(DRIVE_LENGTH);
    expect(rollDrive(v, 12)[2]).toBeCloseTo(1);
    expect(v[2]).toBe(0);
  });
});

describe('balanced sampling', () => {
  it('draws in proportion to the weights', () => {
    const picker = new WeightedPicker([1, 2, 7]);
    const random = new Random(1);
    const seen = [0, 0, 0];
    for (let i = 0; i < 20000; i++) {
      const k = picker.pick(random);
      seen[k] = (seen[k] ?? 0) + 1;
    }
    expect((seen[0] ?? 0) / 20000).toBeCloseTo(0.1, 1);
    expect((seen[2] ?? 0) / 20000).toBeCloseTo(0.7, 1);
  });

  it('gives a rare expression several times its share', () => {
    const rows = Array.from({ length: 200 }, (_, i) => [i < 10 ? 5 : 0 + (i % 7) * 0.05]);
    const weights = balanceWeights(rows);
    const rare = weights.slice(0, 10).reduce((a, b) => a + b, 0) / weights.reduce((a, b) => a + b, 0);
    expect(rare).toBeGreaterThan(0.12);
    expect(rare).toBeLessThan(0.7);
  });
});

describe('masks', () => {
  it('of a convex hull hold every point and nothing far away', () => {
    const random = new Random(8);
    const points = Array.from({ length: 60 }, () => [random.range(20, 40), random.range(10, 50)] as [number, number]);
    const plane = new Uint8Array(64 * 64);
    fillConvex(plane, 64, convexHull(points), 255);
    for (const [x, y] of points) {
      const near = [0, 1].flatMap((dx) => [0, 1].map((dy) => plane[(Math.floor(y) + dy) * 64 + Math.floor(x) + dx]));
      expect(near).toContain(255);
    }
    expect(plane[5 * 64 + 5]).toBe(0);
  });

  it('put the highest weight on eyes and mouth', () => {
    const points = new Float32Array(478 * 2);
    const random = new Random(6);
    for (let i = 0; i < 478; i++) {
      const angle = random.range(0, 2 * Math.PI);
      points[i * 2] = 32 + 20 * Math.cos(angle);
      points[i * 2 + 1] = 32 + 24 * Math.sin(angle);
    }
    for (const [k, i] of [61, 0, 291, 17].entries()) {
      points[i * 2] = 32 + ([-6, 0, 6, 0][k] ?? 0);
      points[i * 2 + 1] = 42 + ([0, -3, 0, 3][k] ?? 0);
    }
    for (const i of [185, 40, 39, 37, 267, 269, 270, 409, 375, 321, 405, 314, 84, 181, 91, 146]) {
      points[i * 2] = 32;
      points[i * 2 + 1] = 42;
    }
    const out = new Uint8Array(64 * 64 * 2);
    faceMasks(points, 64, out);
    expect(out[(42 * 64 + 32) * 2 + 1]).toBe(255);
    expect(out[(32 * 64 + 32) * 2]).toBe(255);
    expect(out[(1 * 64 + 1) * 2]).toBe(0);
  });
});
