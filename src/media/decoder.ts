/**
 * The decoding half of the codec seam: compressed packets in, upright 8-bit frames out. Built on libav through
 * `node-av`; all heavy work happens on its threads.
 */
import { availableParallelism } from 'node:os';
import type { EncodedPacket } from 'mediabunny';
import {
  AV_CODEC_ID_AV1,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_CODEC_ID_PRORES,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  AV_LOG_QUIET,
  AV_NOPTS_VALUE,
  AV_PIX_FMT_RGBA,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVA420P,
  AV_PIX_FMT_YUVJ420P,
  AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  type AVCodecID,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVMEDIA_TYPE_VIDEO,
  type AVPixelFormat,
  FF_DECODER_LIBVPX_VP9,
  SWS_BICUBIC,
} from 'node-av/constants';
import * as av from 'node-av/lib';
import { LikenessError } from '../base/index.js';
import { i420Size, takeBuffer } from './buffers.js';
import type { ColorHints } from './color.js';
import { planesToRgba } from './convert.js';
import { copyPlane, type Turn } from './orient.js';
import type { ColorInfo, Frame } from './types.js';

// libav talks on standard error, which belongs to the program that uses this room.
av.Log.setLevel(AV_LOG_QUIET);

const CODECS: Readonly<Record<string, AVCodecID>> = {
  avc: AV_CODEC_ID_H264,
  hevc: AV_CODEC_ID_HEVC,
  vp8: AV_CODEC_ID_VP8,
  vp9: AV_CODEC_ID_VP9,
  av1: AV_CODEC_ID_AV1,
  prores: AV_CODEC_ID_PRORES,
};

/** True where {@link openDecoder} knows the codec (short names as in {@link EncodedPacket}'s library). */
export function canDecode(codec: string | null): codec is string {
  return codec !== null && codec in CODECS;
}

/** A decoded picture still in codec memory, valid until the next one is asked for. */
export interface RawPicture {
  readonly picture: av.Frame;
  /** libav's name of the sample format: `yuv420p`, `yuv420p10le`, `gbrp`, ... */
  readonly format: string;
  /** Presentation time in microseconds. */
  readonly timestamp: number;
}

/** Bits of each sample of a libav format name. */
export function bitDepthOf(format: string): number {
  const tail = /(?:p|gray|gbrp|gbrap|rgba?|p0)(9|10|12|14|16)(?:le|be)$/.exec(format)?.[1];
  if (tail) return Number(tail);
  return /48|64/.test(format) ? 16 : 8;
}

/** True for libav format names with an alpha plane. */
export function hasAlpha(format: string): boolean {
  return /^(yuva|gbrap|rgba|bgra|argb|abgr|ya)/.test(format);
}

/** What the bitstream itself says about colour. */
export function colorHintsOf(picture: av.Frame): ColorHints {
  const known = (code: number): number | null => (code === 2 ? null : code);
  return {
    matrix: known(picture.colorSpace),
    primaries: known(picture.colorPrimaries),
    transfer: known(picture.colorTrc),
    fullRange: picture.colorRange === AVCOL_RANGE_JPEG ? true : picture.colorRange === AVCOL_RANGE_MPEG ? false : null,
  };
}

/** What {@link openDecoder} needs to know. */
export interface DecoderSetup {
  /** For error messages. */
  readonly path: string;
  readonly codec: string;
  /** The codec's private data (`avcC`, `hvcC`, ...), if any. */
  readonly description: Uint8Array | undefined;
  readonly codedWidth: number;
  readonly codedHeight: number;
  /** Ask for the alpha layer of VP9, which needs another decoder. */
  readonly alpha: boolean;
  readonly threads?: number;
}

/** One decoder with its libav memory. Use {@link openDecoder}; always {@link Decoder.close} it. */
export class Decoder {
  readonly #context: av.CodecContext;
  readonly #packet = new av.Packet();
  readonly #picture = new av.Frame();
  readonly #path: string;
  #scaler: { context: av.SoftwareScaleContext; out: av.Frame; key: string } | null = null;
  /** A picture that stays, with views of its planes. */
  #landing: { picture: av.Frame; planes: readonly Buffer[]; key: string } | null = null;
  #failures = 0;
  #delivered = 0;

  constructor(context: av.CodecContext, path: string) {
    this.#context = context;
    this.#path = path;
    this.#packet.alloc();
    this.#picture.alloc();
  }

  /**
   * Decodes packets in the order of the stream and yields pictures in presentation order.
   *
   * @throws LikenessError `media.damaged` where the stream cannot be decoded
   */
  async *pictures(packets: AsyncIterable<EncodedPacket>): AsyncGenerator<RawPicture> {
    for await (const packet of packets) {
      this.#fill(packet);
      for (;;) {
        const sent = await this.#context.sendPacket(this.#packet);
        // One picture for one packet: asking a second time only to hear "not yet" would cost a thread hop per frame.
        const received = await this.#receive();
        if (received) yield received;
        if (sent !== AVERROR_EAGAIN) {
          if (sent < 0) this.#fail();
          break;
        }
      }
      this.#packet.unref();
    }
    await this.#context.sendPacket(null);
    for (;;) {
      const received = await this.#receive();
      if (!received) break;
      yield received;
    }
    if (this.#delivered === 0 && this.#failures > 0) throw this.#error();
  }

  #error(): LikenessError {
    return new LikenessError('media.damaged', `${this.#path} is damaged: its pictures cannot be decoded.`, {
      hint: 'Copy or export the file again.',
    });
  }

  /** A stray bad packet is survived as players do; a stream of them is not a video. */
  #fail(): void {
    this.#failures++;
    if (this.#failures > 16 && this.#failures > this.#delivered) throw this.#error();
  }

  async #receive(): Promise<RawPicture | null> {
    const code = await this.#context.receiveFrame(this.#picture);
    if (code === AVERROR_EAGAIN || code === AVERROR_EOF) return null;
    if (code < 0) {
      this.#fail();
      return null;
    }
    this.#delivered++;
    const format = av.avGetPixFmtName(this.#picture.format as AVPixelFormat) ?? 'unknown';
    return { picture: this.#picture, format, timestamp: Number(this.#picture.pts) };
  }

  #fill(packet: EncodedPacket): void {
    const to = this.#packet;
    to.isKeyframe = packet.type === 'key';
    to.data = Buffer.from(packet.data.buffer, packet.data.byteOffset, packet.data.byteLength);
    to.timeBase = { num: 1, den: 1_000_000 };
    to.pts = BigInt(Math.round(packet.timestamp * 1e6));
    to.dts = AV_NOPTS_VALUE;
    to.duration = BigInt(Math.round(packet.duration * 1e6));
    const alpha = packet.sideData.alpha;
    if (alpha) {
      // Matroska's block addition 1: an eight-byte number, then the second VP9 stream that carries alpha.
      const side = Buffer.alloc(8 + alpha.byteLength);
      side[7] = 1;
      side.set(alpha, 8);
      to.addSideData(AV_PKT_DATA_MATROSKA_BLOCKADDITIONAL, side);
    }
  }

  /**
   * Copies a picture into a frame of its own: 8 bits, 4:2:0 or RGBA, square pixels, upright.
   *
   * @param width size with square pixels, before the turn
   */
  async frame(
    raw: RawPicture,
    width: number,
    height: number,
    turn: Turn,
    mirror: boolean,
    color: ColorInfo,
    duration: number,
  ): Promise<Frame> {
    const { picture, format } = await this.#normalized(raw, width, height);
    const { planes, strides } = this.#landed(picture);
    const quarter = turn === 90 || turn === 270;
    const outWidth = quarter ? height : width;
    const outHeight = quarter ? width : height;
    const base = { timestamp: raw.timestamp, duration, width: outWidth, height: outHeight, color };
    const plane = (i: number): Uint8Array => planes[i] as Uint8Array;
    const stride = (i: number): number => strides[i] as number;
    const halfWidth = (width + 1) >> 1;
    const halfHeight = (height + 1) >> 1;

    if (format === AV_PIX_FMT_RGBA) {
      const pixels = takeBuffer(width * height * 4);
      turnWords(plane(0), stride(0), width, height, pixels, turn, mirror);
      return { ...base, format: 'rgba', pixels };
    }
    const yuv = takeBuffer(i420Size(width, height));
    const size = width * height;
    copyPlane(plane(0), stride(0), width, height, yuv, 0, turn, mirror);
    copyPlane(plane(1), stride(1), halfWidth, halfHeight, yuv, size, turn, mirror);
    copyPlane(plane(2), stride(2), halfWidth, halfHeight, yuv, size + halfWidth * halfHeight, turn, mirror);
    if (format !== AV_PIX_FMT_YUVA420P) return { ...base, format: 'i420', pixels: yuv };

    const alpha = new Uint8Array(size);
    copyPlane(plane(3), stride(3), width, height, alpha, 0, turn, mirror);
    const pixels = takeBuffer(size * 4);
    planesToRgba(yuv, outWidth, outHeight, color, pixels);
    for (let i = 0, o = 3; i < size; i++, o += 4) pixels[o] = alpha[i] as number;
    const rgb: ColorInfo = { ...color, matrix: 'rgb', range: 'full' };
    return { ...base, color: rgb, format: 'rgba', pixels };
  }

  /**
   * The planes of a picture, copied to memory that stays until the next one. Views straight into the codec's memory would
   * be new objects for every picture, each of which the garbage collector takes for a megabyte: it ran all the time.
   */
  #landed(picture: av.Frame): { planes: readonly Buffer[]; strides: readonly number[] } {
    const { width, height, format } = picture;
    const key = `${width}x${height} ${format}`;
    if (this.#landing?.key !== key) {
      this.#landing?.picture.free();
      this.#landing = null;
      const copy = newPicture(width, height, format as AVPixelFormat);
      this.#landing = { picture: copy, planes: copy.data ?? [], key };
    }
    const { picture: copy, planes } = this.#landing;
    if (copy.copy(picture) < 0 || planes.length === 0) throw this.#error();
    return { planes, strides: copy.linesize };
  }

  /** The picture itself where it has the wanted format and size already, else a converted copy. */
  async #normalized(
    raw: RawPicture,
    width: number,
    height: number,
  ): Promise<{ picture: av.Frame; format: AVPixelFormat }> {
    const { picture, format } = raw;
    // The "j" formats mean full range. They must meet their like, else the scaler squeezes the range.
    const wanted = /^(gbr|rgb|bgr|argb|abgr|0rgb|0bgr|pal8)/.test(format)
      ? AV_PIX_FMT_RGBA
      : hasAlpha(format)
        ? AV_PIX_FMT_YUVA420P
        : format.startsWith('yuvj') || format.startsWith('gray')
          ? AV_PIX_FMT_YUVJ420P
          : AV_PIX_FMT_YUV420P;
    if (picture.format === wanted && picture.width === width && picture.height === height)
      return { picture, format: wanted };
    const key = `${picture.width}x${picture.height} ${format} ${width}x${height}`;
    if (this.#scaler?.key !== key) {
      this.#freeScaler();
      const context = new av.SoftwareScaleContext();
      context.getContext(
        picture.width,
        picture.height,
        picture.format as AVPixelFormat,
        width,
        height,
        wanted,
        SWS_BICUBIC,
      );
      if (context.initContext() < 0)
        throw new LikenessError('media.unsupported', `${this.#path} uses samples that cannot be read (${format}).`, {
          hint: 'Convert it to 8-bit 4:2:0 first.',
        });
      this.#scaler = { context, out: newPicture(width, height, wanted), key };
    }
    await this.#scaler.context.scaleFrame(this.#scaler.out, picture);
    return { picture: this.#scaler.out, format: wanted };
  }

  #freeScaler(): void {
    this.#scaler?.context.freeContext();
    this.#scaler?.out.free();
    this.#scaler = null;
  }

  /** Frees the libav memory. */
  close(): void {
    this.#freeScaler();
    this.#landing?.picture.free();
    this.#context.freeContext();
    this.#picture.free();
    this.#packet.free();
  }
}

/** A picture with memory of its own. */
function newPicture(width: number, height: number, format: AVPixelFormat): av.Frame {
  const made = new av.Frame();
  made.alloc();
  made.width = width;
  made.height = height;
  made.format = format;
  made.allocBuffer();
  return made;
}

/** Turns pixels of four bytes: the same as {@link copyPlane}, rarely needed and therefore simple. */
function turnWords(
  source: Uint8Array,
  stride: number,
  width: number,
  height: number,
  target: Uint8Array,
  turn: Turn,
  mirror: boolean,
): void {
  if (turn === 0 && !mirror) {
    copyPlane(source, stride, width * 4, height, target, 0, 0, false);
    return;
  }
  const outWidth = turn === 90 || turn === 270 ? height : width;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let tx = turn === 0 ? x : turn === 90 ? height - 1 - y : turn === 180 ? width - 1 - x : y;
      const ty = turn === 0 ? y : turn === 90 ? x : turn === 180 ? height - 1 - y : width - 1 - x;
      if (mirror) tx = outWidth - 1 - tx;
      const from = y * stride + x * 4;
      const to = (ty * outWidth + tx) * 4;
      for (let c = 0; c < 4; c++) target[to + c] = source[from + c] as number;
    }
}

/**
 * Opens a decoder.
 *
 * @throws LikenessError `media.codec` for a codec nobody here knows
 */
export async function openDecoder(setup: DecoderSetup): Promise<Decoder> {
  const id = CODECS[setup.codec];
  const refuse = (): LikenessError =>
    new LikenessError('media.codec', `${setup.path} uses the video codec ${setup.codec}, which cannot be decoded.`, {
      hint: 'Convert the file to H.264 first.',
    });
  if (id === undefined) throw refuse();
  const codec =
    (setup.codec === 'vp9' && setup.alpha ? av.Codec.findDecoderByName(FF_DECODER_LIBVPX_VP9) : null) ??
    av.Codec.findDecoder(id);
  if (!codec) throw refuse();
  const context = new av.CodecContext();
  context.allocContext3(codec);
  context.codecType = AVMEDIA_TYPE_VIDEO;
  context.codecId = id;
  context.width = setup.codedWidth;
  context.height = setup.codedHeight;
  context.extraData = setup.description ? Buffer.from(setup.description) : null;
  context.pktTimebase = new av.Rational(1, 1_000_000);
  // More threads hold more undelivered pictures in memory and gain little for one stream.
  context.threadCount = setup.threads ?? Math.min(4, availableParallelism());
  const code = await context.open2(codec, null);
  if (code < 0) {
    context.freeContext();
    throw refuse();
  }
  return new Decoder(context, setup.path);
}
