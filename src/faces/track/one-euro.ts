/**
 * The one-euro filter (Casiez, Roussel, Vogel, CHI 2012) for live use, where the future is not known: a low pass whose
 * cut-off rises with speed. Whole clips use `smooth.ts` instead, which looks ahead and has no lag at all.
 */

/** Tuning of a {@link OneEuroFilter}. */
export interface OneEuroOptions {
  /** Cut-off in hertz at rest; lower is steadier and slower. Default 1.5. */
  readonly minCutoff?: number;
  /** How much the cut-off rises per unit of speed (value units per second). Default 0.02. */
  readonly beta?: number;
  /** Cut-off in hertz of the speed estimate. Default 2. */
  readonly derivativeCutoff?: number;
}

const alphaOf = (cutoff: number, seconds: number): number => {
  const tau = 1 / (2 * Math.PI * cutoff);
  return 1 / (1 + tau / seconds);
};

/**
 * Smooths a stream of vectors with little delay. All numbers of a vector share one speed, so that a face moves as a whole.
 *
 * @example
 * const filter = new OneEuroFilter({ minCutoff: 1.5, beta: 0.02 });
 * const steady = filter.next(landmarks, frame.timestamp / 1e6);
 */
export class OneEuroFilter {
  readonly #minCutoff: number;
  readonly #beta: number;
  readonly #derivativeCutoff: number;
  #value: Float32Array | null = null;
  #speed: Float32Array | null = null;
  #time = 0;

  constructor(options: OneEuroOptions = {}) {
    this.#minCutoff = options.minCutoff ?? 1.5;
    this.#beta = options.beta ?? 0.02;
    this.#derivativeCutoff = options.derivativeCutoff ?? 2;
  }

  /** Forgets everything, for instance after a cut. */
  reset(): void {
    this.#value = null;
    this.#speed = null;
  }

  /**
   * The smoothed vector.
   *
   * @param values any length, but the same at every call since the last reset
   * @param seconds time of the sample; must rise, otherwise the sample is returned as it is
   */
  next(values: Float32Array, seconds: number): Float32Array {
    const last = this.#value;
    const speed = this.#speed;
    const step = seconds - this.#time;
    if (last === null || speed === null || last.length !== values.length || !(step > 0)) {
      this.#value = Float32Array.from(values);
      this.#speed = new Float32Array(values.length);
      this.#time = seconds;
      return Float32Array.from(values);
    }
    const ad = alphaOf(this.#derivativeCutoff, step);
    let square = 0;
    for (let i = 0; i < values.length; i++) {
      const s =
        (speed[i] as number) + ad * (((values[i] as number) - (last[i] as number)) / step - (speed[i] as number));
      speed[i] = s;
      square += s * s;
    }
    const cutoff = this.#minCutoff + this.#beta * Math.sqrt(square / values.length);
    const a = alphaOf(cutoff, step);
    for (let i = 0; i < values.length; i++)
      last[i] = (last[i] as number) + a * ((values[i] as number) - (last[i] as number));
    this.#time = seconds;
    return Float32Array.from(last);
  }
}
