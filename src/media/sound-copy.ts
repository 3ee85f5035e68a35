/**
 * Sound on its way from one file into another. What is not changed goes over packet by packet, bit for bit, each with its
 * own time; what is changed is encoded anew, in the same time.
 */

import {
  type AudioCodec,
  BufferTarget,
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedPacketSink,
  type Input,
  Output,
} from 'mediabunny';
import { LikenessError } from '../base/index.js';
import { openMedia } from './open.js';
import { containerFor } from './output-format.js';
import { ChangedSound, type SoundChange } from './sound-change.js';

interface Lane {
  /** What a decoder has to know; asked for with the first packet. */
  readonly config: () => Promise<AudioDecoderConfig | null>;
  /** The track as it is written anew; null where it is copied. */
  readonly changed: ChangedSound | null;
  readonly source: EncodedAudioPacketSource;
  readonly packets: AsyncGenerator<EncodedPacket, void, unknown>;
  next: EncodedPacket | null;
  started: boolean;
  ended: boolean;
}

/** Copies the sound tracks of one file into an output, in step with the pictures. */
export class SoundCopy {
  readonly #input: Input;
  readonly #lanes: Lane[];
  /** What of the sound comes first in the output, in seconds. */
  #origin = Number.NEGATIVE_INFINITY;

  private constructor(input: Input, lanes: Lane[]) {
    this.#input = input;
    this.#lanes = lanes;
  }

  /**
   * Opens the file and adds its sound tracks to the output, which must not have started yet.
   *
   * @param container name for messages: `MP4`, `WebM`
   * @param change what is done to the sound; where left out, it is copied
   * @throws LikenessError `media.sound-codec` where the container cannot carry a track
   */
  static async open(
    path: string,
    output: Output,
    supported: readonly AudioCodec[],
    container: string,
    change?: SoundChange,
  ): Promise<SoundCopy> {
    const { input, reads } = await openMedia(path);
    const lanes: Lane[] = [];
    try {
      for (const [i, track] of (await input.getAudioTracks()).entries()) {
        const name = await track.getName();
        const facts = { languageCode: await track.getLanguageCode(), ...(name ? { name } : {}) };
        if (change !== undefined) {
          const written = supported.includes('aac') ? 'aac' : 'opus';
          const changed = await ChangedSound.open(reads.path, reads.format, i, written, change);
          const source = new EncodedAudioPacketSource(written);
          output.addAudioTrack(source, facts);
          const config = async () => changed.config;
          lanes.push({ config, changed, source, packets: changed.packets(), next: null, started: false, ended: false });
          continue;
        }
        const codec = await track.getCodec();
        if (codec === null || !supported.includes(codec))
          throw new LikenessError(
            'media.sound-codec',
            `The sound of ${path} is ${codec ?? String(await track.getInternalCodecId())}, which ${container} cannot carry unchanged.`,
            { hint: container === 'WebM' ? 'Write an .mp4 file instead.' : 'Convert the sound to AAC first.' },
          );
        const source = new EncodedAudioPacketSource(codec);
        output.addAudioTrack(source, facts);
        const packets = new EncodedPacketSink(track).packets();
        const config = () => track.getDecoderConfig();
        lanes.push({ config, changed: null, source, packets, next: null, started: false, ended: false });
      }
      return new SoundCopy(input, lanes);
    } catch (cause) {
      for (const { changed } of lanes) await changed?.close();
      input.dispose();
      throw cause;
    }
  }

  /** Leaves out what lies in front of this time, in seconds; it is 0 in the output. To be called before anything is copied. */
  beginAt(seconds: number): void {
    this.#origin = seconds;
  }

  /** Copies every packet that starts before `seconds`. Keeping close to the pictures keeps the muxer's memory flat. */
  async advance(seconds: number): Promise<void> {
    for (const lane of this.#lanes) {
      while (!lane.ended) {
        if (!lane.next) {
          const step = await lane.packets.next();
          if (step.done) {
            lane.ended = true;
            lane.source.close();
            break;
          }
          lane.next = step.value;
        }
        if (lane.next.timestamp >= seconds) break;
        if (lane.next.timestamp < this.#origin) {
          lane.next = null;
          continue;
        }
        const config = lane.started ? undefined : await lane.config();
        await lane.source.add(this.#moved(lane.next), config ? { decoderConfig: config } : undefined);
        lane.started = true;
        lane.next = null;
      }
    }
  }

  #moved(packet: EncodedPacket): EncodedPacket {
    return this.#origin > 0 ? packet.clone({ timestamp: packet.timestamp - this.#origin }) : packet;
  }

  /** Copies what is left. */
  async finish(): Promise<void> {
    await this.advance(Number.POSITIVE_INFINITY);
  }

  /** Frees the file. */
  async close(): Promise<void> {
    for (const lane of this.#lanes) {
      await lane.packets.return().catch(() => undefined);
      await lane.changed?.close();
    }
    this.#input.dispose();
  }
}

/**
 * Makes sure that the sound of one file can go into another, before anything long is begun.
 *
 * @param change what will be done to it; left out, it goes unchanged
 * @throws LikenessError `media.sound-codec`, `media.output-format`
 */
export async function checkSound(from: string, into: string, change?: SoundChange): Promise<void> {
  const { format, name } = containerFor(into, () => undefined);
  const output = new Output({ format, target: new BufferTarget() });
  const sound = await SoundCopy.open(from, output, format.getSupportedAudioCodecs(), name, change);
  await sound.close();
}
