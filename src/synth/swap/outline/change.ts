/** One routed person's change of outline, frame by frame. */
import type { Box } from '../../../faces/index.js';
import type { Frame } from '../../../media/index.js';
import { type Pinned, ShapeField } from './field.js';
import { mixShapes, movePoints, nodShape } from './move.js';
import { PlateBender } from './plate.js';

/** Bends the plate of one person to the outline of another. */
export class OutlineChange {
  /** Shape at rest that the bent plate shows. */
  readonly neutral: Float32Array;
  readonly #source: Float32Array;
  /** What the landmarks move towards: the source's shape, nodded. */
  #goal: Float32Array;
  #nod = 0;
  readonly #target: Float32Array;
  readonly #strength: number;
  readonly #field = new ShapeField();
  readonly #bender = new PlateBender();

  /**
   * @param target, source shapes at rest (`neutral.ts`): who is there, who comes
   * @param strength 0..1: share of the difference
   */
  constructor(target: Float32Array, source: Float32Array, strength: number) {
    this.#target = target;
    this.#source = source;
    this.#goal = source;
    this.#strength = strength;
    this.neutral = mixShapes(target, source, strength);
  }

  /** Degrees by which the new shape is nodded, positive up; see `hold.ts`. What engines are told of the shape stays. */
  get nod(): number {
    return this.#nod;
  }

  set nod(degrees: number) {
    this.#nod = degrees;
    this.#goal = degrees === 0 ? this.#source : nodShape(this.#source, degrees);
  }

  /**
   * Bends a frame in place.
   *
   * @param landmarks 478 * 3, pixels of the frame
   * @param pinned faces of other people: they keep every pixel
   * @returns the landmarks of the bent face, 478 * 3, and the rectangle outside which nothing changed
   */
  apply(frame: Frame, landmarks: Float32Array, pinned: readonly Pinned[]): { points: Float32Array; box: Box } {
    const n = landmarks.length / 3;
    const flat = new Float32Array(n * 2);
    for (let i = 0; i < n; i++) {
      flat[i * 2] = landmarks[i * 3] as number;
      flat[i * 2 + 1] = landmarks[i * 3 + 1] as number;
    }
    const moved = movePoints(this.#goal, this.#target, flat, this.#strength);
    this.#field.build(flat, moved, pinned);
    const box = this.#bender.bend(frame, this.#field);
    const points = Float32Array.from(landmarks);
    for (let i = 0; i < n; i++) {
      points[i * 3] = moved[i * 2] as number;
      points[i * 3 + 1] = moved[i * 2 + 1] as number;
    }
    return { points, box };
  }
}
