/**
 * How well a mouth follows a sound: the correlation of two curves at every delay, and how well the same mouth follows the
 * same sound at places where it cannot belong. No net, nothing trained.
 */

/** Seconds from one value to the next, of both curves. */
export const STEP = 0.02;
/** Delays up to this many seconds are tried. */
export const MOST_DELAY = 0.5;
/** Slower changes than this many seconds are taken out: that speech begins and ends fits any speech. */
const SLOW = 0.6;
/** A place in the sound is another place when it lies this far off, in seconds. */
const ELSEWHERE = 0.7;
/** Independent values a second of two quick curves, whose band is about 4 Hz wide. */
const FREEDOM = 8;
/** Independent delays within {@link MOST_DELAY} to both sides. */
const DELAYS = 2 * MOST_DELAY * FREEDOM;

/** A stretch of the mouth's curve without a gap. */
export interface Stretch {
  /** Index of its first value on the time line of the sound. */
  readonly from: number;
  readonly values: Float32Array;
}

/** What {@link follow} finds. */
export interface Following {
  /** Largest correlation, -1 to 1, among delays within {@link MOST_DELAY}. */
  readonly correlation: number;
  /** The delay of the sound there, in seconds: positive where sound comes after the mouth. */
  readonly delay: number;
  /** Correlation at each delay, from -MOST_DELAY in steps of {@link STEP}. */
  readonly curve: Float32Array;
  /** Mean and standard deviation of the correlation at all other places of the same sound, where the mouth cannot belong. */
  readonly elsewhere: { readonly mean: number; readonly deviation: number };
  /**
   * How often a mouth that has nothing to do with the sound comes to this correlation at some delay, 0 to 1. From the other
   * places, taken as normal; their spread counts at least as large as the length of the stretches allows by chance.
   */
  readonly chance: number;
}

/** A curve less its mean over {@link SLOW} seconds with weights that fall to the ends; mirrored at the ends. */
export function quickPart(values: Float32Array): Float32Array {
  const half = Math.round(SLOW / STEP / 2);
  const weights = Array.from(
    { length: 2 * half + 1 },
    (_, i) => 1 - Math.cos((2 * Math.PI * (i + 1)) / (2 * half + 2)),
  );
  const n = values.length;
  const mirrored = (i: number): number => {
    const p = Math.max(1, 2 * (n - 1));
    const m = ((i % p) + p) % p;
    return values[m < n ? m : p - m] as number;
  };
  return values.map((v, i) => {
    let [sum, total] = [0, 0];
    weights.forEach((w, k) => {
      sum += w * mirrored(i + k - half);
      total += w;
    });
    return v - sum / total;
  });
}

/** Correlation over all stretches, the sound moved by `shift` values and closed to a ring. */
function correlationAt(stretches: readonly Stretch[], sound: Float32Array, shift: number): number {
  let [xy, xx, yy, sx, sy, n] = [0, 0, 0, 0, 0, 0];
  const length = sound.length;
  for (const { from, values } of stretches)
    for (let i = 0; i < values.length; i++) {
      const at = (((from + i + shift) % length) + length) % length;
      const x = values[i] as number;
      const y = sound[at] as number;
      xy += x * y;
      xx += x * x;
      yy += y * y;
      sx += x;
      sy += y;
      n++;
    }
  const spread = Math.sqrt(Math.max(0, xx - (sx * sx) / n) * Math.max(0, yy - (sy * sy) / n));
  return spread > 1e-12 ? (xy - (sx * sy) / n) / spread : 0;
}

/** Upper tail of the normal distribution (Abramowitz and Stegun 26.2.17, seven digits). */
function tail(z: number): number {
  if (z < 0) return 1 - tail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (poly * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
}

/**
 * Compares the quick parts of both curves. The sound is moved in a ring, so that every delay has a value.
 *
 * @param stretches the mouth: any unit, {@link quickPart} applied
 * @param sound the whole sound: any unit, {@link quickPart} applied
 */
export function follow(stretches: readonly Stretch[], sound: Float32Array): Following {
  const reach = Math.round(MOST_DELAY / STEP);
  const curve = Float32Array.from({ length: 2 * reach + 1 }, (_, i) => correlationAt(stretches, sound, i - reach));
  const at = curve.reduce((top, v, i) => (v > (curve[top] as number) ? i : top), 0);
  const correlation = curve[at] as number;
  const apart = Math.round(ELSEWHERE / STEP);
  const others: number[] = [];
  for (let shift = apart; shift <= sound.length - apart; shift += 2)
    others.push(correlationAt(stretches, sound, shift));
  const seconds = stretches.reduce((sum, s) => sum + s.values.length * STEP, 0);
  const byLength = 1 / Math.sqrt(FREEDOM * seconds);
  const mean = others.reduce((a, b) => a + b, 0) / Math.max(1, others.length);
  const spread = Math.sqrt(others.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, others.length));
  const deviation = Math.max(spread, byLength);
  const chance = 1 - (1 - tail((correlation - mean) / deviation)) ** DELAYS;
  return { correlation, delay: (at - reach) * STEP, curve, elsewhere: { mean, deviation }, chance };
}
