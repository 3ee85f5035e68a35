/**
 * What the numbers of a picture mean: names of ITU-T H.273 to and from codec numbers, sensible defaults where a file is
 * silent, and the constants of the YCbCr matrices. No pixels are touched here.
 */
import type { ColorInfo, ColorMatrix } from './types.js';

/** H.273 code points of the names used in {@link ColorInfo}. The first name of a number is the one given back. */
const PRIMARIES: readonly (readonly [string, number])[] = [
  ['bt709', 1],
  ['bt470m', 4],
  ['bt470bg', 5],
  ['smpte170m', 6],
  ['smpte240m', 7],
  ['bt2020', 9],
  ['smpte431', 11],
  ['smpte432', 12],
];

const TRANSFERS: readonly (readonly [string, number])[] = [
  ['bt709', 1],
  ['gamma22', 4],
  ['gamma28', 5],
  ['smpte170m', 6],
  ['smpte240m', 7],
  ['linear', 8],
  ['iec61966-2-1', 13],
  ['bt2020-10', 14],
  ['bt2020-12', 15],
  ['pq', 16],
  ['hlg', 18],
];

const find = (table: readonly (readonly [string, number])[], key: string | number): readonly [string, number] | null =>
  table.find(([name, code]) => name === key || code === key) ?? null;

/** The H.273 number of a name of primaries; 2 (unspecified) where it has none. */
export function primariesCode(name: string): number {
  return find(PRIMARIES, name)?.[1] ?? 2;
}

/** The H.273 number of a name of a transfer curve; 2 (unspecified) where it has none. */
export function transferCode(name: string): number {
  return find(TRANSFERS, name)?.[1] ?? 2;
}

/** The H.273 number of the matrix. Both 601 numbers mean the same matrix; which one is told by the primaries. */
export function matrixCode(color: ColorInfo): number {
  if (color.matrix === 'rgb') return 0;
  if (color.matrix === 'bt709') return 1;
  if (color.matrix === 'bt2020') return 9;
  return color.primaries === 'bt470bg' ? 5 : 6;
}

/** Colour as far as a container or a bitstream tells it; `null` or H.273 number 2 where it is silent. */
export interface ColorHints {
  readonly matrix?: string | number | null | undefined;
  readonly primaries?: string | number | null | undefined;
  readonly transfer?: string | number | null | undefined;
  readonly fullRange?: boolean | null | undefined;
}

function matrixOf(hint: string | number | null | undefined): ColorMatrix | null {
  switch (hint) {
    case 'rgb':
    case 0:
      return 'rgb';
    case 'bt709':
    case 1:
      return 'bt709';
    case 'bt470bg':
    case 'smpte170m':
    case 5:
    case 6:
      return 'bt601';
    case 'bt2020-ncl':
    case 9:
    case 10:
      return 'bt2020';
    default:
      return null;
  }
}

/**
 * Colour of a picture from several sources, the most trusted first. What nobody tells follows the usual convention:
 * 720 lines and more are BT.709, fewer are BT.601, limited range.
 *
 * @param height upright height in pixels
 */
export function resolveColor(hints: readonly ColorHints[], height: number): ColorInfo {
  const first = <T>(pick: (hint: ColorHints) => T | null | undefined): T | null => {
    for (const hint of hints) {
      const value = pick(hint);
      if (value !== null && value !== undefined) return value;
    }
    return null;
  };
  const named = (table: typeof PRIMARIES, key: string | number | null | undefined): string | null =>
    key === null || key === undefined ? null : (find(table, key)?.[0] ?? null);
  const matrix = first((h) => matrixOf(h.matrix)) ?? (height >= 720 ? 'bt709' : 'bt601');
  const plain = matrix === 'bt601' ? 'smpte170m' : matrix === 'bt2020' ? 'bt2020' : 'bt709';
  return {
    matrix,
    range: (first((h) => h.fullRange) ?? matrix === 'rgb') ? 'full' : 'limited',
    primaries: first((h) => named(PRIMARIES, h.primaries)) ?? plain,
    transfer: first((h) => named(TRANSFERS, h.transfer)) ?? (plain === 'bt2020' ? 'bt709' : plain),
  };
}

/** Colour of ordinary pictures: sRGB. */
export const SRGB: ColorInfo = { matrix: 'rgb', range: 'full', primaries: 'bt709', transfer: 'iec61966-2-1' };

/** Colour of ordinary high-definition video. */
export const BT709: ColorInfo = { matrix: 'bt709', range: 'limited', primaries: 'bt709', transfer: 'bt709' };

/** True for the two transfer curves of high dynamic range. */
export function isHdr(color: ColorInfo): boolean {
  return color.transfer === 'pq' || color.transfer === 'hlg';
}

/** Constants that take 8-bit YCbCr to 8-bit RGB and back (H.273, equations 38 to 45). */
export interface YuvConstants {
  /** `rgb = ySlope * (Y - yBase) + ...`. */
  readonly yBase: number;
  readonly ySlope: number;
  /** `r += rv * (V - 128)`, `g -= gu * (U - 128) + gv * (V - 128)`, `b += bu * (U - 128)`. */
  readonly rv: number;
  readonly gu: number;
  readonly gv: number;
  readonly bu: number;
  /** `Y = yBase + yr * r + yg * g + yb * b`. */
  readonly yr: number;
  readonly yg: number;
  readonly yb: number;
  /** `U = 128 + ub * (b - luma)` and `V = 128 + vr * (r - luma)`, where `luma = kr r + kg g + kb b`. */
  readonly ub: number;
  readonly vr: number;
  readonly kr: number;
  readonly kg: number;
  readonly kb: number;
}

const cache = new Map<string, YuvConstants>();

/** The constants of a colour. RGB pictures get those of BT.709, full range, for the moment they become YCbCr. */
export function yuvConstants(color: ColorInfo): YuvConstants {
  const key = `${color.matrix} ${color.range}`;
  const known = cache.get(key);
  if (known) return known;
  const [kr, kb] =
    color.matrix === 'bt601' ? [0.299, 0.114] : color.matrix === 'bt2020' ? [0.2627, 0.0593] : [0.2126, 0.0722];
  const kg = 1 - kr - kb;
  const limited = color.range === 'limited';
  const yRange = limited ? 219 : 255;
  const cRange = limited ? 224 : 255;
  const ySlope = 255 / yRange;
  const cSlope = 255 / cRange;
  const made: YuvConstants = {
    yBase: limited ? 16 : 0,
    ySlope,
    rv: 2 * (1 - kr) * cSlope,
    gu: (2 * kb * (1 - kb) * cSlope) / kg,
    gv: (2 * kr * (1 - kr) * cSlope) / kg,
    bu: 2 * (1 - kb) * cSlope,
    yr: kr / ySlope,
    yg: kg / ySlope,
    yb: kb / ySlope,
    ub: 1 / (2 * (1 - kb) * cSlope),
    vr: 1 / (2 * (1 - kr) * cSlope),
    kr,
    kg,
    kb,
  };
  cache.set(key, made);
  return made;
}
