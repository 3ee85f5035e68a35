/**
 * What a swap costs beside decoding and encoding alone, and how memory grows with length, on drawn actors.
 *
 *   node scripts/run.mjs bench/render.ts [trained project] [seconds 10] [width 1280] [height 720]
 *
 * Any trained project of the preset to be measured will do: the nets' weights do not change their speed. Each length
 * runs in a process of its own, which reports its peak memory (--memory adds ten times the length).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { createVideoWriter, openVideo, releaseFrame } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { swapMedia } from '../src/synth/swap/index.js';
import { benchHome, consentOf } from './people.js';

const args = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const [project = '.cache/bench/echomimic-standard/project', seconds = '10', width = '1280', height = '720'] = args;
const work = resolve('.cache/bench/render');
mkdirSync(work, { recursive: true });
benchHome();
const [w, h, length] = [Number(width), Number(height), Number(seconds)];

async function clip(seed: number, s: number): Promise<string> {
  const path = join(work, `actor-${seed}-${w}x${h}-${s}.mp4`);
  if (!existsSync(path))
    await writeActorClip(path, {
      actor: createActor(seed),
      states: perform(seed, { seconds: s, fps: 25, style: 'speaking' }),
      width: w,
      height: h,
      fps: 25,
      sound: true,
    });
  return path;
}

const [source, target] = [await clip(11, 6), await clip(12, length)];
const [sourceConsent, targetConsent] = [
  await consentOf(source, work, 'render-a'),
  await consentOf(target, work, `render-b-${length}`),
];

/** Decoding and encoding, nothing else. */
async function plain(): Promise<number> {
  const started = performance.now();
  const video = await openVideo(target);
  const info = video.info.video;
  const out = join(work, 'plain.mp4');
  if (!info) throw new Error('no video');
  const writer = await createVideoWriter(out, {
    width: info.width,
    height: info.height,
    color: info.color,
    frameRate: info.frameRate,
    copyAudioFrom: target,
  });
  for await (const frame of video.frames()) {
    await writer.write(frame);
    releaseFrame(frame);
  }
  await writer.finish();
  await video.close();
  rmSync(out, { force: true });
  return (performance.now() - started) / 1000;
}

const base = await plain();
const out = join(work, 'swapped.mp4');
// The second run finds the analysis in its cache: what is timed is the render itself.
for (let round = 0; round < 2; round++) {
  const swapped = await swapMedia({
    target,
    out,
    overwrite: true,
    use: 'research',
    routes: [{ engine: 'gan', project, source, sourceConsent, targetConsent }],
  });
  if (round === 0) continue;
  const { frames, steps } = swapped.stats;
  const again = await plain();
  const alone = Math.min(base, again);
  process.stdout.write(
    `${w}x${h}, ${frames} frames: decode + encode ${alone.toFixed(2)} s, swap ${swapped.stats.seconds.toFixed(2)} s (${(frames / swapped.stats.seconds).toFixed(1)} frames/s), ratio ${(swapped.stats.seconds / alone).toFixed(2)}\n` +
      `steps, ms a frame (they overlap): ${Object.entries(steps)
        .map(([k, v]) => `${k} ${((v * 1000) / frames).toFixed(1)}`)
        .join(', ')}\n`,
  );
}
const peak = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`peak memory at ${length} s: ${peak.toFixed(0)} MB\n`);
await stopModels();
if (process.argv.includes('--memory')) {
  const longer = spawnSync(
    process.execPath,
    ['scripts/run.mjs', 'bench/render.ts', project, String(length * 10), width, height],
    { encoding: 'utf8' },
  );
  process.stdout.write(`ten times as long:\n${longer.stdout}${longer.status === 0 ? '' : longer.stderr}`);
}
