/** A swap that is stopped, killed or refused midway: what is kept, what comes out in the end, what nobody can read. */
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { packageRoot, Random, Veil } from '../src/base/index.js';
import { createKey, createRecord, revoke, type SigningKey, signRecord, writeEnvelope } from '../src/consent/index.js';
import { cachedAnalysis, type Identity } from '../src/faces/index.js';
import { inspect } from '../src/label/index.js';
import { type Frame, openVideo, releaseFrame, writePicture } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { type SwapJob, swapMedia } from '../src/synth/swap/index.js';
import { film, toAndFro } from './long-film.js';

const FPS = 3;
/** Four seconds. */
const SEGMENT = 12;
const FRAMES = 66;

const folder = mkdtempSync(join(tmpdir(), 'likeness-resume-'));
const at = (name: string): string => join(folder, name);
const home = at('home');
const renders = join(home, 'renders');

beforeAll(async () => {
  process.env['LIKENESS_HOME'] = home;
  for (const [label, seed, frames] of [
    ['a', 3, 14],
    ['short', 21, 12],
  ] as const) {
    await writeActorClip(at(`${label}.mp4`), {
      actor: createActor(seed),
      states: perform(seed, { seconds: 2, fps: 12, style: 'lively' }).slice(0, frames),
      width: 192,
      height: 192,
      fps: FPS,
      sound: label === 'short',
    });
  }
  await toAndFro(at('short.mp4'), at('b.mp4'), FRAMES, FPS);
  await sign('a', 'a');
  await sign('b', 'b');
}, 900_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await stopModels();
});

/** A signed record for the person of a clip. */
async function sign(label: string, file: string): Promise<{ revokeIt(): Promise<void> }> {
  const { tracks } = await cachedAnalysis(at(`${label}.mp4`), join(home, 'analysis'));
  const faces = (tracks[0]?.faces ?? []).map((f) => f.identity).filter((i): i is Identity => i !== null);
  const key: SigningKey = await createKey(`key-${file}`);
  const record = await createRecord({
    subject: { did: key.did, displayName: `Actor ${label}`, adult: true },
    faces,
    project: { title: 'Test' },
    scope: { roles: ['source', 'replaced'], operations: ['train', 'faceSwap'], uses: ['film'] },
    term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
  });
  const envelope = await signRecord(record, key);
  await writeEnvelope(at(`${file}.consent.json`), envelope);
  return { revokeIt: async () => void (await revoke(envelope, key)) };
}

const job = (out: string, more: Partial<SwapJob> = {}): SwapJob => ({
  target: at('b.mp4'),
  out: at(out),
  use: 'film',
  routes: [
    { engine: 'mesh', source: at('a.mp4'), sourceConsent: at('a.consent.json'), targetConsent: at('b.consent.json') },
  ],
  ...more,
});

/** The command line in a process of its own, with the means to end it. */
function start(
  out: string,
  words = ['swap', at('b.mp4'), '--engine', 'mesh', '--source', at('a.mp4'), '--out', at(out), '--no-report'],
): {
  ended: Promise<{ code: number | null; out: string; text: string }>;
  kill(signal: NodeJS.Signals): void;
} {
  const consents = ['--source-consent', at('a.consent.json'), '--target-consent', at('b.consent.json')];
  const child = spawn(process.execPath, [join(packageRoot, 'bin/likeness.mjs'), ...words, ...consents], {
    env: { ...process.env, LIKENESS_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  let result = '';
  child.stdout.on('data', (chunk) => {
    text += String(chunk);
    result += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    text += String(chunk);
  });
  return {
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, out: result, text }))),
    kill: (signal) => child.kill(signal),
  };
}

const segments = (): string[] =>
  existsSync(renders)
    ? readdirSync(renders, { recursive: true })
        .map(String)
        .filter((name) => name.endsWith('.segment'))
    : [];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a killed swap', () => {
  it('goes on behind its last finished segment, and gives the file of an undisturbed run, byte for byte', async () => {
    const whole = await start('whole.mp4').ended;
    expect(whole.code, whole.text).toBe(0);
    expect(readdirSync(renders)).toEqual([]);
    const expected = film(at('whole.mp4'));
    expect(expected.map(([type]) => type).sort()).toEqual(['ftyp', 'mdat', 'moov']);

    const seed = Date.now() >>> 0;
    const random = new Random(seed);
    let kept = 0;
    let kills = 0;
    for (let round = 0; round < 3; round++) {
      const run = start('other.mp4');
      let over = false;
      void run.ended.then(() => {
        over = true;
      });
      // From the moment that something new is kept, any time: in a segment, at a border, while the film is put together.
      while (!over && segments().length <= kept) await pause(5);
      await pause(random.int(150));
      run.kill('SIGKILL');
      const { code } = await run.ended;
      if (code === null) kills++;
      kept = segments().length;
      if (code === 0) break;
      expect(existsSync(at('other.mp4')), `seed ${seed}, round ${round}`).toBe(false);
    }
    expect(kills).toBeGreaterThan(0);
    if (!existsSync(at('other.mp4'))) {
      const last = await start('other.mp4').ended;
      expect(last.code, last.text).toBe(0);
      expect(last.text).toMatch(/in an earlier run/);
      expect(last.text).toMatch(/resumed at 0:/);
    }
    expect(film(at('other.mp4')), `seed ${seed}`).toEqual(expected);
    expect((await inspect(at('other.mp4'))).found).toBe('label');
    expect(readdirSync(renders)).toEqual([]);
    expect(readdirSync(folder).filter((name) => /^\.|\.part|\.c2pa/.test(name))).toEqual([]);
  }, 900_000);

  it('keeps what Ctrl-C finds finished, and says so', async () => {
    const run = start('pause.mp4');
    while (segments().length < 2) await pause(5);
    run.kill('SIGINT');
    const { code, text } = await run.ended;
    expect(code).toBe(130);
    expect(text).toMatch(/goes on behind the last finished segment/);
    expect(segments().length).toBeGreaterThanOrEqual(2);
    const done = await swapMedia(job('pause.mp4'));
    expect(done.stats.frames).toBe(FRAMES);
    expect(done.stats.resumed).toBeGreaterThanOrEqual(2 * SEGMENT);
    expect(done.stats.resumed % SEGMENT).toBe(0);
    expect(film(at('pause.mp4'))).toEqual(film(at('whole.mp4')));
  }, 900_000);
});

/** Stops a job in this process once `frames` are done. */
async function stopAt(out: string, frames: number, more: Partial<SwapJob> = {}): Promise<void> {
  const stop = new AbortController();
  const onProgress: SwapJob['onProgress'] = (e) => {
    if (e.stage === 'swapping' && e.done >= frames) stop.abort();
  };
  await expect(swapMedia(job(out, { signal: stop.signal, onProgress, ...more }))).rejects.toThrow();
}

describe('what lies on the disk meanwhile', () => {
  it('is for the owner alone, and says nothing without the key of the machine', async () => {
    await stopAt('quiet.mp4', 2 * SEGMENT + 5);
    const [first, second, ...more] = segments().map((name) => join(renders, name));
    if (first === undefined || second === undefined) throw new Error('nothing was kept');
    expect(more).toEqual([]);
    for (const path of [first, second]) {
      expect(statSync(path).mode & 0o077).toBe(0);
      expect(statSync(join(path, '..')).mode & 0o077).toBe(0);
      const bytes = readFileSync(path).toString('latin1');
      for (const word of ['ftyp', 'mdat', 'moov', 'avc1', 'touched']) expect(bytes).not.toContain(word);
    }
    // One bit changed, or one put in the place of the other: it does not open, and is made again.
    const [a, b] = [readFileSync(first), readFileSync(second)];
    writeFileSync(first, b);
    writeFileSync(second, a);
    const done = await swapMedia(job('quiet.mp4'));
    expect(done.stats.resumed).toBe(0);
    expect(film(at('quiet.mp4'))).toEqual(film(at('whole.mp4')));
  }, 900_000);

  it('is thrown away when a setting is different', async () => {
    await stopAt('changed.mp4', SEGMENT + 5);
    const before = segments();
    expect(before).toHaveLength(1);
    await stopAt('changed.mp4', SEGMENT + 5, { quality: 'draft' });
    expect(segments()).toHaveLength(1);
    expect(segments()).not.toEqual(before);
    const done = await swapMedia(job('changed.mp4', { quality: 'draft' }));
    expect(done.stats.resumed).toBe(SEGMENT);
  }, 900_000);

  it('is cleared away by another render when it is a week old', async () => {
    await stopAt('old.mp4', SEGMENT + 5);
    await stopAt('young.mp4', SEGMENT + 5);
    expect(readdirSync(renders)).toHaveLength(2);
    const week = new Date(Date.now() - 8 * 86_400_000);
    const [old = ''] = readdirSync(renders);
    for (const name of readdirSync(join(renders, old))) utimesSync(join(renders, old, name), week, week);
    await swapMedia(job('next.mp4'));
    expect(readdirSync(renders)).toHaveLength(1);
    rmSync(renders, { recursive: true });
  }, 900_000);

  it('is not shared by two runs', async () => {
    const first = start('twice.mp4');
    while (segments().length < 1) await pause(5);
    await expect(swapMedia(job('twice.mp4'))).rejects.toMatchObject({ code: 'render.busy' });
    expect((await first.ended).code).toBe(0);
  }, 900_000);
});

describe('consent', () => {
  it('that is withdrawn midway stops the render at the next segment, and nothing of it stays', async () => {
    const signed = await sign('b', 'withdrawn');
    const [route] = job('').routes;
    const routes = route ? [{ ...route, targetConsent: at('withdrawn.consent.json') }] : [];
    const withdrawals: Promise<void>[] = [];
    let last = 0;
    const refused = swapMedia(
      job('withdrawn.mp4', {
        routes,
        onProgress: (e) => {
          if (e.stage !== 'swapping') return;
          last = e.done;
          if (e.done > SEGMENT && withdrawals.length === 0) withdrawals.push(signed.revokeIt());
        },
      }),
    );
    await expect(refused).rejects.toMatchObject({ code: 'consent.revoked' });
    await Promise.all(withdrawals);
    expect(last).toBeGreaterThan(SEGMENT);
    expect(last).toBeLessThan(FRAMES);
    expect(existsSync(at('withdrawn.mp4'))).toBe(false);
    expect(segments()).toEqual([]);
  }, 900_000);

  it('that was withdrawn between two runs leaves nothing to go on with', async () => {
    const signed = await sign('b', 'later');
    const [route] = job('').routes;
    const routes = route ? [{ ...route, targetConsent: at('later.consent.json') }] : [];
    await stopAt('later.mp4', SEGMENT + 5, { routes });
    expect(segments()).toHaveLength(1);
    await signed.revokeIt();
    await expect(swapMedia(job('later.mp4', { routes }))).rejects.toMatchObject({ code: 'consent.revoked' });
    expect(segments()).toEqual([]);
    expect(existsSync(at('later.mp4'))).toBe(false);
  }, 900_000);
});

describe('the borders of segments', () => {
  it('cannot be seen: the pictures are those of a render without any, to the pixel', async () => {
    // Without loss, so that what is compared is not the encoder.
    const quality = { crf: 0 };
    await swapMedia(job('parts.mp4', { quality }));
    await swapMedia(job('piece.mp4', { quality, segmentSeconds: 3600 }));
    const [parts, piece] = [await openVideo(at('parts.mp4')), await openVideo(at('piece.mp4'))];
    const others = piece.frames();
    let frames = 0;
    for await (const frame of parts.frames()) {
      const other = await others.next();
      if (other.done === true) throw new Error('the one piece is shorter');
      expect(Buffer.from(frame.pixels).equals(other.value.pixels), `frame ${frames}`).toBe(true);
      frames++;
      releaseFrame(frame);
      releaseFrame(other.value);
    }
    expect(frames).toBe(FRAMES);
    await others.return();
    parts.close();
    piece.close();
  }, 900_000);

  it('at which a render begins anew cannot be seen either', async () => {
    const quality = { crf: 0 };
    const piece = await swapMedia(job('anew-piece.mp4', { quality, stretchSeconds: 3600 }));
    await swapMedia(job('anew-parts.mp4', { quality, stretchSeconds: 8 }));
    const [one, many] = [await openVideo(at('anew-piece.mp4')), await openVideo(at('anew-parts.mp4'))];
    const others = many.frames();
    /** Mean difference of luma where a face was put in. */
    const difference = (a: Frame, b: Frame, index: number): number => {
      const [box] = piece.stats.touched.get(index) ?? [];
      if (!box) throw new Error(`nothing was done to frame ${index}`);
      let sum = 0;
      for (let y = box.y; y < box.y + box.height; y++)
        for (let x = box.x; x < box.x + box.width; x++)
          sum += Math.abs((a.pixels[y * a.width + x] ?? 0) - (b.pixels[y * b.width + x] ?? 0));
      return sum / (box.width * box.height);
    };
    let before: Frame | null = null;
    const moves: number[] = [];
    const steps: number[] = [];
    let index = 0;
    for await (const frame of one.frames()) {
      const other = await others.next();
      if (other.done === true) throw new Error('the film in parts is shorter');
      if (index < 2 * SEGMENT)
        expect(Buffer.from(frame.pixels).equals(other.value.pixels), `frame ${index}`).toBe(true);
      if (before !== null) moves.push(difference(frame, before, index));
      if (index === 2 * SEGMENT || index === 4 * SEGMENT) steps.push(difference(frame, other.value, index));
      before = { ...frame, pixels: frame.pixels.slice() };
      releaseFrame(frame);
      releaseFrame(other.value);
      index++;
    }
    expect(steps).toHaveLength(2);
    const mean = moves.reduce((sum, move) => sum + move, 0) / moves.length;
    for (const step of steps) expect(step, `${steps} beside ${mean}`).toBeLessThan(0.1 * mean);
    await others.return();
    one.close();
    many.close();
  }, 900_000);

  it('do not move times or sound', async () => {
    const times = async (path: string): Promise<number[]> => {
      const source = await openVideo(path);
      const out: number[] = [];
      for await (const frame of source.frames()) {
        out.push(frame.timestamp, frame.duration);
        releaseFrame(frame);
      }
      source.close();
      return out;
    };
    expect(await times(at('whole.mp4'))).toEqual(await times(at('b.mp4')));
    const [before, after] = [await openVideo(at('b.mp4')), await openVideo(at('whole.mp4'))];
    expect(after.info.audio).toEqual(before.info.audio);
    before.close();
    after.close();
  });
});

describe('WebM', () => {
  it('is joined, and labelled beside, as well', async () => {
    const routes = [
      { engine: 'mesh', source: at('b.mp4'), sourceConsent: at('b.consent.json'), targetConsent: at('a.consent.json') },
    ];
    const done = await swapMedia(job('back.webm', { target: at('a.mp4'), routes }));
    expect(done.stats.frames).toBe(14);
    expect(done.sidecar).toBe(at('back.webm.c2pa'));
    expect(await inspect(at('back.webm'))).toMatchObject({ found: 'label', changed: false });
    const source = await openVideo(at('back.webm'));
    let frames = 0;
    for await (const frame of source.frames()) {
      expect(frame.timestamp).toBe(Math.round((frames++ * 1e6) / FPS / 1000) * 1000);
      releaseFrame(frame);
    }
    source.close();
    expect(frames).toBe(14);
  }, 180_000);

  it('that cannot carry the sound is refused before anything is rendered', async () => {
    let rendered = false;
    const onProgress: SwapJob['onProgress'] = (e) => {
      rendered ||= e.stage === 'swapping';
    };
    await expect(swapMedia(job('sound.webm', { onProgress }))).rejects.toMatchObject({ code: 'media.sound-codec' });
    expect(rendered).toBe(false);
    expect(segments()).toEqual([]);
  }, 180_000);
});

describe('a veil', () => {
  it('is lifted anywhere, by the one who drew it', () => {
    const veil = new Veil();
    const plain = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);
    const whole = veil.apply(plain, 0);
    expect(Buffer.from(whole).equals(plain)).toBe(false);
    for (const [from, to] of [
      [0, 1000],
      [1, 17],
      [15, 16],
      [16, 999],
      [613, 1000],
    ] as const) {
      expect(Buffer.from(veil.apply(whole.slice(from, to), from)).equals(plain.subarray(from, to))).toBe(true);
      expect(Buffer.from(veil.apply(plain.subarray(from, to), from)).equals(whole.slice(from, to))).toBe(true);
    }
    // Far positions, where the counter carries over.
    const far = 2 ** 44 + 5;
    expect(Buffer.from(veil.apply(veil.apply(plain, far), far)).equals(plain)).toBe(true);
    expect(Buffer.from(veil.apply(plain, far)).equals(Buffer.from(whole))).toBe(false);
    expect(Buffer.from(new Veil().apply(whole, 0)).equals(plain)).toBe(false);
  });
});

describe('a picture', () => {
  it('is swapped, sealed and measured by one command', async () => {
    const source = await openVideo(at('b.mp4'));
    for await (const frame of source.frames()) {
      await writePicture(at('still.png'), frame);
      break;
    }
    source.close();
    const words = [
      'swap',
      at('still.png'),
      '--engine',
      'mesh',
      '--source',
      at('a.mp4'),
      '--out',
      at('new.png'),
      '--json',
    ];
    const { code, out, text } = await start('', [...words, '--report', at('still-report')]).ended;
    expect(code, text).toBe(0);
    const result = JSON.parse(out) as {
      label: { found: string; changed: boolean };
      reports: { html: string; figures: { id: string; value: number | null }[] }[];
    };
    expect(result.label).toMatchObject({ found: 'label', changed: false });
    const [report] = result.reports;
    const figure = (id: string): number | null | undefined => report?.figures.find((f) => f.id === id)?.value;
    expect(figure('identity')).toBeGreaterThan(0.2);
    expect(figure('pose')).toBeLessThan(10);
    expect(figure('untouched')).toBeLessThan(0.01);
    expect(figure('flicker')).toBeUndefined();
    expect(existsSync(report?.html ?? '')).toBe(true);
    expect(readdirSync(renders)).toEqual([]);
  }, 180_000);
});
