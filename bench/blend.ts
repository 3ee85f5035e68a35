/**
 * What the compositing costs and how it looks in figures, with the engine that needs no training.
 *
 *   node scripts/run.mjs bench/blend.ts [source clip] [target clip] [frames, 120] [folder for pictures]
 *
 * Without clips the pair `echomimic a -> c` of `../shared/data` is taken where it is there. Printed: CPU time of engine
 * and compositor a frame, sharpness of the swapped region over the plate's (bar .8), flicker over the original's (bar
 * 1.25), the same for a simulated 128 px net (the source's warped face blurred), time for a 300 px face in 720p at three
 * sizes of the swapped face (bar 8 ms), and how well a drawn hand and microphone are found (intersection over union).
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActor, expressionOf, renderActor, restState } from '../src/actors/index.js';
import { packageRoot } from '../src/base/index.js';
import { type AnalyzedTrack, analyzeVideo, type TrackedFace } from '../src/faces/index.js';
import {
  BT709,
  type Frame,
  openVideo,
  releaseFrame,
  rgbaToI420,
  sampleAffine,
  writePicture,
} from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { createCompositor } from '../src/synth/blend/index.js';
import { motionResidual } from '../src/synth/report/flicker.js';
import { planeOf, samplePlane } from '../src/synth/report/planes.js';
import { measureDetail } from '../src/synth/report/sharpness.js';
import { placeCrop, pointsInCrop } from '../src/synth/swap/alignment.js';
import { driveReference, normaliseDrive } from '../src/synth/swap/drive.js';
import { meshEngine } from '../src/synth/swap/engines/mesh.js';
import { buildFaceSet, driveOf, neutralOf } from '../src/synth/swap/face-set.js';
import type { FaceCrop } from '../src/synth/swap/types.js';

const CLIPS = join(packageRoot, '..', 'shared', 'data', 'clips');
const SOURCE = process.argv[2] || join(CLIPS, 'echomimic_drv_a.mp4');
const TARGET = process.argv[3] || join(CLIPS, 'echomimic_drv_c.mp4');
const FRAMES = Number(process.argv[4] || 120);
const PICTURES = process.argv[5] ?? null;
const SIZE = 128;

const cpu = (): number => {
  const u = process.cpuUsage();
  return (u.user + u.system) / 1000;
};
const median = (list: number[]): number => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
const mean = (list: number[]): number => list.reduce((a, b) => a + b, 0) / Math.max(1, list.length);
const print = (name: string, value: string): void => console.log(`${name.padEnd(58)} ${value}`);

async function trackOf(path: string): Promise<AnalyzedTrack> {
  const analysis = await analyzeVideo(path);
  const track = [...analysis.tracks].sort((a, b) => b.faces.length - a.faces.length)[0];
  if (!track) throw new Error(`no face in ${path}`);
  return track;
}

/** Three box blurs of radius 1: what a small net leaves of a face. */
function blurred(image: Float32Array, size: number): Float32Array {
  let from = image;
  for (let pass = 0; pass < 2; pass++) {
    const to = from.slice();
    for (let c = 0; c < 3; c++)
      for (let y = 1; y < size - 1; y++)
        for (let x = 1; x < size - 1; x++) {
          let sum = 0;
          for (let dy = -1; dy <= 1; dy++)
            for (let dx = -1; dx <= 1; dx++) sum += from[c * size * size + (y + dy) * size + x + dx] as number;
          to[c * size * size + y * size + x] = sum / 9;
        }
    from = to;
  }
  return from;
}

async function realClips(): Promise<void> {
  const [sourceTrack, track] = [await trackOf(SOURCE), await trackOf(TARGET)];
  const folder = await mkdtemp(join(tmpdir(), 'bench-blend-'));
  await buildFaceSet({ video: SOURCE, track: sourceTrack, folder, cropSize: SIZE });
  const session = await meshEngine.prepare({ sourceFaces: folder, model: null });
  const reference = driveReference(track.faces.map(driveOf));
  const neutral = neutralOf(track.faces);
  const faces = new Map<number, TrackedFace>(track.faces.map((f) => [f.frame, f]));
  for (const soft of [false, true]) {
    const compositor = createCompositor();
    const video = await openVideo(TARGET);
    const samples = new Set(Array.from({ length: 20 }, (_, k) => Math.floor(((k + 0.5) * track.faces.length) / 20)));
    let index = 0;
    for await (const frame of video.frames()) {
      const face = faces.get(index);
      if (face && samples.has(index))
        compositor.learn({ frame, placement: placeCrop(face.landmarks, SIZE), size: SIZE, points: face.landmarks });
      releaseFrame(frame);
      index++;
    }
    const engine: number[] = [];
    const composite: number[] = [];
    const sharpness: number[] = [];
    const occlusion: number[] = [];
    const flicker = { before: [] as number[], after: [] as number[] };
    let last: { before: ReturnType<typeof samplePlane>; after: ReturnType<typeof samplePlane> } | null = null;
    index = 0;
    for await (const frame of video.frames()) {
      const face = faces.get(index);
      if (!face || index >= FRAMES) {
        releaseFrame(frame);
        if (index++ >= FRAMES) break;
        continue;
      }
      const placement = placeCrop(face.landmarks, SIZE);
      const image = new Float32Array(3 * SIZE * SIZE);
      sampleAffine(frame, placement, SIZE, SIZE, image, { layout: 'planar', scale: 1 / 255 });
      const crop: FaceCrop = {
        size: SIZE,
        image,
        points: pointsInCrop(face.landmarks, placement),
        pose: face.pose,
        expression: face.expression,
        drive: normaliseDrive(driveOf(face), reference),
        neutral,
      };
      let started = cpu();
      const [swapped] = await session.render([crop]);
      engine.push(cpu() - started);
      if (!swapped) throw new Error('no face came back');
      const original: Frame = { ...frame, pixels: frame.pixels.slice() };
      started = cpu();
      const { box, alpha, stats } = compositor.composite({
        frame,
        placement,
        size: SIZE,
        swapped: soft ? { ...swapped, image: blurred(swapped.image, SIZE) } : swapped,
        points: face.landmarks,
        cut: index === 0,
      });
      composite.push(cpu() - started);
      occlusion.push(stats.occlusion);
      const mask = new Uint8Array(frame.width * frame.height);
      for (let y = 0; y < box.height; y++)
        for (let x = 0; x < box.width; x++)
          if ((alpha[y * box.width + x] as number) > 200) mask[(y + box.y) * frame.width + x + box.x] = 1;
      sharpness.push(measureDetail(planeOf(frame), mask).gradient / measureDetail(planeOf(original), mask).gradient);
      const wide = placeCrop(face.landmarks, 192);
      const now = { before: samplePlane(planeOf(original), wide, 192), after: samplePlane(planeOf(frame), wide, 192) };
      if (last) {
        flicker.before.push(motionResidual(last.before, now.before));
        flicker.after.push(motionResidual(last.after, now.after));
      }
      last = now;
      if (PICTURES && index % 24 === 5) {
        await mkdir(PICTURES, { recursive: true });
        await writePicture(join(PICTURES, `${soft ? 'soft' : 'mesh'}-${String(index).padStart(4, '0')}.png`), frame);
      }
      releaseFrame(frame);
      index++;
    }
    await video.close();
    const name = soft ? 'blurred face: ' : 'mesh engine: ';
    if (!soft) print(`${name}engine, CPU ms a face of ${SIZE} px`, median(engine).toFixed(1));
    print(`${name}compositor, CPU ms a frame`, median(composite).toFixed(1));
    print(`${name}sharpness over the plate's (bar .8)`, mean(sharpness).toFixed(3));
    print(`${name}flicker over the original's (bar 1.25)`, (mean(flicker.after) / mean(flicker.before)).toFixed(3));
    print(`${name}share taken to be covered, mean`, mean(occlusion).toFixed(4));
  }
  await session.close();
  await rm(folder, { recursive: true, force: true });
}

function drawnFace(seed: number, change: Parameters<typeof restState>[0], width: number, height: number) {
  const { frame, landmarks, occluderMask } = renderActor(createActor(seed), restState(change), { width, height });
  return { frame: rgbaToI420(frame, BT709), points: landmarks, occluder: occluderMask };
}

function speed(): void {
  // The face's hull is about 300 px wide.
  const target = drawnFace(3, { scale: 0.47 }, 1280, 720);
  const source = drawnFace(4, { scale: 0.47 }, 1280, 720);
  for (const size of [128, 192, 256]) {
    const image = new Float32Array(3 * size * size);
    sampleAffine(source.frame, placeCrop(source.points, size), size, size, image, { layout: 'planar', scale: 1 / 255 });
    const compositor = createCompositor();
    const times: number[] = [];
    for (let k = 0; k < 120; k++) {
      const frame: Frame = { ...target.frame, timestamp: k * 40000, pixels: target.frame.pixels.slice() };
      const started = cpu();
      compositor.composite({
        frame,
        placement: placeCrop(target.points, size),
        size,
        swapped: { size, image, mask: new Float32Array(size * size).fill(1) },
        points: target.points,
        cut: k === 0,
      });
      times.push(cpu() - started);
    }
    print(`compositor, 720p, swapped face of ${size} px, CPU ms (bar 8)`, median(times.slice(40)).toFixed(1));
  }
}

function occluders(): void {
  for (const kind of ['hand', 'microphone'] as const) {
    let both = 0;
    let either = 0;
    for (const seed of [11, 14, 17]) {
      const compositor = createCompositor();
      const place = (points: Float32Array) => placeCrop(points, SIZE);
      for (let k = 0; k < 8; k++) {
        const t = drawnFace(
          seed,
          {
            scale: 0.5,
            time: k,
            expression: expressionOf({ jawOpen: 0.06 * k }),
            pose: { yaw: 3 * (k - 4), pitch: 0, roll: 0 },
          },
          480,
          360,
        );
        compositor.learn({ frame: t.frame, placement: place(t.points), size: SIZE, points: t.points });
      }
      for (const x of [0.42, 0.5, 0.56]) {
        const t = drawnFace(
          seed,
          { scale: 0.5, occluder: { kind, position: [x, 0.62], scale: 0.22, angle: 12, seed: 4 } },
          480,
          360,
        );
        const input = {
          placement: place(t.points),
          size: SIZE,
          swapped: {
            size: SIZE,
            image: new Float32Array(3 * SIZE * SIZE).fill(0.5),
            mask: new Float32Array(SIZE * SIZE).fill(1),
          },
          points: t.points,
          cut: true,
        };
        const copy = (): Frame => ({ ...t.frame, pixels: t.frame.pixels.slice() });
        const plain = createCompositor({ occlusion: false }).composite({ ...input, frame: copy() });
        const all = plain.alpha.slice();
        const { box, alpha } = compositor.composite({ ...input, frame: copy() });
        for (let i = 0; i < all.length; i++) {
          if ((all[i] as number) < 128) continue;
          const at = (Math.floor(i / box.width) + box.y) * t.frame.width + (i % box.width) + box.x;
          const truth = (t.occluder[at] as number) > 0;
          const found = (alpha[i] as number) < 0.5 * (all[i] as number);
          if (truth && found) both++;
          if (truth || found) either++;
        }
      }
    }
    print(`drawn ${kind} found, intersection over union`, (both / either).toFixed(3));
  }
}

if (process.env['ONLY'] !== 'clips') speed();
if (process.env['ONLY'] !== 'clips') occluders();
if (existsSync(SOURCE) && existsSync(TARGET)) await realClips();
else console.log('clips: skipped, ../shared/data/clips is not there');
await stopModels();
