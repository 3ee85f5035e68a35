// Material for the table of bad input: drawn clips, records of every kind of wrong, a half-trained project. Made once.
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Actor, createActor, expressionOf, renderScene, restState } from '../src/actors/index.js';
import { packageRoot } from '../src/base/index.js';
import {
  type ConsentEnvelope,
  createKey,
  createRecord,
  type NewRecord,
  revoke,
  type SigningKey,
  signRecord,
  writeEnvelope,
} from '../src/consent/index.js';
import { cachedAnalysis, type Identity } from '../src/faces/index.js';
import { BT709, createVideoWriter, type Frame, rgbaToI420, writePicture } from '../src/media/index.js';

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Fixture {
  readonly root: string;
  readonly home: string;
  /** A path inside the fixture. */
  at(name: string): string;
  /** A new, empty folder for one case. */
  room(): Promise<string>;
  /** Runs the command line in a process of its own. */
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly home?: string;
  readonly uid?: number;
  /** Called with each piece of stderr; may send a signal. */
  readonly onErr?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

const FPS = 12;
const YEAR = 365 * 24 * 3600 * 1000;

interface ClipOptions {
  readonly frames?: number;
  readonly width?: number;
  readonly height?: number;
  /** Width of the face as a share of the frame's height. */
  readonly scale?: number;
  readonly yaw?: number;
  /** Frames without anybody, from .. to. */
  readonly away?: readonly [number, number];
}

/** Draws people side by side, talking and turning a little; nobody at all for an empty list. */
async function drawClip(path: string, actors: readonly Actor[], options: ClipOptions = {}): Promise<void> {
  const { frames = 12, width = 224, height = 224, scale = 0.44, yaw = 0, away } = options;
  const writer = await createVideoWriter(path, { width, height, color: BT709, frameRate: FPS });
  for (let i = 0; i < frames; i++) {
    const t = i / FPS;
    const base = restState({
      time: t,
      scale,
      pose: { yaw: yaw + 10 * Math.sin(1.9 * t), pitch: 4 * Math.sin(2.7 * t), roll: 2 * Math.sin(1.3 * t) },
      expression: expressionOf({
        jawOpen: 0.25 + 0.25 * Math.sin(7 * t),
        eyeBlinkLeft: i % 9 === 4 ? 1 : 0,
        eyeBlinkRight: i % 9 === 4 ? 1 : 0,
      }),
    });
    const gone = away !== undefined && i >= away[0] && i < away[1];
    const heads = (gone ? [] : actors).map((actor, k) => ({
      actor,
      state: { ...base, position: [(k + 0.5) / actors.length, 0.48] as const },
    }));
    const { frame } = renderScene(heads, base, { width, height });
    await writer.write({ ...frame, timestamp: Math.round((i * 1e6) / FPS), duration: Math.round(1e6 / FPS) });
  }
  await writer.finish();
}

/** One grey frame of any size. */
async function drawGrey(path: string, width: number, height: number, transfer = BT709.transfer): Promise<void> {
  const writer = await createVideoWriter(path, {
    width,
    height,
    color: {
      ...BT709,
      transfer,
      ...(transfer === BT709.transfer ? {} : { primaries: 'bt2020', matrix: 'bt2020' as const }),
    },
    frameRate: 1,
    quality: 'draft',
  });
  const planes = new Uint8Array(width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2)).fill(128);
  const frame: Frame = { timestamp: 0, duration: 1e6, width, height, format: 'i420', pixels: planes, color: BT709 };
  await writer.write(frame);
  await writer.finish();
}

/** One frame of 480 x 270, enlarged. */
async function drawLarge(path: string, actor: Actor | null, times: number): Promise<void> {
  const [w, h] = [480, 270];
  const state = restState({ scale: 0.5 });
  const { frame } = renderScene(actor === null ? [] : [{ actor, state }], state, { width: w, height: h });
  const small = rgbaToI420(frame, BT709).pixels;
  const [width, height] = [w * times, h * times];
  const pixels = new Uint8Array((width * height * 3) / 2);
  let from = 0;
  let to = 0;
  for (const k of [1, 2, 2]) {
    for (let y = 0; y < height / k; y++)
      for (let x = 0; x < width / k; x++)
        pixels[to + y * (width / k) + x] = small[from + Math.floor(y / times) * (w / k) + Math.floor(x / times)] ?? 0;
    from += (w * h) / k / k;
    to += (width * height) / k / k;
  }
  const writer = await createVideoWriter(path, { width, height, color: BT709, frameRate: FPS, quality: 'draft' });
  await writer.write({
    timestamp: 0,
    duration: Math.round(1e6 / FPS),
    width,
    height,
    format: 'i420',
    pixels,
    color: BT709,
  });
  await writer.finish();
}

/** A second of silence as WAV. */
function silence(): Buffer {
  const samples = Buffer.alloc(16_000 * 2);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(16_000, 24);
  head.writeUInt32LE(32_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

async function drawClips(at: (name: string) => string): Promise<void> {
  // Three who are surely different people to both embedders.
  const [her, him, third] = [createActor(4), createActor(7), createActor(6)];
  await drawClip(at('her.mp4'), [her], { frames: 16 });
  await drawClip(at('him.mp4'), [him], { frames: 16 });
  await drawClip(at('third.mp4'), [third], { frames: 5 });
  await drawClip(at('nobody.mp4'), [], { frames: 3 });
  await drawClip(at('tiny.mp4'), [him], { frames: 3, width: 320, height: 240, scale: 0.11 });
  await drawClip(at('profile.mp4'), [him], { frames: 4, yaw: 86 });
  await drawClip(at('two.mp4'), [him, third], { frames: 4, width: 384, scale: 0.4 });
  await drawClip(at('five.mp4'), [him, third, her, createActor(12), createActor(8)], {
    frames: 2,
    width: 640,
    height: 200,
    scale: 0.42,
  });
  await drawClip(at('one-frame.mp4'), [him], { frames: 1 });
  await drawClip(at('lost.mp4'), [him], { frames: 12, away: [5, 8] });
  await drawClip(at('odd.mp4'), [him], { frames: 4, width: 225, height: 223 });
  await drawLarge(at('8k.mp4'), him, 16);
  await drawLarge(at('8k-nobody.mp4'), null, 16);
  await drawGrey(at('hdr.mp4'), 64, 64, 'pq');
  await writePicture(
    at('picture.png'),
    renderScene([{ actor: him, state: restState() }], restState(), { width: 224, height: 224 }).frame,
  );
  const whole = await readFile(at('him.mp4'));
  await writeFile(at('truncated.mp4'), whole.subarray(0, Math.floor(whole.length * 0.6)));
  await drawClip(at('him.webm'), [him], { frames: 3 });
  const webm = await readFile(at('him.webm'));
  await writeFile(at('truncated.webm'), webm.subarray(0, 300));
  await writeFile(at('empty.mp4'), '');
  await writeFile(at('text.mp4'), 'This is a letter, not a film.\n'.repeat(50));
  await writeFile(at('sound.wav'), silence());
  await copyFile(at('sound.wav'), at('sound.mp4'));
  const noise = Buffer.from(whole);
  for (let i = 2000; i < noise.length; i += 7) noise[i] = (i * 31) & 255;
  await writeFile(at('garbled.mp4'), noise);
  await copyFile(at('him.mp4'), at('him.avi'));
}

async function signRecords(at: (name: string) => string, home: string): Promise<void> {
  const key = { her: await createKey('her'), him: await createKey('him'), third: await createKey('third') };
  const faces = {} as Record<'her' | 'him' | 'third', Identity[]>;
  for (const who of ['her', 'him', 'third'] as const) {
    const { tracks } = await cachedAnalysis(at(`${who}.mp4`), join(home, 'analysis'));
    faces[who] = tracks[0]?.faces.flatMap(({ identity }) => (identity === null ? [] : [identity])) ?? [];
  }
  const now = Date.now();
  const make = async (
    file: string,
    who: 'her' | 'him' | 'third',
    change: { scope?: Partial<NewRecord['scope']>; term?: NewRecord['term'] } = {},
    signer: SigningKey | null = key[who],
  ): Promise<ConsentEnvelope> => {
    const unsigned = await createRecord({
      subject: { did: key[who].did, displayName: `Drawn ${who}`, adult: true },
      faces: faces[who],
      project: { title: 'Bad input' },
      scope: {
        roles: [who === 'her' ? 'source' : 'replaced'],
        operations: ['train', 'faceSwap'],
        uses: ['film'],
        ...change.scope,
      },
      term: change.term ?? { from: new Date(now - 60_000), to: new Date(now + YEAR) },
    });
    const envelope = signer === null ? unsigned : await signRecord(unsigned, signer);
    await writeEnvelope(at(file), envelope);
    return envelope;
  };
  const good = await make('her.consent.json', 'her');
  await make('him.consent.json', 'him');
  await make('third.consent.json', 'third');
  await make('expired.consent.json', 'her', { term: { from: new Date(now - 2 * YEAR), to: new Date(now - YEAR) } });
  await make('future.consent.json', 'her', { term: { from: new Date(now + YEAR), to: new Date(now + 2 * YEAR) } });
  await make('train-only.consent.json', 'her', { scope: { operations: ['train'] } });
  await make('use.consent.json', 'her', { scope: { uses: ['education'] } });
  await make('role.consent.json', 'her', { scope: { roles: ['replaced'] } });
  await make('medium.consent.json', 'her', { scope: { media: ['picture'] } });
  await make('territory.consent.json', 'her', { scope: { territories: ['FR'] } });
  await make('unsigned.consent.json', 'her', {}, null);
  await revoke(await make('revoked.consent.json', 'her'), key.her);
  const text = await readFile(at('her.consent.json'), 'utf8');
  await writeFile(at('forged.consent.json'), text.replace('Drawn her', 'Drawn Eve'));
  const widened = JSON.parse(text) as typeof good;
  await writeFile(
    at('widened.consent.json'),
    JSON.stringify({
      ...widened,
      record: { ...widened.record, scope: { ...widened.record.scope, uses: ['film', 'advertising'] } },
    }),
  );
  await writeFile(at('broken.consent.json'), text.slice(0, 200));
  await writeFile(at('other.consent.json'), '{"name":"not a record"}');
}

/** Draws, signs, and gives the means to run commands on it. */
export async function makeFixture(): Promise<Fixture> {
  const root = await mkdtemp(join(tmpdir(), 'likeness-bad-input-'));
  const home = join(root, 'home');
  const at = (name: string): string => join(root, 'in', name);
  await mkdir(join(root, 'in'));
  process.env['LIKENESS_HOME'] = home;
  await drawClips(at);
  await signRecords(at, home);
  let rooms = 0;
  return {
    root,
    home,
    at,
    room: async () => {
      const path = join(root, `room-${rooms++}`);
      await mkdir(path);
      return path;
    },
    run: (args, options = {}) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [join(packageRoot, 'bin', 'likeness.mjs'), ...args], {
          cwd: options.cwd ?? root,
          env: { ...process.env, LIKENESS_HOME: options.home ?? home },
          stdio: ['ignore', 'pipe', 'pipe'],
          ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
        });
        let out = '';
        let err = '';
        child.stdout.on('data', (chunk) => {
          out += String(chunk);
        });
        child.stderr.on('data', (chunk) => {
          err += String(chunk);
          options.onErr?.(String(chunk), (signal) => child.kill(signal));
        });
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, out, err }));
      }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Everything below a folder, sorted: to see that nothing was added. */
export async function listing(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).map(String).sort();
}
