/**
 * How often an earlier JPEG is seen in a JPEG, and how often one is seen where there was none.
 *
 *   node scripts/run.mjs bench/earlier-jpeg.ts ../shared/data/faces/tpdne/fake 60
 *
 * The pictures are halved first: what their own file left in them is gone then.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { earlierJpeg } from '../src/detect/detectors/history/double-jpeg.js';
import { standardTable } from '../src/detect/detectors/history/jpeg-tables.js';
import { type Frame, readPicture, recodePicture, rgbaFrame } from '../src/media/index.js';

const [, , folder = '../shared/data/faces/tpdne/fake', count = '60'] = process.argv;
const names = readdirSync(folder).sort().slice(0, Number(count));

/** Half as large, every pixel the mean of four. */
function halved({ pixels, width, height }: Frame): Frame {
  const [w, h] = [width >> 1, height >> 1];
  const out = new Uint8Array(4 * w * h).fill(255);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++)
      for (let c = 0; c < 3; c++) {
        const at = 4 * (2 * y * width + 2 * x) + c;
        const sum = [0, 4, 4 * width, 4 * width + 4].reduce((s, d) => s + (pixels[at + d] as number), 0);
        out[4 * (y * w + x) + c] = Math.round(sum / 4);
      }
  return rgbaFrame(out, w, h);
}

// Four pictures side by side, so that there are enough blocks.
const tiles: Frame[] = [];
for (let i = 0; i + 4 <= names.length; i += 4) {
  const four = await Promise.all(names.slice(i, i + 4).map(async (n) => halved(await readPicture(join(folder, n)))));
  const [{ width: w, height: h }] = four as [Frame];
  const pixels = new Uint8Array(16 * w * h);
  four.forEach((f, k) => {
    for (let y = 0; y < h; y++)
      pixels.set(f.pixels.subarray(4 * y * w, 4 * (y + 1) * w), 4 * ((y + (k >> 1) * h) * 2 * w + (k & 1) * w));
  });
  tiles.push(rgbaFrame(pixels, 2 * w, 2 * h));
}
for (const [first, second] of [
  [null, 75],
  [null, 85],
  [null, 95],
  [50, 75],
  [60, 90],
  [75, 90],
  [75, 95],
  [85, 95],
  [90, 75],
] as const) {
  let [seen, right] = [0, 0];
  for (const tile of tiles) {
    const before = first === null ? tile : await recodePicture(tile, { quality: first });
    const found = earlierJpeg(await recodePicture(before, { quality: second }), standardTable(second));
    if (found) seen++;
    if (found && first !== null && Math.abs(found.quality - first) <= 3) right++;
  }
  const words = first === null ? `once at ${second}` : `at ${first}, then ${second}`;
  console.log(`${words}: seen in ${seen} of ${tiles.length}${first === null ? '' : `, quality within 3 in ${right}`}`);
}
