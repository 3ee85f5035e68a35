/** The engine without training: choice, warp and mouth, on drawn actors. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, expressionOf, renderActor, restState } from '../src/actors/index.js';
import { fitHead } from '../src/faces/index.js';
import { sampleAffine } from '../src/media/index.js';
import { placeCrop, pointsInCrop } from '../src/synth/swap/alignment.js';
import { driveReference, measureDrive, normaliseDrive } from '../src/synth/swap/drive.js';
import { meshEngine } from '../src/synth/swap/engines/mesh.js';
import { FACE_SET_MARGIN, neutralOf } from '../src/synth/swap/face-set.js';
import { faceMasks } from '../src/synth/swap/masks.js';
import { choose, MIX } from '../src/synth/swap/mesh/choose.js';
import { missingMouth, mouthGap } from '../src/synth/swap/mesh/mouth.js';
import { FREEDOM } from '../src/synth/swap/mesh/shape.js';
import { SKIRT_TRIANGLES } from '../src/synth/swap/mesh/skirt.js';
import type { FaceCrop, SwapSession } from '../src/synth/swap/types.js';

const SIZE = 128;
const view = { width: 320, height: 240 };

function look(seed: number, change: Parameters<typeof restState>[0]) {
  const { frame, landmarks, pose } = renderActor(createActor(seed), restState({ scale: 0.55, ...change }), view);
  return { frame: { ...frame, pixels: frame.pixels.slice() }, points: landmarks, pose };
}
type Look = ReturnType<typeof look>;

const raw = (l: Look): Float32Array => {
  const fit = fitHead(l.points);
  return measureDrive(l.points, fit, fit.pose);
};

const shapeOf = (all: readonly Look[]): Float32Array =>
  neutralOf(all.map((l) => ({ landmarks: l.points, pose: fitHead(l.points).pose })));

function cropOf(l: Look, all: readonly Look[]): FaceCrop {
  const placement = placeCrop(l.points, SIZE);
  const image = new Float32Array(3 * SIZE * SIZE);
  sampleAffine(l.frame, placement, SIZE, SIZE, image, { layout: 'planar', scale: 1 / 255 });
  return {
    size: SIZE,
    image,
    points: pointsInCrop(l.points, placement),
    pose: fitHead(l.points).pose,
    expression: new Float32Array(52),
    drive: normaliseDrive(raw(l), driveReference(all.map(raw))),
    neutral: shapeOf(all),
  };
}

/** Writes a face set as `buildFaceSet` does, from drawn pictures. */
async function writeSet(folder: string, looks: readonly Look[]): Promise<void> {
  const size = SIZE * FACE_SET_MARGIN;
  const n = size * size;
  const rgb = new Uint8Array(looks.length * n * 3);
  const masks = new Uint8Array(looks.length * n * 2);
  const points = new Float32Array(looks.length * 478 * 2);
  looks.forEach((l, k) => {
    const placement = placeCrop(l.points, size, FACE_SET_MARGIN);
    sampleAffine(l.frame, placement, size, size, rgb.subarray(k * n * 3, (k + 1) * n * 3), { layout: 'interleaved' });
    const p = pointsInCrop(l.points, placement);
    points.set(p, k * 478 * 2);
    faceMasks(p, size, masks.subarray(k * n * 2, (k + 1) * n * 2));
  });
  const raws = looks.map(raw);
  const index = {
    version: 2,
    size,
    margin: FACE_SET_MARGIN,
    count: looks.length,
    sourceSha256: '',
    track: 1,
    reference: driveReference(raws),
    neutral: [...shapeOf(looks)],
    skipped: {},
    faces: looks.map((l, k) => ({
      frame: k,
      timestamp: k * 40000,
      pose: [l.pose.yaw, l.pose.pitch, l.pose.roll],
      expression: [],
      drive: [...(raws[k] as Float32Array)],
      sharpness: 5,
    })),
  };
  await writeFile(join(folder, 'crops.rgb'), rgb);
  await writeFile(join(folder, 'masks.bin'), masks);
  await writeFile(join(folder, 'points.f32'), new Uint8Array(points.buffer));
  await writeFile(join(folder, 'faces.json'), JSON.stringify(index));
}

describe('choice', () => {
  const drives = Array.from({ length: 40 }, (_, i) =>
    Float32Array.from({ length: 24 }, (_, k) => Math.sin(i * 1.7 + k * 2.1)),
  );
  const usable = drives.map(() => true);

  it('takes the picture that matches', () => {
    const [first] = choose('upper', drives[7] as Float32Array, drives, usable);
    expect(first?.index).toBe(7);
    expect(first?.weight).toBeGreaterThan(0.9);
  });

  it('leaves blurred pictures out', () => {
    const without = usable.map((_, i) => i !== 7);
    expect(choose('upper', drives[7] as Float32Array, drives, without).some((c) => c.index === 7)).toBe(false);
  });

  it('changes smoothly: no picture pops in or out', () => {
    const a = drives[3] as Float32Array;
    const b = drives[21] as Float32Array;
    const steps = 400;
    let worst = 0;
    let last = new Map<number, number>();
    for (let s = 0; s <= steps; s++) {
      const drive = a.map((v, k) => v + (s / steps) * ((b[k] as number) - v));
      const list = choose('lower', drive, drives, usable);
      expect(list.length).toBeLessThanOrEqual(MIX);
      expect(list.reduce((sum, c) => sum + c.weight, 0)).toBeGreaterThan(0.97);
      const now = new Map(list.map((c) => [c.index, c.weight]));
      if (s > 0)
        for (const i of new Set([...last.keys(), ...now.keys()]))
          worst = Math.max(worst, Math.abs((now.get(i) ?? 0) - (last.get(i) ?? 0)));
      last = now;
    }
    expect(worst).toBeLessThan(0.12);
  });
});

describe('shape and mouth', () => {
  it('fixes the outline and frees eyes, nose and mouth', () => {
    for (const i of [152, 10, 234, 454]) expect(FREEDOM[i]).toBe(0);
    for (const i of [4, 13, 133, 362]) expect(FREEDOM[i]).toBeGreaterThan(0.9);
  });

  it('winds the skirt like the mesh', () => {
    expect(SKIRT_TRIANGLES.length).toBe((898 + 72) * 3);
  });

  it('paints a mouth only where the source has none', () => {
    expect(missingMouth(0.5, 0.5)).toBe(0);
    expect(missingMouth(0.02, 0)).toBe(0);
    expect(missingMouth(0.5, 0.02)).toBe(1);
  });
});

describe('session', () => {
  const states = [
    {},
    { expression: expressionOf({ jawOpen: 0.7 }) },
    { expression: expressionOf({ eyeBlinkLeft: 1, eyeBlinkRight: 1 }) },
    { pose: { yaw: 15, pitch: 0, roll: 0 } },
    { pose: { yaw: -15, pitch: 4, roll: 0 } },
    { expression: expressionOf({ jawOpen: 0.3, mouthSmileLeft: 0.6, mouthSmileRight: 0.6 }) },
  ];
  const source = states.map((s) => look(21, s));
  const target = states.map((s) => look(22, s));
  let folder = '';
  let session: SwapSession;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mesh-'));
    await writeSet(folder, source);
    session = await meshEngine.prepare({ sourceFaces: folder, model: null });
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  it('asks for the crops of the set', () => expect(session.size).toBe(SIZE));

  it('gives a source back to itself', async () => {
    const crop = cropOf(source[3] as Look, source);
    const [face] = await session.render([crop]);
    if (!face) throw new Error('no face');
    let sum = 0;
    let count = 0;
    for (let i = 0; i < SIZE * SIZE; i++) {
      if ((face.mask[i] as number) < 1) continue;
      count++;
      for (let c = 0; c < 3; c++)
        sum += Math.abs((face.image[c * SIZE * SIZE + i] as number) - (crop.image[c * SIZE * SIZE + i] as number)) / 3;
    }
    expect(count).toBeGreaterThan(4000);
    expect(sum / count).toBeLessThan(0.02);
  });

  it('shows the source, opened and turned as the target', async () => {
    for (const k of [1, 3]) {
      const crop = cropOf(target[k] as Look, target);
      const [face] = await session.render([crop]);
      if (!face) throw new Error('no face');
      // Colour of the cheek is the source's.
      const at = Math.round(crop.points[50 * 2 + 1] as number) * SIZE + Math.round(crop.points[50 * 2] as number);
      const own = cropOf(source[k] as Look, source);
      const ownAt = Math.round(own.points[50 * 2 + 1] as number) * SIZE + Math.round(own.points[50 * 2] as number);
      for (let c = 0; c < 3; c++)
        expect(
          Math.abs((face.image[c * SIZE * SIZE + at] as number) - (own.image[c * SIZE * SIZE + ownAt] as number)),
        ).toBeLessThan(0.09);
    }
    // An open mouth is dark inside or shows teeth, and differs from the shut one.
    const open = cropOf(target[1] as Look, target);
    const shut = cropOf(target[0] as Look, target);
    expect(mouthGap(open.points)).toBeGreaterThan(mouthGap(shut.points) + 0.1);
  });

  it('is pure: order and company do not matter', async () => {
    const crops = target.slice(0, 3).map((l) => cropOf(l, target));
    const together = await session.render(crops);
    const [alone] = await session.render([crops[2] as FaceCrop]);
    expect(alone?.image.length).toBeGreaterThan(0);
    expect(together[2]?.image).toEqual(alone?.image);
  });
});
