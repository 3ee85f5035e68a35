/** The short transforms of the watermark's tile against whole ones. */
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import { fft2 } from '../src/label/watermark/fft.js';
import { FASTEST, SYNC, TILE } from '../src/label/watermark/pattern.js';
import { slowWaves, tops, type Waves } from '../src/label/watermark/tile-transform.js';

const MASK = TILE - 1;
const plane = (): Float32Array => new Float32Array(TILE * TILE);

describe('the transform of a tile', () => {
  it('gives the slow waves of the whole transform', () => {
    const random = new Random(7);
    const tile = plane().map(() => random.range(-1, 1));
    const [wholeRe, wholeIm, re, im] = [tile.slice(), plane(), plane(), plane()];
    fft2(wholeRe, wholeIm, TILE);
    slowWaves(tile, re, im);
    for (let v = -FASTEST; v <= FASTEST; v++)
      for (let u = -FASTEST; u <= FASTEST; u++) {
        const at = (v & MASK) * TILE + (u & MASK);
        expect(re[at]).toBeCloseTo(wholeRe[at] ?? Number.NaN, 3);
        expect(im[at]).toBeCloseTo(wholeIm[at] ?? Number.NaN, 3);
      }
  });

  it.each([1, 2])('finds where %i pictures made of waves are brightest', (count) => {
    const random = new Random(11);
    const all = Array.from(
      { length: count },
      (): Waves => ({
        u: Int32Array.from(SYNC, (w) => w.u),
        v: Int32Array.from(SYNC, (w) => w.v),
        re: Float32Array.from(SYNC, () => random.range(-1, 1)),
        im: Float32Array.from(SYNC, () => random.range(-1, 1)),
      }),
    );
    const [first, second] = all;
    if (!first) throw new Error('no waves');
    const found = tops(first, second ?? null);
    for (const [k, waves] of all.entries()) {
      const [re, im] = [plane(), plane()];
      waves.re.forEach((r, i) => {
        const at = ((waves.v[i] ?? 0) & MASK) * TILE + ((waves.u[i] ?? 0) & MASK);
        re[at] = r;
        im[at] = waves.im[i] ?? 0;
      });
      fft2(im, re, TILE);
      const top = re.indexOf(Math.max(...re));
      expect(found[k]).toMatchObject({ x: top & MASK, y: top >> 7 });
      expect(found[k]?.value).toBeCloseTo(re[top] ?? Number.NaN, 3);
    }
  });
});
