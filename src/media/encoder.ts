/** The encoding half of the codec seam: 8-bit planes in, compressed packets out. Built on libav through `node-av`. */

import { EncodedPacket } from 'mediabunny';
import {
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVA420P,
  AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  type AVColorPrimaries,
  type AVColorSpace,
  type AVColorTransferCharacteristic,
  FF_ENCODER_LIBVPX_VP9,
  FF_ENCODER_LIBX264,
} from 'node-av/constants';
import * as av from 'node-av/lib';
import { LikenessError } from '../base/index.js';
import { matrixCode, primariesCode, transferCode } from './color.js';
import type { ColorInfo } from './types.js';

/** How good the picture shall be: a name, a constant rate factor (lower is better) or bits per second. */
export type Quality = 'draft' | 'good' | 'high' | { readonly crf: number } | { readonly bitrate: number };

/** What {@link openEncoder} needs to know. */
export interface EncoderSetup {
  readonly codec: 'h264' | 'vp9';
  readonly width: number;
  readonly height: number;
  readonly color: ColorInfo;
  /** Mean frames per second: sets the distance of key frames and the rate control, not the timestamps. */
  readonly frameRate: number;
  /** Ticks per second of the timestamps. */
  readonly timescale: number;
  readonly quality: Quality;
  /** The planes carry a fourth one, alpha (VP9 only). */
  readonly alpha: boolean;
}

/** Threads of an encoder, whatever the machine has. */
const THREADS = 4;

/** Speed setting and rate factor of the named qualities; the figures behind them are in `docs/media.md`. */
const NAMED = {
  h264: { draft: ['superfast', 23], good: ['superfast', 17], high: ['fast', 13] },
  vp9: { draft: ['8', 36], good: ['6', 24], high: ['4', 16] },
} as const;

interface RateControl {
  readonly speed: string;
  readonly crf: number | null;
  readonly bitrate: number;
  /** One coarseness for all frames, however much goes on in them (x264's `qcomp` 1). */
  readonly even: boolean;
}

const settings = ({ quality, codec }: EncoderSetup): RateControl => {
  if (typeof quality === 'string') {
    const [speed, crf] = NAMED[codec][quality];
    // As x264 is set by itself, a frame in which more goes on is coded more coarsely, all of it: what a swap changes in a
    // face would cost the rest of the picture.
    return { speed, crf, bitrate: 0, even: codec === 'h264' };
  }
  const speed = NAMED[codec].good[0];
  return 'crf' in quality
    ? { speed, crf: quality.crf, bitrate: 0, even: false }
    : { speed, crf: null, bitrate: quality.bitrate, even: false };
};

/** One encoder with its libav memory. Use {@link openEncoder}; always {@link Encoder.close} it. */
export class Encoder {
  readonly #context: av.CodecContext;
  readonly #packet = new av.Packet();
  readonly #setup: EncoderSetup;
  readonly #durations = new Map<bigint, number>();

  constructor(context: av.CodecContext, setup: EncoderSetup) {
    this.#context = context;
    this.#setup = setup;
    this.#packet.alloc();
  }

  /**
   * Copies planes into codec memory; they may be reused as soon as this returns.
   *
   * @param ticks presentation time, in ticks of the timescale
   */
  stage(planes: Uint8Array, ticks: number, duration: number): av.Frame {
    const { width, height, timescale, alpha } = this.#setup;
    const pts = BigInt(ticks);
    this.#durations.set(pts, duration);
    const format = alpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P;
    const timeBase = { num: 1, den: timescale };
    const pixels = Buffer.from(planes.buffer, planes.byteOffset, planes.byteLength);
    // This one only points at the caller's pixels, which the caller may use again long before the encoder gets to them.
    const borrowed = av.Frame.fromVideoBuffer(pixels, { width, height, format, pts, timeBase });
    const frame = new av.Frame();
    frame.alloc();
    frame.width = width;
    frame.height = height;
    frame.format = format;
    const made = frame.getBuffer();
    const copied = made < 0 ? made : frame.copy(borrowed);
    borrowed.free();
    if (copied < 0) throw new LikenessError('media.encode', `No memory for a frame of ${width}x${height}.`);
    frame.pts = pts;
    frame.timeBase = new av.Rational(1, timescale);
    frame.duration = BigInt(duration);
    return frame;
  }

  /** Encodes a staged frame (`null` flushes) and gives what packets are ready, in decode order. Frees the frame. */
  async encode(frame: av.Frame | null): Promise<EncodedPacket[]> {
    const sent = await this.#context.sendFrame(frame);
    frame?.free();
    if (sent < 0)
      throw new LikenessError('media.encode', `The ${this.#setup.codec} encoder refused a frame (error ${sent}).`);
    const ready: EncodedPacket[] = [];
    while ((await this.#context.receivePacket(this.#packet)) >= 0) {
      const { data, pts, isKeyframe } = this.#packet;
      if (data) {
        const duration = this.#durations.get(pts) ?? 0;
        this.#durations.delete(pts);
        // Eight bytes of Matroska's numbering come before the second VP9 stream that carries alpha.
        const side = this.#packet.getSideData(AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL);
        const { timescale } = this.#setup;
        ready.push(
          new EncodedPacket(
            new Uint8Array(data),
            isKeyframe ? 'key' : 'delta',
            Number(pts) / timescale,
            duration / timescale,
            undefined,
            undefined,
            side ? { alpha: new Uint8Array(side.subarray(8)) } : undefined,
          ),
        );
      }
      this.#packet.unref();
    }
    return ready;
  }

  /** Frees the libav memory. */
  close(): void {
    this.#context.freeContext();
    this.#packet.free();
  }
}

/**
 * Opens an encoder.
 *
 * @throws LikenessError `media.codec` where the codec is not built in, or refuses the size
 */
export async function openEncoder(setup: EncoderSetup): Promise<Encoder> {
  const name = setup.codec === 'h264' ? FF_ENCODER_LIBX264 : FF_ENCODER_LIBVPX_VP9;
  const codec = av.Codec.findEncoderByName(name);
  if (!codec) throw new LikenessError('media.codec', `This machine's codec package has no ${name}.`);
  const { speed, crf, bitrate, even } = settings(setup);
  const { color, frameRate } = setup;
  const context = new av.CodecContext();
  context.allocContext3(codec);
  context.width = setup.width;
  context.height = setup.height;
  context.pixelFormat = setup.alpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P;
  context.timeBase = new av.Rational(1, setup.timescale);
  context.framerate = new av.Rational(Math.max(1, Math.round(frameRate * 1000)), 1000);
  context.sampleAspectRatio = new av.Rational(1, 1);
  // A key frame every two seconds: cheap, and players and our own seeks find one nearby.
  context.gopSize = Math.max(2, Math.min(300, Math.round(frameRate * 2)));
  context.colorRange = color.range === 'full' ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  context.colorSpace = matrixCode(color) as AVColorSpace;
  context.colorPrimaries = primariesCode(color.primaries) as AVColorPrimaries;
  context.colorTrc = transferCode(color.transfer) as AVColorTransferCharacteristic;
  context.bitRate = BigInt(Math.round(bitrate));
  if (crf !== null) context.setOption('crf', String(crf));
  if (even) context.setOption('qcomp', '1');
  // Encoders divide a picture among their threads: another number of them gives other bytes, on every machine the same.
  context.threadCount = THREADS;
  if (setup.codec === 'h264') context.setOption('preset', speed);
  else {
    context.setOption('deadline', speed === '4' ? 'good' : 'realtime');
    context.setOption('cpu-used', speed);
    context.setOption('row-mt', '1');
    // Alpha and hidden reference frames do not go together in libvpx.
    if (setup.alpha) context.setOption('auto-alt-ref', '0');
  }
  const code = await context.open2(codec, null);
  if (code < 0) {
    context.freeContext();
    throw new LikenessError(
      'media.codec',
      `The ${setup.codec} encoder cannot write ${setup.width}x${setup.height} (error ${code}).`,
    );
  }
  return new Encoder(context, setup);
}
