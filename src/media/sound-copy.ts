/** Sound that is not changed: every packet of every track goes over bit for bit, with its own time. */

import {
  type AudioCodec,
  BufferTarget,
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedPacketSink,
  type Input,
  type InputAudioTrack,
  Output,
} from 'mediabunny';
import { LikenessError } from '../base/index.js';
import { openMedia } from './open.js';
import { containerFor } from './output-format.js';

interface Lane {
  readonly track: InputAudioTrack;
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
   * @throws LikenessError `media.sound-codec` where the container cannot carry a track
   */
  static async open(
    path: string,
    output: Output,
    supported: readonly AudioCodec[],
    container: string,
  ): Promise<SoundCopy> {
    const { input } = await openMedia(path);
    try {
      const lanes: Lane[] = [];
      for (const track of await input.getAudioTracks()) {
        const codec = await track.getCodec();
        if (codec === null || !supported.includes(codec))
          throw new LikenessError(
            'media.sound-codec',
            `The sound of ${path} is ${codec ?? String(await track.getInternalCodecId())}, which ${container} cannot carry unchanged.`,
            { hint: container === 'WebM' ? 'Write an .mp4 file instead.' : 'Convert the sound to AAC first.' },
          );
        const source = new EncodedAudioPacketSource(codec);
        const name = await track.getName();
        output.addAudioTrack(source, { languageCode: await track.getLanguageCode(), ...(name ? { name } : {}) });
        const packets = new EncodedPacketSink(track).packets();
        lanes.push({ track, source, packets, next: null, started: false, ended: false });
      }
      return new SoundCopy(input, lanes);
    } catch (cause) {
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
        const config = lane.started ? undefined : await lane.track.getDecoderConfig();
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
    for (const lane of this.#lanes) await lane.packets.return().catch(() => undefined);
    this.#input.dispose();
  }
}

/**
 * Makes sure that the sound of one file can go unchanged into another, before anything long is begun.
 *
 * @throws LikenessError `media.sound-codec`, `media.output-format`
 */
export async function checkSound(from: string, into: string): Promise<void> {
  const { format, name } = containerFor(into, () => undefined);
  const output = new Output({ format, target: new BufferTarget() });
  const sound = await SoundCopy.open(from, output, format.getSupportedAudioCodecs(), name);
  await sound.close();
}
