/** Parts of one video, written one after the other, become one file: packets are copied, nothing is encoded again. */

import { EncodedPacketSink, EncodedVideoPacketSource, type Input, Output } from 'mediabunny';
import { LikenessError, type Veil } from '../base/index.js';
import { damaged, openInput } from './container.js';
import { clearClock } from './mp4-clock.js';
import { containerFor, timescaleFor } from './output-format.js';
import { PartFile, refuseSameFile } from './part-file.js';
import type { SoundChange } from './sound-change.js';
import { SoundCopy } from './sound-copy.js';

/** How {@link joinVideos} shall write. */
export interface JoinOptions {
  /** Ticks per second; the same as the parts were written with. */
  readonly timeResolution?: number;
  /** Mean frames per second, where the clock is not given. */
  readonly frameRate?: number;
  /** Copy all sound tracks of this file, bit for bit. */
  readonly copyAudioFrom?: string;
  /** The parts are not all of the video: what is written begins at 0 with their first frame, and its sound ends with their last. */
  readonly isPart?: boolean;
  /** Changes that sound, which is encoded anew then (AAC, in WebM Opus). */
  readonly changeSound?: SoundChange;
  /** The parts carry alpha; only `.webm` can. */
  readonly alpha?: boolean;
  /** Encrypts the whole on its way to the disk. */
  readonly veil?: Veil;
}

/** A part that does not lie in a file; it is asked for when its turn comes. */
export interface MemoryPart {
  /** For messages. */
  readonly name: string;
  read(): Promise<Uint8Array>;
}

const nameOf = (part: string | MemoryPart): string => (typeof part === 'string' ? part : part.name);

/** What must be the same in all parts: the decoder is set up once. */
async function fingerprint(path: string, input: Input): Promise<string> {
  const track = await input.getPrimaryVideoTrack();
  const config = await track?.getDecoderConfig();
  if (!track || !config) throw new LikenessError('media.no-video', `${path} holds no moving picture to join.`);
  const raw = config.description;
  const bytes =
    raw === undefined
      ? new Uint8Array(0)
      : ArrayBuffer.isView(raw)
        ? new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength)
        : new Uint8Array(raw);
  const { codedWidth, codedHeight } = config;
  return `${await track.getCodec()} ${codedWidth}x${codedHeight} ${Buffer.from(bytes).toString('hex')}`;
}

/**
 * Joins parts that `createVideoWriter` wrote with the same options and with the timestamps of the whole (the second part
 * begins where the first ended). Long renders are done in such parts, so that a part that was finished is never done again.
 *
 * @param parts in order; each begins with a key frame, as every written file does
 * @param path the whole; the file appears under its name only when it is complete
 * @throws LikenessError `media.join` where parts do not belong together, and all of `createVideoWriter`
 */
export async function joinVideos(
  parts: readonly (string | MemoryPart)[],
  path: string,
  options: JoinOptions = {},
): Promise<void> {
  let moov: { data: Uint8Array; position: number } | null = null;
  const container = containerFor(path, (data, position) => {
    moov = { data: data.slice(), position };
  });
  const header = (): { data: Uint8Array; position: number } | null => moov;
  const [firstPart] = parts;
  if (firstPart === undefined) throw new LikenessError('media.join', `There are no parts to join into ${path}.`);
  const firstName = nameOf(firstPart);
  const files = parts.filter((part) => typeof part === 'string');
  await refuseSameFile(path, options.copyAudioFrom === undefined ? files : [...files, options.copyAudioFrom]);
  const file = await PartFile.create(path, options.veil);
  let sound: SoundCopy | null = null;
  try {
    const output = new Output({ format: container.format, target: file.target() });
    const avc = container.codec === 'h264';
    const track = new EncodedVideoPacketSource(avc ? 'avc' : 'vp9');
    const timescale = timescaleFor(options.frameRate ?? 0, options.timeResolution);
    output.addVideoTrack(track, {
      ...(avc ? { frameRate: timescale } : {}),
      ...(options.alpha ? { canBeTransparent: true } : {}),
    });
    if (options.copyAudioFrom !== undefined)
      sound = await SoundCopy.open(
        options.copyAudioFrom,
        output,
        container.format.getSupportedAudioCodecs(),
        container.name,
        options.changeSound,
      );
    await output.start();
    let wanted: string | null = null;
    let end = Number.NEGATIVE_INFINITY;
    /** Where what is written begins in the whole, in seconds. */
    let origin = 0;
    /** Where the last picture goes. */
    let until = Number.NEGATIVE_INFINITY;
    for (const part of parts) end = await append(part, end);
    await (options.isPart === true ? sound?.advance(until) : sound?.finish());
    await output.finalize();
    const made = header();
    if (made) await file.write(clearClock(made.data), made.position);
    if (file.failure) throw file.failure;
    await sound?.close();
    await file.commit();

    /** Copies one part and gives the time of its last frame. */
    async function append(source: string | MemoryPart, after: number): Promise<number> {
      const part = nameOf(source);
      const input = await openInput(part, typeof source === 'string' ? undefined : await source.read());
      let last = after;
      try {
        const print = await fingerprint(part, input);
        const first = wanted === null;
        wanted ??= print;
        if (print !== wanted)
          throw new LikenessError('media.join', `${part} was written with other settings than ${firstName}.`, {
            hint: 'Write all parts with the same options.',
          });
        const from = await input.getPrimaryVideoTrack();
        const config = first ? await from?.getDecoderConfig() : null;
        if (!from) return last;
        let fresh = true;
        const partEnd = (await input.getDurationFromMetadata()) ?? 0;
        for await (const packet of new EncodedPacketSink(from).packets()) {
          if (packet.timestamp <= after)
            throw new LikenessError('media.join', `${part} begins before the end of the part in front of it.`, {
              hint: 'Give the parts in order.',
            });
          if (first && fresh && options.isPart === true) {
            origin = packet.timestamp;
            sound?.beginAt(origin);
          }
          await sound?.advance(packet.timestamp);
          // The last block of a WebM does not say how long it lasts; the end of its file does.
          const rest = Math.max(0, partEnd - packet.timestamp);
          const duration = packet.duration > 0 ? packet.duration : rest;
          const whole = packet.clone({ duration, timestamp: packet.timestamp - origin });
          until = packet.timestamp + duration;
          await track.add(whole, config && fresh ? { decoderConfig: config } : undefined);
          fresh = false;
          last = Math.max(last, packet.timestamp);
          if (file.failure) throw file.failure;
        }
        return last;
      } catch (cause) {
        throw damaged(part, cause);
      } finally {
        input.dispose();
      }
    }
  } catch (cause) {
    await sound?.close();
    await file.discard();
    throw file.failure ?? cause;
  }
}
