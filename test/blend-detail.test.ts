/** How much fine detail a face holds, and that nothing is said of a swap where there is too little of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { detailOf, LEAST_DETAIL } from '../src/detect/blend/looks.js';
import { type Detector, detectors, type Finding, openMaterial, shareNets, type Tools } from '../src/detect/index.js';
import { createFaceEngine } from '../src/faces/index.js';
import { type Frame, recodePicture, rgbaFrame, sampleAffine, writePicture } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';

const SIDE = 160;
const picture = (valueAt: (x: number, y: number) => number): Float32Array =>
  Float32Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const at = Math.floor(i / 3);
    return valueAt(at % SIDE, Math.floor(at / SIDE));
  });

describe('fine detail', () => {
  it('is none in plain areas and in even shading, and grows with contrast', () => {
    expect(
      detailOf(
        picture(() => 90),
        SIDE,
      ),
    ).toBe(0);
    expect(
      detailOf(
        picture((x, y) => (x + y) / 2),
        SIDE,
      ),
    ).toBeLessThan(0.6);
    const [weak, strong] = [20, 40].map((c) =>
      detailOf(
        picture((x, y) => 100 + ((x + y) % 2) * c),
        SIDE,
      ),
    );
    // Each pixel of a chequered picture bends by twice the contrast, across and down.
    expect(weak).toBeCloseTo(40, 0);
    expect(strong).toBeCloseTo(80, 0);
  });

  it('is that of the part with most of it, whatever lies around', () => {
    const quarter = picture((x, y) => (x < 80 && y < 80 ? 100 + ((x + y) % 2) * 30 : 100));
    expect(detailOf(quarter, SIDE)).toBeCloseTo(60, 0);
    const spot = picture((x, y) => (x < 20 && y < 20 ? 100 + ((x + y) % 2) * 30 : 100));
    expect(detailOf(spot, SIDE)).toBe(0);
  });

  it('is the mean of across and down: stripes bend one way alone', () => {
    const across = picture((x) => (x % 2) * 255);
    const down = picture((_, y) => (y % 2) * 255);
    expect(detailOf(across, SIDE)).toBeCloseTo(255, 0);
    expect(detailOf(down, SIDE)).toBeCloseTo(255, 0);
  });
});

describe('a soft face', () => {
  const folder = mkdtempSync(join(tmpdir(), 'likeness-detail-'));
  let tools: Tools;
  let both: Detector[];
  beforeAll(async () => {
    tools = shareNets(await createFaceEngine({ instances: 1 }));
    both = (await detectors()).filter((d) => d.id === 'blend-boundary' || d.id === 'own-twins');
  }, 60_000);
  afterAll(async () => {
    await tools.close();
    stopModels();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Made smaller and enlarged again, as a small picture is that somebody blew up. */
  const softened = (frame: Frame, by: number): Frame => {
    const side = Math.round(frame.width / by);
    const small = sampleAffine(frame, [by, 0, 0, 0, by, 0], side, side, new Uint8Array(side * side * 3), {
      layout: 'interleaved',
    });
    const rgba = new Uint8Array(side * side * 4).fill(255);
    for (let i = 0; i < side * side; i++) rgba.set(small.subarray(3 * i, 3 * i + 3), 4 * i);
    const large = sampleAffine(
      rgbaFrame(rgba, side, side),
      [1 / by, 0, 0, 0, 1 / by, 0],
      frame.width,
      frame.width,
      new Uint8Array(frame.width * frame.width * 3),
      { layout: 'interleaved' },
    );
    const out = new Uint8Array(frame.width * frame.width * 4).fill(255);
    for (let i = 0; i < frame.width * frame.width; i++) out.set(large.subarray(3 * i, 3 * i + 3), 4 * i);
    return rgbaFrame(out, frame.width, frame.width);
  };

  const findingsFor = async (frame: Frame, name: string): Promise<Finding[]> => {
    const file = join(folder, name);
    await writePicture(file, frame);
    const material = await openMaterial(file, tools);
    return (await Promise.all(both.map((d) => d.examine(material)))).flatMap((a) => a.findings);
  };

  it('is looked at, but not weighed, and the finding says why; a sharp one is weighed', async () => {
    const { frame } = renderActor(createActor(8), restState(), { width: 640, height: 640 });
    for (const finding of await findingsFor(frame, 'sharp.png')) expect(finding.score).not.toBeNull();
    const soft = await findingsFor(softened(frame, 8), 'soft.png');
    expect(soft).toHaveLength(2);
    for (const finding of soft) {
      expect(finding.score).toBeNull();
      expect(finding.claim).toContain('too little fine detail');
      expect(finding.heat).toBeUndefined();
      expect(String(finding.facts['fine detail'])).toContain(`(${LEAST_DETAIL} are needed)`);
    }
  }, 60_000);

  it('is weighed as it is when it was only compressed a little', async () => {
    const { frame } = renderActor(createActor(8), restState(), { width: 640, height: 640 });
    const copy = await recodePicture(frame, { quality: 60 });
    for (const finding of await findingsFor(copy, 'web.png')) expect(finding.score).not.toBeNull();
  }, 60_000);
});
