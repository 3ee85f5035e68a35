/**
 * What the watermark adds to a film of 1280x720, by how much grain the film has: clips of ../shared/data enlarged to that size,
 * with noise as a sensor leaves it.
 *
 *   node scripts/run.mjs bench/watermark-size.ts
 */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { packageRoot, Random } from '../src/base/index.js';
import { clipLayout, WatermarkEmbedder, watermarkPayload } from '../src/label/index.js';
import {
  BT709,
  createVideoWriter,
  type Frame,
  openVideo,
  type Quality,
  releaseFrame,
  rgbaFrame,
  rgbaToI420,
  toRgba,
} from '../src/media/index.js';

const CLIPS = join(packageRoot, '..', 'shared', 'data', 'clips');
const NAMES = ['echomimic_drv_a.mp4', 'echomimic_drv_c.mp4', 'pyfeat_WolfgangLanger_Pexels.mp4'];
const [width, height, count] = [1280, 720, 75];
const work = resolve('.cache/bench/watermark-size');
mkdirSync(work, { recursive: true });

/** Nearly normal: the sum of four even numbers, standard deviation 1. */
const normal = (random: Random): number =>
  (random.float() + random.float() + random.float() + random.float() - 2) * Math.sqrt(3);

/** Three seconds of a clip, enlarged, with noise of a standard deviation in its brightness. */
async function footage(name: string, noise: number): Promise<Frame[]> {
  const random = new Random(5);
  const frames: Frame[] = [];
  const video = await openVideo(join(CLIPS, name));
  for await (const frame of video.frames()) {
    const raw = { width: frame.width, height: frame.height, channels: 4 as const };
    const large = await sharp(Buffer.from(toRgba(frame).pixels), { raw })
      .resize(width, height, { fit: 'cover' })
      .raw()
      .toBuffer();
    releaseFrame(frame);
    const made = rgbaToI420(rgbaFrame(new Uint8Array(large), width, height), BT709);
    for (let i = 0; noise > 0 && i < width * height; i++)
      made.pixels[i] = Math.max(16, Math.min(235, (made.pixels[i] as number) + noise * normal(random)));
    frames.push({ ...made, timestamp: frames.length * 40_000, duration: 40_000 });
    if (frames.length === count) break;
  }
  video.close();
  return frames;
}

async function bytesOf(frames: readonly Frame[], quality: Quality): Promise<number> {
  const path = join(work, 'film.mp4');
  const writer = await createVideoWriter(path, { width, height, color: BT709, frameRate: 25, quality });
  for (const frame of frames) await writer.write(frame);
  await writer.finish();
  return statSync(path).size;
}

for (const name of NAMES)
  for (const noise of [0, 1.5, 3]) {
    const plain = await footage(name, noise);
    const embedder = new WatermarkEmbedder(width, height, watermarkPayload([name]), clipLayout(width, height));
    const marked = plain.map((frame) => ({ ...frame, pixels: frame.pixels.slice() }));
    for (const frame of marked) embedder.apply(frame);
    for (const quality of ['good', 'draft'] as const) {
      const [before, after] = [await bytesOf(plain, quality), await bytesOf(marked, quality)];
      process.stdout.write(
        `${name}, noise ${noise}, ${quality}: ${before} -> ${after} bytes, ${((100 * (after - before)) / before).toFixed(1)} %\n`,
      );
    }
  }
rmSync(work, { recursive: true, force: true });
