/** The compositor's parts, each on small made-up planes where the right answer is known. */
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import { CANONICAL_POINTS, MESH_TRIANGLES } from '../src/faces/index.js';
import { ColorMatcher } from '../src/synth/blend/color.js';
import { DetailMatcher } from '../src/synth/blend/detail.js';
import { boxBlur, convexDistance, fillPolygon } from '../src/synth/blend/grid.js';
import { FaceShape, faceAlpha, faceRegion, guardRim } from '../src/synth/blend/mask.js';
import { MeshRaster, triangleMaps } from '../src/synth/blend/mesh-raster.js';
import { OcclusionFinder } from '../src/synth/blend/occlusion.js';
import { PlaneReader } from '../src/synth/blend/sample.js';
import { Seam } from '../src/synth/blend/seam.js';
import { SteadyDifference, SteadyPlane, SteadyValue } from '../src/synth/blend/temporal.js';
import type { Planes } from '../src/synth/blend/types.js';

const SIZE = 128;
const WHOLE = { x0: 0, y0: 0, x1: SIZE, y1: SIZE };

/** The canonical face in the middle of the grid, x y pairs. */
function facePoints(size = SIZE): Float32Array {
  const out = new Float32Array(478 * 2);
  for (let i = 0; i < 478; i++) {
    const k = Math.min(i, 467);
    out[i * 2] = size * (0.5 + 0.042 * (CANONICAL_POINTS[k * 3] as number));
    out[i * 2 + 1] = size * (0.48 + 0.042 * (CANONICAL_POINTS[k * 3 + 1] as number));
  }
  return out;
}

function shapeOf(size = SIZE): FaceShape {
  const shape = new FaceShape(size);
  shape.draw(facePoints(size), { x0: 0, y0: 0, x1: size, y1: size });
  return shape;
}

const planes = (size: number, y: number, u: number, v: number): Planes => ({
  y: new Float32Array(size * size).fill(y),
  u: new Float32Array(size * size).fill(u),
  v: new Float32Array(size * size).fill(v),
});

describe('grid', () => {
  it('measures distances to a square', () => {
    const plane = new Float32Array(32 * 32);
    convexDistance(plane, 32, { x0: 0, y0: 0, x1: 32, y1: 32 }, [8, 8, 24, 8, 24, 24, 8, 24]);
    expect(plane[16 * 32 + 16]).toBeCloseTo(8);
    expect(plane[16 * 32 + 8]).toBeCloseTo(0);
    expect(plane[16 * 32 + 4]).toBeCloseTo(-4);
  });

  it('fills a triangle with its own area', () => {
    const plane = new Float32Array(64 * 64);
    fillPolygon(plane, 64, { x0: 0, y0: 0, x1: 64, y1: 64 }, [10.3, 9.7, 50.2, 20.1, 22.9, 55.4]);
    const area = Math.abs((50.2 - 10.3) * (55.4 - 9.7) - (22.9 - 10.3) * (20.1 - 9.7)) / 2;
    const sum = plane.reduce((a, b) => a + b, 0);
    expect(Math.abs(sum - area) / area).toBeLessThan(0.01);
  });

  it('blurs without moving or losing anything', () => {
    const plane = new Float32Array(64 * 64);
    plane[32 * 64 + 32] = 1;
    boxBlur(plane, 64, { x0: 0, y0: 0, x1: 64, y1: 64 }, 3, new Float32Array(64 * 64));
    expect(plane.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(plane[29 * 64 + 29]).toBeCloseTo(1 / 49, 6);
    expect(plane[28 * 64 + 32]).toBe(0);
  });

  it('reads a plane under a turned, shrinking map', () => {
    const width = 200;
    const height = 160;
    const plane = Uint8Array.from(
      { length: width * height },
      (_, i) => 20 + 0.5 * (i % width) + 0.6 * Math.floor(i / width),
    );
    const out = new Float32Array(32 * 32);
    const a = 3.4 * Math.cos(0.2);
    const b = 3.4 * Math.sin(0.2);
    new PlaneReader().read(plane, width, height, [a, -b, 60, b, a, 25], { x0: 0, y0: 0, x1: 32, y1: 32 }, 32, out);
    for (const [x, y] of [
      [3, 4],
      [16, 16],
      [27, 20],
    ] as const) {
      const sx = a * x - b * y + 60;
      const sy = b * x + a * y + 25;
      expect(Math.abs((out[y * 32 + x] as number) - (20 + 0.5 * sx + 0.6 * sy))).toBeLessThan(0.8);
    }
  });
});

describe('mask', () => {
  it('is whole in the face, soft at its rim and empty outside', () => {
    const shape = shapeOf();
    const alpha = new Float32Array(SIZE * SIZE);
    const ones = new Float32Array(SIZE * SIZE).fill(1);
    faceAlpha(shape, WHOLE, 0.06 * SIZE, 0.09 * SIZE, ones, new Float32Array(SIZE * SIZE), alpha);
    const at = (d: number): number[] => [...alpha].filter((_, i) => Math.abs((shape.distance[i] as number) - d) < 0.5);
    const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    expect(mean(at(0.05 * SIZE))).toBe(1);
    expect(mean(at(0))).toBeGreaterThan(0.6);
    expect(mean(at(-0.07 * SIZE))).toBe(0);
    // No step larger than the feather explains.
    let step = 0;
    for (let i = 1; i < alpha.length; i++)
      if (i % SIZE !== 0) step = Math.max(step, Math.abs((alpha[i] as number) - (alpha[i - 1] as number)));
    expect(step).toBeLessThan(0.2);
  });

  it('multiplies with the learned mask and what is in front', () => {
    const shape = shapeOf();
    const alpha = new Float32Array(SIZE * SIZE);
    const learned = new Float32Array(SIZE * SIZE).fill(0.5);
    const front = new Float32Array(SIZE * SIZE);
    front[60 * SIZE + 64] = 1;
    faceAlpha(shape, WHOLE, 8, 11, learned, front, alpha);
    expect(alpha[60 * SIZE + 64]).toBe(0);
    expect(alpha[62 * SIZE + 64]).toBeCloseTo(0.5);
  });

  it('takes dark hair of the source back at the rim, not inside', () => {
    const shape = shapeOf();
    const alpha = new Float32Array(SIZE * SIZE).fill(1);
    const face = new Float32Array(SIZE * SIZE).fill(40);
    const plate = new Float32Array(SIZE * SIZE).fill(150);
    guardRim(
      shape,
      WHOLE,
      0.1 * SIZE,
      face,
      plate,
      alpha,
      new Float32Array(SIZE * SIZE),
      new Float32Array(SIZE * SIZE),
    );
    const rim = shape.distance.findIndex((d) => Math.abs(d - 1) < 0.3);
    const middle = shape.distance.findIndex((d) => d > 0.2 * SIZE);
    expect(alpha[rim]).toBeLessThan(0.1);
    expect(alpha[middle]).toBe(1);
  });

  it('knows eyes, lips and skin apart', () => {
    const shape = shapeOf();
    const points = facePoints();
    const at = (plane: Float32Array, i: number): number =>
      plane[Math.round(points[i * 2 + 1] as number) * SIZE + Math.round(points[i * 2] as number)] as number;
    expect(at(shape.skin, 50)).toBeGreaterThan(0.9);
    expect(at(shape.skin, 0)).toBeLessThan(0.2);
    expect(at(shape.lips, 0)).toBeGreaterThan(0.4);
    expect(at(shape.eyes, 33)).toBeGreaterThan(0.4);
    expect(at(shape.eyes, 50)).toBe(0);
  });

  it('keeps the region on multiples of 16', () => {
    const r = faceRegion(facePoints(), SIZE, 10);
    for (const v of [r.x0, r.y0, r.x1, r.y1]) expect(v % 16).toBe(0);
    expect(r.x1 - r.x0).toBeGreaterThan(80);
  });
});

describe('colour', () => {
  /** A plate and a face with eyes of neutral white; the skin differs in light and colour. */
  function scene(plateSkin: [number, number, number], faceSkin: [number, number, number], shape: FaceShape) {
    const plate = planes(SIZE, ...plateSkin);
    const face = planes(SIZE, ...faceSkin);
    for (let i = 0; i < SIZE * SIZE; i++)
      if ((shape.eyes[i] as number) > 0.3)
        for (const p of [plate, face]) {
          p.y[i] = p === plate ? plateSkin[0] * 1.3 : faceSkin[0] * 1.3;
          p.u[i] = 128;
          p.v[i] = 128;
        }
    return { plate, face };
  }
  const ones = new Float32Array(SIZE * SIZE).fill(1);

  it('brings skin to the plate and leaves eye whites white', () => {
    const shape = shapeOf();
    const { plate, face } = scene([150, 112, 148], [100, 105, 160], shape);
    new ColorMatcher(0.85, 0.7).match(plate, plate.y, face, face.y, shape, ones, SIZE, WHOLE, 16, true);
    const skin = shape.skin.findIndex((s, i) => s > 0.99 && i > 70 * SIZE);
    expect(Math.abs((face.y[skin] as number) - 150)).toBeLessThan(3);
    expect(Math.abs((face.u[skin] as number) - 112)).toBeLessThan(2);
    expect(Math.abs((face.v[skin] as number) - 148)).toBeLessThan(2);
    const points = facePoints();
    const eye = Math.round(points[159 * 2 + 1] as number) * SIZE + Math.round(points[159 * 2] as number) + SIZE;
    expect(shape.eyes[eye]).toBeGreaterThan(0.9);
    expect(Math.abs((face.u[eye] as number) - 128)).toBeLessThan(3);
    expect(Math.abs((face.v[eye] as number) - 128)).toBeLessThan(3);
  });

  it('tints lips as it tints skin, by the light on them, however colourful the skin of the plate is', () => {
    const shape = shapeOf();
    const random = new Random(6);
    const plate = planes(SIZE, 100, 98, 146);
    const face = planes(SIZE, 185, 122, 140);
    for (let i = 0; i < SIZE * SIZE; i++) {
      plate.u[i] = 98 + 6 * random.normal();
      plate.v[i] = 146 + 6 * random.normal();
      if ((shape.lips[i] as number) < 0.3) continue;
      face.y[i] = 120;
      face.u[i] = 130;
      face.v[i] = 145;
    }
    const lip = shape.lips.indexOf(Math.max(...shape.lips));
    expect(shape.lips[lip]).toBeGreaterThan(0.9);
    new ColorMatcher(0.85, 0.7).match(plate, plate.y, face, face.y, shape, ones, SIZE, WHOLE, 16, true);
    const gain = (100 - 16) / (185 - 16);
    const light = (120 - 16) / (185 - 16);
    const under = (own: number, skin: number, wanted: number): number =>
      128 + gain * (own - 128) + (wanted - 128 - gain * (skin - 128)) * light;
    // A shift by less leaves red lips purple on yellow skin.
    expect(Math.abs((face.u[lip] as number) - under(130, 122, 98))).toBeLessThan(1.5);
    expect(Math.abs((face.v[lip] as number) - under(145, 140, 146))).toBeLessThan(1.5);
  });

  it('follows light from the side', () => {
    const shape = shapeOf();
    const plate = planes(SIZE, 0, 118, 140);
    for (let i = 0; i < SIZE * SIZE; i++) plate.y[i] = 100 + 60 * ((i % SIZE) / SIZE);
    const face = planes(SIZE, 130, 118, 140);
    new ColorMatcher(0.85, 0.7).match(plate, plate.y, face, face.y, shape, ones, SIZE, WHOLE, 16, true);
    const left = face.y[60 * SIZE + 40] as number;
    const right = face.y[60 * SIZE + 88] as number;
    expect(right - left).toBeGreaterThan(0.5 * 60 * (48 / SIZE));
  });

  it('does not pump: noise in the face does not come through, a change of light does', () => {
    const shape = shapeOf();
    const random = new Random(5);
    const matcher = new ColorMatcher(0.85, 0.7);
    const out: number[] = [];
    for (let t = 0; t < 24; t++) {
      const plate = planes(SIZE, t < 18 ? 140 : 90, 115, 145);
      const face = planes(SIZE, 120 * (1 + 0.02 * random.normal()), 112 + random.normal(), 150 + random.normal());
      matcher.match(plate, plate.y, face, face.y, shape, ones, SIZE, WHOLE, 16, t === 0);
      out.push(face.y[70 * SIZE + 64] as number);
    }
    const steady = out.slice(4, 18);
    const mean = steady.reduce((a, b) => a + b, 0) / steady.length;
    expect(Math.abs(mean - 140)).toBeLessThan(4);
    // The lamp goes down at frame 18: the face is there within two frames.
    expect(Math.abs((out[19] as number) - 90)).toBeLessThan(6);
  });
});

describe('seam', () => {
  it('is the plain difference inside, nothing outside, and has no edge where only light differs', () => {
    const seam = new Seam(SIZE, 3);
    const alpha = new Float32Array(SIZE * SIZE);
    const shape = shapeOf();
    faceAlpha(shape, WHOLE, 8, 11, new Float32Array(SIZE * SIZE).fill(1), new Float32Array(SIZE * SIZE), alpha);
    const difference = new Float32Array(SIZE * SIZE).fill(20);
    seam.setMask(alpha, WHOLE);
    seam.blend(difference, alpha, WHOLE);
    let worst = 0;
    for (let i = 0; i < SIZE * SIZE; i++) {
      if ((shape.distance[i] as number) > 24) expect(difference[i]).toBeCloseTo(20, 1);
      if (alpha[i] === 0) expect(difference[i]).toBe(0);
      if (i % SIZE > 0) worst = Math.max(worst, Math.abs((difference[i] as number) - (difference[i - 1] as number)));
    }
    expect(worst).toBeLessThan(4);
  });
});

describe('detail', () => {
  function texture(seed: number, amplitude: number): Float32Array {
    const random = new Random(seed);
    return Float32Array.from({ length: SIZE * SIZE }, () => 120 + amplitude * random.normal());
  }
  const strength = (plane: Float32Array, use: (i: number) => boolean): number => {
    let sum = 0;
    let n = 0;
    for (let i = SIZE + 1; i < SIZE * SIZE - SIZE; i++)
      if (use(i)) {
        sum += Math.abs((plane[i] as number) - (plane[i - 1] as number));
        n++;
      }
    return sum / n;
  };

  it('raises a blurred face to the texture of the plate', () => {
    const shape = shapeOf();
    const plate = texture(1, 5);
    const face = texture(2, 5);
    boxBlur(face, SIZE, WHOLE, 1, new Float32Array(SIZE * SIZE));
    const gate = new Float32Array(SIZE * SIZE);
    const matcher = new DetailMatcher(SIZE, 0.9, 1, 0.7);
    matcher.gate(plate, shape, WHOLE, gate);
    const inside = (i: number): boolean => (shape.skin[i] as number) > 0.9;
    const before = strength(face, inside) / strength(plate, inside);
    matcher.match(plate, face, new Float32Array(SIZE * SIZE).fill(1), shape.features, gate, WHOLE, true);
    const after = strength(face, inside) / strength(plate, inside);
    expect(before).toBeLessThan(0.4);
    expect(after).toBeGreaterThan(0.75);
    expect(after).toBeLessThan(1.2);
  });

  it('leaves a face alone that is as sharp as the plate', () => {
    const shape = shapeOf();
    const plate = texture(1, 5);
    const face = texture(2, 5);
    const kept = face.slice();
    const gate = new Float32Array(SIZE * SIZE);
    const matcher = new DetailMatcher(SIZE, 0.9, 1, 0.7);
    matcher.match(plate, face, new Float32Array(SIZE * SIZE).fill(1), shape.features, gate, WHOLE, true);
    let worst = 0;
    for (let i = 0; i < face.length; i++) worst = Math.max(worst, Math.abs((face[i] as number) - (kept[i] as number)));
    expect(worst).toBeLessThan(2.5);
  });
});

describe('time', () => {
  it('averages what is below its noise and follows what is above', () => {
    const value = new SteadyValue(0.7, 10);
    value.next(0, true);
    expect(Math.abs(value.next(1, false))).toBeLessThan(0.5);
    expect(value.next(50, false)).toBeCloseTo(50, 0);
  });

  it('forgets at a cut', () => {
    const steady = new SteadyPlane(16, 0.9, 1);
    const r = { x0: 0, y0: 0, x1: 16, y1: 16 };
    steady.next(new Float32Array(256).fill(0), r, true);
    const next = new Float32Array(256).fill(0.2);
    steady.next(next, r, true);
    expect(next[7]).toBeCloseTo(0.2);
  });

  it('quiets light that breathes, and leaves the sharp part of every frame alone', () => {
    const steady = new SteadyDifference(SIZE, 3, 0.7);
    const random = new Random(3);
    let before = 0;
    let after = 0;
    let last: number | null = null;
    let lastRaw = 0;
    for (let t = 0; t < 30; t++) {
      const breath = 3 * random.normal();
      const plane = Float32Array.from({ length: SIZE * SIZE }, (_, i) => breath + (i % 2 === 0 ? 4 : -4));
      steady.next(plane, WHOLE, t === 0);
      const i = 64 * SIZE + 64;
      expect((plane[i] as number) - (plane[i + 1] as number)).toBeCloseTo(8, 2);
      if (last !== null) {
        before += Math.abs(breath - lastRaw);
        after += Math.abs((plane[i] as number) - last);
      }
      last = plane[i] as number;
      lastRaw = breath;
    }
    expect(after).toBeLessThan(0.65 * before);
  });
});

describe('mesh raster', () => {
  it('covers the face without cracks and maps corners to corners', () => {
    const points = facePoints();
    const raster = new MeshRaster(SIZE);
    raster.draw(points, null, 1, WHOLE, -1);
    const shape = shapeOf();
    let holes = 0;
    for (let i = 0; i < SIZE * SIZE; i++)
      if ((shape.distance[i] as number) > 3 && (raster.ids[i] as number) < 0) holes++;
    expect(holes).toBe(0);
    const doubled = points.map((v) => 2 * v + 3);
    const maps = new Float32Array((MESH_TRIANGLES.length / 3) * 6);
    triangleMaps(points, 2, doubled, 2, maps);
    const id = raster.ids[64 * SIZE + 64] as number;
    const m = maps.subarray(id * 6, id * 6 + 6);
    expect((m[0] as number) * 64 + (m[1] as number) * 64 + (m[2] as number)).toBeCloseTo(131, 2);
  });
});

describe('occlusion', () => {
  const points = facePoints();
  const depth = new Float32Array(478 * 3).map((_, i) =>
    i % 3 === 0 ? (CANONICAL_POINTS[Math.min(467, i / 3) * 3 + 2] as number) : 0,
  );
  /** A face of soft light with darker lips and brows, some noise, and what is put in front. */
  function picture(seed: number, change: (x: number, y: number) => [number, number, number] | null, light = 1): Planes {
    const random = new Random(seed);
    const shape = shapeOf();
    const p = planes(SIZE, 0, 112, 148);
    for (let i = 0; i < SIZE * SIZE; i++) {
      const x = i % SIZE;
      const y = Math.floor(i / SIZE);
      const own = 140 + 30 * (x / SIZE) - 50 * (shape.lips[i] as number) - 60 * (shape.brows[i] as number);
      p.y[i] = light * own + 2 * random.normal();
      p.v[i] = 148 + 8 * (shape.lips[i] as number);
      const over = change(x, y);
      if (over) {
        p.y[i] = over[0] + 2 * random.normal();
        p.u[i] = over[1];
        p.v[i] = over[2];
      }
    }
    return p;
  }
  const nothing = (): null => null;
  const stick = (x: number, y: number): [number, number, number] | null =>
    y > 74 && Math.abs(x - 64) < 11 ? [50, 128, 128] : null;

  function find(
    p: Planes,
    learn: readonly Planes[],
    steps = 1,
  ): { share: number; out: Float32Array; shape: FaceShape } {
    const finder = new OcclusionFinder();
    for (const sample of learn) finder.learn(sample, SIZE, points, WHOLE);
    const shape = shapeOf();
    const out = new Float32Array(SIZE * SIZE);
    let share = 0;
    for (let k = 0; k < steps; k++) share = finder.find(p, shape, points, depth, WHOLE, k === 0, out);
    return { share, out, shape };
  }
  const learnt = [1, 2, 3, 4, 5, 6, 7, 8].map((s) => picture(s, nothing, 0.97 + 0.01 * s));

  it('sees nothing in front of a bare face', () => {
    expect(find(picture(20, nothing), learnt).share).toBe(0);
  });

  it('finds a dark stick that comes in from below', () => {
    const { out, shape } = find(picture(20, stick), learnt);
    let both = 0;
    let either = 0;
    for (let i = 0; i < SIZE * SIZE; i++) {
      if ((shape.distance[i] as number) < 1) continue;
      const truth = stick(i % SIZE, Math.floor(i / SIZE)) !== null;
      const found = (out[i] as number) > 0.5;
      if (truth && found) both++;
      if (truth || found) either++;
    }
    expect(both / either).toBeGreaterThan(0.7);
  });

  it('takes a shadow over half of the face for a shadow', () => {
    const plain = picture(20, nothing);
    for (let i = 0; i < SIZE * SIZE; i++) {
      const t = Math.max(0, Math.min(1, ((i % SIZE) - 58) / 16));
      plain.y[i] = (plain.y[i] as number) * (1 - 0.35 * t);
    }
    expect(find(plain, learnt).share).toBeLessThan(0.02);
  });

  it('takes glasses that are worn all the time for the face', () => {
    const glasses = (x: number, y: number): [number, number, number] | null =>
      Math.abs(Math.hypot(x - 48, y - 52) - 10) < 1.5 || Math.abs(Math.hypot(x - 80, y - 52) - 10) < 1.5
        ? [30, 128, 128]
        : null;
    const samples = [1, 2, 3, 4, 5, 6].map((s) => picture(s, glasses));
    expect(find(picture(30, glasses), samples).share).toBeLessThan(0.02);
  });
});
