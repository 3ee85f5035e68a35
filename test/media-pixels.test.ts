/** Pixel work of the media room, each against a plain reference written here. */
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import {
  type Affine,
  BT709,
  type ColorInfo,
  cropFrame,
  type Frame,
  i420Size,
  lumaOf,
  rgbaFrame,
  rgbaToI420,
  sampleAffine,
  toRgba,
  writeRgbRegion,
} from '../src/media/index.js';

const color = (matrix: 'bt601' | 'bt709' | 'bt2020', range: 'limited' | 'full'): ColorInfo => ({
  ...BT709,
  matrix,
  range,
});
const COLORS = (['bt601', 'bt709', 'bt2020'] as const).flatMap((m) =>
  (['limited', 'full'] as const).map((r) => color(m, r)),
);
const KR_KB = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593],
  rgb: [0.2126, 0.0722],
} as const;

/** The definition itself (H.273): RGB in 0 to 255 from one YCbCr triple. */
function reference(c: ColorInfo, y: number, u: number, v: number): [number, number, number] {
  const [kr, kb] = KR_KB[c.matrix];
  const limited = c.range === 'limited';
  const luma = limited ? (y - 16) / 219 : y / 255;
  const [cb, cr] = [u, v].map((x) => (x - 128) / (limited ? 224 : 255)) as [number, number];
  const r = luma + 2 * (1 - kr) * cr;
  const b = luma + 2 * (1 - kb) * cb;
  const g = (luma - kr * r - kb * b) / (1 - kr - kb);
  return [r, g, b].map((x) => Math.min(255, Math.max(0, x * 255))) as [number, number, number];
}

function noise(width: number, height: number, c: ColorInfo, seed = 1): Frame {
  const random = new Random(seed);
  const pixels = Uint8Array.from({ length: i420Size(width, height) }, () => 16 + random.int(220));
  return { timestamp: 0, duration: 0, width, height, format: 'i420', pixels, color: c };
}

const planesOf = (f: Frame): { y: Uint8Array; u: Uint8Array; v: Uint8Array; half: number } => {
  const half = (f.width + 1) >> 1;
  const size = half * ((f.height + 1) >> 1);
  const at = f.width * f.height;
  return { y: f.pixels.subarray(0, at), u: f.pixels.subarray(at, at + size), v: f.pixels.subarray(at + size), half };
};

/** Bilinear look with coordinates held inside, in doubles. */
function bilinear(plane: Uint8Array, width: number, height: number, x: number, y: number): number {
  const cx = Math.min(width - 1, Math.max(0, x));
  const cy = Math.min(height - 1, Math.max(0, y));
  const [x0, y0] = [Math.floor(cx), Math.floor(cy)];
  const [x1, y1] = [Math.min(width - 1, x0 + 1), Math.min(height - 1, y0 + 1)];
  const at = (i: number, j: number): number => plane[j * width + i] as number;
  const [fx, fy] = [cx - x0, cy - y0];
  return (1 - fy) * ((1 - fx) * at(x0, y0) + fx * at(x1, y0)) + fy * ((1 - fx) * at(x0, y1) + fx * at(x1, y1));
}

describe('colour conversion', () => {
  it.each(COLORS)('follows the definition: $matrix $range', (c) => {
    const frame = noise(33, 17, c);
    const { y, u, v, half } = planesOf(frame);
    const rgba = toRgba(frame).pixels;
    for (let j = 0; j < 17; j++)
      for (let i = 0; i < 33; i++) {
        const k = (j >> 1) * half + (i >> 1);
        const wanted = reference(c, y[j * 33 + i] as number, u[k] as number, v[k] as number);
        for (let ch = 0; ch < 3; ch++)
          expect(Math.abs((rgba[(j * 33 + i) * 4 + ch] as number) - (wanted[ch] as number))).toBeLessThan(0.75);
        expect(rgba[(j * 33 + i) * 4 + 3]).toBe(255);
      }
  });

  it.each(COLORS)('comes back from RGB: $matrix $range', (c) => {
    const random = new Random(3);
    const pixels = new Uint8Array(32 * 18 * 4);
    // Colour constant over 2x2 blocks: then nothing is lost to the small chroma planes.
    for (let j = 0; j < 9; j++)
      for (let i = 0; i < 16; i++) {
        const rgb = [random.int(256), random.int(256), random.int(256), 255];
        for (const [dx, dy] of [
          [0, 0],
          [1, 0],
          [0, 1],
          [1, 1],
        ] as const)
          pixels.set(rgb, ((2 * j + dy) * 32 + 2 * i + dx) * 4);
      }
    const back = toRgba(rgbaToI420(rgbaFrame(pixels, 32, 18), c)).pixels;
    let worst = 0;
    for (let i = 0; i < pixels.length; i++)
      worst = Math.max(worst, Math.abs((pixels[i] as number) - (back[i] as number)));
    expect(worst).toBeLessThanOrEqual(3);
  });

  it('keeps black, white and grey neutral', () => {
    for (const c of COLORS)
      for (const grey of [0, 1, 127, 128, 254, 255]) {
        const frame = rgbaToI420(rgbaFrame(new Uint8Array(3 * 3 * 4).fill(grey), 3, 3), c);
        const { u, v } = planesOf(frame);
        expect([...u, ...v].every((x) => x === 128)).toBe(true);
      }
  });

  it('gives luma without copying, and computes it for RGBA', () => {
    const frame = noise(8, 6, BT709);
    expect(lumaOf(frame).buffer).toBe(frame.pixels.buffer);
    const rgba = rgbaFrame(Uint8Array.of(255, 255, 255, 255, 255, 0, 0, 255), 2, 1);
    expect([...lumaOf(rgba)]).toEqual([255, 54]);
  });

  it('cuts rectangles, odd sizes too, and refuses odd corners', () => {
    const frame = noise(33, 17, BT709);
    const part = cropFrame(frame, 4, 2, 7, 9);
    const [whole, cut] = [toRgba(frame).pixels, toRgba(part).pixels];
    for (let j = 0; j < 9; j++)
      expect(cut.subarray(j * 28, j * 28 + 28)).toEqual(
        whole.subarray(((j + 2) * 33 + 4) * 4, ((j + 2) * 33 + 11) * 4),
      );
    expect(() => cropFrame(frame, 3, 2, 4, 4)).toThrow(/even/);
    expect(() => cropFrame(frame, 30, 2, 4, 4)).toThrow(/not inside/);
  });
});

describe('sampling', () => {
  const MAPS: readonly (readonly [string, Affine])[] = [
    ['as it is', [1, 0, 0, 0, 1, 0]],
    ['moved by a part of a pixel', [1, 0, 5.3, 0, 1, 2.8]],
    ['turned', [0.8, -0.5, 12, 0.5, 0.8, -3]],
    ['enlarged', [0.2, 0, 10, 0, 0.2, 8]],
    ['mirrored', [-1.1, 0.1, 44, 0.1, 1.2, 1]],
    ['over every edge', [1.4, 0.3, -20, -0.3, 1.4, -10]],
  ];

  it.each(MAPS.flatMap(([name, m]) => [[name, m, color('bt601', 'full')] as const, [name, m, BT709] as const]))(
    'looks between the pixels of the planes: %s',
    (_, m, c) => {
      const frame = noise(47, 31, c);
      const { y, u, v, half } = planesOf(frame);
      const out = sampleAffine(frame, m, 40, 30, new Float32Array(3 * 40 * 30));
      for (let j = 0; j < 30; j++)
        for (let i = 0; i < 40; i++) {
          const sx = m[0] * i + m[1] * j + m[2];
          const sy = m[3] * i + m[4] * j + m[5];
          const [cx, cy] = [sx / 2 - 0.25, sy / 2 - 0.25];
          const wanted = reference(
            c,
            bilinear(y, 47, 31, sx, sy),
            bilinear(u, half, 16, cx, cy),
            bilinear(v, half, 16, cx, cy),
          );
          for (let ch = 0; ch < 3; ch++)
            expect(Math.abs((out[ch * 1200 + j * 40 + i] as number) - (wanted[ch] as number))).toBeLessThan(0.01);
        }
    },
  );

  it('agrees between I420 and RGBA sources where chroma is flat', () => {
    const frame = noise(48, 32, BT709);
    frame.pixels.fill(128, 48 * 32);
    const m: Affine = [0.9, 0.2, 3, -0.2, 0.9, 7];
    const a = sampleAffine(frame, m, 20, 20, new Float32Array(1200));
    const b = sampleAffine(toRgba(frame), m, 20, 20, new Float32Array(1200));
    for (let i = 0; i < 1200; i++) expect(Math.abs((a[i] as number) - (b[i] as number))).toBeLessThan(0.6);
  });

  it('lays numbers out as asked', () => {
    const pixels = new Uint8Array(4 * 4 * 4);
    for (let i = 0; i < 16; i++) pixels.set([10, 100, 250, 255], i * 4);
    const frame = rgbaFrame(pixels, 4, 4);
    const one: Affine = [1, 0, 0, 0, 1, 0];
    const read = (options: object): number[] => [...sampleAffine(frame, one, 2, 1, new Float32Array(6), options)];
    expect(read({})).toEqual([10, 10, 100, 100, 250, 250]);
    expect(read({ layout: 'interleaved' })).toEqual([10, 100, 250, 10, 100, 250]);
    expect(read({ layout: 'interleaved', bgr: true })).toEqual([250, 100, 10, 250, 100, 10]);
    expect(read({ scale: 0.5, offset: [1, 2, 3] })).toEqual([6, 6, 52, 52, 128, 128]);
    const bytes = sampleAffine(frame, one, 1, 1, new Uint8Array(3), { scale: 2, offset: -50 });
    expect([...bytes]).toEqual([0, 150, 255]);
  });

  it('shows black outside where asked', () => {
    const frame = noise(16, 16, BT709);
    frame.pixels.fill(128);
    const out = sampleAffine(frame, [1, 0, -4, 0, 1, 0], 8, 1, new Float32Array(24), { border: 'zero' });
    expect([...out.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    expect(out[4]).toBeGreaterThan(0);
    const held = sampleAffine(frame, [1, 0, -4, 0, 1, 0], 8, 1, new Float32Array(24));
    expect(held[0]).toBe(held[4]);
  });

  it.each([2, 3, 4, 7.6, 10])('makes fine detail grey, not shimmer, when %i times smaller', (factor) => {
    const frame = noise(240, 160, color('bt709', 'full'));
    frame.pixels.fill(128);
    for (let y = 0; y < 160; y++) for (let x = 0; x < 240; x++) frame.pixels[y * 240 + x] = (x + y) & 1 ? 255 : 0;
    const [w, h] = [Math.floor(240 / factor), Math.floor(160 / factor)];
    const m: Affine = [factor, 0, (factor - 1) / 2, 0, factor, (factor - 1) / 2];
    const out = sampleAffine(frame, m, w, h, new Float32Array(3 * w * h));
    const odd = Math.round(factor) % 2;
    // A block of k by k with k odd has one light pixel more or less.
    for (const value of out) expect(Math.abs(value - 127.5)).toBeLessThan(odd ? 127.5 / factor / factor + 2 : 1);
  });

  it.each([1, 2, 3, 5, 8])('does not move the picture when %i times smaller', (factor) => {
    const ramp = noise(256, 256, color('bt709', 'full'));
    for (let y = 0; y < 256; y++) for (let x = 0; x < 256; x++) ramp.pixels[y * 256 + x] = x;
    ramp.pixels.fill(128, 256 * 256);
    const n = Math.floor(200 / factor);
    const out = sampleAffine(ramp, [factor, 0, 20, 0, factor, 20], n, n, new Float32Array(3 * n * n));
    for (let i = 1; i < n - 1; i++) expect(Math.abs((out[3 * n + i] as number) - (factor * i + 20))).toBeLessThan(0.6);
  });

  it('sees the same through blocks whatever part is asked for', () => {
    const frame = noise(202, 99, BT709);
    const whole = sampleAffine(frame, [3, 0, 1, 0, 3, 1], 60, 30, new Float32Array(5400));
    const part = sampleAffine(frame, [3, 0, 61, 0, 3, 31], 20, 10, new Float32Array(600));
    for (let j = 0; j < 10; j++)
      for (let i = 0; i < 20; i++) expect(part[j * 20 + i]).toBeCloseTo(whole[(j + 10) * 60 + i + 20] as number, 3);
  });

  it('refuses too little memory and broken maps', () => {
    const frame = noise(8, 8, BT709);
    expect(() => sampleAffine(frame, [1, 0, 0, 0, 1, 0], 4, 4, new Float32Array(47))).toThrow(/48 numbers/);
    expect(() => sampleAffine(frame, [Number.NaN, 0, 0, 0, 1, 0], 4, 4, new Float32Array(48))).toThrow(/finite/);
  });
});

describe('laying a picture over a frame', () => {
  const [W, H] = [41, 29];
  it.each([
    [5, 3],
    [6, 4],
    [-7, -5],
    [30, 20],
    [100, 3],
  ])('leaves what alpha 0 covers to the bit, at %i,%i', (x, y) => {
    const [w, h] = [16, 14];
    const random = new Random(9);
    const before = noise(W, H, BT709);
    const frame = { ...before, pixels: before.pixels.slice() };
    const alpha = Float32Array.from({ length: w * h }, () => (random.float() < 0.4 ? random.float() : 0));
    const rgb = Float32Array.from({ length: 3 * w * h }, () => 255 * random.float());
    writeRgbRegion(frame, x, y, w, h, rgb, alpha);
    const alphaAt = (i: number, j: number): number =>
      i >= x && j >= y && i < x + w && j < y + h && i < W && j < H ? (alpha[(j - y) * w + i - x] as number) : 0;
    const [old, now] = [planesOf(before), planesOf(frame)];
    let changed = 0;
    for (let j = 0; j < H; j++)
      for (let i = 0; i < W; i++)
        if (alphaAt(i, j) === 0) expect(now.y[j * W + i]).toBe(old.y[j * W + i]);
        else changed++;
    for (let j = 0; j < H; j += 2)
      for (let i = 0; i < W; i += 2) {
        const sum = alphaAt(i, j) + alphaAt(i + 1, j) + alphaAt(i, j + 1) + alphaAt(i + 1, j + 1);
        const k = (j >> 1) * now.half + (i >> 1);
        if (sum === 0) expect([now.u[k], now.v[k]]).toEqual([old.u[k], old.v[k]]);
      }
    if (x < W) expect(changed).toBeGreaterThan(5);
  });

  it.each(['interleaved', 'planar'] as const)('puts the very colour there with alpha 1: %s', (layout) => {
    for (const c of COLORS) {
      const frame = noise(32, 24, c);
      const rgb = new Float32Array(3 * 100);
      for (let i = 0; i < 100; i++)
        for (const [ch, value] of [200, 80, 30].entries()) rgb[layout === 'planar' ? ch * 100 + i : i * 3 + ch] = value;
      writeRgbRegion(frame, 6, 4, 10, 10, rgb, new Uint8Array(100).fill(255), { layout });
      const back = toRgba(frame).pixels;
      for (const [ch, value] of [200, 80, 30].entries())
        expect(Math.abs((back[(9 * 32 + 11) * 4 + ch] as number) - value)).toBeLessThan(3);
    }
  });

  it('blends half and half, chroma with the mean alpha of its four pixels', () => {
    const frame = noise(4, 4, color('bt709', 'full'));
    frame.pixels.fill(100, 0, 16);
    frame.pixels.fill(128, 16);
    // Only one pixel of the first chroma cell is covered, fully, with pure blue.
    writeRgbRegion(frame, 1, 1, 1, 1, Float32Array.of(0, 0, 255), Float32Array.of(1));
    const { y, u, v } = planesOf(frame);
    expect(y[5]).toBe(18);
    expect(u[0]).toBe(Math.round(128 + 0.25 * 127.5));
    expect([...u.subarray(1), ...v.subarray(1)].every((x) => x === 128)).toBe(true);
    const rgba = rgbaFrame(new Uint8Array(4).fill(100), 1, 1);
    writeRgbRegion(rgba, 0, 0, 1, 1, Uint8Array.of(200, 0, 100), Float32Array.of(0.5));
    expect([...rgba.pixels]).toEqual([150, 50, 100, 100]);
  });
});
