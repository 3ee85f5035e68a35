/** The identity loss: the recognition net inside of a training graph sees what it sees outside, and pulls towards the person. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ActorFrame, createActor, renderActor, restState } from '../src/actors/index.js';
import { createFaceEngine, type FaceEngine } from '../src/faces/index.js';
import { type Frame, sampleAffine } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { MESH_SQUARE, placeCrop } from '../src/synth/swap/alignment.js';
import {
  IDENTITY_LENGTH,
  identityLoss,
  identityOf,
  meanIdentity,
  openIdentityNet,
} from '../src/synth/swap/identity-loss.js';
import { createTrainer, zeros } from '../src/tensor/index.js';

const SIZE = 128;
const PLANE = SIZE * SIZE;
let engine: FaceEngine;
beforeAll(async () => {
  engine = await createFaceEngine();
});
afterAll(async () => {
  await engine.close();
  await stopModels();
});

const draw = (seed: number, yaw = 0): ActorFrame =>
  renderActor(createActor(seed), restState({ pose: { yaw, pitch: 0, roll: 0 } }), { width: 500, height: 500 });

async function pointsOf(frame: Frame): Promise<Float32Array> {
  const [found] = await engine.detect(frame);
  if (!found) throw new Error('no face');
  return (await engine.landmarks(frame, found)).points;
}

/** The crop that the swap nets are trained on: planar RGB 0..1. */
function cropOf(frame: Frame, points: Float32Array): Float32Array {
  return sampleAffine(frame, placeCrop(points, SIZE), SIZE, SIZE, new Float32Array(3 * PLANE), { scale: 1 / 255 });
}

const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, v, i) => sum + v * (b[i] as number), 0);

/** What the net in the graph says of crops. */
async function seenIn(crops: readonly Float32Array[]): Promise<Float32Array[]> {
  const net = await openIdentityNet();
  const shape = [crops.length, 3, SIZE, SIZE];
  const trainer = await createTrainer({
    seed: 1,
    worker: false,
    build: (g) => ({ pictures: { who: identityOf(g.input('x', shape), net) } }),
  });
  const x = new Float32Array(crops.length * 3 * PLANE);
  for (const [i, crop] of crops.entries()) x.set(crop, i * 3 * PLANE);
  const { pictures } = await trainer.run({ x }, { graph: 'main', fetch: ['who'] });
  await trainer.close();
  return crops.map((_, i) =>
    (pictures['who']?.data ?? new Float32Array(0)).subarray(i * IDENTITY_LENGTH, (i + 1) * IDENTITY_LENGTH),
  );
}

describe('the recognition net in a graph', () => {
  it('sees of a crop what it sees of the frame, and tells people apart by it', async () => {
    const frames = [draw(3), draw(3, 12), draw(8), draw(21)].map(({ frame }) => frame);
    const points = await Promise.all(frames.map(pointsOf));
    const outside = await Promise.all(frames.map((frame, i) => engine.embedA(frame, points[i] as Float32Array)));
    const inside = await seenIn(frames.map((frame, i) => cropOf(frame, points[i] as Float32Array)));
    for (const [i, own] of inside.entries()) {
      expect(Math.hypot(...own)).toBeCloseTo(1, 3);
      const likeness = outside.map((each) => cosine(own, each));
      expect(likeness[i], 'the same picture').toBeGreaterThan(0.9);
    }
    const [one, turned, other, third] = inside as [Float32Array, Float32Array, Float32Array, Float32Array];
    expect(cosine(one, turned)).toBeGreaterThan(Math.max(cosine(one, other), cosine(one, third)));
  });

  it('looks at a square that lies in the crop', () => {
    expect(MESH_SQUARE.side * 1.25).toBeLessThan(1);
    expect(Math.abs(MESH_SQUARE.x - 0.5)).toBeLessThan(0.02);
    expect(Math.abs(MESH_SQUARE.y - 0.5)).toBeLessThan(0.1);
  });

  it('has a mean that is of unit length, of any number of pictures', () => {
    const two = new Float32Array(2 * IDENTITY_LENGTH);
    two[0] = 1;
    two[IDENTITY_LENGTH + 1] = 1;
    const mean = meanIdentity(two);
    expect(Math.hypot(...mean)).toBeCloseTo(1, 6);
    expect(mean[0]).toBeCloseTo(Math.SQRT1_2, 6);
    expect(mean[1]).toBeCloseTo(Math.SQRT1_2, 6);
  });
});

describe('the loss', () => {
  it('pulls what lies inside of the mask towards the person, and nothing else', async () => {
    const [source, target] = [draw(3).frame, draw(8).frame];
    const [own, worn] = [cropOf(source, await pointsOf(source)), cropOf(target, await pointsOf(target))];
    const [who] = await seenIn([own]);
    if (!who) throw new Error('no embedding');
    const net = await openIdentityNet();
    const mask = new Float32Array(PLANE);
    for (let y = 0; y < SIZE; y++)
      for (let x = 0; x < SIZE; x++) mask[y * SIZE + x] = Math.hypot(x - 64, y - 64) < 40 ? 1 : 0;
    const trainer = await createTrainer({
      seed: 1,
      worker: false,
      build: (g) => {
        const image = g.param('image', [1, 3, SIZE, SIZE], zeros);
        const loss = identityLoss(
          image,
          g.input('answer', [1, 3, SIZE, SIZE]),
          g.input('mask', [1, 1, SIZE, SIZE]),
          g.input('who', [1, IDENTITY_LENGTH]),
          net,
        );
        return { groups: [{ name: 'image', params: [image], loss }] };
      },
    });
    await trainer.load(new Map([['image', { shape: [1, 3, SIZE, SIZE], data: worn.slice() }]]));
    const losses: number[] = [];
    for (let i = 0; i < 25; i++) {
      const { scalars } = await trainer.step({ answer: worn, mask, who: who.slice() }, { lr: 4e-3 });
      losses.push(scalars['loss:image'] ?? Number.NaN);
    }
    const image = (await trainer.weights()).get('image')?.data ?? new Float32Array(0);
    await trainer.close();
    expect(losses[0]).toBeGreaterThan(0.05);
    expect(losses.at(-1)).toBeLessThan(0.6 * (losses[0] as number));
    const changed = (inside: boolean): number =>
      image.reduce((n, v, i) => n + (((mask[i % PLANE] as number) === 1) === inside && v !== worn[i] ? 1 : 0), 0);
    expect(changed(false)).toBe(0);
    expect(changed(true)).toBeGreaterThan(PLANE / 2);
  });
});
