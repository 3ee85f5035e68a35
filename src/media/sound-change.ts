/**
 * Sound that is changed on its way into another file: one track is decoded, changed in place stretch by stretch, and encoded
 * anew, each sample at its own time. Memory does not grow with the length.
 */
import { EncodedPacket } from 'mediabunny';
import { Decoder, Demuxer, Encoder, FilterAPI } from 'node-av/api';
import { AV_SAMPLE_FMT_FLT, AVMEDIA_TYPE_AUDIO, FF_ENCODER_AAC, FF_ENCODER_LIBOPUS } from 'node-av/constants';
import { Frame, type Packet } from 'node-av/lib';
import { LikenessError } from '../base/index.js';
import { damaged } from './container.js';
import './with-resolvers.js';

/**
 * Changes a stretch of sound in place.
 *
 * @param channels samples of each channel, all of one length, full scale being 1
 * @param sampleRate samples a second
 * @param at samples of the track that lie before this stretch
 */
export type SoundChange = (channels: readonly Float32Array[], sampleRate: number, at: number) => void;

/** Codecs that changed sound is written in. */
export type ChangedCodec = 'aac' | 'opus';

/** Bits a second of each channel. */
const BITRATE: Readonly<Record<ChangedCodec, number>> = { aac: 96_000, opus: 80_000 };
/** Rates that AAC has; other sound is brought to 48 kHz, and so is all for Opus. */
const AAC_RATES = new Set([8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000]);
const OPUS_RATE = 48_000;
/** Gaps and overlaps below this many seconds are the coarse clock of a container, not missing sound. */
const TOLERANCE = 0.02;
/** A gap is filled in pieces of this many samples. */
const PIECE = 48_000;

/** What a container has to know of a track before its first packet. */
export interface SoundConfig {
  readonly codec: string;
  readonly sampleRate: number;
  readonly numberOfChannels: number;
  readonly description: Uint8Array;
}

interface Parts {
  /** For messages. */
  readonly path: string;
  readonly input: Demuxer;
  readonly index: number;
  readonly decoder: Decoder;
  readonly filter: FilterAPI;
  readonly encoder: Encoder;
  readonly codec: ChangedCodec;
  readonly change: SoundChange;
}

/** See the head of this file. Always {@link ChangedSound.close} it. */
export class ChangedSound {
  readonly #parts: Parts;
  #config: SoundConfig | null = null;
  /** Samples of the track so far, and the time of its first in samples; null before it. */
  #at = 0;
  #start: number | null = null;
  /** The time of its first sample in seconds. */
  #begins = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Opens one sound track.
   *
   * @param format libav's name of the container
   * @param track number of the sound track, from 0
   * @throws LikenessError `media.no-sound`
   */
  static async open(
    path: string,
    format: string,
    track: number,
    codec: ChangedCodec,
    change: SoundChange,
  ): Promise<ChangedSound> {
    const input = await Demuxer.open(path, { format, options: { protocol_whitelist: 'file' } });
    try {
      const stream = input.streams.filter((each) => each.codecpar.codecType === AVMEDIA_TYPE_AUDIO)[track];
      if (stream === undefined) throw new LikenessError('media.no-sound', `${path} holds no sound track ${track + 1}.`);
      const { sampleRate, channels } = stream.codecpar;
      const rate = codec === 'opus' || !AAC_RATES.has(sampleRate) ? OPUS_RATE : sampleRate;
      const decoder = await Decoder.create(stream);
      const filter = FilterAPI.create(`aformat=sample_fmts=flt:sample_rates=${rate}`);
      const encoder = await Encoder.create(codec === 'aac' ? FF_ENCODER_AAC : FF_ENCODER_LIBOPUS, {
        decoder,
        bitrate: BITRATE[codec] * Math.max(1, channels),
        autoResample: true,
      });
      return new ChangedSound({ path, input, index: stream.index, decoder, filter, encoder, codec, change });
    } catch (cause) {
      await input.close();
      throw cause;
    }
  }

  /** What the container has to know; there once the first packet is. */
  get config(): SoundConfig | null {
    return this.#config;
  }

  /** The packets of the changed track, in order. Priming lies before the first sample, as in any file. */
  async *packets(): AsyncGenerator<EncodedPacket, void, undefined> {
    const { path, input, index, decoder, filter, encoder } = this.#parts;
    try {
      for await (const frame of filter.frames(decoder.frames(input.packets(index)))) {
        if (frame === null) continue;
        for (const piece of this.#pieces(frame)) yield* this.#take(await encoder.encodeAll(piece), piece);
      }
      yield* this.#take(await encoder.encodeAll(null), null);
    } catch (cause) {
      throw damaged(path, cause);
    }
  }

  /** The frame, changed, at its place in the track, behind silence where sound is missing. */
  *#pieces(frame: Frame): Generator<Frame, void, undefined> {
    const { sampleRate, nbSamples, channels, timeBase, pts } = frame;
    const plane = frame.data?.[0];
    if (plane === undefined || nbSamples === 0) {
      frame.free();
      return;
    }
    const bytes = 4 * nbSamples * channels;
    const samples = new Float32Array(plane.buffer.slice(plane.byteOffset, plane.byteOffset + bytes));
    const layout = frame.channelLayout;
    frame.free();
    const time = Math.round((Number(pts) * timeBase.num * sampleRate) / timeBase.den);
    this.#start ??= time;
    this.#begins = this.#start / sampleRate;
    const gap = time - (this.#start + this.#at);
    const isGap = gap > TOLERANCE * sampleRate;
    for (let left = isGap ? gap : 0; left > 0; left -= PIECE)
      yield this.#piece(new Float32Array(Math.min(left, PIECE) * channels), channels, sampleRate, layout);
    // What lies over sound that is there already is left out.
    const twice = -gap > TOLERANCE * sampleRate ? Math.min(-gap, nbSamples) : 0;
    if (twice < nbSamples) yield this.#piece(samples.subarray(twice * channels), channels, sampleRate, layout);
  }

  /** Changes interleaved samples, and makes a frame of them. */
  #piece(samples: Float32Array, channels: number, sampleRate: number, layout: Frame['channelLayout']): Frame {
    const count = samples.length / channels;
    const lanes = Array.from({ length: channels }, (_, c) =>
      Float32Array.from({ length: count }, (__, i) => samples[i * channels + c] ?? 0),
    );
    this.#parts.change(lanes, sampleRate, this.#at);
    const mixed = new Float32Array(samples.length);
    for (const [c, lane] of lanes.entries()) for (let i = 0; i < count; i++) mixed[i * channels + c] = lane[i] ?? 0;
    const made = Frame.fromAudioBuffer(Buffer.from(mixed.buffer), {
      nbSamples: count,
      format: AV_SAMPLE_FMT_FLT,
      sampleRate,
      channelLayout: layout,
      timeBase: { num: 1, den: sampleRate },
      // The encoder counts from nought, whatever it is given; the packets get the beginning of the track on top.
      pts: BigInt(this.#at),
    });
    this.#at += count;
    return made;
  }

  /** Encoded packets as the container takes them; frees all that lies in the codec's memory. */
  *#take(made: readonly Packet[], frame: Frame | null): Generator<EncodedPacket, void, undefined> {
    frame?.free();
    for (const packet of made) {
      const { data, pts, duration, timeBase } = packet;
      const seconds = (ticks: bigint): number => (Number(ticks) * timeBase.num) / timeBase.den;
      const bytes = data === null ? null : Uint8Array.from(data);
      packet.free();
      this.#config ??= this.#describe();
      if (bytes !== null) yield new EncodedPacket(bytes, 'key', this.#begins + seconds(pts), seconds(duration));
    }
  }

  #describe(): SoundConfig {
    const { encoder, codec } = this.#parts;
    const context = encoder.getCodecContext();
    const head = context?.extraData;
    if (context === null || !head)
      throw new LikenessError('media.encode', `The ${codec} encoder does not say how its sound is read.`);
    return {
      codec: codec === 'aac' ? 'mp4a.40.2' : 'opus',
      sampleRate: context.sampleRate,
      numberOfChannels: context.channels,
      description: Uint8Array.from(head),
    };
  }

  /** Frees decoder, encoder and file. */
  async close(): Promise<void> {
    const { filter, decoder, encoder, input } = this.#parts;
    filter.close();
    decoder.close();
    encoder.close();
    await input.close();
  }
}
