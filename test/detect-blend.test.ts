/** The two detectors that read the blend net: their crop, what a crude paste does to the score, and where they see it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { cropFace, faceSquare, resizeSquare } from '../src/detect/blend/face-crop.js';
import {
  copyOf,
  type Detector,
  detectors,
  type Finding,
  type Material,
  openMaterial,
  shareNets,
  type Tools,
} from '../src/detect/index.js';
import { createFaceEngine } from '../src/faces/index.js';
import { rgbaFrame, writePicture } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { paste } from './careless-swap.js';

const SEEDS = [3, 8, 15, 21];
const folder = mkdtempSync(join(tmpdir(), 'likeness-blend-'));
let tools: Tools;
let blend: Detector;
let twins: Detector;
const originals: Material[] = [];
const pasted: Material[] = [];

const only = (findings: readonly Finding[]): Finding => {
  const [finding] = findings;
  if (!finding || findings.length !== 1) throw new Error(`${findings.length} findings in place of one`);
  return finding;
};

beforeAll(async () => {
  tools = shareNets(await createFaceEngine({ instances: 1 }));
  const all = await detectors();
  const byId = (id: string): Detector => {
    const one = all.find((d) => d.id === id);
    if (!one) throw new Error(`there is no detector ${id}`);
    return one;
  };
  [blend, twins] = [byId('blend-boundary'), byId('own-twins')];
  for (const seed of SEEDS) {
    const file = join(folder, `${seed}.png`);
    await writePicture(file, renderActor(createActor(seed), restState(), { width: 400, height: 400 }).frame);
    const material = await openMaterial(file, tools);
    const [still] = material.stills;
    const [seen] = still?.faces ?? [];
    if (!still || !seen) throw new Error(`no face in the drawn head ${seed}`);
    originals.push(material);
    pasted.push({ ...material, stills: [{ ...still, frame: paste(still.frame, seen.face.landmarks) }] });
  }
}, 120_000);
afterAll(async () => {
  await tools.close();
  stopModels();
  rmSync(folder, { recursive: true, force: true });
});

describe('the square round a face', () => {
  const points = (left: number, top: number, width: number, height: number): Float32Array => {
    const p = new Float32Array(478 * 3);
    for (let i = 0; i < 478; i++) p.set([left + width * (i % 2), top + (i % 4 > 1 ? height : 0), 0], 3 * i);
    return p;
  };

  it('has whole pixels, stays in the frame, and is centred where it can be', () => {
    expect(faceSquare(points(150, 140, 80, 100), 400, 400)).toEqual({ x: 113, y: 113, side: 155 });
    for (const [left, top] of [
      [0, 0],
      [330, 300],
      [-20, 350],
    ] as const) {
      const { x, y, side } = faceSquare(points(left, top, 80, 100), 400, 400);
      expect([x, y, x + side, y + side].every((v) => Number.isInteger(v) && v >= 0 && v <= 400)).toBe(true);
      expect(side).toBe(155);
    }
    expect(faceSquare(points(10, 10, 300, 300), 320, 200).side).toBe(200);
  });

  it('keeps the very pixels of a face that is small enough, and places the landmarks in it', () => {
    const pixels = Uint8Array.from({ length: 400 * 400 * 4 }, (_, i) => (i % 4 === 3 ? 255 : (i * 7919) % 251));
    const crop = cropFace(rgbaFrame(pixels, 400, 400), points(150, 140, 80, 100));
    const { x, y } = crop.square;
    for (const [u, v] of [
      [0, 0],
      [70, 30],
      [154, 154],
    ] as const)
      for (let c = 0; c < 3; c++)
        expect(crop.rgb[(v * crop.side + u) * 3 + c]).toBe(pixels[((y + v) * 400 + x + u) * 4 + c]);
    expect([crop.points[0], crop.points[1]]).toEqual([150 - x, 140 - y]);
  });

  it('makes large faces smaller by area, and landmarks with them', () => {
    const pixels = new Uint8Array(900 * 900 * 4).fill(255);
    for (let i = 0; i < 900 * 900; i++) pixels[4 * i] = i % 2 === 0 ? 40 : 80;
    const crop = cropFace(rgbaFrame(pixels, 900, 900), points(200, 200, 400, 413));
    expect(crop.side).toBe(320);
    expect(crop.square.side).toBe(640);
    // Stripes of one pixel are gone without a trace at half the size.
    expect(crop.rgb.filter((_, i) => i % 3 === 0).every((v) => v === 60)).toBe(true);
    expect(crop.points[0]).toBeCloseTo((200 - crop.square.x - 0.5) / 2, 4);
  });

  it('averages areas and keeps the mean, whatever the sizes', () => {
    const rgb = Uint8Array.from({ length: 31 * 31 * 3 }, (_, i) => (i * 73) % 256);
    const mean = (a: ArrayLike<number>): number => Array.from(a).reduce((s, v) => s + v, 0) / a.length;
    for (const to of [7, 16, 30]) expect(mean(resizeSquare(rgb, 31, to))).toBeCloseTo(mean(rgb), 3);
    expect(resizeSquare(rgb, 31, 31)).toEqual(Float32Array.from(rgb));
    expect([...resizeSquare(Uint8Array.of(0, 0, 0, 90, 90, 90, 0, 0, 0, 90, 90, 90), 2, 4).slice(0, 12)]).toEqual([
      0, 0, 0, 22.5, 22.5, 22.5, 67.5, 67.5, 67.5, 90, 90, 90,
    ]);
  });
});

describe('a face that was pasted in crudely', () => {
  it('scores above its original on every drawn head', async () => {
    for (const [i, original] of originals.entries()) {
      const before = only((await blend.examine(original)).findings).score as number;
      const after = only((await blend.examine(pasted[i] as Material)).findings).score as number;
      expect(Number.isFinite(before) && Number.isFinite(after)).toBe(true);
      expect(after, `head ${SEEDS[i]}`).toBeGreaterThan(before);
    }
  });

  it('is shown by a map that is stronger along the seam than elsewhere', async () => {
    let [seam, rest] = [0, 0];
    for (const material of pasted) {
      const heat = only((await blend.examine(material)).findings).heat;
      if (!heat) throw new Error('no map');
      expect(heat.values.every((v) => v >= 0 && v <= 1)).toBe(true);
      let [on, off, ons, offs] = [0, 0, 0, 0];
      for (let y = 0; y < heat.height; y++)
        for (let x = 0; x < heat.width; x++) {
          const r = Math.hypot(((x + 0.5) / heat.width - 0.5) / 0.2, ((y + 0.5) / heat.height - 0.5) / 0.26);
          const value = heat.values[y * heat.width + x] as number;
          if (Math.abs(r - 1) < 0.2) [on, ons] = [on + value, ons + 1];
          else [off, offs] = [off + value, offs + 1];
        }
      seam += on / ons / pasted.length;
      rest += off / offs / pasted.length;
    }
    expect(seam).toBeGreaterThan(2 * rest);
  });
});

describe('both detectors', () => {
  it('give one finding for each person, with a box in the picture and no certainty', async () => {
    for (const detector of [blend, twins]) {
      const finding = only((await detector.examine(originals[0] as Material)).findings);
      expect(finding.person).toBe(1);
      expect(finding.certain).toBeUndefined();
      expect(finding.box?.x).toBeGreaterThanOrEqual(0);
      expect((finding.box?.x ?? 0) + (finding.box?.width ?? 0)).toBeLessThanOrEqual(400);
    }
  });

  it('take the median over stills, so that one odd frame does not move the score', async () => {
    const [one, odd] = [originals[0] as Material, pasted[0] as Material];
    const stills = [one, one, one, odd, one].map((m, i) => ({
      ...(m.stills[0] as Material['stills'][number]),
      time: i,
    }));
    const film: Material = { ...one, medium: 'video', stills };
    const finding = only((await blend.examine(film)).findings);
    expect(finding.score).toBeCloseTo(only((await blend.examine(one)).findings).score as number, 4);
    expect(finding.curve?.times).toEqual([0, 1, 2, 3, 4]);
    // The map is that of the frame where it is seen best.
    expect(finding.heat?.still).toBe(3);
  });

  it('are silent where nobody is seen', async () => {
    const one = originals[0] as Material;
    const empty: Material = { ...one, people: [], stills: one.stills.map((s) => ({ ...s, faces: [] })) };
    for (const detector of [blend, twins]) {
      const { findings, silent } = await detector.examine(empty);
      expect(findings).toEqual([]);
      expect(silent).toMatch(/face/);
    }
  });

  it('say when a face is too small for a seam', async () => {
    const one = originals[0] as Material;
    const still = one.stills[0] as Material['stills'][number];
    const small = await copyOf(one, 'hard');
    expect(still.faces.length).toBe(1);
    const finding = only((await blend.examine(small)).findings);
    const width = small.people[0]?.width ?? 0;
    expect(finding.limits.length > 0).toBe(width < 96);
  });
});
