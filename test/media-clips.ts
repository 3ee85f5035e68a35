/** Clips for the tests of the media room: every frame carries its number in a form that survives a codec. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  FilePathSource,
  FilePathTarget,
  Input,
  MATROSKA,
  MkvOutputFormat,
  MovOutputFormat,
  MP4,
  Mp4OutputFormat,
  Output,
  QTFF,
  WEBM,
  WebMOutputFormat,
} from 'mediabunny';
import {
  BT709,
  type ColorInfo,
  createVideoWriter,
  type Frame,
  i420Size,
  lumaOf,
  openVideo,
  releaseFrame,
} from '../src/media/index.js';

/** A folder for one test file, and how to remove it. */
export function scratch(): { dir: string; at: (name: string) => string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'likeness-media-test-'));
  return { dir, at: (name) => join(dir, name), remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Runs the system's ffmpeg; false where there is none. */
export const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

export function ffmpeg(...args: string[]): void {
  const done = spawnSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`ffmpeg ${args.join(' ')}: ${done.stderr}`);
}

const BITS = 8;

/** A frame whose left half shows its number as eight light or dark bars; the right half is a colour ramp. */
export function numbered(
  n: number,
  width: number,
  height: number,
  timestamp: number,
  duration: number,
  color: ColorInfo = BT709,
): Frame {
  const pixels = new Uint8Array(i420Size(width, height));
  const half = (width + 1) >> 1;
  const halfHeight = (height + 1) >> 1;
  for (let y = 0; y < height; y++) {
    const bit = Math.min(BITS - 1, Math.floor((y * BITS) / height));
    for (let x = 0; x < width; x++)
      pixels[y * width + x] = x < width / 2 ? ((n >> bit) & 1 ? 210 : 40) : 40 + Math.round((160 * x) / width);
  }
  const u = width * height;
  pixels.fill(128, u);
  for (let y = 0; y < halfHeight; y++)
    for (let x = half >> 1; x < half; x++) {
      pixels[u + y * half + x] = 90 + Math.round((60 * y) / halfHeight);
      pixels[u + half * halfHeight + y * half + x] = 160 - Math.round((60 * x) / half);
    }
  return { timestamp, duration, width, height, format: 'i420', pixels, color };
}

/** The number that {@link numbered} wrote. */
export function numberOf(frame: Frame): number {
  const luma = lumaOf(frame);
  let n = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const y = Math.floor(((bit + 0.5) * frame.height) / BITS);
    if ((luma[y * frame.width + Math.floor(frame.width / 4)] as number) > 125) n |= 1 << bit;
  }
  return n;
}

/** Writes a clip of numbered frames at the given times (microseconds). */
export async function writeClip(
  path: string,
  times: readonly number[],
  options: { width?: number; height?: number; color?: ColorInfo; last?: number; copyAudioFrom?: string } = {},
): Promise<void> {
  const { width = 64, height = 64, color = BT709, last = 40_000 } = options;
  const span = (times.at(-1) ?? 0) + last - (times[0] ?? 0);
  const sound = options.copyAudioFrom === undefined ? {} : { copyAudioFrom: options.copyAudioFrom };
  const frameRate = (times.length * 1e6) / span;
  const writer = await createVideoWriter(path, { width, height, color, frameRate, ...sound });
  for (const [i, time] of times.entries())
    await writer.write(numbered(i, width, height, time, (times[i + 1] ?? time + last) - time, color));
  await writer.finish();
}

/** `count` times at 25 frames per second. */
export const steady = (count: number): number[] => Array.from({ length: count }, (_, i) => i * 40_000);

/** Numbers and times of all frames of a file. */
export async function readNumbers(
  path: string,
  range: { fromUs?: number; toUs?: number } = {},
): Promise<{ numbers: number[]; times: number[]; durations: number[] }> {
  const video = await openVideo(path);
  const found = { numbers: [] as number[], times: [] as number[], durations: [] as number[] };
  try {
    for await (const frame of video.frames(range)) {
      found.numbers.push(numberOf(frame));
      found.times.push(frame.timestamp);
      found.durations.push(frame.duration);
      releaseFrame(frame);
    }
  } finally {
    video.close();
  }
  return found;
}

/** One sound packet as it lies in a file. */
export interface SoundPacket {
  readonly time: number;
  readonly bytes: string;
}

const open = (path: string): Input =>
  new Input({ source: new FilePathSource(path), formats: [MP4, QTFF, MATROSKA, WEBM] });

/** Every sound packet of every track. */
export async function soundPackets(path: string): Promise<SoundPacket[][]> {
  const input = open(path);
  const tracks: SoundPacket[][] = [];
  for (const track of await input.getAudioTracks()) {
    const packets: SoundPacket[] = [];
    for await (const p of new EncodedPacketSink(track).packets())
      packets.push({ time: p.timestamp, bytes: Buffer.from(p.data).toString('hex') });
    tracks.push(packets);
  }
  input.dispose();
  return tracks;
}

const FORMATS = {
  mp4: () => new Mp4OutputFormat({ fastStart: false }),
  mov: () => new MovOutputFormat({ fastStart: false }),
  mkv: () => new MkvOutputFormat(),
  webm: () => new WebMOutputFormat(),
};

/** A sound track of made-up packets: only containers look at it, no decoder does. */
export interface MadeSound {
  readonly codec: 'aac' | 'opus';
  readonly language: string;
  /** First time in seconds; negative for priming. */
  readonly start: number;
  readonly count: number;
}

/** Puts the pictures of one clip into another container, turned and with made-up sound. */
export async function remux(
  from: string,
  to: string,
  options: { rotation?: 0 | 90 | 180 | 270; sounds?: readonly MadeSound[]; fastStart?: boolean } = {},
): Promise<void> {
  const kind = to.split('.').at(-1) as keyof typeof FORMATS;
  const input = open(from);
  const track = await input.getPrimaryVideoTrack();
  const codec = await track?.getCodec();
  const config = await track?.getDecoderConfig();
  if (!track || !codec || !config) throw new Error(`${from} has no video`);
  const format = options.fastStart ? new Mp4OutputFormat({ fastStart: 'in-memory' }) : FORMATS[kind]();
  const output = new Output({ format, target: new FilePathTarget(to) });
  const video = new EncodedVideoPacketSource(codec);
  output.addVideoTrack(video, { rotation: options.rotation ?? 0 });
  const sounds = (options.sounds ?? []).map((sound) => {
    const source = new EncodedAudioPacketSource(sound.codec);
    output.addAudioTrack(source, { languageCode: sound.language });
    return { sound, source };
  });
  await output.start();
  for (const { sound, source } of sounds) {
    const aac = sound.codec === 'aac';
    const step = aac ? 1024 / 48_000 : 0.02;
    for (let i = 0; i < sound.count; i++) {
      const data = Uint8Array.from({ length: 60 + (i % 7) }, (_, k) => (k * 31 + i * 17 + (aac ? 1 : 2)) & 255);
      await source.add(new EncodedPacket(data, 'key', sound.start + i * step, step), {
        decoderConfig: {
          codec: aac ? 'mp4a.40.2' : 'opus',
          sampleRate: 48_000,
          numberOfChannels: 2,
          ...(aac ? { description: Uint8Array.of(0x11, 0x90) } : {}),
        },
      });
    }
    source.close();
  }
  let first = true;
  for await (const packet of new EncodedPacketSink(track).packets()) {
    await video.add(packet, first ? { decoderConfig: config } : undefined);
    first = false;
  }
  await output.finalize();
  input.dispose();
}

/** Mean absolute difference of two byte arrays. */
export function meanDifference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}
