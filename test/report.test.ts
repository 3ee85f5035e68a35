// The quality report end to end, on a drawn clip that is spoilt in known ways.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, expressionOf, performance, renderActor, restState } from '../src/actors/index.js';
import { Random } from '../src/base/index.js';
import { type Analysis, analyzeVideo, type Box } from '../src/faces/index.js';
import { BT709, createVideoWriter, type Frame, openVideo, writePicture } from '../src/media/index.js';
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

describe('a quality report of a picture', () => {
  const small = { scale: 0.34 };
  const draw = (expression: Parameters<typeof expressionOf>[0]): Frame => {
    const { frame } = renderActor(createActor(3), restState({ ...small, expression: expressionOf(expression) }), {
      width: SIDE,
      height: SIDE,
    });
    return { ...frame, pixels: frame.pixels.slice() };
  };
  const shown = (report: QualityReport, id: string) => figuresOf(report).find((figure) => figure.id === id);

  it('says what one moment can say, and nothing about time', async () => {
    const [was, same] = [join(folder, 'was.png'), join(folder, 'same.png')];
    await writePicture(was, draw({ jawOpen: 0.5 }));
    await writePicture(same, draw({ jawOpen: 0.5 }));
    const report = await measureSwap({ original: was, output: same, source: [], facts });
    expect(report.media).toEqual({ kind: 'picture', width: SIDE, height: SIDE, frameRate: 0, frames: 1 });
    expect(report.coverage).toEqual({ target: 1, found: 1 });
    expect(figuresOf(report).map(({ id }) => id)).toEqual([
      'identity',
      'mouth-opening',
      'eye-opening',
      'pose',
      'sharpness',
      'untouched',
    ]);
    expect(shown(report, 'mouth-opening')?.value).toBeCloseTo(0, 5);
    expect(shown(report, 'pose')?.value).toBeCloseTo(0, 3);
    expect(shown(report, 'sharpness')?.value).toBeCloseTo(1, 6);
    expect(shown(report, 'untouched')?.value).toBe(0);
    // A value that misses its bar by less than is shown, is shown so that one sees it.
    const sharp = (ratio: number) => shown({ ...report, sharpness: { ...report.sharpness, ratio } }, 'sharpness');
    expect(sharp(0.7981)).toMatchObject({ shown: '0.7981', reached: false });
    expect(sharp(0.8012)).toMatchObject({ shown: '0.80', reached: true });
    expect(sharp(0.7812)).toMatchObject({ shown: '0.78', reached: false });
    const { html } = await writeReport(join(folder, 'picture'), report);
    const page = await readFile(html, 'utf8');
    expect(page).toContain('a picture');
    expect(page).not.toMatch(/Over time|Worst frames|Flicker|frames at/);
    expect(page.match(/<img /g)).toHaveLength(1);
  });

  it('sees a mouth that is shut, a soft face and a changed background', async () => {
    const [was, is] = [join(folder, 'open.png'), join(folder, 'shut.png')];
    await writePicture(was, draw({ jawOpen: 0.7 }));
    const changed = draw({});
    const { width, pixels } = changed;
    const from = pixels.slice();
    for (let i = 0; i < pixels.length; i += 4) {
      const [x, y] = [(i / 4) % width, Math.floor(i / 4 / width)];
      for (let c = 0; c < 3; c++)
        if (x < 40) pixels[i + c] = (from[i + c] as number) ^ ((x * 7 + y * 13) & 15);
        else if (y > 1 && y < SIDE - 2 && x < width - 2) {
          let sum = 0;
          for (let dy = -1; dy <= 1; dy++)
            for (let dx = -1; dx <= 1; dx++) sum += from[i + 4 * (dy * width + dx) + c] as number;
          pixels[i + c] = sum / 9;
        }
    }
    await writePicture(is, changed);
    const report = await measureSwap({ original: was, output: is, source: [], facts });
    expect(report.still?.mouth).toBeLessThan(-0.02);
    expect(shown(report, 'mouth-opening')?.reached).toBe(false);
    expect(shown(report, 'sharpness')?.value).toBeLessThan(0.85);
    expect(shown(report, 'untouched')?.reached).toBe(false);
  });

  it('refuses another size, and a video in the place of a picture', async () => {
    const little = join(folder, 'small.png');
    const { frame } = renderActor(createActor(3), restState(small), { width: 200, height: 200 });
    await writePicture(little, frame);
    const was = join(folder, 'big.png');
    await writePicture(was, draw({}));
    await expect(measureSwap({ original: was, output: little, source: [], facts })).rejects.toMatchObject({
      code: 'report.mismatch',
    });
    await expect(measureSwap({ original: was, output: original, source: [], facts })).rejects.toMatchObject({
      code: 'media.not-picture',
    });
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
