/**
 * The picture at the top of the README: three moments of a drawn clip, before and after, by the engine `mesh`.
 *
 *   node scripts/run.mjs bench/before-after.ts [out docs/pictures/before-after.jpg] [source actor 8] [target actor 2]
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { openVideo, releaseFrame, toRgba } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { swapMedia } from '../src/synth/swap/index.js';
import { benchHome, consentOf } from './people.js';

const [, , out = 'docs/pictures/before-after.jpg', from = '8', to = '2'] = process.argv;
const SIDE = 512;
const SHOWN = 300;
const work = resolve('.cache/bench/before-after');
mkdirSync(work, { recursive: true });
benchHome();

async function clip(seed: number, seconds: number): Promise<string> {
  const path = join(work, `actor-${seed}.mp4`);
  if (existsSync(path)) return path;
  const states = perform(seed, { seconds, fps: 25, style: 'speaking' });
  await writeActorClip(path, { actor: createActor(seed), states, width: SIDE, height: SIDE, fps: 25 });
  return path;
}

/** Frames of a film at these places, small. */
async function moments(path: string, places: readonly number[]): Promise<Buffer[]> {
  const film = await openVideo(path);
  const kept: Buffer[] = [];
  let at = 0;
  for await (const frame of film.frames()) {
    if (places.includes(at++)) {
      const { pixels, width, height } = toRgba(frame);
      kept.push(
        await sharp(pixels, { raw: { width, height, channels: 4 } })
          .resize(SHOWN, SHOWN)
          .removeAlpha()
          .png()
          .toBuffer(),
      );
    }
    releaseFrame(frame);
  }
  film.close();
  return kept;
}

const [source, target] = [await clip(Number(from), 6), await clip(Number(to), 3)];
const swapped = join(work, 'swapped.mp4');
await swapMedia({
  target,
  out: swapped,
  overwrite: true,
  use: 'research',
  routes: [
    {
      engine: 'mesh',
      source,
      sourceConsent: await consentOf(source, work, `before-${from}`),
      targetConsent: await consentOf(target, work, `after-${to}`),
    },
  ],
});
const places = [10, 37, 64];
const [before, after] = [await moments(target, places), await moments(swapped, places)];
const tiles = before.flatMap((one, i) => [one, after[i] ?? one]);
// A thin line between before and after, a wider one between moments.
const left = (i: number): number => i * SHOWN + Math.ceil(i / 2) * 4 + Math.floor(i / 2) * 12;
await sharp({
  create: { width: left(tiles.length - 1) + SHOWN, height: SHOWN, channels: 3, background: '#ffffff' },
})
  .composite(tiles.map((input, i) => ({ input, left: left(i), top: 0 })))
  .jpeg({ quality: 88 })
  .toFile(out);
process.stdout.write(`${out}\n`);
await stopModels();
