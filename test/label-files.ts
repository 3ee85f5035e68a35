/** Real files of every kind that a label can meet, made here: pictures through sharp, films and sounds through libav. */
import { renameSync, rmSync } from 'node:fs';
import {
  EncodedPacketSink,
  EncodedVideoPacketSource,
  FilePathSource,
  FilePathTarget,
  Input,
  MkvOutputFormat,
  Output,
  WEBM,
} from 'mediabunny';
import { Encoder, Muxer } from 'node-av/api';
import {
  AV_CHANNEL_LAYOUT_STEREO,
  AV_SAMPLE_FMT_FLT,
  AV_SAMPLE_FMT_FLTP,
  AV_SAMPLE_FMT_S16,
  AV_SAMPLE_FMT_S16P,
  FF_ENCODER_AAC,
  FF_ENCODER_FLAC,
  FF_ENCODER_LIBMP3LAME,
  FF_ENCODER_LIBOPUS,
  FF_ENCODER_PCM_S16LE,
} from 'node-av/constants';
import { Frame as AvFrame } from 'node-av/lib';
import sharp from 'sharp';
import { Random } from '../src/base/index.js';
import { BT709, createVideoWriter, i420Size } from '../src/media/index.js';

/** Kinds of pictures that carry a label inside. */
export const PICTURES = ['jpeg', 'png', 'webp', 'avif', 'gif'] as const;
/** Kinds of films; `webm` and `mkv` have their label beside them. */
export const FILMS = ['mp4', 'mov', 'webm', 'mkv'] as const;
/** Kinds of sounds; `ogg` has its label beside it. */
export const SOUNDS = ['wav', 'mp3', 'm4a', 'flac', 'ogg'] as const;
/** Any of them. */
export type Kind = (typeof PICTURES)[number] | (typeof FILMS)[number] | (typeof SOUNDS)[number];

/** Interleaved RGB of soft blobs with a little noise: something a watermark or a hash could hold on to. */
export function scene(width: number, height: number, seed: number, shift = 0): Uint8Array {
  const random = new Random(seed);
  const blobs = Array.from({ length: 14 }, () => ({
    x: random.float(),
    y: random.float(),
    r: random.range(0.06, 0.3),
    color: [random.range(-120, 120), random.range(-120, 120), random.range(-120, 120)] as const,
  }));
  const grain = new Random(seed + 1);
  const out = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      const sum = [128, 128, 128];
      for (const blob of blobs) {
        const dx = x / width - blob.x - shift;
        const dy = ((y / height - blob.y) * height) / width;
        const k = Math.exp(-(dx * dx + dy * dy) / (blob.r * blob.r));
        for (let c = 0; c < 3; c++) sum[c] = (sum[c] ?? 0) + k * (blob.color[c] ?? 0);
      }
      const noise = (grain.uint32() & 7) - 3.5;
      for (let c = 0; c < 3; c++) out[at + c] = Math.max(0, Math.min(255, (sum[c] ?? 0) + noise));
    }
  return out;
}

async function picture(kind: (typeof PICTURES)[number], path: string, seed: number): Promise<void> {
  const raw = sharp(scene(96, 64, seed), { raw: { width: 96, height: 64, channels: 3 } });
  await (kind === 'avif' ? raw.avif({ quality: 50, effort: 1 }) : raw[kind]()).toFile(path);
}

const SETTINGS = {
  wav: { codec: FF_ENCODER_PCM_S16LE, format: 'wav', sample: AV_SAMPLE_FMT_S16, bytes: 2, planar: false },
  mp3: { codec: FF_ENCODER_LIBMP3LAME, format: 'mp3', sample: AV_SAMPLE_FMT_S16P, bytes: 2, planar: true },
  m4a: { codec: FF_ENCODER_AAC, format: 'ipod', sample: AV_SAMPLE_FMT_FLTP, bytes: 4, planar: true },
  flac: { codec: FF_ENCODER_FLAC, format: 'flac', sample: AV_SAMPLE_FMT_S16, bytes: 2, planar: false },
  ogg: { codec: FF_ENCODER_LIBOPUS, format: 'ogg', sample: AV_SAMPLE_FMT_FLT, bytes: 4, planar: false },
} as const;

/** Half a second of two tones and some noise, in stereo at 48 kHz. */
async function sound(kind: (typeof SOUNDS)[number], path: string, seed: number): Promise<void> {
  const { codec, format, sample, bytes, planar } = SETTINGS[kind];
  const random = new Random(seed);
  const timeBase = { num: 1, den: 48_000 };
  const encoder = await Encoder.create(codec, { bitrate: '96k' });
  const muxer = await Muxer.open(path, { format });
  const stream = muxer.addStream(encoder);
  const size = { wav: 1024, mp3: 1152, m4a: 1024, flac: 4608, ogg: 960 }[kind];
  async function* frames(): AsyncGenerator<AvFrame | null> {
    for (let start = 0; start < 24_000; start += size) {
      const data = Buffer.alloc(size * 2 * bytes);
      for (let i = 0; i < size; i++)
        for (let channel = 0; channel < 2; channel++) {
          const t = (start + i) / 48_000;
          const value = 0.3 * Math.sin(t * 2764 * (channel + 1)) + 0.05 * (random.float() - 0.5);
          const at = (planar ? channel * size + i : 2 * i + channel) * bytes;
          if (bytes === 2) data.writeInt16LE(Math.round(value * 32767), at);
          else data.writeFloatLE(value, at);
        }
      yield AvFrame.fromAudioBuffer(data, {
        nbSamples: size,
        format: sample,
        sampleRate: 48_000,
        channelLayout: AV_CHANNEL_LAYOUT_STEREO,
        timeBase,
        pts: BigInt(start),
      });
    }
    yield null;
  }
  for await (const packet of encoder.packets(frames())) if (packet) await muxer.writePacket(packet, stream);
  await muxer.close();
  encoder.close();
}

/** A short film whose blobs move, and what is in it frame by frame. */
export async function film(
  path: string,
  options: { seed: number; frames?: number; width?: number; height?: number },
): Promise<void> {
  const { seed, frames = 4, width = 96, height = 64 } = options;
  const color = BT709;
  const ending = path.endsWith('.mkv') ? 'webm' : (/\.(mp4|mov|webm)$/.exec(path)?.[1] ?? 'mp4');
  const plain = `${path}.plain.${ending}`;
  const writer = await createVideoWriter(plain, { width, height, frameRate: 25, color, quality: 'good' });
  for (let n = 0; n < frames; n++) {
    const rgb = scene(width, height, seed, n / 100);
    const pixels = new Uint8Array(i420Size(width, height)).fill(128);
    for (let i = 0; i < width * height; i++)
      pixels[i] = 16 + 0.86 * (0.2 * (rgb[3 * i] ?? 0) + 0.7 * (rgb[3 * i + 1] ?? 0) + 0.1 * (rgb[3 * i + 2] ?? 0));
    await writer.write({ timestamp: n * 40_000, duration: 40_000, width, height, format: 'i420', pixels, color });
  }
  await writer.finish();
  if (!path.endsWith('.mkv')) {
    renameSync(plain, path);
    return;
  }
  const input = new Input({ source: new FilePathSource(plain), formats: [WEBM] });
  const track = await input.getPrimaryVideoTrack();
  if (!track) throw new Error('the film has no picture');
  const output = new Output({ format: new MkvOutputFormat(), target: new FilePathTarget(path) });
  const packets = new EncodedVideoPacketSource('vp9');
  output.addVideoTrack(packets);
  await output.start();
  const decoderConfig = (await track.getDecoderConfig()) as VideoDecoderConfig;
  for await (const packet of new EncodedPacketSink(track).packets()) await packets.add(packet, { decoderConfig });
  await output.finalize();
  input.dispose();
  rmSync(plain);
}

/** Writes a small real file of a kind. */
export async function realFile(kind: Kind, path: string, seed = 1): Promise<void> {
  if ((PICTURES as readonly string[]).includes(kind)) await picture(kind as (typeof PICTURES)[number], path, seed);
  else if ((SOUNDS as readonly string[]).includes(kind)) await sound(kind as (typeof SOUNDS)[number], path, seed);
  else {
    const named = path.endsWith(`.${kind}`) ? path : `${path}.${kind}`;
    await film(named, { seed });
    if (named !== path) renameSync(named, path);
  }
}
