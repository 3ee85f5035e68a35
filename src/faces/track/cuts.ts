/**
 * Where one shot ends and the next begins. Each frame becomes a small signature (mean luma of 16 x 9 blocks and a 32-bin
 * histogram); a hard cut is a jump of both that stands out of its surroundings and does not jump back within a few
 * frames. A flash, a photographer's for instance, jumps back and is no cut. Dissolves and fades are not looked for.
 */
import type { Frame } from '../../media/index.js';

const COLUMNS = 16;
const ROWS = 9;
const BINS = 32;
/** Samples per block side: enough for a mean, few enough to cost nothing. */
const TAPS = 6;

/** What the cut finder keeps of a frame. */
export interface CutSignature {
  /** Mean luma of 16 x 9 blocks, 0..1. */
  readonly blocks: Float32Array;
  /** Share of samples in each of 32 luma bins. */
  readonly histogram: Float32Array;
}

/** The signature of a frame, from about 5,000 of its pixels. */
export function cutSignature(frame: Frame): CutSignature {
  const { width, height, pixels } = frame;
  const blocks = new Float32Array(COLUMNS * ROWS);
  const histogram = new Float32Array(BINS);
  const rgba = frame.format === 'rgba';
  const full = COLUMNS * ROWS * TAPS * TAPS;
  for (let r = 0; r < ROWS * TAPS; r++) {
    const y = Math.min(height - 1, Math.floor(((r + 0.5) * height) / (ROWS * TAPS)));
    const row = (Math.floor(r / TAPS) * COLUMNS) | 0;
    for (let c = 0; c < COLUMNS * TAPS; c++) {
      const x = Math.min(width - 1, Math.floor(((c + 0.5) * width) / (COLUMNS * TAPS)));
      const at = y * width + x;
      const luma = rgba
        ? 0.299 * (pixels[4 * at] as number) +
          0.587 * (pixels[4 * at + 1] as number) +
          0.114 * (pixels[4 * at + 2] as number)
        : (pixels[at] as number);
      const block = row + Math.floor(c / TAPS);
      blocks[block] = (blocks[block] as number) + luma / (255 * TAPS * TAPS);
      const bin = Math.min(BINS - 1, (luma * BINS) >> 8);
      histogram[bin] = (histogram[bin] as number) + 1 / full;
    }
  }
  return { blocks, histogram };
}

/**
 * How unlike two frames are, 0..1: the mean of a block term, which sees things in other places, and a histogram term,
 * which sees other light. The block term is measured against the contrast of the pictures, so that dark films have cuts too.
 */
export function cutDistance(a: CutSignature, b: CutSignature): number {
  let meanA = 0;
  let meanB = 0;
  const n = a.blocks.length;
  for (let i = 0; i < n; i++) {
    meanA += (a.blocks[i] as number) / n;
    meanB += (b.blocks[i] as number) / n;
  }
  let difference = 0;
  let contrast = 0;
  for (let i = 0; i < n; i++) {
    const x = (a.blocks[i] as number) - meanA;
    const y = (b.blocks[i] as number) - meanB;
    difference += Math.abs(x - y);
    contrast += Math.abs(x) + Math.abs(y);
  }
  const shape = difference / (contrast + 0.02 * n);
  // Earth mover's distance of the histograms: a small change of exposure moves little, whatever bin it falls into.
  let carry = 0;
  let moved = 0;
  for (let i = 0; i < BINS; i++) {
    carry += (a.histogram[i] as number) - (b.histogram[i] as number);
    moved += Math.abs(carry);
  }
  return 0.5 * Math.min(1, shape) + 0.5 * Math.min(1, (4 * moved) / BINS);
}

/** Frames after a jump that are looked at before it is called a cut; a flash has to be over by then. */
export const CUT_LOOKAHEAD = 4;
const THRESHOLD = 0.22;
/** A cut stands this far above the jumps around it. */
const PROMINENCE = 2.5;

/**
 * Finds cuts in a stream, {@link CUT_LOOKAHEAD} frames late.
 *
 * @example
 * for (const frame of frames) finder.push(cutSignature(frame));
 * finder.isCut(120); // true when frame 120 is the first of a new shot
 */
export class CutFinder {
  readonly #signatures = new Map<number, CutSignature>();
  readonly #jumps = new Map<number, number>();
  #count = 0;
  #lastCut = 0;

  /** Takes the signature of the next frame. */
  push(signature: CutSignature): void {
    const t = this.#count++;
    const before = this.#signatures.get(t - 1);
    this.#signatures.set(t, signature);
    this.#jumps.set(t, before === undefined ? 0 : cutDistance(before, signature));
    const old = t - 3 * CUT_LOOKAHEAD;
    this.#signatures.delete(old);
    this.#jumps.delete(old);
  }

  /** Number of frames taken so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Whether frame `t` starts a new shot. Ask in order, once per frame, when `t + CUT_LOOKAHEAD` frames have been pushed or
   * the clip has ended.
   */
  isCut(t: number): boolean {
    const jump = this.#jumps.get(t) ?? 0;
    const here = this.#signatures.get(t);
    const before = this.#signatures.get(t - 1);
    if (t === 0 || here === undefined || before === undefined || jump < THRESHOLD) return false;
    let around = 0;
    let n = 0;
    for (let k = -CUT_LOOKAHEAD; k <= CUT_LOOKAHEAD; k++) {
      const j = this.#jumps.get(t + k);
      if (k === 0 || j === undefined || t + k <= this.#lastCut || j >= THRESHOLD) continue;
      around += j;
      n++;
    }
    if (n > 0 && jump < PROMINENCE * (around / n)) return false;
    // What comes back to the picture before the jump was a flash; what is like the shot before a flash is its end.
    for (let k = 1; k <= CUT_LOOKAHEAD; k++) {
      const later = this.#signatures.get(t + k);
      if (later !== undefined && cutDistance(before, later) < jump / 3) return false;
      const earlier = this.#signatures.get(t - 1 - k);
      if (earlier !== undefined && t - 1 - k >= this.#lastCut && cutDistance(earlier, here) < jump / 3) return false;
    }
    this.#lastCut = t;
    return true;
  }
}
