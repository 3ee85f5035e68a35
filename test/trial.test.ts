/** A trial: a part of a film, made to see early what the whole will be like. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, renderScene, restState, writeActorClip } from '../src/actors/index.js';
import { packageRoot } from '../src/base/index.js';
import { createKey, createRecord, signRecord, writeEnvelope } from '../src/consent/index.js';
import { cachedAnalysis, type Identity } from '../src/faces/index.js';
import { inspect } from '../src/label/index.js';
import { BT709, createVideoWriter, type Frame, openVideo, probe } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { soundPackets } from './media-clips.js';

const FPS = 10;
/** Frames in which nobody is seen. */
const EMPTY = 13;
const SIZE = 192;

const folder = mkdtempSync(join(tmpdir(), 'likeness-trial-'));
const at = (name: string): string => join(folder, name);
const home = at('home');

async function framesOf(path: string): Promise<Frame[]> {
  const source = await openVideo(path);
  const frames: Frame[] = [];
  for await (const frame of source.frames()) frames.push({ ...frame, pixels: frame.pixels.slice() });
  source.close();
  return frames;
}

/** Mean difference of the middle of two pictures, where the face is, in levels. */
function difference(a: Frame, b: Frame): number {
  let sum = 0;
  let count = 0;
  for (let y = SIZE * 0.35; y < SIZE * 0.65; y++)
    for (let x = SIZE * 0.35; x < SIZE * 0.65; x++) {
      const i = Math.floor(y) * SIZE + Math.floor(x);
      sum += Math.abs((a.pixels[i] ?? 0) - (b.pixels[i] ?? 0));
      count++;
    }
  return sum / count;
}

async function sign(label: string, count: number | null): Promise<void> {
  const { tracks } = await cachedAnalysis(at(`${label}.mp4`), join(home, 'analysis'));
  const faces = (tracks[0]?.faces ?? []).map((f) => f.identity).filter((i): i is Identity => i !== null);
  const key = await createKey(`key-${label}`);
  const record = await createRecord({
    subject: { did: key.did, displayName: `Actor ${label}`, adult: true },
    faces,
    project: { title: 'Test' },
    scope: {
      roles: ['source', 'replaced'],
      operations: ['faceSwap'],
      uses: ['film'],
      ...(count === null ? {} : { count }),
    },
    term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
  });
  await writeEnvelope(at(`${label}.consent.json`), await signRecord(record, key));
}

async function swap(...more: string[]): Promise<{ code: number; text: string }> {
  const words = ['swap', at('b.mp4'), '--engine', 'mesh', '--source', at('a.mp4'), ...more];
  const consents = ['--source-consent', at('a.consent.json'), '--target-consent', at('b.consent.json')];
  const env = { ...process.env, LIKENESS_HOME: home };
  try {
    const options = { env, cwd: folder };
    const done = await promisify(execFile)(
      process.execPath,
      [join(packageRoot, 'bin/likeness.mjs'), ...words, ...consents],
      options,
    );
    return { code: 0, text: done.stdout + done.stderr };
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  }
}

beforeAll(async () => {
  process.env['LIKENESS_HOME'] = home;
  const [a, b] = [createActor(3), createActor(21)];
  const states = (seed: number): ReturnType<typeof perform> => perform(seed, { seconds: 4, fps: FPS, style: 'lively' });
  const size = { width: SIZE, height: SIZE };
  await writeActorClip(at('a.mp4'), { actor: a, states: states(3).slice(0, 20), ...size, fps: FPS });
  // b comes in late, and speaks from then on.
  await writeActorClip(at('speaking.mp4'), { actor: b, states: states(21), ...size, fps: FPS, sound: true });
  const writer = await createVideoWriter(at('b.mp4'), {
    ...size,
    color: BT709,
    frameRate: FPS,
    copyAudioFrom: at('speaking.mp4'),
  });
  const duration = 1e6 / FPS;
  const around = restState();
  for (let i = 0; i < EMPTY; i++) {
    const { frame } = renderScene([], around, size);
    await writer.write({ ...frame, timestamp: i * duration, duration });
  }
  const people = await framesOf(at('speaking.mp4'));
  for (const [i, frame] of people.slice(0, 40 - EMPTY).entries())
    await writer.write({ ...frame, timestamp: (EMPTY + i) * duration, duration });
  await writer.finish();
  await sign('a', null);
  await sign('b', 1);
}, 900_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stopModels();
});

describe('a trial', () => {
  it('is refused without a length that makes sense', async () => {
    for (const wrong of ['0', '-1', 'long', '100000']) {
      const { code, text } = await swap('--trial', wrong);
      expect(code).not.toBe(0);
      expect(text).toMatch(/seconds/);
    }
    expect(existsSync(at('b.trial.mp4'))).toBe(false);
  });

  it('begins where the person comes in, with the sound of that moment, and is labelled as a part', async () => {
    const { code, text } = await swap('--trial', '1.2', '--label', 'credits');
    expect(code, text).toBe(0);
    const [whole, part] = [await framesOf(at('b.mp4')), await framesOf(at('b.trial.mp4'))];
    expect(part.map(({ timestamp }) => timestamp)).toEqual(Array.from({ length: 12 }, (_, i) => (i * 1e6) / FPS));
    // Another face than the target's own, and in the same place: the head goes on as it did from that frame.
    const first = (await cachedAnalysis(at('b.mp4'), join(home, 'analysis'))).tracks[0]?.faces[0]?.frame ?? 0;
    expect(Math.abs(first - EMPTY)).toBeLessThan(2);
    const off = (by: number): number =>
      part.slice(0, 10).reduce((sum, frame, i) => {
        const other = whole[first + i + by];
        if (other === undefined) throw new Error('the target is shorter');
        return sum + difference(frame, other) / 10;
      }, 0);
    // Encoding and marks alone change a level or two.
    expect(off(0)).toBeGreaterThan(6);
    expect(off(0)).toBeLessThan(off(4));
    expect(off(0)).toBeLessThan(off(-4));
    const info = await probe(at('b.trial.mp4'));
    // The last packet of sound may go on behind the last picture.
    expect(info.duration).toBeGreaterThanOrEqual(1.2);
    expect(info.duration).toBeLessThan(1.3);
    const [before = []] = await soundPackets(at('b.mp4'));
    const [after = []] = await soundPackets(at('b.trial.mp4'));
    const origin = first / FPS;
    const wanted = before.filter(({ time }) => time >= origin && time < origin + 1.2);
    expect(after.map(({ bytes }) => bytes)).toEqual(wanted.map(({ bytes }) => bytes));
    for (const [i, { time }] of after.entries()) expect(time).toBeCloseTo((wanted[i]?.time ?? 0) - origin, 3);
    const label = await inspect(at('b.trial.mp4'));
    expect(label).toMatchObject({ found: 'label', changed: false });
    const said = label.actions.map(({ description }) => description);
    expect(said).toContain(`A trial: frames ${first + 1} to ${first + 12} of 40`);
    expect(said.join()).toMatch(/Visible label put in: corner/);
  });

  it('counts where a record says how many may be made', async () => {
    const { code, text } = await swap('--trial', '1', '--out', at('again.mp4'));
    expect(code).not.toBe(0);
    expect(text).toMatch(/count/i);
    expect(existsSync(at('again.mp4'))).toBe(false);
  });
});
