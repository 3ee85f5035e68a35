import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, expressionOf, renderActor, restState } from '../src/actors/index.js';
import { createFaceEngine, eyeOpening, type FaceEngine, headPose, mouthOpening } from '../src/faces/index.js';
import { stopModels } from '../src/models/index.js';

const SIZE = { width: 320, height: 320 };
let engine: FaceEngine;
beforeAll(async () => {
  engine = await createFaceEngine();
});
afterAll(async () => {
  await engine.close();
  await stopModels();
});

async function measure(picture: ReturnType<typeof renderActor>): Promise<Float32Array | undefined> {
  const [best] = await engine.detect(picture.frame);
  return best ? (await engine.landmarks(picture.frame, best)).points : undefined;
}

/** Mean distance of the mesh points, in distances between the eyes. */
function meshError(truth: Float32Array, points: Float32Array): number {
  const at = (list: Float32Array, i: number): number => list[i] as number;
  const apart = Math.hypot(at(truth, 468 * 3) - at(truth, 473 * 3), at(truth, 468 * 3 + 1) - at(truth, 473 * 3 + 1));
  let sum = 0;
  for (let i = 0; i < 468; i++)
    sum += Math.hypot(at(truth, i * 3) - at(points, i * 3), at(truth, i * 3 + 1) - at(points, i * 3 + 1));
  return sum / 468 / apart;
}

describe('the face engine and the drawn actors', () => {
  it('finds at least 19 of 20 people, at sizes from 60 to 200 pixels, and lays its mesh on the truth', async () => {
    let found = 0;
    const errors: number[] = [];
    for (let seed = 101; seed <= 120; seed++) {
      const scale = [60, 100, 140, 200][seed % 4] as number;
      const picture = renderActor(
        createActor(seed),
        restState({
          scale: scale / SIZE.height,
          pose: { yaw: ((seed * 7) % 40) - 20, pitch: ((seed * 5) % 20) - 10, roll: ((seed * 3) % 16) - 8 },
          background: { kind: (['gradient', 'bokeh', 'room'] as const)[seed % 3] as 'room', seed },
        }),
        SIZE,
      );
      const points = await measure(picture);
      if (!points) continue;
      const error = meshError(picture.landmarks, points);
      if (error < 0.3) found++;
      errors.push(error);
    }
    expect(found).toBeGreaterThanOrEqual(19);
    expect(errors.reduce((a, b) => a + b, 0) / errors.length).toBeLessThan(0.1);
  });

  it('measures the drawn pose, mouth and lids', async () => {
    const actor = createActor(12);
    const posed = renderActor(actor, restState({ scale: 0.5, pose: { yaw: 22, pitch: -8, roll: 10 } }), SIZE);
    const pose = headPose((await measure(posed)) as Float32Array);
    expect(Math.abs(pose.yaw - 22)).toBeLessThan(7);
    expect(Math.abs(pose.pitch + 8)).toBeLessThan(8);
    expect(Math.abs(pose.roll - 10)).toBeLessThan(5);

    const state = (weights: Parameters<typeof expressionOf>[0]) =>
      renderActor(actor, restState({ scale: 0.5, expression: expressionOf(weights) }), SIZE);
    const rest = (await measure(state({}))) as Float32Array;
    const open = (await measure(state({ jawOpen: 0.8 }))) as Float32Array;
    const shut = (await measure(state({ eyeBlinkLeft: 1, eyeBlinkRight: 1 }))) as Float32Array;
    expect(mouthOpening(open)).toBeGreaterThan(mouthOpening(rest) + 0.05);
    expect(eyeOpening(shut).left).toBeLessThan(0.6 * eyeOpening(rest).left);
    expect(eyeOpening(shut).right).toBeLessThan(0.6 * eyeOpening(rest).right);
  });

  it('tells them apart, whatever they do', async () => {
    const prints: { who: number; b: Float32Array }[] = [];
    for (const who of [21, 22, 23, 24, 25, 26])
      for (const change of [
        { pose: { yaw: 18, pitch: 0, roll: 0 } },
        {
          expression: expressionOf({ jawOpen: 0.5, mouthSmileLeft: 0.6, mouthSmileRight: 0.6 }),
          background: { kind: 'room', seed: who } as const,
        },
        { light: { direction: [0.8, 0.3, 0.6], warmth: -0.3, intensity: 0.85 } as const },
      ]) {
        const picture = renderActor(createActor(who), restState({ scale: 0.5, ...change }), SIZE);
        prints.push({ who, b: await engine.embedB(picture.frame, (await measure(picture)) as Float32Array) });
      }
    const same: number[] = [];
    const other: number[] = [];
    prints.forEach((p, i) => {
      for (const q of prints.slice(i + 1))
        (p.who === q.who ? same : other).push(p.b.reduce((sum, v, k) => sum + v * (q.b[k] as number), 0));
    });
    let wins = 0;
    for (const s of same) for (const o of other) wins += s > o ? 1 : 0;
    expect(wins / (same.length * other.length)).toBeGreaterThan(0.95);
  });
});
