/**
 * Pictures that are whole and known, and still cannot be read here, because nothing in the house decodes them. They are
 * named as what they are: a photo off a telephone is not damaged.
 */
import { LikenessError } from '../base/index.js';
import type { Sniffed } from './container.js';

const ascii = (head: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...head.subarray(at, at + length));

/** Brands of HEVC in HEIF: single pictures and sequences. */
const HEIC = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']);

/** Brands of HEIF that leave open what it is coded with. */
const OPEN = new Set(['mif1', 'mif2', 'msf1', 'miaf']);

/**
 * The kind of picture in an ISO file, by its brands; `null` for films. AVIF can be decoded, and is often listed behind a brand
 * that leaves the coding open.
 *
 * @param head first bytes of a file that begins with `ftyp`
 */
export function heifKind(head: Uint8Array): 'avif' | 'heif' | null {
  const size = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(0);
  const brands: string[] = [ascii(head, 8, 4)];
  for (let at = 16; at + 4 <= Math.min(size, head.length); at += 4) brands.push(ascii(head, at, 4));
  const [major = ''] = brands;
  if (major === 'avif' || major === 'avis') return 'avif';
  if (HEIC.has(major)) return 'heif';
  if (!OPEN.has(major)) return null;
  return brands.some((b) => b === 'avif' || b === 'avis') && !brands.some((b) => HEIC.has(b)) ? 'avif' : 'heif';
}

/** Sizes of the second header of a BMP; two letters alone begin too many texts. */
const BMP_HEADERS = new Set([12, 40, 52, 56, 64, 108, 124]);

/** JPEG XL and BMP by their first bytes; `null` for everything else. */
export function strangePicture(head: Uint8Array): 'jxl' | 'bmp' | null {
  const bare = head[0] === 0xff && head[1] === 0x0a;
  if (bare || (ascii(head, 4, 4) === 'JXL ' && ascii(head, 8, 4) === '\r\n\u0087\n')) return 'jxl';
  if (ascii(head, 0, 2) !== 'BM' || head.length < 18) return null;
  const header = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(14, true);
  return BMP_HEADERS.has(header) ? 'bmp' : null;
}

/** What each is called, and what to do with it. */
const UNDECODABLE: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  heif: [
    'HEIC',
    'Export it as JPEG: on an iPhone share it as JPEG or set Settings, Camera, Formats to Most Compatible; on a computer open and export it.',
  ],
  jxl: ['JPEG XL', 'Export it as JPEG or PNG.'],
  bmp: ['BMP', 'Export it as PNG, which loses nothing.'],
};

/**
 * Stops at a picture that is known and cannot be decoded.
 *
 * @throws LikenessError `media.picture-kind`
 */
export function refuseUndecodable(path: string, { kind, name }: Pick<Sniffed, 'kind' | 'name'>): void {
  const [what, hint] = (kind === 'picture' ? UNDECODABLE[name] : undefined) ?? [];
  if (what === undefined || hint === undefined) return;
  throw new LikenessError('media.picture-kind', `${path} is a ${what} picture; this program cannot decode ${what}.`, {
    hint,
  });
}
