/** From evidence at single places to the outline of what is in front of the face. */
import { CANON, CANON_IDS, CANON_PIXELS, CANON_WHOLE, FACE_PIXELS, RIM } from './canon.js';
import { boxBlur } from './grid.js';

/** Evidence that something is in front, over the canonical picture. */
export interface Evidence {
  /** Squared deviations from the known look over their usual variance, capped: about .1 where nothing is in front. */
  readonly values: Float32Array;
  /** 0..1: how far a place's evidence can be trusted. */
  readonly weight: Float32Array;
  /** Mean evidence of a neighbourhood from which on something is in front there. */
  readonly limit: Float32Array;
}

/**
 * From evidence to what is covered: strong places grow into weaker ones that they touch, and what is small is
 * dropped; so is what does not reach in from the rim, as hands, hair and microphones do and moods and make-up do not. A thing that stands out clearly gets a sharp outline; one
 * that hardly differs from the face (a hand) gets the outline of the neighbourhoods that gave it away.
 *
 * @param leeway factor on the limits
 * @param grow evidence, in shares of the limit, down to which a strong place grows
 * @param out 0..1 over the canonical picture
 * @returns the covered share of the face, 0..1
 */
export function gather(evidence: Evidence, leeway: number, grow: number, out: Float32Array): number {
  const { limit } = evidence;
  const wide = neighbourhood(evidence, 2);
  const near = neighbourhood(evidence, 1);
  for (let i = 0; i < CANON_PIXELS; i++) {
    wide[i] = (wide[i] as number) / (leeway * (limit[i] as number));
    near[i] = (near[i] as number) / (leeway * (limit[i] as number));
  }
  const mark = new Uint8Array(CANON_PIXELS);
  const stack: number[] = [];
  const members: number[] = [];
  out.fill(0);
  let covered = 0;
  for (let s = 0; s < CANON_PIXELS; s++) {
    if (mark[s] === 1 || (wide[s] as number) < 1.05) continue;
    stack.length = 0;
    members.length = 0;
    stack.push(s);
    mark[s] = 1;
    let rim = false;
    let strength = 0;
    while (stack.length > 0) {
      const i = stack.pop() as number;
      members.push(i);
      strength += Math.min(2, near[i] as number);
      if (RIM[i] === 1) rim = true;
      for (const j of [i - 1, i + 1, i - CANON, i + CANON]) {
        if (j < 0 || j >= CANON_PIXELS || mark[j] === 1 || (wide[j] as number) < grow) continue;
        mark[j] = 1;
        stack.push(j);
      }
    }
    if (!rim || members.length < 14) continue;
    const clear = strength / members.length > 1.25;
    for (const i of members) {
      const v = clear ? ((near[i] as number) - 0.7) / 0.5 : ((wide[i] as number) - grow + 0.08) / 0.3;
      out[i] = v <= 0 ? 0 : Math.min(1, v);
      covered += out[i] as number;
    }
  }
  return covered / FACE_PIXELS;
}

/** Weighted mean of the evidence round each place; places that tell nothing are filled from round them. */
export function neighbourhood(evidence: Evidence, radius: number): Float32Array {
  const sum = new Float32Array(CANON_PIXELS);
  const weight = evidence.weight.slice();
  const temporary = new Float32Array(CANON_PIXELS);
  for (let i = 0; i < CANON_PIXELS; i++)
    sum[i] = Math.min(evidence.values[i] as number, 2.2 * (evidence.limit[i] as number)) * (weight[i] as number);
  for (let pass = 0; pass < 2; pass++) {
    boxBlur(sum, CANON, CANON_WHOLE, radius, temporary);
    boxBlur(weight, CANON, CANON_WHOLE, radius, temporary);
  }
  for (let i = 0; i < CANON_PIXELS; i++)
    sum[i] = (CANON_IDS[i] as number) < 0 ? 0 : (sum[i] as number) / ((weight[i] as number) + 0.02);
  return sum;
}
