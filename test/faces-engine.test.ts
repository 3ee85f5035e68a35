/** The per-frame half of the faces room: finding, points, identity and masks, on drawn heads and on real pictures. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ActorFrame, createActor, expressionOf, renderActor, restState } from '../src/actors/index.js';
import { expressionIndex, packageRoot } from '../src/base/index.js';
import {
  type Box,
  createFaceEngine,
  type Detection,
  expression,
  eyeOpening,
  type FaceEngine,
  faceBox,
  headPose,
  IDENTITY_THRESHOLDS,
  type Mesh,
  mouthOpening,
} from '../src/faces/index.js';
import { BT709, type Frame, readPicture, rgbaToI420, SRGB } from '../src/media/index.js';

const clips = join(packageRoot, '..', 'shared', 'data', 'clips');
const real = existsSync(clips);
if (!real) console.log('faces-engine: ../shared/data/clips is missing; real pictures are skipped');

let engine: FaceEngine;
beforeAll(async () => {
  engine = await createFaceEngine();
});
afterAll(() => engine.close());

const size = { width: 400, height: 400 };
const draw = (seed: number, change: Parameters<typeof restState>[0] = {}): ActorFrame =>
  renderActor(createActor(seed), restState(change), size);

const first = (found: readonly Detection[]): Detection => {
  const [best] = found;
  if (!best) throw new Error('no face was found');
  return best;
};
const meshOf = async (frame: Frame): Promise<Mesh> => engine.landmarks(frame, first(await engine.detect(frame)));

function mirrored(frame: Frame): Frame {
  const { width, height } = frame;
  const pixels = new Uint8Array(frame.pixels.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let k = 0; k < 4; k++)
        pixels[4 * (y * width + x) + k] = frame.pixels[4 * (y * width + (width - 1 - x)) + k] as number;
  return { ...frame, pixels };
}

/** A picture laid on a plain one, `scale` times its size. */
function placed(frame: Frame, width: number, height: number, x0: number, y0: number, scale: number): Frame {
  const pixels = new Uint8Array(4 * width * height).fill(110);
  const block = Math.round(1 / scale);
  for (let y = 0; y < Math.floor(frame.height / block); y++)
    for (let x = 0; x < Math.floor(frame.width / block); x++)
      for (let k = 0; k < 4; k++) {
        let sum = 0;
        for (let v = 0; v < block; v++)
          for (let u = 0; u < block; u++)
            sum += frame.pixels[4 * ((y * block + v) * frame.width + x * block + u) + k] as number;
        pixels[4 * ((y0 + y) * width + x0 + x) + k] = sum / (block * block);
      }
  return { ...frame, width, height, pixels };
}

const eyeDistance = (points: Float32Array): number =>
  Math.hypot(
    (points[3 * 33] as number) - (points[3 * 263] as number),
    (points[3 * 33 + 1] as number) - (points[3 * 263 + 1] as number),
  );

/** Mean distance of two meshes in the plane, as a share of the distance of the outer eye corners. */
function meshError(found: Float32Array, truth: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < 468; i++)
    sum += Math.hypot(
      (found[3 * i] as number) - (truth[3 * i] as number),
      (found[3 * i + 1] as number) - (truth[3 * i + 1] as number),
    );
  return sum / 468 / eyeDistance(truth);
}

const dot = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);

describe('drawn heads', () => {
  const poses = [
    { yaw: 0, pitch: 0, roll: 0 },
    { yaw: 25, pitch: 0, roll: 0 },
    { yaw: -25, pitch: 0, roll: 0 },
    { yaw: 0, pitch: 15, roll: 0 },
    { yaw: 0, pitch: -15, roll: 0 },
    { yaw: 0, pitch: 0, roll: 20 },
    { yaw: 12, pitch: 6, roll: -25 },
  ];

  it('are found, with their points and their pose near the truth', async () => {
    const errors: number[] = [];
    const off = { yaw: [] as number[], pitch: [] as number[], roll: [] as number[] };
    for (const [i, pose] of poses.entries()) {
      const { frame, landmarks } = draw(40 + i, { pose });
      const { points, confidence } = await meshOf(frame);
      expect(confidence).toBeGreaterThan(0.9);
      errors.push(meshError(points, landmarks));
      const found = headPose(points);
      for (const axis of ['yaw', 'pitch', 'roll'] as const) off[axis].push(Math.abs(found[axis] - pose[axis]));
    }
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    console.log(
      `drawn heads: points ${(100 * mean(errors)).toFixed(1)} % of the eye distance; yaw ${mean(off.yaw).toFixed(1)}, ` +
        `pitch ${mean(off.pitch).toFixed(1)}, roll ${mean(off.roll).toFixed(1)} degrees`,
    );
    expect(mean(errors)).toBeLessThan(0.06);
    expect(mean(off.yaw)).toBeLessThan(4);
    expect(mean(off.pitch)).toBeLessThan(7);
    expect(mean(off.roll)).toBeLessThan(3);
  });

  it('have the mirrored pose in a mirrored picture', async () => {
    const { frame } = draw(51, { pose: { yaw: 18, pitch: 5, roll: 9 } });
    const [plain, other] = [headPose((await meshOf(frame)).points), headPose((await meshOf(mirrored(frame))).points)];
    expect(plain.yaw).toBeGreaterThan(10);
    expect(plain.roll).toBeGreaterThan(5);
    expect(Math.abs(plain.yaw + other.yaw)).toBeLessThan(2.5);
    expect(Math.abs(plain.roll + other.roll)).toBeLessThan(2.5);
    expect(Math.abs(plain.pitch - other.pitch)).toBeLessThan(2.5);
  });

  it('show the expression they were drawn with, on the right side', async () => {
    const of = async (weights: Parameters<typeof expressionOf>[0], gaze: [number, number] = [0, 0]) => {
      const { points } = await meshOf(draw(300, { expression: expressionOf(weights), gaze }).frame);
      const found = expression(points, headPose(points));
      return { points, at: (name: Parameters<typeof expressionIndex>[0]) => found[expressionIndex(name)] as number };
    };
    const rest = await of({});
    const jaw = await of({ jawOpen: 1 });
    expect(jaw.at('jawOpen')).toBeGreaterThan(rest.at('jawOpen') + 0.5);
    expect(mouthOpening(jaw.points)).toBeGreaterThan(mouthOpening(rest.points) + 0.08);
    // The person's left eye is the one on the picture's right.
    const wink = await of({ eyeBlinkLeft: 1 });
    expect(wink.at('eyeBlinkLeft')).toBeGreaterThan(0.5);
    expect(wink.at('eyeBlinkRight')).toBeLessThan(0.2);
    expect(eyeOpening(wink.points).right).toBeLessThan(0.6 * eyeOpening(wink.points).left);
    const smile = await of({ mouthSmileLeft: 1, mouthSmileRight: 1 });
    expect(smile.at('mouthSmileLeft')).toBeGreaterThan(rest.at('mouthSmileLeft') + 0.3);
    expect(smile.at('mouthPucker')).toBeLessThan(0.1);
    const pucker = await of({ mouthPucker: 1 });
    expect(pucker.at('mouthPucker')).toBeGreaterThan(rest.at('mouthPucker') + 0.3);
    const brows = await of({ browInnerUp: 1, browOuterUpLeft: 1, browOuterUpRight: 1 });
    expect(brows.at('browInnerUp')).toBeGreaterThan(rest.at('browInnerUp') + 0.3);
    // Looking to the picture's right is out for the left eye, in for the right one.
    const aside = await of({}, [25, 0]);
    expect(aside.at('eyeLookOutLeft')).toBeGreaterThan(0.4);
    expect(aside.at('eyeLookInRight')).toBeGreaterThan(0.4);
    expect(aside.at('eyeLookInLeft')).toBe(0);
  });

  it('are told apart by both embeddings', async () => {
    const embed = async (seed: number, yaw: number) => {
      const { frame } = draw(seed, { pose: { yaw, pitch: 0, roll: 0 } });
      return engine.embed(frame, (await meshOf(frame)).points);
    };
    const [one, same, other] = [await embed(3, -8), await embed(3, 10), await embed(8, -8)];
    for (const kind of ['a', 'b'] as const) {
      expect(dot(one[kind], one[kind])).toBeCloseTo(1, 4);
      expect(dot(one[kind], same[kind])).toBeGreaterThan(dot(one[kind], other[kind]) + 0.1);
    }
  });

  it('give the same embedding alone as in a batch', async () => {
    const { frame } = draw(3);
    const { points } = await meshOf(frame);
    const alone = await engine.embedB(frame, points);
    const batch = await Promise.all(Array.from({ length: 5 }, () => engine.embedB(frame, points)));
    for (const one of batch) expect(dot(alone, one)).toBeGreaterThan(0.99999);
  });

  it('give the same points from RGBA and from I420', async () => {
    const { frame } = draw(12);
    const yuv = rgbaToI420(frame, BT709);
    const [a, b] = [await meshOf(frame), await meshOf(yuv)];
    expect(meshError(b.points, a.points)).toBeLessThan(0.006);
  });

  it('are followed from the points of the frame before', async () => {
    const before = draw(12).frame;
    const after = draw(12, { pose: { yaw: 6, pitch: 3, roll: 4 }, position: [0.53, 0.5] });
    const { points } = await meshOf(before);
    const followed = await engine.landmarks(after.frame, points);
    expect(meshError(followed.points, after.landmarks)).toBeLessThan(0.06);
    expect(followed.confidence).toBeGreaterThan(0.9);
  });

  it('of 28 pixels in a wide shot are found where tiles are looked at', async () => {
    const { frame, landmarks } = draw(40);
    const scale = 1 / Math.round(faceBox(landmarks).width / 28);
    const shot = placed(frame, 1280, 720, 900, 420, scale);
    const found = await engine.detect(shot);
    expect(found.length).toBe(1);
    const truth: Box = faceBox(landmarks);
    const { box } = first(found);
    expect(Math.abs(box.x + box.width / 2 - (900 + (truth.x + truth.width / 2) * scale))).toBeLessThan(8);
    expect(Math.abs(box.y + box.height / 2 - (420 + (truth.y + truth.height / 2) * scale))).toBeLessThan(8);
  });

  it('stand out in the person mask, and are covered as far as the mask says', async () => {
    const { frame } = draw(5);
    const { points } = await meshOf(frame);
    const mask = await engine.personMask(frame, faceBox(points));
    const at = (x: number, y: number): number => {
      const u = Math.floor(((x - mask.box.x) / mask.box.width) * mask.width);
      const v = Math.floor(((y - mask.box.y) / mask.box.height) * mask.height);
      return mask.data[v * mask.width + u] as number;
    };
    expect(at(points[3] as number, points[4] as number)).toBeGreaterThan(0.8);
    expect(at(12, 12)).toBeLessThan(0.2);
    expect(await engine.occlusion(frame, points)).toBeLessThan(0.06);
    // Something that the mask calls no person covers everything on the left of the nose.
    const nose = ((points[3] as number) - mask.box.x) / mask.box.width;
    const data = mask.data.map((value, i) => ((i % mask.width) / mask.width < nose ? 0 : value));
    expect(await engine.occlusion(frame, points, { ...mask, data })).toBeCloseTo(0.5, 1);
  });
});

describe('pictures without a face', () => {
  it('give no detection', async () => {
    const { width, height } = size;
    const stripes = new Uint8Array(4 * width * height).map((_, i) => (i % 4 === 3 ? 255 : (i >> 5) & 255));
    const frame: Frame = { timestamp: 0, duration: 0, width, height, format: 'rgba', pixels: stripes, color: SRGB };
    expect(await engine.detect(frame)).toEqual([]);
  });
});

describe.skipIf(!real)('real pictures', () => {
  it('one frontal face', async () => {
    const frame = await readPicture(join(clips, 'portrait_astronaut_nasa.png'));
    const found = await engine.detect(frame);
    expect(found.length).toBe(1);
    const { points, confidence } = await engine.landmarks(frame, first(found));
    expect(confidence).toBeGreaterThan(0.95);
    const { yaw, roll } = headPose(points);
    expect(Math.abs(yaw)).toBeLessThan(8);
    expect(roll).toBeGreaterThan(0);
    const weights = expression(points, headPose(points));
    expect(weights[expressionIndex('mouthSmileLeft')] as number).toBeGreaterThan(0.3);
    expect(weights[expressionIndex('eyeBlinkLeft')] as number).toBeLessThan(0.2);
  });

  it('five faces, all different people', async () => {
    const frame = await readPicture(join(clips, 'pyfeat_multi_face.jpg'));
    const found = await engine.detect(frame);
    expect(found.length).toBe(5);
    const prints = await Promise.all(
      found.map(async (one) => engine.embedB(frame, (await engine.landmarks(frame, one)).points)),
    );
    const scores = prints.flatMap((a, i) => prints.slice(i + 1).map((b) => dot(a, b))).sort((x, y) => y - x);
    // Two of the young women are alike beyond the threshold of one false accept in a thousand; nobody else is.
    expect(scores[0] as number).toBeLessThan(0.65);
    expect(scores[1] as number).toBeLessThan(IDENTITY_THRESHOLDS.b.far001);
  });
});
