/** Writing a video: frames in, a finished file out or nothing at all. Sound comes over unchanged from another file. */
import { type EncodedPacket, EncodedVideoPacketSource, Output } from 'mediabunny';
import type { Frame as AvFrame } from 'node-av/lib';
import { LikenessError } from '../base/index.js';
import { i420Size } from './buffers.js';
import { BT709 } from './color.js';
import { rgbaToI420 } from './convert.js';
import { type Encoder, openEncoder, type Quality } from './encoder.js';
import { clearClock } from './mp4-clock.js';
import { avcString, containerFor, containerTags, timescaleFor, vp9String } from './output-format.js';
import { MemoryFile, PartFile, refuseSameFile, type Sink } from './part-file.js';
import { SoundCopy } from './sound-copy.js';
import type { ColorInfo, Frame } from './types.js';

/** Frames that may wait for the encoder. Two keep it busy while the next one is made. */
const WAITING = 2;

/** How {@link createVideoWriter} shall write. */
export interface VideoWriterOptions {
  /** Size of the frames in pixels. H.264 repeats the last column or row of an odd size; VP9 writes it as it is. */
  readonly width: number;
  readonly height: number;
  /** Colour of I420 frames, and of what RGBA frames become. Take it from the input. */
  readonly color: ColorInfo;
  /** Mean frames per second. Times come from the frames, so a variable rate stays one. */
  readonly frameRate: number;
  /** Ticks per second of the input's clock (`VideoInfo.timeResolution`): its times are then kept exactly. */
  readonly timeResolution?: number;
  /** Defaults to what the extension asks for: `h264` for `.mp4` and `.mov`, `vp9` for `.webm`. */
  readonly codec?: 'h264' | 'vp9';
  /** Defaults to `good`. */
  readonly quality?: Quality;
  /** Keep the alpha of RGBA frames; only `.webm` can. */
  readonly alpha?: boolean;
  /** Copy all sound tracks of this file, bit for bit. */
  readonly copyAudioFrom?: string;
}

/** A video being written. */
export interface VideoWriter {
  /** Size in the file: even for H.264. */
  readonly width: number;
  readonly height: number;
  /**
   * Adds a frame; timestamps must grow. When the promise resolves the pixels may be reused.
   *
   * @throws LikenessError `media.bad-frame`, `media.alpha`, `file.full`, ...
   */
  write(frame: Frame): Promise<void>;
  /** Writes what is left and gives the file its name. */
  finish(): Promise<void>;
  /** Stops and leaves nothing behind. Harmless after {@link VideoWriter.finish}. */
  abort(): Promise<void>;
}

class Writer implements VideoWriter {
  readonly width: number;
  readonly height: number;
  readonly #path: string;
  readonly #options: VideoWriterOptions;
  readonly #color: ColorInfo;
  readonly #codec: 'h264' | 'vp9';
  readonly #timescale: number;
  readonly #encoder: Encoder;
  readonly #file: Sink;
  readonly #output: Output;
  readonly #track: EncodedVideoPacketSource;
  readonly #sound: SoundCopy | null;
  readonly #moov: () => { data: Uint8Array; position: number } | null;
  readonly #waiting: Promise<void>[] = [];
  #tail: Promise<void> = Promise.resolve();
  #failure: { thrown: unknown } | null = null;
  #lastTicks = Number.NEGATIVE_INFINITY;
  #first = true;
  #state: 'open' | 'finished' | 'aborted' = 'open';

  constructor(parts: {
    path: string;
    options: VideoWriterOptions;
    color: ColorInfo;
    codec: 'h264' | 'vp9';
    width: number;
    height: number;
    timescale: number;
    encoder: Encoder;
    file: Sink;
    output: Output;
    track: EncodedVideoPacketSource;
    sound: SoundCopy | null;
    moov: () => { data: Uint8Array; position: number } | null;
  }) {
    this.width = parts.width;
    this.height = parts.height;
    this.#path = parts.path;
    this.#options = parts.options;
    this.#color = parts.color;
    this.#codec = parts.codec;
    this.#timescale = parts.timescale;
    this.#encoder = parts.encoder;
    this.#file = parts.file;
    this.#output = parts.output;
    this.#track = parts.track;
    this.#sound = parts.sound;
    this.#moov = parts.moov;
  }

  async write(frame: Frame): Promise<void> {
    this.#mustBeOpen();
    this.#rethrow();
    const ticks = Math.round((frame.timestamp * this.#timescale) / 1e6);
    const { width, height } = this.#options;
    if (frame.width !== width || frame.height !== height)
      throw new LikenessError(
        'media.bad-frame',
        `A frame of ${frame.width}x${frame.height} was given to a writer of ${width}x${height}.`,
      );
    if (!Number.isFinite(frame.timestamp) || frame.timestamp < 0 || ticks <= this.#lastTicks)
      throw new LikenessError(
        'media.bad-frame',
        `The frame at ${frame.timestamp} us does not come after the one before it.`,
      );
    this.#lastTicks = ticks;
    const duration = Math.max(1, Math.round((frame.duration * this.#timescale) / 1e6));
    const staged = this.#encoder.stage(this.#planes(frame), ticks, duration);
    const job = this.#tail.then(() => this.#push(staged));
    // Whoever waits on the job sees the failure; the chain itself must not reject unheard.
    this.#tail = job.catch((thrown: unknown) => {
      this.#failure ??= { thrown };
    });
    this.#waiting.push(this.#tail);
    while (this.#waiting.length > WAITING) await this.#waiting.shift();
    this.#rethrow();
  }

  /** The frame as tightly packed planes of the coded size. */
  #planes(frame: Frame): Uint8Array {
    const alpha = this.#options.alpha === true;
    if (alpha) {
      if (frame.format !== 'rgba')
        throw new LikenessError('media.bad-frame', 'A writer with alpha takes RGBA frames only.');
      const size = frame.width * frame.height;
      const out = new Uint8Array(i420Size(frame.width, frame.height) + size);
      const at = out.length - size;
      rgbaToI420(frame, this.#color, out.subarray(0, at));
      for (let i = 0, p = 3; i < size; i++, p += 4) out[at + i] = frame.pixels[p] as number;
      return out;
    }
    if (frame.format === 'rgba') {
      for (let p = 3; p < frame.pixels.length; p += 4)
        if (frame.pixels[p] !== 255)
          throw new LikenessError('media.alpha', `${this.#path} would lose the transparency of the frames.`, {
            hint: 'Write a .webm file with alpha, or put the frames on a background first.',
          });
    }
    const planes = frame.format === 'rgba' ? rgbaToI420(frame, this.#color).pixels : frame.pixels;
    if (planes.length !== i420Size(frame.width, frame.height))
      throw new LikenessError(
        'media.bad-frame',
        `${planes.length} bytes are not a frame of ${frame.width}x${frame.height}.`,
      );
    return this.width === frame.width && this.height === frame.height
      ? planes
      : padToEven(planes, frame.width, frame.height, this.width, this.height);
  }

  async #push(staged: AvFrame | null): Promise<void> {
    if (this.#failure) {
      staged?.free();
      return;
    }
    for (const packet of await this.#encoder.encode(staged)) await this.#add(packet);
  }

  async #add(packet: EncodedPacket): Promise<void> {
    await this.#sound?.advance(packet.timestamp);
    if (this.#first) {
      const space = containerTags(this.#color);
      const codec = this.#codec === 'h264' ? avcString(packet.data) : vp9String(this.width, this.height, this.#color);
      await this.#track.add(packet, {
        decoderConfig: {
          codec,
          codedWidth: this.width,
          codedHeight: this.height,
          ...(space ? { colorSpace: space } : {}),
        },
      });
      this.#first = false;
    } else await this.#track.add(packet);
    if (this.#file.failure) throw this.#file.failure;
  }

  async finish(): Promise<void> {
    this.#mustBeOpen();
    try {
      await this.#tail;
      this.#rethrow();
      if (this.#lastTicks < 0) throw new LikenessError('media.no-frames', `No frame was written to ${this.#path}.`);
      await this.#push(null);
      await this.#sound?.finish();
      await this.#output.finalize();
      const moov = this.#moov();
      if (moov) await this.#file.write(clearClock(moov.data), moov.position);
      if (this.#file.failure) throw this.#file.failure;
      await this.#release();
      await this.#file.commit();
      this.#state = 'finished';
    } catch (thrown) {
      await this.abort();
      throw this.#shown(thrown);
    }
  }

  async abort(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'aborted';
    await this.#tail;
    await this.#output.cancel().catch(() => undefined);
    await this.#release();
    await this.#file.discard();
  }

  #released = false;

  async #release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    this.#encoder.close();
    await this.#sound?.close();
  }

  #rethrow(): void {
    if (this.#failure) throw this.#shown(this.#failure.thrown);
  }

  #mustBeOpen(): void {
    if (this.#state !== 'open')
      throw new LikenessError('media.bad-argument', `${this.#path} is ${this.#state} already.`);
  }

  /** A full disk reaches us wrapped in the muxer's words; the plain reason is what helps. */
  #shown(thrown: unknown): unknown {
    return this.#file.failure ?? thrown;
  }
}

/** Repeats the last column and row of I420 planes where the coded size is one larger. Chroma planes fit already. */
function padToEven(planes: Uint8Array, width: number, height: number, toWidth: number, toHeight: number): Uint8Array {
  const out = new Uint8Array(i420Size(toWidth, toHeight));
  for (let y = 0; y < toHeight; y++) {
    const from = Math.min(y, height - 1) * width;
    out.set(planes.subarray(from, from + width), y * toWidth);
    if (toWidth > width) out[y * toWidth + width] = planes[from + width - 1] as number;
  }
  out.set(planes.subarray(width * height), toWidth * toHeight);
  return out;
}

/**
 * Opens a video for writing. The file appears under its name only when `finish` succeeds.
 *
 * @param path ends in `.mp4`, `.mov` (H.264) or `.webm` (VP9)
 * @throws LikenessError `media.output-format`, `media.same-file`, `media.sound-codec`, `media.alpha`, `file.*`
 * @example
 * const out = await createVideoWriter('out.mp4', { width, height, color, frameRate: 25, copyAudioFrom: 'in.mp4' });
 */
export async function createVideoWriter(path: string, options: VideoWriterOptions): Promise<VideoWriter> {
  return openWriter(path, options, () => PartFile.create(path));
}

/** A short video in memory. */
export interface VideoPart extends VideoWriter {
  /** The file, once it is finished; not a copy. */
  readonly bytes: Uint8Array;
}

/**
 * Opens a video that is written into memory and never lies on a disk: a part for {@link joinVideos}. As long as the frames
 * take when encoded; meant for some seconds.
 *
 * @param name as a path of {@link createVideoWriter}: its ending decides the container, messages name it
 */
export async function createVideoPart(name: string, options: VideoWriterOptions): Promise<VideoPart> {
  const file = new MemoryFile();
  const writer = await openWriter(name, options, async () => file);
  return {
    width: writer.width,
    height: writer.height,
    write: (frame) => writer.write(frame),
    finish: () => writer.finish(),
    abort: () => writer.abort(),
    get bytes() {
      return file.bytes;
    },
  };
}

async function openWriter(
  path: string,
  options: VideoWriterOptions,
  create: () => Promise<Sink>,
): Promise<VideoWriter> {
  let moov: { data: Uint8Array; position: number } | null = null;
  const container = containerFor(path, (data, position) => {
    moov = { data: data.slice(), position };
  });
  const codec = options.codec ?? container.codec;
  if (codec !== container.codec)
    throw new LikenessError(
      'media.output-format',
      `${container.name} is written with ${container.codec}, not ${codec}.`,
      {
        hint: 'Use .mp4 or .mov for h264, .webm for vp9.',
      },
    );
  if (options.alpha && codec !== 'vp9')
    throw new LikenessError('media.alpha', `H.264 in ${container.name} cannot carry transparency.`, {
      hint: 'Write a .webm file.',
    });
  const odd = codec === 'h264' ? 1 : 0;
  const [width, height] = [options.width + (options.width & odd), options.height + (options.height & odd)];
  if (
    !Number.isInteger(width) ||
    !Number.isInteger(height) ||
    width < 2 ||
    height < 2 ||
    width > 16384 ||
    height > 16384
  )
    throw new LikenessError('media.bad-argument', `A video of ${options.width}x${options.height} cannot be written.`);
  const color = options.color.matrix === 'rgb' ? BT709 : options.color;
  const timescale = timescaleFor(options.frameRate, options.timeResolution);
  await refuseSameFile(path, options.copyAudioFrom === undefined ? [] : [options.copyAudioFrom]);
  const file = await create();
  let sound: SoundCopy | null = null;
  try {
    const output = new Output({ format: container.format, target: file.target() });
    const track = new EncodedVideoPacketSource(codec === 'h264' ? 'avc' : 'vp9');
    output.addVideoTrack(track, {
      ...(codec === 'h264' ? { frameRate: timescale } : {}),
      ...(options.alpha ? { canBeTransparent: true } : {}),
    });
    if (options.copyAudioFrom !== undefined)
      sound = await SoundCopy.open(
        options.copyAudioFrom,
        output,
        container.format.getSupportedAudioCodecs(),
        container.name,
      );
    const encoder = await openEncoder({
      codec,
      width,
      height,
      color,
      frameRate: options.frameRate > 0 ? options.frameRate : 25,
      timescale,
      quality: options.quality ?? 'good',
      alpha: options.alpha === true,
    });
    await output.start();
    const parts = { path, options, color, codec, width, height, timescale, encoder, file, output, track, sound };
    return new Writer({ ...parts, moov: () => moov });
  } catch (cause) {
    await sound?.close();
    await file.discard();
    throw file.failure ?? cause;
  }
}
