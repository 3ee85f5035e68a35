/** What makes a file unlike those that detectors were measured on, on pictures of which it is known. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { packageRoot, Random } from '../src/base/index.js';
import { type Frame, readPicture, recodePicture, rgbaFrame } from '../src/media/index.js';
import { laidText } from '../src/verdict/laid-text.js';
import { screenGrid } from '../src/verdict/screen-grid.js';
import { blobs } from './lab-pictures.js';
import { offScreen, withBars, withRimmedText } from './unlike-pictures.js';

/** A picture of 256 x 256 with waves of a length in pixels added to it. */
function waves(frame: Frame, length: number, strength: number, from = 0): Frame {
  const pixels = frame.pixels.slice();
  for (let y = from; y < 256; y++)
    for (let x = 0; x < 256; x++)
      for (let c = 0; c < 3; c++) {
        const i = 4 * (y * 256 + x) + c;
        pixels[i] = Math.min(
          255,
          Math.max(0, (pixels[i] as number) + strength * Math.sin((2 * Math.PI * (x + 0.3 * y)) / length)),
        );
      }
  return { ...frame, pixels };
}

const head = (seed: number): Frame =>
  renderActor(createActor(seed), restState({ background: { kind: 'room', seed } }), { width: 400, height: 400 }).frame;

describe('the grid of a screen', () => {
  it('stands out where it is all over the picture, and not where it is in a part of it', () => {
    const plain = blobs(1, 256, 256);
    expect(screenGrid(plain)).toBeLessThan(4);
    expect(screenGrid(waves(plain, 3.7, 8))).toBeGreaterThan(6);
    // A striped shirt at the bottom.
    expect(screenGrid(waves(plain, 3.7, 8, 200))).toBeLessThan(4);
  });

  it('is not seen in the blocks of JPEG, in noise, nor in less than a window', async () => {
    const random = new Random(3);
    const noise = rgbaFrame(
      Uint8Array.from({ length: 4 * 256 * 256 }, () => random.int(256)),
      256,
      256,
    );
    expect(screenGrid(noise)).toBeLessThan(4);
    for (const quality of [15, 40, 75])
      expect(screenGrid(await recodePicture(head(4), { quality })), `JPEG ${quality}`).toBeLessThan(4.6);
    expect(screenGrid(blobs(1, 100, 100))).toBe(0);
  });

  it('is seen through keystone, glare and JPEG, and missed where a camera sees less than a pixel of each', async () => {
    const seen = async (ratio: number): Promise<number> =>
      screenGrid(await recodePicture(await offScreen(head(5), { ratio, keystone: 0.1 }), { quality: 80 }));
    expect(await seen(2.3)).toBeGreaterThan(4.6);
    expect(await seen(0.5)).toBeLessThan(4.6);
  });
});

describe('text over a picture', () => {
  it('is found in bars and with a rim, dark on light and light on dark', async () => {
    expect(laidText(await withBars(head(6))).bar).toBeGreaterThan(8);
    expect(laidText(await withBars(head(6), true)).bar).toBeGreaterThan(8);
    expect(laidText(await withRimmedText(head(6))).rimmed).toBeGreaterThan(8);
  });

  it('is not found without, nor in bars that say nothing', async () => {
    for (const seed of [6, 7, 8]) {
      const { bar, rimmed } = laidText(head(seed));
      expect(bar).toBeLessThan(5);
      expect(rimmed).toBeLessThan(4);
    }
    const dark = rgbaFrame(new Uint8Array(4 * 300 * 400).fill(255), 300, 400);
    const inner = head(9);
    for (let y = 100; y < 300; y++)
      dark.pixels.set(inner.pixels.subarray(4 * y * 400, 4 * (y * 400 + 300)), 4 * y * 300);
    expect(laidText(dark).bar).toBe(0);
  });

  it('is not seen in photographs, nor is a screen', async (context) => {
    const folder = join(packageRoot, '..', 'shared', 'data', 'faces', 'hard_sg2', 'real');
    if (!existsSync(folder)) return context.skip('../shared/data is not there');
    for (const name of readdirSync(folder).sort().slice(0, 40)) {
      const photograph = await readPicture(join(folder, name));
      expect(screenGrid(photograph), name).toBeLessThan(4.6);
      const { bar, rimmed } = laidText(photograph);
      expect(Math.max(bar - 5, rimmed - 4), name).toBeLessThan(0);
    }
  });
});
