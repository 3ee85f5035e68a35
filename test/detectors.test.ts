/** The contract of detectors: every file of the folder, on a picture, a film and a sound that are made here. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, renderActor, restState, writeActorClip } from '../src/actors/index.js';
import {
  copyOf,
  type Detector,
  defineDetector,
  detectors,
  type Examination,
  type Material,
  openMaterial,
  shareNets,
  type Tools,
} from '../src/detect/index.js';
import { createFaceEngine } from '../src/faces/index.js';
import { wavOf, writePicture } from '../src/media/index.js';
import { modelCard } from '../src/models/index.js';
import { readCalibration } from '../src/verdict/index.js';

let folder: string;
let tools: Tools;
const materials = new Map<string, Material>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'likeness-detectors-'));
  const actor = createActor(3);
  const at = (name: string): string => join(folder, name);
  await writePicture(
    at('picture.jpg'),
    renderActor(actor, restState({ scale: 0.6 }), { width: 320, height: 320 }).frame,
  );
  const states = perform(3, { seconds: 1, fps: 12, style: 'speaking' });
  await writeActorClip(at('video.mp4'), { actor, states, width: 256, height: 256, fps: 12, sound: true });
  const hum = Float32Array.from({ length: 24_000 }, (_, i) => 0.2 * Math.sin(i / 9) * Math.sin(i / 1500));
  writeFileSync(at('sound.wav'), wavOf(hum, 16_000));
  tools = shareNets(await createFaceEngine());
  for (const [medium, name] of [
    ['picture', 'picture.jpg'],
    ['video', 'video.mp4'],
    ['sound', 'sound.wav'],
  ] as const)
    materials.set(medium, await openMaterial(at(name), tools));
}, 180_000);
afterAll(async () => {
  await tools?.close();
  rmSync(folder, { recursive: true, force: true });
});

function expectSound({ findings, silent }: Examination, detector: Detector, material: Material): void {
  expect(silent === null).toBe(findings.length > 0);
  if (silent !== null) expect(silent).toMatch(/^[A-Z].*\.$/s);
  for (const f of findings) {
    expect(f.claim).toMatch(/^[A-Z].*\.$/s);
    expect(f.claim).not.toContain('%');
    if (f.score !== null) expect(Number.isFinite(f.score)).toBe(true);
    if (detector.role !== 'weighed') expect(f.score).toBeNull();
    if (f.person !== null) expect(material.people.map((p) => p.id)).toContain(f.person);
    for (const [from, to] of f.spans ?? []) expect(to).toBeGreaterThanOrEqual(from);
    if (f.curve !== undefined) expect(f.curve.values).toHaveLength(f.curve.times.length);
    if (f.heat === undefined) continue;
    expect(f.heat.values).toHaveLength(f.heat.width * f.heat.height);
    expect(f.heat.values.every((v) => v >= 0 && v <= 1)).toBe(true);
    expect(material.stills[f.heat.still]).toBeDefined();
  }
}

describe('every detector', () => {
  it('is found, and names nets that ship', async () => {
    const all = await detectors();
    expect(all.map((d) => d.id)).toEqual(
      expect.arrayContaining([
        'blend-boundary',
        'history',
        'mouth-sound',
        'own-twins',
        'provenance',
        'synthesis-residual',
        'temporal',
        'voice',
      ]),
    );
    for (const id of all.flatMap((d) => d.models)) expect((await modelCard(id)).id).toBe(id);
  });

  it.each(['picture', 'video', 'sound'])(
    'keeps to the contract on a %s, and on its copies',
    async (medium) => {
      const material = materials.get(medium);
      if (material === undefined) throw new Error(`no ${medium}`);
      const hard = await copyOf(material, 'hard');
      for (const detector of (await detectors()).filter((d) => d.media.includes(material.medium))) {
        expectSound(await detector.examine(material), detector, material);
        if (detector.copies) expectSound(await detector.examine(hard), detector, hard);
      }
    },
    120_000,
  );

  it('that is weighed has a calibration or says nothing that counts', async () => {
    const { detectors: fits, weights } = await readCalibration();
    const known = new Set((await detectors()).map((d) => d.id));
    for (const id of Object.keys(fits)) expect(known).toContain(id);
    for (const id of Object.keys(weights)) expect(fits[id]).toBeDefined();
  });
});

describe('a declaration', () => {
  it.each([
    ['id', { id: 'No Kebab' }],
    ['media', { media: ['smell'] }],
    ['role', { role: 'judge' }],
    ['speaksFor', { speaksFor: null }],
    ['limits', { limits: [] }],
    ['examine', { examine: 'yes' }],
  ])('without a valid %s is refused', async (field, change) => {
    const fine = (await detectors()).find((d) => d.role === 'weighed');
    expect(() => defineDetector({ ...fine, ...change } as Detector)).toThrow(`has no valid "${field}"`);
  });
});
