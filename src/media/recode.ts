/** Putting pictures and sound through a lossy codec and back, in memory: what a platform does to them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decoder, Demuxer, Encoder, Muxer } from 'node-av/api';
import { FF_ENCODER_LIBMP3LAME, FF_ENCODER_LIBOPUS } from 'node-av/constants';
import sharp from 'sharp';
import { fileError, LikenessError, writeAtomic } from '../base/index.js';
import { SRGB } from './color.js';
import { rgbaFrame, toRgba } from './convert.js';
import { readSound } from './sound.js';
import type { Frame } from './types.js';
import './with-resolvers.js';

/** How a picture is put through JPEG. */
export interface RecodeOptions {
  /** 1 to 100; chroma is halved below 90, as usual. */
  readonly quality: number;
  /** Size against the original, by area averaging; 1 unless told. */
  readonly scale?: number;
}

/** A frame after JPEG, perhaps made smaller before: RGBA, with the timestamp of the original. */
export async function recodePicture(frame: Frame, { quality, scale = 1 }: RecodeOptions): Promise<Frame> {
  const { pixels, width, height } = toRgba(frame);
  let picture = sharp(pixels, { raw: { width, height, channels: 4 } }).flatten();
  if (scale !== 1)
    picture = picture.resize(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)), {
      fit: 'fill',
    });
  const jpeg = await picture.jpeg({ quality, chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0' }).toBuffer();
  const { data, info } = await sharp(jpeg).ensureAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const copy = rgbaFrame(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), info.width, info.height);
  return { ...copy, timestamp: frame.timestamp, duration: frame.duration, color: SRGB };
}

/** One channel of samples as a WAV file of 16 bits. */
export function wavOf(samples: Float32Array, rate: number): Uint8Array {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((s, i) => {
    bytes.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(s * 32767))), 44 + 2 * i);
  });
  return bytes;
}

/** Shorter sound goes through no codec. */
const LEAST_SECONDS = 0.1;

async function encodeInto(from: string, to: string, codec: 'opus' | 'mp3', bitrate: number): Promise<void> {
  const input = await Demuxer.open(from, { format: 'wav', options: { protocol_whitelist: 'file' } });
  try {
    const stream = input.audio();
    if (!stream) throw new LikenessError('media.no-sound', `${from} holds no sound.`);
    const decoder = await Decoder.create(stream);
    const name = codec === 'opus' ? FF_ENCODER_LIBOPUS : FF_ENCODER_LIBMP3LAME;
    const encoder = await Encoder.create(name, { decoder, bitrate, autoResample: true });
    const output = await Muxer.open(to, { format: codec === 'opus' ? 'ogg' : 'mp3' });
    try {
      const index = output.addStream(encoder);
      for await (const packet of encoder.packets(decoder.frames(input.packets(stream.index)))) {
        if (packet === null) continue;
        await output.writePacket(packet, index);
        packet.free();
      }
    } finally {
      await output.close();
      encoder.close();
      decoder.close();
    }
  } finally {
    await input.close();
  }
}

/**
 * Samples after a lossy sound codec.
 *
 * @param samples one channel, -1 to 1
 * @param bitrate bits a second
 * @returns as many samples a second as before; a codec may add or drop a few hundredths of a second at the ends;
 *   less than a tenth of a second comes back as it is
 */
export async function recodeSound(
  samples: Float32Array,
  rate: number,
  codec: 'opus' | 'mp3',
  bitrate: number,
): Promise<Float32Array> {
  // Less than a few frames of a codec make a file without a packet.
  if (samples.length < LEAST_SECONDS * rate) return samples.slice();
  const folder = await mkdtemp(join(tmpdir(), 'likeness-sound-')).catch((cause: unknown) => {
    throw fileError(tmpdir(), 'making a folder for sound', cause);
  });
  try {
    const [plain, coded] = [join(folder, 'plain.wav'), join(folder, `coded.${codec === 'opus' ? 'ogg' : 'mp3'}`)];
    await writeAtomic(plain, wavOf(samples, rate));
    await encodeInto(plain, coded, codec, bitrate);
    return (await readSound(coded, rate)) ?? new Float32Array();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
