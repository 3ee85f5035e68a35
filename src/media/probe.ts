/** What a file holds: container, tracks, size, rotation, colour, frame rate. Contents decide, not the name. */

import { EncodedPacketSink, type Input, type InputVideoTrack } from 'mediabunny';
import sharp from 'sharp';
import { LikenessError } from '../base/index.js';
import { type ColorHints, isHdr, resolveColor, SRGB } from './color.js';
import { containerName, damaged, type Sniffed, sniff } from './container.js';
import { bitDepthOf, canDecode, colorHintsOf, type Decoder, hasAlpha, openDecoder } from './decoder.js';
import { type Opened, openMedia } from './open.js';
import type { AudioInfo, MediaInfo, VideoInfo } from './types.js';
import { refuseUndecodable } from './undecodable.js';

/** More pixels than this are refused: one frame of 8K (7680x4320) is 50 MB, and a decoder holds about ten. */
export const MAX_PIXELS = 8192 * 4352;

/** Beyond this many packets the frame count is an estimate from the mean rate, so that probing a film stays quick. */
const COUNT_LIMIT = 100_000;

/** A picture track together with what decoding it needs. */
export interface TrackFacts {
  readonly video: VideoInfo;
  /** Size with square pixels before the turn, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly mirror: boolean;
}

/** Opens the decoder of a track. */
export async function decoderFor(
  path: string,
  track: InputVideoTrack,
  alpha: boolean,
  threads?: number,
): Promise<Decoder> {
  const codec = await track.getCodec();
  const config = canDecode(codec) ? await track.getDecoderConfig() : null;
  if (!canDecode(codec) || !config)
    throw new LikenessError(
      'media.codec',
      `${path} uses the video codec ${codec ?? (await track.getInternalCodecId()) ?? 'unknown'}, which cannot be decoded.`,
      { hint: 'Convert the file to H.264 first.' },
    );
  const raw = config.description;
  const description =
    raw === undefined
      ? undefined
      : ArrayBuffer.isView(raw)
        ? new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength)
        : new Uint8Array(raw);
  return openDecoder({
    path,
    codec,
    description,
    codedWidth: config.codedWidth ?? 0,
    codedHeight: config.codedHeight ?? 0,
    alpha,
    ...(threads === undefined ? {} : { threads }),
  });
}

/** Decodes the first picture: only the bitstream tells samples and colour for certain. */
async function firstPicture(
  path: string,
  track: InputVideoTrack,
  alpha: boolean,
): Promise<{ format: string; hints: ColorHints }> {
  const decoder = await decoderFor(path, track, alpha, 1);
  try {
    for await (const raw of decoder.pictures(new EncodedPacketSink(track).packets()))
      return { format: raw.format, hints: colorHintsOf(raw.picture) };
  } catch (cause) {
    throw damaged(path, cause);
  } finally {
    decoder.close();
  }
  throw new LikenessError('media.no-frames', `${path} has a picture track without a single whole frame.`, {
    hint: 'It may be cut short: copy or export the file again.',
  });
}

/**
 * Facts of a picture track.
 *
 * @throws LikenessError `media.codec`, `media.damaged`, `media.truncated`, `media.no-frames`, `media.too-large`, `media.hdr`
 */
export async function trackFacts(path: string, track: InputVideoTrack, container: string): Promise<TrackFacts> {
  const [width, height] = [await track.getSquarePixelWidth(), await track.getSquarePixelHeight()];
  if (width < 1 || height < 1)
    throw new LikenessError('media.damaged', `${path} says its pictures are ${width}x${height}.`, {
      hint: 'Export the file again.',
    });
  if (width * height > MAX_PIXELS)
    throw new LikenessError('media.too-large', `${path} is ${width}x${height}; at most 8K (8192x4352) is read.`, {
      hint: 'Scale it down first.',
    });
  const rotation = await track.getRotation();
  const turned = rotation === 90 || rotation === 270;
  const transparent = await track.canBeTransparent();
  const first = await firstPicture(path, track, transparent);
  const upright = turned ? width : height;
  const color = resolveColor([await containerColor(track), first.hints], upright);
  if (isHdr(color))
    throw new LikenessError(
      'media.hdr',
      `${path} is high dynamic range (${color.transfer === 'pq' ? 'PQ' : 'HLG'}), which is not read.`,
      { hint: 'Tone-map it to BT.709 first, for example with the export of your phone or editor.' },
    );
  const rate = await track.computeFrameRateMetrics();
  const { count, mean } = await countFrames(track);
  await refuseTruncated(path, track, container);
  const video: VideoInfo = {
    codec: (await track.getCodec()) ?? 'unknown',
    width: turned ? height : width,
    height: turned ? width : height,
    rotation,
    // With a single frame there is no distance to measure: its duration is all there is.
    frameRate: count > 1 && rate.frameRateIsConstant ? rate.bestGuessFrameRate : mean,
    variableFrameRate: !rate.frameRateIsConstant,
    frameCount: count,
    timeResolution: await track.getTimeResolution(),
    bitDepth: bitDepthOf(first.format),
    alpha: hasAlpha(first.format),
    color: /^(gbr|rgb|bgr)/.test(first.format) ? { ...color, matrix: 'rgb', range: 'full' } : color,
  };
  return { video, width, height, mirror: await track.getFlip() };
}

async function containerColor(track: InputVideoTrack): Promise<ColorHints> {
  const space = await track.getColorSpace();
  return { matrix: space.matrix, primaries: space.primaries, transfer: space.transfer, fullRange: space.fullRange };
}

/** How many frames are shown, and how many there are in a second on average. */
async function countFrames(track: InputVideoTrack): Promise<{ count: number; mean: number }> {
  let count = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let lasts = 0;
  for await (const packet of new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })) {
    // What ends before zero is cut off by the container and exists only to be decoded from.
    if (packet.timestamp + packet.duration <= 0) continue;
    count++;
    first = Math.min(first, packet.timestamp);
    last = Math.max(last, packet.timestamp);
    lasts = packet.duration;
    if (count < COUNT_LIMIT) continue;
    const mean = (count - 1) / (last - first);
    return { count: Math.round((await track.computeDuration()) * mean), mean };
  }
  if (count > 1 && last > first) return { count, mean: (count - 1) / (last - first) };
  return { count, mean: lasts > 0 ? 1 / lasts : 25 };
}

/**
 * The index of an MP4 promises bytes, and Matroska's header a duration; a file that was cut short keeps neither promise.
 */
async function refuseTruncated(path: string, track: InputVideoTrack, container: string): Promise<void> {
  let whole = false;
  let cause: unknown;
  try {
    const last = await new EncodedPacketSink(track).getPacket(Number.POSITIVE_INFINITY);
    whole = last !== null && last.data.byteLength >= last.byteLength;
    if (last && (container === 'mkv' || container === 'webm')) {
      const promised = (await track.input.getDurationFromMetadata()) ?? 0;
      // Other tracks may be longer than the picture: look at the end of the whole file.
      whole &&= promised - (await track.input.computeDuration()) < 1;
    }
  } catch (thrown) {
    cause = thrown;
  }
  if (!whole)
    throw new LikenessError('media.truncated', `${path} is cut short: its last frames are missing.`, {
      hint: 'Copy or download the file again.',
      cause,
    });
}

/** The sound tracks of an opened file. */
export async function soundFacts(input: Input): Promise<AudioInfo[]> {
  const found: AudioInfo[] = [];
  for (const track of await input.getAudioTracks())
    found.push({
      codec: (await track.getCodec()) ?? String((await track.getInternalCodecId()) ?? 'unknown'),
      sampleRate: await track.getSampleRate(),
      channels: await track.getNumberOfChannels(),
      language: await track.getLanguageCode(),
    });
  return found;
}

async function probePicture(path: string, sniffed: Sniffed): Promise<MediaInfo> {
  const facts = await sharp(path)
    .metadata()
    .catch((cause: unknown) => {
      throw damaged(path, cause);
    });
  const { width, height } = facts.autoOrient;
  const turn = { 3: 180, 6: 90, 8: 270 }[facts.orientation ?? 1] ?? 0;
  return {
    path,
    container: sniffed.name,
    bytes: sniffed.bytes,
    kind: 'picture',
    duration: 0,
    audio: [],
    video: {
      codec: sniffed.name,
      width,
      height,
      rotation: turn as 0 | 90 | 180 | 270,
      frameRate: 0,
      variableFrameRate: false,
      // More than one where it is animated; only the first is read.
      frameCount: facts.pages ?? 1,
      timeResolution: 1,
      bitDepth: facts.depth === 'ushort' ? 16 : 8,
      alpha: facts.hasAlpha,
      color: SRGB,
    },
  };
}

/** Builds the answer of {@link probe} for a file that is open already. */
export async function openedInfo(path: string, opened: Opened): Promise<{ info: MediaInfo; facts: TrackFacts | null }> {
  const { input, sniffed, imported } = opened;
  const container = await containerName(input);
  const track = await input.getPrimaryVideoTrack();
  const facts = track ? await trackFacts(path, track, container) : null;
  const audio = await soundFacts(input);
  if (!facts && audio.length === 0)
    throw new LikenessError('media.truncated', `${path} is cut short or empty: it lists neither pictures nor sound.`, {
      hint: 'Copy or export the file again.',
    });
  return {
    facts,
    info: {
      path,
      container: imported ? sniffed.name : container,
      bytes: sniffed.bytes,
      kind: facts ? 'video' : 'audio',
      duration: (await input.getDurationFromMetadata()) ?? (await input.computeDuration()),
      video: facts?.video ?? null,
      audio,
    },
  };
}

/**
 * What a file holds.
 *
 * @param path a video, picture or sound file; what needs importing (MPEG-1, AVI, ...) is imported first
 * @throws LikenessError `file.*`, `media.*`: see `docs/media.md`
 * @example
 * const { video } = await probe('clip.mp4');
 */
export async function probe(path: string): Promise<MediaInfo> {
  const sniffed = await sniff(path);
  refuseUndecodable(path, sniffed);
  if (sniffed.kind === 'picture') return probePicture(path, sniffed);
  const opened = await openMedia(path);
  try {
    return (await openedInfo(path, opened)).info;
  } catch (cause) {
    throw damaged(path, cause);
  } finally {
    opened.input.dispose();
  }
}
