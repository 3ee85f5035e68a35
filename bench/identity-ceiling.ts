/**
 * How alike can a swap be by the measure of the quality report, where only the inside of a face is replaced? The source's
 * own frames, with their own pixels, pose and expression, keep the inside of the face; everything outside of the hull is
 * taken from the target, bent to the source's outline. What is lost is what the surroundings cost. And how sharp: the fine
 * structure of the source's own face, laid where the target's is, against the plate's there.
 *
 *   node scripts/run.mjs bench/identity-ceiling.ts <source clip> <target clip>
 */
import { join } from 'node:path';
import { cachedAnalysis, cosine, createFaceEngine, FACE_OVAL, type TrackedFace } from '../src/faces/index.js';
import { type Frame, openVideo, releaseFrame, rgbaFrame, sampleAffine, toRgba } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { convexDistance } from '../src/synth/blend/grid.js';
import { sourcePrints } from '../src/synth/report/index.js';
import { detailsOf } from '../src/synth/report/pixel-pass.js';
import { planeOf } from '../src/synth/report/planes.js';
import { invertPlacement, type Placement, placeCrop } from '../src/synth/swap/alignment.js';
import { neutralOf } from '../src/synth/swap/face-set.js';
import { convexHull } from '../src/synth/swap/masks.js';
import { OutlineChange } from '../src/synth/swap/outline/change.js';
import { benchHome } from './people.js';

const FRAMES = 20;
const [, , sourceClip = '', targetClip = ''] = process.argv;
const home = benchHome();
const engine = await createFaceEngine();

interface Shot {
  readonly frame: Frame;
  readonly face: TrackedFace;
}

/** Frames spread over the first person of a clip, as RGBA, and the person's shape at rest. */
async function shots(clip: string): Promise<{ list: Shot[]; shape: Float32Array; track: { readonly id: number } }> {
  const { tracks } = await cachedAnalysis(clip, join(home, 'analysis'));
  const track = tracks[0];
  if (!track) throw new Error(`${clip} shows nobody.`);
  const step = track.faces.length / FRAMES;
  const wanted = new Map(
    Array.from({ length: FRAMES }, (_, i) => track.faces[Math.floor((i + 0.5) * step)] as TrackedFace).map((f) => [
      f.frame,
      f,
    ]),
  );
  const list: Shot[] = [];
  const source = await openVideo(clip);
  let index = 0;
  for await (const frame of source.frames()) {
    const face = wanted.get(index++);
    if (face) list.push({ frame: toRgba({ ...frame, pixels: frame.pixels.slice() }), face });
    releaseFrame(frame);
  }
  await source.close();
  return { list, shape: neutralOf(track.faces), track };
}

const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
const [source, target] = [await shots(sourceClip), await shots(targetClip)];
const prints = await sourcePrints(sourceClip, { track: source.track.id, engine });

/** Mean cosine of the frames with the source, embedding B. */
async function likeness(list: readonly Shot[]): Promise<number> {
  const all: number[] = [];
  for (const { frame, face } of list) {
    const { points } = await engine.landmarks(frame, face.landmarks);
    const print = await engine.embedB(frame, points);
    all.push(mean(prints.map((other) => cosine(print, other))));
  }
  return mean(all);
}

const outline = new OutlineChange(target.shape, source.shape, 1);
const made = source.list.map(({ frame, face }, k): Shot => {
  const other = target.list[k] as Shot;
  const plate = { ...other.frame, pixels: other.frame.pixels.slice() };
  const { points } = outline.apply(plate, other.face.landmarks, []);
  const back = invertPlacement(placeCrop(face.landmarks, 256));
  const there = placeCrop(points, 256);
  const side = Math.max(frame.width, frame.height);
  const distance = new Float32Array(side * side);
  const hull = convexHull(FACE_OVAL.map((i) => [face.landmarks[i * 3] as number, face.landmarks[i * 3 + 1] as number]));
  convexDistance(distance, side, { x0: 0, y0: 0, x1: side, y1: side }, hull.flat());
  const pixels = frame.pixels.slice();
  const reach = 0.03 * face.box.width;
  for (let y = 0; y < frame.height; y++)
    for (let x = 0; x < frame.width; x++) {
      const keep = Math.max(0, Math.min(1, ((distance[y * side + x] as number) + reach) / (2 * reach)));
      if (keep >= 1) continue;
      const u = back[0] * x + back[1] * y + back[2];
      const v = back[3] * x + back[4] * y + back[5];
      const px = Math.round(there[0] * u + there[1] * v + there[2]);
      const py = Math.round(there[3] * u + there[4] * v + there[5]);
      const inside = px >= 0 && py >= 0 && px < plate.width && py < plate.height;
      for (let c = 0; c < 3; c++) {
        const at = (y * frame.width + x) * 4 + c;
        const around = inside ? (plate.pixels[(py * plate.width + px) * 4 + c] as number) : 0;
        pixels[at] = keep * (pixels[at] as number) + (1 - keep) * around;
      }
    }
  return { frame: { ...frame, pixels }, face };
});
const [own, floor, ceiling] = [await likeness(source.list), await likeness(target.list), await likeness(made)];
process.stdout.write(
  `source ${own.toFixed(3)}, target ${floor.toFixed(3)}, source's own face in the target's surroundings ${ceiling.toFixed(3)}: ` +
    `floor-corrected ${((ceiling - floor) / (own - floor)).toFixed(3)}\n`,
);

/** First `b`, then `a`. */
const after = (a: Placement, b: Placement): Placement => [
  a[0] * b[0] + a[1] * b[3],
  a[0] * b[1] + a[1] * b[4],
  a[0] * b[2] + a[1] * b[5] + a[2],
  a[3] * b[0] + a[4] * b[3],
  a[3] * b[1] + a[4] * b[4],
  a[3] * b[2] + a[4] * b[5] + a[5],
];

/** Fine structure of a face of the source, as large and where that of the target is, over the plate's. */
function sharpness({ frame, face }: Shot, target: Shot): number {
  const { width, height } = target.frame;
  const place = after(placeCrop(face.landmarks, 256), invertPlacement(placeCrop(target.face.landmarks, 256)));
  const n = width * height;
  const planes = sampleAffine(frame, place, width, height, new Uint8Array(3 * n));
  const pixels = new Uint8Array(4 * n).fill(255);
  for (let i = 0; i < n; i++) for (let c = 0; c < 3; c++) pixels[4 * i + c] = planes[c * n + i] as number;
  const laid = rgbaFrame(pixels, width, height);
  const [was, is] = detailsOf(planeOf(target.frame), planeOf(laid), target.face);
  return is.gradient / was.gradient;
}
const sharp = mean(source.list.map((shot, k) => sharpness(shot, target.list[k] as Shot)));
process.stdout.write(
  `sharpness of the source's own face, laid where the target's is: ${sharp.toFixed(2)} of the plate's\n`,
);
await engine.close();
await stopModels();
