/**
 * What a swap costs beside decoding and encoding alone, on drawn actors, and what its segments cost beside a render in one
 * piece. Memory: bench/memory.ts.
 *
 *   node scripts/run.mjs bench/render.ts [trained project, or mesh] [seconds 10] [width 1280] [height 720] [--segments]
 *
 * Any trained project of the preset to be measured will do: the nets' weights do not change their speed.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { hashesOf } from '../src/label/store/frames.js';
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

const out = join(work, 'swapped.mp4');

/** Processor seconds of all threads so far. */
const busy = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Processor seconds at the last frame of the last swap; what comes after puts the film together, seals and reads back. */
let atLastFrame = 0;

/** One swap in segments of so many seconds. */
const swap = (segmentSeconds: number) =>
  swapMedia({
    target,
    out,
    overwrite: true,
    use: 'research',
    segmentSeconds,
    stretchSeconds: Math.max(16, segmentSeconds),
    onProgress: () => {
      atLastFrame = busy();
    },
    routes: [
      {
        ...(project === 'mesh' ? { engine: 'mesh' } : { engine: 'gan', project }),
        source,
        sourceConsent,
        targetConsent,
      },
    ],
  });

/** The quickest of some runs. */
async function quickest<T>(runs: number, run: () => Promise<T>, seconds: (of: T) => number): Promise<T> {
  let best = await run();
  for (let i = 1; i < runs; i++) {
    const next = await run();
    if (seconds(next) < seconds(best)) best = next;
  }
  return best;
}

// The first run leaves the analysis in its cache: what is timed is the render itself.
await swap(4);
const alone = await quickest(2, plain, (s) => s);
let processors = 0;
let afterwards = 0;
const { stats } = await quickest(
  2,
  async () => {
    const before = busy();
    const made = await swap(4);
    processors = busy() - before;
    afterwards = busy() - atLastFrame;
    return made;
  },
  (s) => s.stats.seconds,
);
const { frames, steps, seconds: took } = stats;
process.stdout.write(
  `${w}x${h}, ${frames} frames: decode + encode ${alone.toFixed(2)} s, swap ${took.toFixed(2)} s (${(frames / took).toFixed(1)} frames/s), ratio ${(took / alone).toFixed(2)}\n` +
    `the last swap whole, sealing included: ${processors.toFixed(1)} s of all processors\n` +
    `steps, ms a frame (they overlap): ${Object.entries(steps)
      .map(([k, v]) => `${k} ${((v * 1000) / frames).toFixed(1)}`)
      .join(', ')}\n`,
);

/** The dear part of a seal: looking at frames for the hashes that the store keeps. */
const beforeHashes = busy();
await hashesOf(out);
const marks = steps.mark;
process.stdout.write(
  `of all processors: hashes of the output's frames ${(busy() - beforeHashes).toFixed(2)} s, marks ${marks.toFixed(2)} s; ` +
    `everything after the last frame (joining, hashing, signing, reading back) ${afterwards.toFixed(2)} s, ` +
    `with the marks ${((100 * (marks + afterwards)) / (processors - marks - afterwards)).toFixed(1)} % of the rest\n`,
);

/** What segments cost beside a render in one piece: the least of three rounds. */
async function compareSegments(): Promise<void> {
  const rounds: { segments: number; whole: number; segmentsBusy: number; wholeBusy: number }[] = [];
  for (let round = 0; round < 3; round++) {
    const at = [busy()];
    const segmented = await swap(4);
    at.push(busy());
    const whole = await swap(1e6);
    at.push(busy());
    const [a = 0, b = 0, c = 0] = at;
    rounds.push({
      segments: segmented.stats.seconds,
      whole: whole.stats.seconds,
      segmentsBusy: b - a,
      wholeBusy: c - b,
    });
  }
  const least = (of: keyof (typeof rounds)[number]): number => Math.min(...rounds.map((r) => r[of]));
  process.stdout.write(
    `in segments of 4 s ${least('segments').toFixed(2)} s (processors ${least('segmentsBusy').toFixed(2)} s), in one piece ` +
      `${least('whole').toFixed(2)} s (${least('wholeBusy').toFixed(2)} s): ratio ${(least('segments') / least('whole')).toFixed(3)}, ` +
      `of processor time ${(least('segmentsBusy') / least('wholeBusy')).toFixed(3)}\n`,
  );
}

if (process.argv.includes('--segments')) await compareSegments();
await stopModels();
