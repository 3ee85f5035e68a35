/** Finding the watermark in a picture, or in the frames of a clip taken together. */
import { LikenessError } from '../../base/index.js';
import type { Frame } from '../../media/index.js';
import { type Folded, findSync, fold, type Pose, read, type Sync } from './decode.js';
import { logOdds } from './odds.js';
import { LAYOUTS, type Layout, REFERENCE } from './pattern.js';
import { guesses } from './search.js';
import { type Plane, whiten } from './whiten.js';

/** How the marked picture lies in the one looked at. */
export interface WatermarkTransform {
  /** Size against an uncropped copy: 1 for a copy of any size, 2 where the middle half was cut out and kept as a picture. */
  readonly scale: number;
  /** Width over height of what was a square, 1 where proportions were kept. */
  readonly aspect: number;
  /** Degrees clockwise, quarter turns included, -180 to 180; applied after mirroring. */
  readonly rotation: number;
  readonly mirrored: boolean;
  /** Pixels from the picture's middle to the next corner of the tile. */
  readonly offset: readonly [number, number];
}

/** A watermark that was found. */
export interface WatermarkFinding {
  /** 8 bytes: a key to look up, no proof. Confirm it with a perceptual hash. */
  readonly payload: Uint8Array;
  /** 1 minus the probability of a find in an unmarked picture; never below 0.9999999. */
  readonly confidence: number;
  /** log10 of that probability, at most -7. */
  readonly chance: number;
  /** Of 127 bits of the code word. */
  readonly bitErrors: number;
  /** How large the tile was laid out. */
  readonly layout: Layout;
  readonly transform: WatermarkTransform;
}

/** How to look. */
export interface DetectOptions {
  /**
   * `quick`: uncropped copies of any size, mirrored or in quarter turns; tens of milliseconds. `normal`: any scale, and up
   * to 4.5 degrees of rotation; up to a few seconds. `thorough`: any angle.
   */
  readonly effort?: 'quick' | 'normal' | 'thorough';
}

/** A find must be less likely than this (log10) in an unmarked picture. */
const CHANCE = -7;
/** And the sync pattern must stand out by itself: a picture of one colour reads as a code word of zeros. */
const PEAK_LEAST = 4.6;
const QUARTERS = [0, 1, 2, 3] as const;
const ALL = QUARTERS.flatMap((q) => [
  [q, false],
  [q, true],
]) as readonly (readonly [number, boolean])[];

/** Smallest and largest short side that is looked at, in pixels. */
const SMALLEST = 48;

interface Place {
  readonly pose: Pose;
  readonly folded: Folded;
  readonly sync: Sync;
}

function look(plane: Plane, pose: Pose, orientations: readonly (readonly [number, boolean])[]): Place {
  const folded = fold(plane, pose);
  return { pose, folded, sync: findSync(folded, orientations) };
}

/** Climbs to the pose with the highest sync peak: scale, angle, then the two scales apart. */
function refine(plane: Plane, start: Place, rounds: number): { place: Place; looked: number } {
  let place = start;
  let looked = 0;
  const orientation = [[start.sync.quarter, start.sync.mirrored]] as const;
  const size = Math.hypot(plane.width, plane.height) / 2;
  // What moves the picture's corner by two pixels.
  let step = 2 / size;
  for (let round = 0; round < rounds; round++) {
    const moves: ((p: Pose, d: number) => Pose)[] = [
      (p, d) => ({ ...p, scaleX: p.scaleX * (1 + d), scaleY: p.scaleY * (1 + d) }),
      (p, d) => ({ ...p, angle: p.angle + d }),
      (p, d) => ({ ...p, scaleX: p.scaleX * (1 + d), scaleY: p.scaleY / (1 + d) }),
    ];
    for (const move of moves)
      for (const sign of [1, -1]) {
        const tried = look(plane, move(place.pose, sign * step), orientation);
        looked++;
        if (tried.sync.peak > place.sync.peak) {
          place = tried;
          break;
        }
      }
    step *= 0.7;
  }
  return { place, looked };
}

function finding(place: Place, plane: Plane, places: number): WatermarkFinding | null {
  if (place.sync.peak < PEAK_LEAST) return null;
  const reading = read(place.folded, place.sync);
  if (reading === null) return null;
  const chance = logOdds(place.sync.peak, reading.odds, Object.keys(LAYOUTS).length, places);
  if (chance > CHANCE) return null;
  const { pose, sync } = place;
  const dot = Math.sqrt(pose.scaleX * pose.scaleY);
  const natural = Math.min(plane.width, plane.height) / LAYOUTS[reading.layout];
  const turn = (pose.angle * 180) / Math.PI + sync.quarter * -90;
  return {
    payload: reading.payload,
    confidence: 1 - 10 ** chance,
    chance,
    bitErrors: reading.errors,
    layout: reading.layout,
    transform: {
      scale: dot / natural,
      aspect: pose.scaleX / pose.scaleY,
      rotation: ((((turn + 180) % 360) + 360) % 360) - 180,
      mirrored: sync.mirrored,
      offset: [sync.x * pose.scaleX, sync.y * pose.scaleY],
    },
  };
}

/** Looks at a whitened plane. */
export function detectInPlane(plane: Plane, options: DetectOptions = {}): WatermarkFinding | null {
  const effort = options.effort ?? 'normal';
  if (Math.min(plane.width, plane.height) < SMALLEST) return null;
  const natural = Math.min(plane.width, plane.height) / REFERENCE;
  let looked = 0;
  const tryAt = (start: Place, rounds: number): WatermarkFinding | null => {
    const first = finding(start, plane, looked);
    if (first !== null || rounds === 0) return first;
    const refined = refine(plane, start, rounds);
    looked += refined.looked;
    return finding(refined.place, plane, looked);
  };
  for (const dots of Object.values(LAYOUTS)) {
    const dot = Math.min(plane.width, plane.height) / dots;
    const uncropped = look(plane, { scaleX: dot, scaleY: dot, angle: 0 }, ALL);
    looked += ALL.length;
    const early = tryAt(uncropped, uncropped.sync.peak > 5 ? 6 : 0);
    if (early !== null) return early;
  }
  if (effort === 'quick') return null;
  const found = guesses(plane, {
    scales: [Math.max(0.15, natural * 0.22), Math.max(1, natural) * 2.6],
    angle: effort === 'thorough' ? Math.PI / 4 : (4.5 * Math.PI) / 180,
    count: effort === 'thorough' ? 40 : 14,
  });
  const places = found.map((g) => {
    looked += ALL.length;
    return look(plane, { scaleX: g.scale, scaleY: g.scale, angle: g.angle }, ALL);
  });
  places.sort((a, b) => b.sync.peak - a.sync.peak);
  for (const [i, place] of places.entries()) {
    const result = tryAt(place, i < 4 || place.sync.peak > 5.5 ? 9 : 0);
    if (result !== null) return result;
  }
  return null;
}

/** Looks for a watermark in one picture; `null` where none is found. Null says nothing about how a picture was made. */
export function detectWatermark(frame: Frame, options: DetectOptions = {}): WatermarkFinding | null {
  return detectInPlane(whiten(frame), options);
}

/** Pools what the frames of one clip show: the mark stays where it is while the picture moves on. */
export class WatermarkPool {
  #sum: { width: number; height: number; data: Float32Array; frames: number } | null = null;

  /** Frames added. */
  get frames(): number {
    return this.#sum?.frames ?? 0;
  }

  /** Adds a frame; all must have one size. Memory does not grow. */
  add(frame: Frame): void {
    const plane = whiten(frame);
    const sum = this.#sum;
    if (sum === null) {
      this.#sum = { width: plane.width, height: plane.height, data: plane.data, frames: 1 };
      return;
    }
    if (sum.width !== plane.width || sum.height !== plane.height)
      throw new LikenessError('media.bad-frame', 'The frames of one pool must have one size.', {
        hint: 'Start another pool where the size changes.',
      });
    for (let i = 0; i < sum.data.length; i++) sum.data[i] = (sum.data[i] as number) + (plane.data[i] as number);
    sum.frames++;
  }

  /** What the frames so far show together. */
  detect(options: DetectOptions = {}): WatermarkFinding | null {
    return this.#sum === null ? null : detectInPlane(this.#sum, options);
  }
}
