/** The sound of a file as numbers, for what listens to it. */
import { Decoder, Demuxer, FilterAPI } from 'node-av/api';
import { LikenessError } from '../base/index.js';
import { damaged, type Sniffed, sniff, unknownFormat } from './container.js';
import { readerOf } from './import.js';
import './with-resolvers.js';

/** Longer sound than this many seconds is not read into memory. */
const MOST_SECONDS = 1800;

function refuseLong(path: string): never {
  throw new LikenessError('media.too-long', `${path} has more than ${MOST_SECONDS / 60} minutes of sound.`, {
    hint: 'Cut out the part that is meant.',
  });
}

async function samplesOf(
  path: string,
  sniffed: Sniffed,
  rate: number,
  seconds: number | null,
): Promise<Float32Array | null> {
  const enough = seconds === null ? Number.POSITIVE_INFINITY : Math.ceil(seconds * rate);
  // Naming the reader keeps a file from posing as a playlist that opens others.
  const input = await Demuxer.open(path, {
    format: readerOf(sniffed.name),
    options: { protocol_whitelist: 'file' },
  });
  try {
    const stream = input.audio();
    if (!stream) return null;
    const decoder = await Decoder.create(stream);
    const filter = FilterAPI.create(`aformat=sample_fmts=flt:sample_rates=${rate}:channel_layouts=mono`);
    const parts: Float32Array[] = [];
    let length = 0;
    try {
      for await (const frame of filter.frames(decoder.frames(input.packets(stream.index)))) {
        if (frame === null) continue;
        const plane = frame.data?.[0];
        if (plane) {
          const bytes = plane.subarray(0, 4 * frame.nbSamples);
          parts.push(new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)));
          length += frame.nbSamples;
        }
        frame.free();
        if (length >= enough) break;
        if (length > MOST_SECONDS * rate) refuseLong(path);
      }
    } finally {
      filter.close();
      decoder.close();
    }
    const all = new Float32Array(Math.min(length, enough));
    let at = 0;
    for (const part of parts) {
      all.set(part.subarray(0, all.length - at), at);
      at += part.length;
    }
    return all;
  } finally {
    await input.close();
  }
}

/**
 * Reads the first sound track of a video or sound file, mixed to one channel.
 *
 * @param rate samples a second of the result
 * @param seconds where given, only so much of the beginning is read, however long the sound is
 * @returns samples, -1..1; `null` where the file has no sound track
 * @throws LikenessError `media.unknown-format`, `media.too-long`, `media.damaged`, `file.*`
 */
export async function readSound(
  path: string,
  rate: number,
  seconds: number | null = null,
): Promise<Float32Array | null> {
  const sniffed = await sniff(path);
  if (sniffed.kind === 'picture') return null;
  if (sniffed.kind === 'unknown') throw unknownFormat(path);
  try {
    return await samplesOf(path, sniffed, rate, seconds);
  } catch (cause) {
    throw damaged(path, cause);
  }
}
