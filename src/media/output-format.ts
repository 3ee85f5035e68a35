/** What containers want to know about a picture track: endings, clocks, codec strings and colour tags. */
import { extname } from 'node:path';
import { MovOutputFormat, Mp4OutputFormat, type OutputFormat, WebMOutputFormat } from 'mediabunny';
import { LikenessError } from '../base/index.js';
import { primariesCode, transferCode } from './color.js';
import type { ColorInfo } from './types.js';

/** A container that is written, and the codec that goes into it. */
export interface Container {
  readonly name: string;
  readonly format: OutputFormat;
  readonly codec: 'h264' | 'vp9';
}

/**
 * The container that the ending of a file name asks for.
 *
 * @param onMoov receives the finished header of MP4 and MOV and where it lies
 * @throws LikenessError `media.output-format` for other endings
 */
export function containerFor(path: string, onMoov: (data: Uint8Array, position: number) => void): Container {
  switch (extname(path).toLowerCase()) {
    case '.mp4':
    case '.m4v':
      return { name: 'MP4', format: new Mp4OutputFormat({ fastStart: false, onMoov }), codec: 'h264' };
    case '.mov':
      return { name: 'MOV', format: new MovOutputFormat({ fastStart: false, onMoov }), codec: 'h264' };
    case '.webm':
      return { name: 'WebM', format: new WebMOutputFormat(), codec: 'vp9' };
    default:
      throw new LikenessError('media.output-format', `${path} does not end in .mp4, .mov or .webm.`, {
        hint: 'Choose one of these endings for the output.',
      });
  }
}

/** A clock in which frames of this rate lie on whole ticks, for when the input's own is not known. */
export function timescaleFor(frameRate: number, resolution: number | undefined): number {
  if (resolution !== undefined && resolution >= 1) {
    if (resolution > 1_000_000) return 1_000_000;
    // Round up to a fine multiple: durations then stay exact and coarse clocks (Matroska's 1000) cost nothing.
    return Math.round(resolution) * Math.max(1, Math.ceil(10_000 / resolution));
  }
  const whole = Math.round(frameRate);
  if (Math.abs(frameRate - whole) < 1e-3) return Math.max(1, whole) * 1000;
  if (Math.abs(frameRate - (whole * 1000) / 1001) < 1e-2) return whole * 1000;
  return 90_000;
}

/** The profile and level bytes of the first H.264 parameter set in an Annex B packet, as a codec string. */
export function avcString(data: Uint8Array): string {
  for (let i = 0; i + 6 < data.length; i++)
    if (data[i] === 0 && data[i + 1] === 0 && data[i + 2] === 1 && ((data[i + 3] as number) & 31) === 7)
      return `avc1.${[4, 5, 6].map((o) => (data[i + o] as number).toString(16).padStart(2, '0')).join('')}`;
  return 'avc1.640028';
}

const two = (value: number): string => String(value).padStart(2, '0');

/** `vp09.profile.level.depth.chroma.primaries.transfer.matrix.range`, with the level by picture size. */
export function vp9String(width: number, height: number, color: ColorInfo): string {
  const area = width * height;
  const levels: readonly (readonly [number, number])[] = [
    [73_728, 20],
    [245_760, 30],
    [983_040, 31],
    [2_228_224, 41],
    [8_912_896, 51],
  ];
  const level = levels.find(([limit]) => area <= limit)?.[1] ?? 61;
  const matrix = color.matrix === 'bt709' ? 1 : color.matrix === 'bt2020' ? 9 : 6;
  const range = color.range === 'full' ? 1 : 0;
  return `vp09.00.${level}.08.01.${two(primariesCode(color.primaries))}.${two(transferCode(color.transfer))}.${two(matrix)}.${two(range)}`;
}

/** The names that the containers' own colour tags know; others travel in the bitstream only. */
export function containerTags(color: ColorInfo): VideoColorSpaceInit | undefined {
  const matrix =
    color.matrix === 'bt709'
      ? 'bt709'
      : color.matrix === 'bt2020'
        ? 'bt2020-ncl'
        : color.primaries === 'bt470bg'
          ? 'bt470bg'
          : 'smpte170m';
  const primaries = ['bt709', 'bt470bg', 'smpte170m', 'bt2020', 'smpte432'].find((n) => n === color.primaries);
  const transfer = ['bt709', 'smpte170m', 'iec61966-2-1', 'linear'].find((n) => n === color.transfer);
  if (!primaries || !transfer) return undefined;
  return {
    matrix,
    primaries,
    transfer,
    fullRange: color.range === 'full',
  };
}
