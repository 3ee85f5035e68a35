/**
 * Pairs of crops for training: every few frames of each of our own swaps (twins.ts), and the same square of its
 * unswapped twin, placed by the landmarks of the twin.
 *
 *   node scripts/run.mjs training/detect/twin-crops.ts [every=6]
 *
 * Writes .cache/training/twins in the form of crops.ts; entries carry `pair`, `role` (plain or swap), `engine`, `base`.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cropFace, largestFace } from '../../src/detect/blend/face-crop.js';
import { createFaceEngine } from '../../src/faces/index.js';
import { type Frame, openVideo, readPicture, releaseFrame } from '../../src/media/index.js';
import { stopModels } from '../../src/models/index.js';

interface Product {
  readonly file: string;
  readonly plain: string;
  readonly engine: string;
  readonly source: string;
  readonly base: string;
  readonly target: string;
}

const every = Number(process.argv[2] ?? 6);
const media = '.cache/training/twin-media';
const out = '.cache/training/twins';
mkdirSync(out, { recursive: true });
const [rgbFile, pointsFile] = [join(out, 'crops.rgb'), join(out, 'points.f32')];
for (const file of [rgbFile, pointsFile]) rmSync(file, { force: true });
const engine = await createFaceEngine({ instances: 1 });
const index: Record<string, unknown>[] = [];
let at = 0;

/** Frames of both files side by side. */
async function* together(a: string, b: string): AsyncGenerator<readonly [Frame, Frame]> {
  if (!a.endsWith('.mp4')) {
    yield [await readPicture(a), await readPicture(b)];
    return;
  }
  const [one, other] = [await openVideo(a), await openVideo(b)];
  const frames = other.frames();
  for await (const frame of one.frames()) {
    const { value, done } = await frames.next();
    if (done === true) break;
    yield [frame, value];
    releaseFrame(frame);
    releaseFrame(value);
  }
  one.close();
  other.close();
}

for (const name of readdirSync(media).filter((n) => n.endsWith('.json'))) {
  const product: Product = JSON.parse(readFileSync(join(media, name), 'utf8'));
  let i = -1;
  for await (const [plain, swap] of together(product.plain, product.file)) {
    i++;
    if (i % every !== 0) continue;
    const points = await largestFace(engine, plain);
    if (points === null) continue;
    for (const [role, frame] of [
      ['plain', plain],
      ['swap', swap],
    ] as const) {
      const crop = cropFace(frame, points);
      appendFileSync(rgbFile, crop.rgb);
      appendFileSync(pointsFile, new Uint8Array(crop.points.buffer));
      index.push({
        pair: `${name.slice(0, -5)}#${i}`,
        role,
        engine: product.engine,
        base: product.base,
        group: product.target,
        source: product.source,
        side: crop.side,
        at,
      });
      at += crop.rgb.length;
    }
  }
  process.stderr.write(`${name}: ${index.length / 2} pairs so far\n`);
}
writeFileSync(join(out, 'index.json'), JSON.stringify(index));
await engine.close();
await stopModels();
