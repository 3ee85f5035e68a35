/**
 * On which frames of a tracklet identity is measured: a bounded number, spread in time, the best view of each stretch.
 * Stretches double in length when there are too many of them, so an hour costs no more memory than a minute.
 */

import type { Identity } from '../types.js';
import { type JoinThresholds, meanIdentity, sameness } from './join.js';
import type { Print, Tracklet } from './types.js';

/** Most measurements that a tracklet keeps. */
const MOST = 48;
/** Most measurements in one stretch: the first view, and two better ones. */
const MOST_A_STRETCH = 3;

/** Decides, frame by frame, whether identity is worth measuring. */
export class PrintPlan {
  #length: number;
  #start = Number.NEGATIVE_INFINITY;
  #best = 0;
  #taken = 0;

  /** @param frameRate frames per second; stretches begin at about 0.8 s */
  constructor(frameRate: number) {
    this.#length = Math.max(4, Math.round(0.8 * frameRate));
  }

  /** False where nothing more is wanted of this stretch, however good the view; then its quality need not be known. */
  open(frame: number): boolean {
    return frame - this.#start >= this.#length || this.#taken < MOST_A_STRETCH;
  }

  /** True when this view is the first of its stretch, or clearly better than the one that was measured there. */
  wants(frame: number, quality: number): boolean {
    if (frame - this.#start >= this.#length) {
      this.#start = frame;
      this.#best = 0;
      this.#taken = 0;
    }
    if (this.#taken >= MOST_A_STRETCH || quality <= 0 || quality < 1.4 * this.#best) return false;
    this.#best = quality;
    this.#taken++;
    return true;
  }

  /** Adds a measurement; where there are too many, every other is dropped (the worse of two neighbours). */
  keep(prints: Print[], print: Print): void {
    prints.push(print);
    if (prints.length <= MOST) return;
    prints.sort((a, b) => a.frame - b.frame);
    const kept: Print[] = [];
    for (let i = 0; i < prints.length; i += 2) {
      const a = prints[i] as Print;
      const b = prints[i + 1];
      kept.push(b !== undefined && b.quality > a.quality ? b : a);
    }
    prints.splice(0, prints.length, ...kept);
    this.#length *= 2;
  }
}

/** Mean identity of the best views, or null without any. Views below half the best quality do not count. */
export function identityOf(prints: readonly Print[]): Identity | null {
  const best = prints.reduce((q, p) => Math.max(q, p.quality), 0);
  const good = prints.filter((p) => p.quality >= 0.5 * best);
  if (good.length === 0) return null;
  return meanIdentity(
    good.map((p) => p.identity),
    good.map((p) => p.quality),
  );
}

/** How clearly two halves of a tracklet must be two people before it is split. */
const STRANGER = -0.15;

/**
 * Splits a tracklet where the face turned out to be someone else's: a mesh that follows its own points can slide from one
 * head to another when they cross. The split is put at the least sure frame between the last view of the one and the
 * first of the other.
 */
export function splitByIdentity(tracklet: Tracklet, thresholds: JoinThresholds): Tracklet[] {
  const prints = [...tracklet.prints].sort((a, b) => a.frame - b.frame);
  let worst = STRANGER;
  let at = -1;
  for (let i = 1; i < prints.length; i++) {
    const before = identityOf(prints.slice(0, i));
    const after = identityOf(prints.slice(i));
    if (before === null || after === null) continue;
    const likeness = sameness(before, after, thresholds);
    if (likeness < worst) {
      worst = likeness;
      at = i;
    }
  }
  if (at < 0) return [tracklet];
  const from = (prints[at - 1] as Print).frame;
  const to = (prints[at] as Print).frame;
  let cut = -1;
  let least = Number.POSITIVE_INFINITY;
  tracklet.frames.forEach((frame, i) => {
    if (frame <= from || frame > to) return;
    const a = tracklet.meshes.at(i - 1) as Float32Array;
    const b = tracklet.meshes.at(i) as Float32Array;
    let moved = 0;
    for (let k = 0; k < a.length; k++) moved += Math.abs((a[k] as number) - (b[k] as number));
    const sure =
      (tracklet.confidence[i] as number) - moved / a.length / 10 - (tracklet.interpolated[i] === true ? 1 : 0);
    if (sure < least) {
      least = sure;
      cut = i;
    }
  });
  if (cut <= 0) return [tracklet];
  const part = (a: number, b: number): Tracklet => {
    const first = tracklet.frames[a] as number;
    const last = tracklet.frames[b - 1] as number;
    const here = (x: { readonly frame: number }): boolean => x.frame >= first && x.frame <= last;
    return {
      frames: tracklet.frames.slice(a, b),
      timestamps: tracklet.timestamps.slice(a, b),
      meshes: tracklet.meshes.slice(a, b),
      confidence: tracklet.confidence.slice(a, b),
      occlusion: tracklet.occlusion.slice(a, b),
      interpolated: tracklet.interpolated.slice(a, b),
      prints: tracklet.prints.filter(here),
      masks: tracklet.masks.filter(here),
      looks: tracklet.looks.filter(here),
    };
  };
  return [
    ...splitByIdentity(part(0, cut), thresholds),
    ...splitByIdentity(part(cut, tracklet.frames.length), thresholds),
  ];
}
