/**
 * A perceptual hash: the local contrast of a picture on a coarse grid, four bits a cell. It confirms that the picture a
 * watermark was found in is the one the watermark was put into. Comparing searches for scale, place, mirroring and small
 * angles, so that cropped, mirrored, turned and re-encoded copies and screenshots still match.
 */
import { LikenessError } from '../../base/index.js';
import { type Frame, lumaOf } from '../../media/index.js';
import { blur, type Plane, shrink } from './whiten.js';

/** Cells along the longer side; 4 bits each. */
const LONG = 48;
/** Radius, in cells, of the surroundings that a cell is compared with. */
const AROUND = 6;
const MOST = 7;

/** The hash of one picture. */
export interface PerceptualHash {
  readonly width: number;
  readonly height: number;
  /** `width * height` contrasts, -7 to 7, row by row. */
  readonly values: Int8Array;
}

/** How two hashes relate. */
export interface PerceptualMatch {
  /** Correlation at the best place, -1 to 1. */
  readonly similarity: number;
  /** Whether that is more than chance gives; see `docs/watermark.md` for the measured rates. */
  readonly same: boolean;
  readonly mirrored: boolean;
  /** Side of the suspect over side of the original, as far as the cells tell: .5 for a crop of half. */
  readonly scale: number;
  /** Share of the smaller picture that lies inside the other. */
  readonly overlap: number;
}

function highPass(plane: Plane, radius: number): Float32Array {
  const slow = blur(plane, Math.max(1, Math.round(radius)), 1);
  return plane.data.map((v, i) => v - (slow[i] as number));
}

/** The hash of a frame. */
export function perceptualHash(frame: Frame): PerceptualHash {
  const luma: Plane = { width: frame.width, height: frame.height, data: Float32Array.from(lumaOf(frame)) };
  const small = shrink(luma, Math.max(1, Math.max(frame.width, frame.height) / LONG));
  const contrast = highPass(small, AROUND);
  let power = 0;
  for (const v of contrast) power += v * v;
  const unit = Math.sqrt(power / contrast.length) + 0.5;
  const values = Int8Array.from(contrast, (v) => Math.max(-MOST, Math.min(MOST, Math.round((v / unit) * 3))));
  return { width: small.width, height: small.height, values };
}

/** A hash as text, to be stored: `lk1-48x27-<base64>`. */
export function hashText({ width, height, values }: PerceptualHash): string {
  const bytes = new Uint8Array((values.length + 1) >> 1);
  values.forEach((v, i) => {
    bytes[i >> 1] = (bytes[i >> 1] as number) | ((v + 8) << (i & 1 ? 4 : 0));
  });
  return `lk1-${width}x${height}-${Buffer.from(bytes).toString('base64')}`;
}

/**
 * The hash that {@link hashText} wrote.
 *
 * @throws LikenessError `label.hash`
 */
export function parseHash(text: string): PerceptualHash {
  const [, w, h, body] = /^lk1-(\d{1,2})x(\d{1,2})-([A-Za-z0-9+/]+=*)$/.exec(text) ?? [];
  const [width, height] = [Number(w), Number(h)];
  const bytes = Buffer.from(body ?? '', 'base64');
  if (!(width >= 1 && height >= 1) || bytes.length !== (width * height + 1) >> 1)
    throw new LikenessError('label.hash', 'This is no perceptual hash of Likeness.', {
      hint: 'The store it came from is damaged, or was written by a newer version.',
    });
  const values = Int8Array.from({ length: width * height }, (_, i) => {
    return (((bytes[i >> 1] as number) >> (i & 1 ? 4 : 0)) & 15) - 8;
  });
  return { width, height, values };
}

/** The hash seen at another scale, angle and perhaps mirrored; NaN where nothing is known. */
function resample(plane: Plane, scale: number, angle: number, mirrored: boolean): Plane {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const width = Math.max(1, Math.round((plane.width * Math.abs(c) + plane.height * Math.abs(s)) * scale));
  const height = Math.max(1, Math.round((plane.height * Math.abs(c) + plane.width * Math.abs(s)) * scale));
  const source: Plane =
    scale < 1 ? { ...plane, data: blur(plane, Math.max(0, Math.round(0.5 / scale - 0.4)), 1) } : plane;
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const dx = ((x + 0.5 - width / 2) / scale) * (mirrored ? -1 : 1);
      const dy = (y + 0.5 - height / 2) / scale;
      const u = c * dx + s * dy + plane.width / 2 - 0.5;
      const v = -s * dx + c * dy + plane.height / 2 - 0.5;
      data[y * width + x] = bilinear(source, u, v);
    }
  return { width, height, data };
}

function bilinear({ width, height, data }: Plane, u: number, v: number): number {
  if (u < -0.5 || v < -0.5 || u > width - 0.5 || v > height - 0.5) return Number.NaN;
  const x = Math.max(0, Math.min(width - 1, u));
  const y = Math.max(0, Math.min(height - 1, v));
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [x1, y1] = [Math.min(width - 1, x0 + 1), Math.min(height - 1, y0 + 1)];
  const top = (data[y0 * width + x0] as number) * (x0 + 1 - x) + (data[y0 * width + x1] as number) * (x - x0);
  const low = (data[y1 * width + x0] as number) * (x0 + 1 - x) + (data[y1 * width + x1] as number) * (x - x0);
  return top * (y0 + 1 - y) + low * (y - y0);
}

/** Correlation of `b` laid on `a` with its corner at `dx`, `dy`, and how many cells took part. */
function correlation(a: Plane, b: Plane, dx: number, dy: number): { r: number; cells: number } {
  let [n, sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0, 0];
  for (let y = Math.max(0, -dy); y < b.height && y + dy < a.height; y++)
    for (let x = Math.max(0, -dx); x < b.width && x + dx < a.width; x++) {
      const p = a.data[(y + dy) * a.width + x + dx] as number;
      const q = b.data[y * b.width + x] as number;
      // A cell outside of the turned picture.
      if (Number.isNaN(p) || Number.isNaN(q)) continue;
      n++;
      sa += p;
      sb += q;
      saa += p * p;
      sbb += q * q;
      sab += p * q;
    }
  const va = saa - (sa * sa) / n;
  const vb = sbb - (sb * sb) / n;
  return { r: n < 16 || va <= 0 || vb <= 0 ? 0 : (sab - (sa * sb) / n) / Math.sqrt(va * vb), cells: n };
}

/** Correlation above which two pictures count as the same. */
const SAME = 0.7;
/** Cells of the full grid that must have taken part. */
const CELLS_LEAST = 60;
const COARSE_SCALES = Array.from({ length: 19 }, (_, i) => 0.34 * 1.127 ** i);
const COARSE_ANGLES = [0, -3, 3];
/** Places of the coarse grid that are looked at again in the full one. */
const KEPT = 6;

/** One way to lay the suspect on the original. */
interface Laid {
  readonly scale: number;
  readonly mirrored: boolean;
  /** Degrees. */
  readonly angle: number;
}

/** Both pictures on one grid: the one that holds more as the ground, the other made smaller to lie on it. */
function layOut(a: Plane, b: Plane, laid: Laid): { ground: Plane; piece: Plane } {
  // Beyond 1 the suspect holds more than the original.
  const grown = laid.scale > 1;
  const shrunk = grown ? 1 / laid.scale : laid.scale;
  const around = (AROUND * Math.max(a.width, a.height)) / LONG;
  const ground = grown ? b : a;
  const radians = ((grown ? -laid.angle : laid.angle) * Math.PI) / 180;
  return {
    ground: { ...ground, data: highPass(ground, around * shrunk) },
    piece: resample(grown ? a : b, shrunk, radians, laid.mirrored),
  };
}

interface Hit extends Laid {
  readonly r: number;
  readonly overlap: number;
  /** Of the piece's corner on the ground, in shares of the ground's width. */
  readonly x: number;
  readonly y: number;
}

/** The best place for one way, near `around` where given. */
function place(a: Plane, b: Plane, laid: Laid, cellsLeast: number, around?: Hit): Hit | null {
  const { ground, piece } = layOut(a, b, laid);
  const size = piece.width * piece.height;
  const least = Math.max(cellsLeast, 0.75 * size);
  const spare = [Math.ceil(piece.width * 0.1), Math.ceil(piece.height * 0.1)] as const;
  const span = (spareCells: number, room: number, centre: number | undefined): [number, number] =>
    centre === undefined
      ? [Math.min(0, room) - spareCells, Math.max(0, room) + spareCells]
      : [Math.round(centre) - 2, Math.round(centre) + 2];
  const [left, right] = span(spare[0], ground.width - piece.width, around && around.x * ground.width);
  const [top, bottom] = span(spare[1], ground.height - piece.height, around && around.y * ground.width);
  let best: Hit | null = null;
  for (let dy = top; dy <= bottom; dy++)
    for (let dx = left; dx <= right; dx++) {
      const { r, cells } = correlation(ground, piece, dx, dy);
      if (cells < least || (best !== null && r <= best.r)) continue;
      best = { ...laid, r, overlap: cells / size, x: dx / ground.width, y: dy / ground.width };
    }
  return best;
}

/**
 * Compares the hash of an original with that of a suspect: coarsely everywhere, then closely where it fitted best.
 *
 * @param angles further angles to try, in degrees: what a watermark says about the suspect's rotation
 */
export function comparePerceptual(
  original: PerceptualHash,
  suspect: PerceptualHash,
  angles: readonly number[] = [],
): PerceptualMatch {
  const plane = ({ width, height, values }: PerceptualHash): Plane => ({
    width,
    height,
    data: Float32Array.from(values),
  });
  const [a, b] = [plane(original), plane(suspect)];
  const [coarseA, coarseB] = [shrink(a, 2), shrink(b, 2)];
  const hits: Hit[] = [];
  for (const scale of COARSE_SCALES)
    for (const mirrored of [false, true])
      for (const angle of [...COARSE_ANGLES, ...angles]) {
        const hit = place(coarseA, coarseB, { scale, mirrored, angle }, CELLS_LEAST / 4);
        if (hit !== null) hits.push(hit);
      }
  hits.sort((p, q) => q.r - p.r);
  let best: Hit | null = null;
  for (const hit of hits.slice(0, KEPT))
    for (const factor of [0.94, 0.97, 1, 1.03, 1.06])
      for (const turn of [-1.5, 0, 1.5]) {
        const laid = { scale: hit.scale * factor, mirrored: hit.mirrored, angle: hit.angle + turn };
        // The places of both grids agree only while the same picture is the ground.
        if (laid.scale > 1 !== hit.scale > 1) continue;
        const found = place(a, b, laid, CELLS_LEAST, hit);
        if (found !== null && (best === null || found.r > best.r)) best = found;
      }
  return best === null
    ? { similarity: -1, same: false, mirrored: false, scale: 1, overlap: 0 }
    : { similarity: best.r, same: best.r >= SAME, mirrored: best.mirrored, scale: best.scale, overlap: best.overlap };
}
