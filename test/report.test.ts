// The quality report end to end, on a drawn clip that is spoilt in known ways.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, expressionOf, performance, renderActor, restState } from '../src/actors/index.js';
import { Random } from '../src/base/index.js';
import { type Analysis, analyzeVideo, type Box } from '../src/faces/index.js';
import { BT709, createVideoWriter, type Frame, openVideo } from '../src/media/index.js';
import {
  figuresOf,
  measureSwap,
  type QualityReport,
  type RenderFacts,
  sourcePrints,
  worstFrames,
  writeReport,
} from '../src/synth/report/index.js';

const SIDE = 240;
const FPS = 12;
const FRAMES = 14;
const facts: RenderFacts = {
  settings: { engine: 'test <b>' },
  steps: [{ name: 'render', seconds: 2, frames: FRAMES }],
  consents: [{ id: 'urn:uuid:1', role: 'source', name: 'Ann & Co' }],
  label: ['The label is intact.'],
};

let folder: string;
let original: string;
let analysis: Analysis;
let face: Box;

async function write(path: string, frames: AsyncIterable<Frame> | Iterable<Frame>): Promise<void> {
  const writer = await createVideoWriter(path, {
    width: SIDE,
    height: SIDE,
    color: BT709,
    frameRate: FPS,
    quality: 'good',
  });
  for await (const frame of frames) await writer.write(frame);
  await writer.finish();
}

/** The original with every frame's brightness changed in place. */
async function spoilt(name: string, change: (luma: Uint8Array, index: number) => void): Promise<string> {
  const path = join(folder, name);
  const video = await openVideo(original);
  await write(
    path,
    (async function* () {
      let index = 0;
      for await (const frame of video.frames()) {
        change(frame.pixels.subarray(0, SIDE * SIDE), index++);
        yield frame;
      }
    })(),
  );
  video.close();
  return path;
}

const inside = (at: number): boolean => {
  const [x, y] = [at % SIDE, Math.floor(at / SIDE)];
  return x > face.x && x < face.x + face.width && y > face.y && y < face.y + face.height;
};
const clamp = (v: number): number => Math.max(16, Math.min(235, v));
const measure = (output: string): Promise<QualityReport> =>
  measureSwap({ original, output, source: [], analysis, facts });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-report-test-'));
  original = join(folder, 'original.mp4');
  const actor = createActor(3);
  const states = performance(4, { seconds: FRAMES / FPS, fps: FPS, style: 'speaking' });
  await write(
    original,
    states.slice(0, FRAMES).map((state, i) => ({
      // A moving mouth and blinks within a second, so that both signals have something to say.
      ...renderActor(
        actor,
        {
          ...state,
          expression: expressionOf({
            jawOpen: 0.3 + 0.3 * Math.sin(0.5 * i),
            eyeBlinkLeft: i % 7 === 4 ? 1 : 0,
            eyeBlinkRight: i % 7 === 4 ? 1 : 0,
          }),
        },
        { width: SIDE, height: SIDE },
      ).frame,
      timestamp: Math.round((i * 1e6) / FPS),
      duration: Math.round(1e6 / FPS),
    })),
  );
  analysis = await analyzeVideo(original, { masks: false });
  const boxes = analysis.tracks[0]?.faces.map(({ box }) => box) ?? [];
  const left = Math.max(...boxes.map((b) => b.x));
  const top = Math.max(...boxes.map((b) => b.y));
  face = {
    x: left,
    y: top,
    width: Math.min(...boxes.map((b) => b.x + b.width)) - left,
    height: Math.min(...boxes.map((b) => b.y + b.height)) - top,
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a quality report', () => {
  it('of a clip that was only encoded again finds nothing wrong', async () => {
    const report = await measure(await spoilt('again.mp4', () => undefined));
    expect(report.media).toMatchObject({ width: SIDE, height: SIDE, frames: FRAMES });
    expect(report.coverage).toEqual({ target: FRAMES, found: FRAMES });
    expect(report.pose.mean).toBeLessThan(1);
    expect(report.expression.mouth.correlation).toBeGreaterThan(0.98);
    expect(report.expression.mouth.amplitude).toBeCloseTo(1, 1);
    expect(report.expression.eyes.correlation).toBeGreaterThan(0.95);
    expect(report.flicker.ratio).toBeCloseTo(1, 1);
    expect(report.sharpness.ratio).toBeCloseTo(1, 1);
    expect(Math.abs(report.untouched.loss ?? 1)).toBeLessThan(0.0005);
    expect(report.identity).toBeNull();
    expect(report.pictures.strip.length).toBeGreaterThan(3);
  });

  it('sees light that pumps, and only in the flicker', async () => {
    const report = await measure(
      await spoilt('pumped.mp4', (luma, i) => {
        for (let at = 0; at < luma.length; at++)
          if (inside(at)) luma[at] = clamp((luma[at] as number) + (i % 2 === 0 ? 9 : -9));
      }),
    );
    expect(report.flicker.ratio).toBeGreaterThan(1.6);
    expect(report.untouched.loss).toBeLessThan(0.002);
    expect(figuresOf(report).find(({ id }) => id === 'flicker')?.reached).toBe(false);
  });

  it('sees a soft face', async () => {
    const report = await measure(
      await spoilt('soft.mp4', (luma) => {
        const from = luma.slice();
        for (let at = 0; at < luma.length; at++) {
          if (!inside(at)) continue;
          let sum = 0;
          for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) sum += from[at + dy * SIDE + dx] as number;
          luma[at] = sum / 25;
        }
      }),
    );
    expect(report.sharpness.ratio).toBeLessThan(0.75);
    expect(report.sharpness.bands[0] ?? 1).toBeLessThan(report.sharpness.bands[2] ?? 0);
    expect(report.untouched.loss).toBeLessThan(0.002);
  });

  it('sees what was changed outside of the face', async () => {
    const random = new Random(5);
    const report = await measure(
      await spoilt('outside.mp4', (luma) => {
        for (let at = 0; at < luma.length; at++)
          if (at % SIDE < 40) luma[at] = clamp((luma[at] as number) + 6 * random.normal());
      }),
    );
    expect(report.untouched.loss).toBeGreaterThan(0.005);
    expect(report.sharpness.ratio).toBeCloseTo(1, 1);
  });

  it('refuses two clips that do not belong together', async () => {
    const other = join(folder, 'short.mp4');
    const video = await openVideo(original);
    await write(other, video.frames({ toUs: 400_000 }));
    video.close();
    await expect(measure(other)).rejects.toMatchObject({ code: 'report.mismatch' });
  });

  it('scores likeness against the source, the unchanged target being 0', async () => {
    const sourceClip = join(folder, 'source.mp4');
    const actor = createActor(14);
    await write(
      sourceClip,
      Array.from({ length: 6 }, (_, i) => ({
        ...renderActor(actor, restState({ pose: { yaw: 3 * i - 8, pitch: 0, roll: 0 }, time: i }), {
          width: SIDE,
          height: SIDE,
        }).frame,
        timestamp: Math.round((i * 1e6) / FPS),
        duration: Math.round(1e6 / FPS),
      })),
    );
    const source = await sourcePrints(sourceClip);
    expect(source.length).toBe(6);
    const report = await measureSwap({ original, output: original, source, analysis, facts });
    expect(report.identity?.floorCorrected).toBeCloseTo(0, 6);
    expect(report.identity?.sourceSource).toBeGreaterThan((report.identity?.targetSource ?? 1) + 0.2);

    const files = await writeReport(join(folder, 'written'), report);
    const json = JSON.parse(await readFile(files.json, 'utf8')) as Record<string, unknown>;
    expect(json).toMatchObject({ version: 1, facts: { settings: { engine: 'test <b>' } } });
    expect(json).not.toHaveProperty('pictures');
    const html = await readFile(files.html, 'utf8');
    expect(html).not.toMatch(/<script|<link|src="(?!data:)|url\(/);
    expect(html).toContain('test &#60;b&#62;');
    expect(html).toContain('Ann &#38; Co');
    for (const [tag] of html.matchAll(/<img [^>]*>/g)) expect(tag).toMatch(/ alt="[^"]+"/);
    for (const [tag] of html.matchAll(/<svg [^>]*>/g)) expect(tag).toMatch(/aria-(label|hidden)="[^"]+"/);
    expect(html.match(/<img /g)?.length).toBe(report.pictures.strip.length + report.pictures.worst.length);
  });
});

describe('worst frames', () => {
  const frames = Array.from({ length: 100 }, (_, i) => i);
  const quiet = frames.map((i) => 1 + 0.01 * Math.sin(i));
  const suspect = (values: number[], name: string) => ({
    frames,
    values,
    bad: 'high' as const,
    notable: 0.5,
    reason: (v: number) => `${name} ${v}`,
  });
  it('are none where nothing stands out', () => {
    expect(worstFrames([suspect(quiet, 'a')], 6, 5)).toEqual([]);
  });
  it('are those that stand out, one per moment, with turns between reasons', () => {
    const a = quiet.map((v, i) => (i === 20 ? 9 : i === 22 ? 8 : i === 60 ? 7 : v));
    const b = quiet.map((v, i) => (i === 80 ? 3 : v));
    expect(worstFrames([suspect(a, 'a'), suspect(b, 'b')], 2, 5)).toEqual([
      { frame: 20, reason: 'a 9' },
      { frame: 80, reason: 'b 3' },
    ]);
    expect(worstFrames([suspect(a, 'a'), suspect(b, 'b')], 6, 5).map(({ frame }) => frame)).toEqual([20, 60, 80]);
  });
});
