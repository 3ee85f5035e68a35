/**
 * What a check costs after start, and whether verdicts hold when a file is sent around: each picture against its copy at
 * JPEG quality 60, each film against its copy at H.264 CRF 30 (as far as the encoder's draft quality stands for it).
 *
 *   node scripts/run.mjs bench/check.ts [folder or file ...] [--most=40]
 *
 * Speed is measured on drawn people and a made sound: one picture, ten seconds of 1280x720, ten seconds of sound.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createActor, performance as perform, renderActor, restState, writeActorClip } from '../src/actors/index.js';
import { filesUnder, writeAtomic } from '../src/base/index.js';
import {
  createVideoWriter,
  encodePicture,
  openVideo,
  probe,
  readPicture,
  releaseFrame,
  wavOf,
  writePicture,
} from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { type Checker, openChecker } from '../src/verdict/index.js';

const args = process.argv.slice(2);
const most = Number(args.find((a) => a.startsWith('--most='))?.slice(7) ?? 40);
const places = args.filter((a) => !a.startsWith('--'));
const work = resolve('.cache/bench/check');
mkdirSync(work, { recursive: true });

async function materials(): Promise<readonly (readonly [what: string, bar: number, path: string])[]> {
  const [picture, film, sound] = [join(work, 'picture.jpg'), join(work, 'film.mp4'), join(work, 'sound.wav')];
  if (!existsSync(picture))
    await writePicture(
      picture,
      renderActor(createActor(3), restState({ scale: 0.5 }), { width: 1280, height: 720 }).frame,
    );
  if (!existsSync(film))
    await writeActorClip(film, {
      actor: createActor(3),
      states: perform(3, { seconds: 10, fps: 25, style: 'speaking' }),
      width: 1280,
      height: 720,
      fps: 25,
      sound: true,
    });
  if (!existsSync(sound)) {
    const tone = (i: number): number =>
      0.2 * Math.sin(i / 11 + 3 * Math.sin(i / 900)) * (0.5 + 0.5 * Math.sin(i / 2600));
    await writeAtomic(
      sound,
      wavOf(
        Float32Array.from({ length: 160_000 }, (_, i) => tone(i)),
        16_000,
      ),
    );
  }
  return [
    ['picture', 0.3, picture],
    ['10 s of 1280x720', 5, film],
    ['10 s of sound', 0.5, sound],
  ];
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? 0;

async function speed(checker: Checker): Promise<void> {
  for (const [what, bar, path] of await materials()) {
    await checker.check(path);
    const seconds: number[] = [];
    for (let i = 0; i < 5; i++) seconds.push((await checker.check(path)).report.seconds);
    process.stdout.write(`${what}: ${median(seconds).toFixed(2)} s, median of five after start (bar ${bar})\n`);
  }
}

/** The file as somebody would get it who was sent it; null for sound and for what is no media. */
async function sentAround(path: string, index: number): Promise<string | null> {
  const info = await probe(path).catch((thrown: unknown) => {
    process.stderr.write(`${path}: left out, ${thrown instanceof Error ? thrown.message : thrown}\n`);
    return null;
  });
  if (info === null) return null;
  if (info.kind === 'picture') {
    const copy = join(work, `copy-${index}.jpg`);
    await writeAtomic(copy, await encodePicture(await readPicture(path), 'jpeg', 60));
    return copy;
  }
  if (info.video === null) return null;
  const copy = join(work, `copy-${index}.mp4`);
  const { width, height, color, frameRate } = info.video;
  const writer = await createVideoWriter(copy, { width, height, color, frameRate, quality: 'draft' });
  const video = await openVideo(path);
  try {
    for await (const frame of video.frames()) {
      await writer.write(frame);
      releaseFrame(frame);
    }
  } finally {
    video.close();
  }
  await writer.finish();
  return copy;
}

async function flips(checker: Checker): Promise<void> {
  const files = places.flatMap((p) => (statSync(p).isDirectory() ? filesUnder(p).files : [p]));
  const chosen = files.filter((_, i) => i % Math.max(1, Math.ceil(files.length / most)) === 0);
  let [both, turned, withdrawn, none] = [0, 0, 0, 0];
  for (const [i, path] of chosen.entries()) {
    const copy = await sentAround(path, i);
    if (copy === null) continue;
    const [first, second] = [
      (await checker.check(path)).report.verdict.label,
      (await checker.check(copy)).report.verdict.label,
    ];
    if (first === 'inconclusive' && second === 'inconclusive') none++;
    else if (first === second) both++;
    else if (first === 'inconclusive' || second === 'inconclusive') withdrawn++;
    else {
      turned++;
      process.stdout.write(`  ${basename(path)}: ${first}, copy ${second}\n`);
    }
  }
  process.stdout.write(
    `${both + turned + withdrawn + none} files: same verdict ${both}, none on both ${none}, only on one of the two ${withdrawn}, turned round ${turned}\n`,
  );
}

const checker = await openChecker();
try {
  if (places.length === 0) await speed(checker);
  else await flips(checker);
} finally {
  await checker.close();
  await stopModels();
}
