/**
 * Seeded random numbers whose whole state is four integers, so that a run can stop and go on with the same draws.
 * xoshiro128** (Blackman and Vigna, 2018), seeded by splitmix32. Not for keys or salts: use `node:crypto` there.
 */

/** The state of a {@link Random}: four unsigned 32-bit integers. */
export type RandomState = readonly [number, number, number, number];

const rotl = (x: number, k: number): number => ((x << k) | (x >>> (32 - k))) >>> 0;

/** A reproducible stream of numbers. */
export class Random {
  #s: [number, number, number, number];

  /** @param seed an integer, or a state taken earlier from {@link Random.state}. */
  constructor(seed: number | RandomState) {
    if (typeof seed === 'number') {
      let z = seed >>> 0;
      const next = (): number => {
        z = (z + 0x9e3779b9) >>> 0;
        let t = z ^ (z >>> 16);
        t = Math.imul(t, 0x21f0aaad);
        t ^= t >>> 15;
        t = Math.imul(t, 0x735a2d97);
        return (t ^ (t >>> 15)) >>> 0;
      };
      this.#s = [next(), next(), next(), next()];
    } else this.#s = [...seed];
  }

  /** The state, to be stored in a checkpoint. */
  get state(): RandomState {
    return [...this.#s];
  }

  /** A whole number in 0 .. 2^32-1. */
  uint32(): number {
    const s = this.#s;
    const r = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11);
    return r;
  }

  /** Uniform in [0, 1). */
  float(): number {
    return this.uint32() / 4294967296;
  }

  /** Uniform in [low, high). */
  range(low: number, high: number): number {
    return low + (high - low) * this.float();
  }

  /** A whole number in 0 .. n-1. */
  int(n: number): number {
    return Math.floor(this.float() * n);
  }

  /** Standard normal (Box-Muller; the second value is thrown away so that the state stays four integers). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.float())) * Math.cos(2 * Math.PI * this.float());
  }

  /** Puts a list into random order in place (Fisher-Yates). */
  shuffle<T>(list: T[]): T[] {
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const a = list[i] as T;
      list[i] = list[j] as T;
      list[j] = a;
    }
    return list;
  }
}
