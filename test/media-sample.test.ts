/** The sampling kernel against the plain way it replaces, on frames and views of every awkward kind. */
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import { BT709, type Frame, i420Size, reduceFrame, type SampleOptions, sampleAffine } from '../src/media/index.js';
import { sampleFast } from '../src/media/sample-fast.js';
import { samplePlain } from '../src/media/sample-plain.js';
import { type Affine, planesOf, type View } from '../src/media/sample-view.js';
import { shrink, shrinkPixels } from '../src/media/shrink.js';

function noise(width: number, height: number, seed: number): Frame {
  const random = new Random(seed);
  const pixels = Uint8Array.from({ length: i420Size(width, height) }, () => random.int(256));
  const color = { ...BT709, matrix: seed % 2 ? 'bt709' : 'bt601', range: seed % 3 ? 'limited' : 'full' } as const;
  return { timestamp: 0, duration: 0, width, height, format: 'i420', pixels, color };
}

const viewOf = (map: Affine, width: number, height: number, k: number, more: Partial<View> = {}): View => ({
  map,
  width,
  height,
  k,
  planar: false,
  bgr: false,
  zero: false,
  scale: [1, 1, 1],
  offset: [0, 0, 0],
  ...more,
});

/** A view that looks at `scale` source pixels per pixel, turned, with its middle at `x`, `y`. */
function turned(scale: number, angle: number, x: number, y: number, width: number, height: number): Affine {
  const [c, s] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const [u, v] = [(width - 1) / 2, (height - 1) / 2];
  return [c, -s, x - c * u + s * v, s, c, y - s * u - c * v];
}

const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let worst = 0;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs((a[i] as number) - (b[i] as number)));
  return worst;
};

/** Runs both ways. @returns how far apart they are at worst, in steps of 8-bit colour */
function compare(frame: Frame, view: View): number {
  const length = 3 * view.width * view.height;
  const [fast, plain] = [new Float32Array(length).fill(-1), new Float32Array(length).fill(-2)];
  expect(sampleFast(frame, view, fast)).toBe(true);
  samplePlain(frame, view, plain);
  return apart(fast, plain);
}

it('gives a view of a frame whose blocks were averaged once as it gives one alone', () => {
  const random = new Random(11);
  for (const [width, height] of [
    [128, 72],
    [131, 77],
    [40, 200],
  ] as const) {
    const pixels = Uint8Array.from({ length: 4 * width * height }, () => random.int(256));
    const frame: Frame = { timestamp: 0, duration: 0, width, height, format: 'rgba', pixels, color: BT709 };
    for (const step of [1.6, 2.08, 3.4, 7]) {
      const reduced = reduceFrame(frame, step);
      expect(reduced?.k).toBe(Math.round(step));
      for (const [x, y] of [
        [-20, -10],
        [3.5, 7.25],
        [width - 30, height - 20],
      ] as const) {
        const map: Affine = [step, 0, x, 0, step, y];
        const of = (more: SampleOptions): Float32Array =>
          sampleAffine(frame, map, 24, 24, new Float32Array(3 * 24 * 24), { border: 'zero', ...more });
        expect(of({ reduced })).toEqual(of({}));
      }
      // Blocks of another size are of no use to a view, and do no harm.
      const other: Affine = [1, 0, 0, 0, 1, 0];
      expect(sampleAffine(frame, other, 8, 8, new Float32Array(192), { reduced })).toEqual(
        sampleAffine(frame, other, 8, 8, new Float32Array(192)),
      );
    }
    expect(reduceFrame(frame, 1.2)).toBe(null);
  }
  expect(reduceFrame(noise(64, 48, 3), 2)).toBe(null);
});

describe('the sampling kernel', () => {
  // Sizes that are even, odd, a multiple of nothing, narrow, and a single pixel.
  it.each([
    [64, 48],
    [67, 41],
    [33, 90],
    [5, 3],
    [1, 1],
    [2, 200],
  ])('agrees with the plain way on %ix%i', (w, h) => {
    const random = new Random(w * h);
    const frame = noise(w, h, w + h);
    for (let round = 0; round < 12; round++)
      for (const k of [1, 2, 3, 5]) {
        const [width, height] = [1 + random.int(40), 1 + random.int(30)];
        const map = turned(
          k * (0.6 + 0.8 * random.float()),
          6 * random.float(),
          w * (1.4 * random.float() - 0.2),
          h * (1.4 * random.float() - 0.2),
          width,
          height,
        );
        expect(compare(frame, viewOf(map, width, height, k))).toBeLessThan(0.02);
      }
  });

  it.each([2, 3, 7, 40, 256])('averages blocks of %i like the plain way', (k) => {
    for (const [w, h] of [
      [300, 270],
      [301, 259],
    ] as const)
      expect(compare(noise(w, h, k), viewOf([k, 0, -3, 0, k, 1], 40, 30, k))).toBeLessThan(0.02);
  });

  it('lays its numbers out like the plain way', () => {
    const frame = noise(90, 70, 4);
    const map = turned(1.1, 0.4, 45, 35, 31, 23);
    for (const planar of [false, true])
      for (const bgr of [false, true])
        for (const zero of [false, true]) {
          const more = { planar, bgr, zero, scale: [0.5, 2, -1], offset: [3, -20, 100] } as const;
          expect(compare(frame, viewOf(map, 31, 23, 1, more))).toBeLessThan(0.04);
          const [fast, plain] = [new Uint8Array(3 * 31 * 23), new Uint8Array(3 * 31 * 23)];
          sampleFast(frame, viewOf(map, 31, 23, 1, more), fast);
          samplePlain(frame, viewOf(map, 31, 23, 1, more), plain);
          // A number on the border between two bytes may fall to either side.
          expect(apart(fast, plain)).toBeLessThanOrEqual(1);
        }
  });

  it('blackens what is outside, to the pixel', () => {
    const frame = noise(48, 32, 5);
    frame.pixels.fill(200, 0, 48 * 32);
    frame.pixels.fill(128, 48 * 32);
    for (const angle of [0, 0.3, 1.2, 3]) {
      const view = viewOf(turned(2.2, angle, 24, 16, 40, 40), 40, 40, 2, { zero: true });
      expect(compare(frame, view)).toBeLessThan(0.02);
    }
  });

  it('leaves no trace of one view in the next', () => {
    const [large, small] = [noise(200, 150, 6), noise(31, 17, 7)];
    const view = viewOf([1, 0.1, 2, -0.1, 1, 5], 20, 15, 1);
    const alone = new Float32Array(900);
    sampleFast(small, view, alone);
    // Large enough for the kernel's memory to grow on the way.
    sampleFast(large, viewOf([0.33, 0, 0, 0, 0.33, 0], 600, 450, 1, { planar: true }), new Float32Array(810_000));
    const after = new Float32Array(900);
    sampleFast(small, view, after);
    expect(after).toEqual(alone);
  });

  it('leaves views of many megapixels to the plain way, with the same result', () => {
    const frame = noise(640, 360, 8);
    const [w, h] = [1000, 800];
    const map: Affine = [0.64, 0, 0, 0, 0.45, 0];
    expect(sampleFast(frame, viewOf(map, w, h, 1), new Float32Array(3 * w * h))).toBe(false);
    const options: SampleOptions = { layout: 'interleaved' };
    const whole = sampleAffine(frame, map, w, h, new Float32Array(3 * w * h), options);
    const part = sampleAffine(frame, map, w, 100, new Float32Array(3 * w * 100), options);
    expect(apart(part, whole.subarray(0, part.length))).toBeLessThan(0.02);
  });
});

describe('averaging blocks of pixels that lie side by side', () => {
  it.each([
    [64, 48, 2],
    [67, 45, 3],
    [130, 31, 7],
    [61, 300, 31],
    [600, 520, 256],
  ])('gives the numbers of each channel by itself: %d x %d by %d', (width, height, k) => {
    const random = new Random(width);
    const pixels = Uint8Array.from({ length: 4 * width * height }, () => (random.int(9) === 0 ? 255 : random.int(256)));
    const frame: Frame = {
      timestamp: 0,
      duration: 0,
      width,
      height,
      format: 'rgba',
      pixels,
      color: { ...BT709, matrix: 'rgb', range: 'full' },
    };
    const planes = planesOf(frame);
    const [across, down] = [Math.ceil(width / k), Math.ceil(height / k)];
    for (const [x0, y0, x1, y1] of [
      [0, 0, across, down],
      [across >> 2, down >> 2, across, Math.ceil(down * 0.7)],
    ] as const) {
      const together = shrinkPixels(planes, k, x0, y0, x1, y1);
      expect(together).toEqual(planes.map((plane) => shrink(plane, k, x0, y0, x1, y1)));
    }
  });

  it('is left to others where they do not', () => {
    expect(shrinkPixels(planesOf(noise(32, 32, 1)), 2, 0, 0, 16, 16)).toBeNull();
  });
});
