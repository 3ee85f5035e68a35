/** Every engine of the folder, on a drawn actor: the contract of `docs/engines.md`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { analyzeVideo, fitHead } from '../src/faces/index.js';
import { openVideo, sampleAffine } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { placeCrop, pointsInCrop } from '../src/synth/swap/alignment.js';
import { buildDfm } from '../src/synth/swap/dfm.js';
import { driveReference, measureDrive, normaliseDrive } from '../src/synth/swap/drive.js';
import { neutralOf } from '../src/synth/swap/face-set.js';
import {
  buildFaceSet,
  defineSwapEngine,
  presetOf,
  type SwapEngine,
  swapEngine,
  swapEngines,
} from '../src/synth/swap/index.js';
import { buildStep, buildSwap } from '../src/synth/swap/net.js';
import type { FaceCrop } from '../src/synth/swap/types.js';
import { createTrainer, exportOnnx } from '../src/tensor/index.js';

const folder = mkdtempSync(join(tmpdir(), 'likeness-engines-'));
const engines = await swapEngines();
const crops = new Map<number, FaceCrop[]>();
const models: Record<string, string> = {};

beforeAll(async () => {
  const clip = join(folder, 'actor.mp4');
  await writeActorClip(clip, {
    actor: createActor(7),
    states: perform(7, { seconds: 1.2, fps: 20, style: 'lively' }),
    width: 320,
    height: 320,
    fps: 20,
  });
  const analysis = await analyzeVideo(clip, { masks: false });
  const track = analysis.tracks[0];
  if (!track) throw new Error('the drawn actor was not found');
  await buildFaceSet({ video: clip, track, folder: join(folder, 'faces'), cropSize: 128 });
  // Untrained nets: the contract is about shapes and repeatability, not about looks.
  const preset = presetOf('draft');
  const trainer = await createTrainer({
    seed: 1,
    worker: false,
    build: (g) => buildStep(g, { ...preset, batch: 2 }, ['a', 'b'], false),
  });
  const weights = new Map(await trainer.weights());
  await trainer.close();
  weights.set('mean.b', { shape: [1, preset.code], data: new Float32Array(preset.code) });
  models['gan'] = join(folder, 'pair.onnx');
  models['dfm'] = join(folder, 'pair.dfm');
  writeFileSync(
    models['gan'],
    exportOnnx((g) => buildSwap(g, preset, 'b', 'a', 1), weights),
  );
  writeFileSync(
    models['dfm'],
    exportOnnx((g) => buildDfm(g, preset, 'b', 'a'), weights, { opset: 12 }),
  );
  const raws = track.faces.map((f) => measureDrive(f.landmarks, fitHead(f.landmarks), f.pose));
  const reference = driveReference(raws);
  const video = await openVideo(clip);
  for (const size of [64, 128]) {
    const list: FaceCrop[] = [];
    let index = 0;
    for await (const frame of video.frames()) {
      const face = track.faces.find((f) => f.frame === index);
      index++;
      if (!face || list.length >= 3) continue;
      const placement = placeCrop(face.landmarks, size);
      const image = new Float32Array(3 * size * size);
      sampleAffine(frame, placement, size, size, image, { layout: 'planar', scale: 1 / 255 });
      list.push({
        size,
        image,
        points: pointsInCrop(face.landmarks, placement),
        pose: face.pose,
        expression: face.expression,
        drive: normaliseDrive(raws[track.faces.indexOf(face)] ?? new Float32Array(24), reference),
        neutral: neutralOf(track.faces),
      });
    }
    crops.set(size, list);
  }
  await video.close();
}, 120_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stopModels();
});

describe.each(engines.map((e) => [e.id, e] as const))('engine %s', (id, engine) => {
  it('gives pictures and masks in range, of its own side, and the same for the same crops', async () => {
    const session = await engine.prepare({ sourceFaces: join(folder, 'faces'), model: models[id] ?? null });
    try {
      const given = crops.get(session.size) ?? [];
      expect(given.length).toBe(3);
      const once = await session.render(given);
      const twice = await session.render(given);
      expect(once.length).toBe(3);
      for (const [i, face] of once.entries()) {
        expect(face.size % session.size).toBe(0);
        expect(face.image.length).toBe(3 * face.size ** 2);
        expect(face.mask.length).toBe(face.size ** 2);
        for (const data of [face.image, face.mask]) {
          expect(data.every((v) => v >= 0 && v <= 1)).toBe(true);
          expect(Math.max(...data)).toBeGreaterThan(0);
        }
        expect(twice[i]?.image).toEqual(face.image);
      }
      // One by one is the same as together.
      const [alone] = await session.render(given.slice(1, 2));
      expect(alone?.image).toEqual(once[1]?.image);
    } finally {
      await session.close();
    }
  });

  it('that needs training refuses to start without', async () => {
    const prepared = engine.prepare({ sourceFaces: join(folder, 'faces'), model: null });
    if (engine.needsTraining) await expect(prepared).rejects.toMatchObject({ code: 'swap.untrained' });
    else await (await prepared).close();
  });
});

describe('the list of engines', () => {
  it('has gan, mesh and dfm, and refuses an unknown name with the ones there are', async () => {
    expect(engines.map((e) => e.id).sort()).toEqual(['dfm', 'gan', 'mesh']);
    await expect(swapEngine('paint')).rejects.toThrow(/no swap engine "paint"/);
  });

  it.each([
    [{ id: 'Bad Id' }, 'id'],
    [{ title: '' }, 'title'],
    [{ needsTraining: undefined }, 'needsTraining'],
    [{ prepare: undefined }, 'prepare'],
  ])('refuses an engine with a wrong field %j', (change, field) => {
    const base = { id: 'x', title: 'X', needsTraining: false, prepare: async () => Promise.reject(new Error('never')) };
    expect(() => defineSwapEngine({ ...base, ...change } as unknown as SwapEngine)).toThrow(`"${field}"`);
  });
});
