/** Reading a tile at a given scale and angle: fold the picture onto one tile, find where it begins, read the bits. */
import { CODE_BITS } from './bch.js';
import { logAgreement } from './odds.js';
import {
  DATA,
  FASTEST,
  type Layout,
  layoutOf,
  type Slot,
  SYNC,
  SYNC_PHASES,
  slotOf,
  slots,
  TILE,
  type Wave,
} from './pattern.js';
import { decodeSoft } from './soft.js';
import { slowWaves, tops, type Waves } from './tile-transform.js';
import type { Plane } from './whiten.js';

/** How a picture lies on the tile: pixels per dot across and down, and the angle in radians. */
export interface Pose {
  readonly scaleX: number;
  readonly scaleY: number;
  readonly angle: number;
}

/** Strengths of all waves of a folded picture: `re` and `im` on the grid of the tile's transform. */
export interface Folded {
  readonly re: Float32Array;
  readonly im: Float32Array;
  /** Waves above this many cycles per tile are beyond what the picture can hold. */
  readonly reach: number;
}

/** Where the sync pattern lies. */
export interface Sync {
  /** Peak over the deviation that noise has: about 4.3 where there is nothing. */
  readonly peak: number;
  readonly x: number;
  readonly y: number;
  /** Quarter turns anticlockwise, and whether the picture is mirrored. */
  readonly quarter: number;
  readonly mirrored: boolean;
}

const MASK = TILE - 1;

/** Adds all pixels of the plane up on one tile and transforms it. Positions are counted from the plane's middle. */
export function fold(plane: Plane, pose: Pose): Folded {
  const { width, height, data } = plane;
  const tile = new Float32Array(TILE * TILE);
  const c = Math.cos(pose.angle);
  const s = Math.sin(pose.angle);
  const [xx, xy, yx, yy] = [c / pose.scaleX, s / pose.scaleX, -s / pose.scaleY, c / pose.scaleY];
  // Far enough from zero that cutting decimals off is rounding down.
  const far = TILE * 512;
  for (let y = 0; y < height; y++) {
    const dy = y + 0.5 - height / 2;
    let u = far + xx * (0.5 - width / 2) + xy * dy;
    let v = far + yx * (0.5 - width / 2) + yy * dy;
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const to = ((v & MASK) << 7) | (u & MASK);
      tile[to] = (tile[to] as number) + (data[at] as number);
      u += xx;
      v += yx;
    }
  }
  const re = new Float32Array(TILE * TILE);
  const im = new Float32Array(TILE * TILE);
  slowWaves(tile, re, im);
  const reach = Math.min(FASTEST + 1, 0.48 * TILE * Math.min(pose.scaleX, pose.scaleY));
  level(re, im);
  return { re, im, reach };
}

/** Waves no faster than the mark's, all round: where they are, and the ring they are in. */
const RINGS = FASTEST + 2;
const near = (() => {
  const found: { at: number; ring: number }[] = [];
  for (let v = -FASTEST; v <= FASTEST; v++)
    for (let u = -FASTEST; u <= FASTEST; u++) {
      const r = Math.hypot(u, v);
      if (r < RINGS) found.push({ at: (v & MASK) * TILE + (u & MASK), ring: Math.round(r) });
    }
  return { at: Int32Array.from(found, (f) => f.at), ring: Uint8Array.from(found, (f) => f.ring) };
})();
const sizes = new Float64Array(near.at.length);

/** Divides every wave by the usual strength of waves of its length, and cuts off what still stands out. */
function level(re: Float32Array, im: Float32Array): void {
  const sums = new Float64Array(RINGS + 1);
  const counts = new Float64Array(RINGS + 1);
  for (let i = 0; i < sizes.length; i++) {
    const at = near.at[i] as number;
    const ring = near.ring[i] as number;
    const size = Math.sqrt((re[at] as number) ** 2 + (im[at] as number) ** 2);
    sizes[i] = size;
    sums[ring] = (sums[ring] as number) + size;
    counts[ring] = (counts[ring] as number) + 1;
  }
  const mean = Float64Array.from(sums, (_, i) => {
    let sum = 0;
    let count = 0;
    for (let k = Math.max(1, i - 1); k <= Math.min(RINGS, i + 1); k++) {
      sum += sums[k] as number;
      count += counts[k] as number;
    }
    return sum / Math.max(1, count) + 1e-9;
  });
  for (let i = 0; i < sizes.length; i++) {
    const at = near.at[i] as number;
    // A complex number of noise has a mean strength of .886 times its root mean square.
    const scale = 0.886 / (mean[near.ring[i] as number] as number);
    const size = (sizes[i] as number) * scale;
    const keep = size > 1.6 ? (1.6 / size) * scale : scale;
    re[at] = (re[at] as number) * keep;
    im[at] = (im[at] as number) * keep;
  }
}

/** Index of a wave in the grid of a picture that is turned by quarters and perhaps mirrored. */
function gridIndex({ u, v }: Wave, quarter: number, mirrored: boolean): number {
  let [x, y] = [u, v];
  if (mirrored) x = -x;
  for (let q = 0; q < quarter; q++) [x, y] = [y, -x];
  return (y & MASK) * TILE + (x & MASK);
}

const SYNC_U = Int32Array.from(SYNC, (w) => w.u);
const SYNC_V = Int32Array.from(SYNC, (w) => w.v);
const SYNC_LENGTH = Float32Array.from(SYNC, (w) => Math.hypot(w.u, w.v));
const DATA_LENGTH = Float32Array.from(DATA, (w) => Math.hypot(w.u, w.v));

/** An orientation, and the sync waves of a picture in it: their product with the pattern, and how strong they are. */
interface Turned {
  readonly quarter: number;
  readonly mirrored: boolean;
  readonly waves: Waves;
  readonly power: number;
}

function turned(folded: Folded, quarter: number, mirrored: boolean): Turned {
  const waves = { u: SYNC_U, v: SYNC_V, re: new Float32Array(SYNC.length), im: new Float32Array(SYNC.length) };
  let power = 0;
  SYNC.forEach((wave, i) => {
    if ((SYNC_LENGTH[i] as number) > folded.reach) return;
    const at = gridIndex(wave, quarter, mirrored);
    const a = folded.re[at] as number;
    const b = folded.im[at] as number;
    const c = SYNC_PHASES.cos[i] as number;
    const s = SYNC_PHASES.sin[i] as number;
    // Times the conjugate of the pattern's phase.
    const x = a * c + b * s;
    const y = b * c - a * s;
    power += (x * x + y * y) / 2;
    waves.re[i] = x;
    waves.im[i] = y;
  });
  return { quarter, mirrored, waves, power };
}

/** The best place of the sync pattern among the orientations asked for. */
export function findSync(folded: Folded, orientations: readonly (readonly [number, boolean])[]): Sync {
  let best: Sync = { peak: 0, x: 0, y: 0, quarter: 0, mirrored: false };
  const all = orientations.map(([quarter, mirrored]) => turned(folded, quarter, mirrored));
  for (let i = 0; i < all.length; i += 2) {
    const pair = all.slice(i, i + 2);
    const [first, second] = pair;
    if (!first) break;
    // The real part of what the half spectrum adds up to is the correlation.
    const found = tops(first.waves, second?.waves ?? null);
    pair.forEach(({ quarter, mirrored, power }, k) => {
      const { value, x, y } = found[k] as (typeof found)[0];
      const peak = value / Math.sqrt(power + 1e-9);
      if (peak > best.peak) best = { peak, x, y, quarter, mirrored };
    });
  }
  return best;
}

/** Sync waves around a length whose mean tells how well waves of that length are kept, in cycles a tile. */
const KERNEL = 1.5;
const LEAST_WEIGHT = 0.15;

/**
 * How much the waves of each length count: as much as the sync waves of about that length, whose phases are known, are
 * found again. Small and hard-pressed copies lose the short ones first.
 */
function weights(folded: Folded, sync: Sync): Float32Array {
  const sums = new Float64Array(FASTEST + 2);
  const counts = new Float64Array(FASTEST + 2);
  SYNC.forEach((wave, i) => {
    const length = SYNC_LENGTH[i] as number;
    if (length > folded.reach) return;
    const at = gridIndex(wave, sync.quarter, sync.mirrored);
    const angle = (2 * Math.PI * (wave.u * sync.x + wave.v * sync.y)) / TILE;
    const c = (SYNC_PHASES.cos[i] as number) * Math.cos(angle) + (SYNC_PHASES.sin[i] as number) * Math.sin(angle);
    const s = (SYNC_PHASES.sin[i] as number) * Math.cos(angle) - (SYNC_PHASES.cos[i] as number) * Math.sin(angle);
    const kept = (folded.re[at] as number) * c + (folded.im[at] as number) * s;
    for (let r = 0; r < sums.length; r++) {
      const near = Math.exp(-(((length - r) / KERNEL) ** 2) / 2);
      sums[r] = (sums[r] as number) + near * kept;
      counts[r] = (counts[r] as number) + near;
    }
  });
  return Float32Array.from(sums, (sum, r) => Math.max(LEAST_WEIGHT, sum / ((counts[r] as number) + 1e-9)));
}

/** How strongly each bit reads as 1 (positive) or 0: a bit whose waves are all weak stays a weak one. */
function softBits(folded: Folded, slot: Slot, at: Int32Array, turn: Float32Array, weight: Float32Array): Float32Array {
  const soft = new Float32Array(CODE_BITS);
  for (let i = 0; i < at.length; i++) {
    if ((DATA_LENGTH[i] as number) > folded.reach) continue;
    const [a, b] = [folded.re[at[i] as number] as number, folded.im[at[i] as number] as number];
    const [tc, ts] = [turn[2 * i] as number, turn[2 * i + 1] as number];
    const [x, y] = [a * tc - b * ts, a * ts + b * tc];
    const k = slot.bit[i] as number;
    const w = weight[Math.round(DATA_LENGTH[i] as number)] as number;
    soft[k] = (soft[k] as number) + w * (x * (slot.cos[i] as number) + y * (slot.sin[i] as number));
  }
  return soft;
}

/** What was read. */
export interface Reading {
  readonly payload: Uint8Array;
  readonly errors: number;
  readonly layout: Layout;
  /** log10 of the odds that bits by chance agree so well with any code word. */
  readonly odds: number;
}

/** The best reading of all slots that fits its slot, or null. */
export function read(folded: Folded, sync: Sync): Reading | null {
  const at = Int32Array.from(DATA, (w) => gridIndex(w, sync.quarter, sync.mirrored));
  const turn = new Float32Array(DATA.length * 2);
  DATA.forEach(({ u, v }, i) => {
    const angle = (2 * Math.PI * (u * sync.x + v * sync.y)) / TILE;
    turn[2 * i] = Math.cos(angle);
    turn[2 * i + 1] = Math.sin(angle);
  });
  const weight = weights(folded, sync);
  let best: Reading | null = null;
  for (const [s, slot] of slots.entries()) {
    const soft = softBits(folded, slot, at, turn, weight);
    const { payload, errors, agreement } = decodeSoft(soft);
    const layout = layoutOf(s);
    if (slotOf(payload, layout) !== s) continue;
    const odds = logAgreement(soft, agreement);
    if (best === null || odds < best.odds) best = { payload, errors, layout, odds };
  }
  return best;
}
