/** Lashes, beards and glasses: ribbons that ride on the moving face. */
import { Random } from '../base/index.js';
import { FACE_TRIANGLES, FACE_UV } from './canonical-face.js';
import type { Eyeball, HeadModel } from './head-motion.js';
import { hash, smoothstep } from './noise.js';
import { skinMaps, TEXTURE_SIZE } from './skin-maps.js';
import { emptyStrands, type Strands } from './strands.js';
import { EYE_RIM, LID_LOWER, LID_UPPER, mirrored } from './topology.js';
import type { Actor } from './types.js';

/** Lashes of both lids of one eye; `skin` are control points. */
export function lashes(actor: Actor, skin: Float32Array, eye: Eyeball, side: 0 | 1): Strands {
  const upper = side === 0 ? LID_UPPER : mirrored(LID_UPPER);
  const lower = side === 0 ? LID_LOWER : mirrored(LID_LOWER);
  const outward = side === 0 ? -1 : 1;
  const perLid = 17;
  const steps = 4;
  const strands = emptyStrands(perLid * 2, steps);
  const amount = actor.eyes.lashes;
  const top = skin[(upper[4] as number) * 3 + 1] as number;
  const bottom = skin[(lower[4] as number) * 3 + 1] as number;
  const open = Math.max(0, Math.min(1, (top - bottom) / 0.9));
  for (let lid = 0; lid < 2; lid++) {
    const row = lid === 0 ? upper : lower;
    for (let s = 0; s < perLid; s++) {
      const f = 0.25 + (s / (perLid - 1)) * 7.2;
      const i = Math.floor(f);
      const t = f - i;
      const root = [0, 1, 2].map((k) => {
        const a = skin[(row[i] as number) * 3 + k] as number;
        const b = skin[(row[i + 1] as number) * 3 + k] as number;
        return a + (b - a) * t;
      }) as [number, number, number];
      const away = [0, 1, 2].map((k) => (root[k] as number) - (eye.centre[k] as number)) as [number, number, number];
      const n = Math.hypot(...away);
      const outer = 1 - f / 8;
      const length = (lid === 0 ? 0.14 + 0.26 * amount : 0.06 + 0.1 * amount) * (0.65 + 0.5 * outer);
      const rise = lid === 0 ? -0.25 + 0.85 * open : -0.5;
      const id = lid * perLid + s;
      strands.tints[id] = 0.2;
      for (let j = 0; j < steps; j++) {
        const u = j / (steps - 1);
        const at = (id * steps + j) * 3;
        strands.points[at] = (root[0] as number) + length * u * ((away[0] / n) * 0.5 + outward * 0.45 * outer);
        strands.points[at + 1] = (root[1] as number) + length * (u * (away[1] / n) * 0.3 + rise * u * u);
        strands.points[at + 2] = (root[2] as number) + 0.02 + length * u * 0.8 * (away[2] / n);
        strands.widths[id * steps + j] = (lid === 0 ? 0.06 + 0.05 * amount : 0.035) * (1 - 0.8 * u);
        strands.normals[at + 2] = 1;
      }
    }
  }
  return strands;
}

/** Where each hair of a beard grows: a triangle of the face and weights of its corners. */
export interface BeardRoots {
  readonly corners: Uint16Array;
  readonly weights: Float32Array;
  readonly lengths: Float32Array;
}

/** Chooses the roots of an actor's beard, or none. */
export function beardRoots(actor: Actor): BeardRoots | undefined {
  const { style, density } = actor.facialHair;
  if (style === 'none' || style === 'stubble') return undefined;
  const maps = skinMaps();
  const random = new Random(Math.floor(hash(actor.seed, 51) * 2 ** 31));
  const wanted = Math.round((style === 'beard' ? 900 : style === 'goatee' ? 380 : 200) * density);
  const corners = new Uint16Array(wanted * 3);
  const weights = new Float32Array(wanted * 3);
  const lengths = new Float32Array(wanted);
  const areas: number[] = [];
  let total = 0;
  for (let t = 0; t < FACE_TRIANGLES.length; t += 3) {
    const [a, b, c] = [0, 1, 2].map((k) => FACE_TRIANGLES[t + k] as number) as [number, number, number];
    const u = (p: number, k: number): number => FACE_UV[p * 2 + k] as number;
    total += Math.abs((u(b, 0) - u(a, 0)) * (u(c, 1) - u(a, 1)) - (u(c, 0) - u(a, 0)) * (u(b, 1) - u(a, 1)));
    areas.push(total);
  }
  let made = 0;
  for (let tries = 0; tries < wanted * 60 && made < wanted; tries++) {
    const target = random.float() * total;
    let low = 0;
    let high = areas.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((areas[middle] as number) < target) low = middle + 1;
      else high = middle;
    }
    let [p, q] = [random.float(), random.float()];
    if (p + q > 1) [p, q] = [1 - p, 1 - q];
    const w = [1 - p - q, p, q];
    const points = [0, 1, 2].map((k) => FACE_TRIANGLES[low * 3 + k] as number);
    const at = (k: number): number =>
      points.reduce((sum, point, i) => sum + (FACE_UV[point * 2 + k] as number) * (w[i] as number), 0);
    const x = Math.min(TEXTURE_SIZE - 1, Math.floor(at(0) * TEXTURE_SIZE));
    const y = Math.min(TEXTURE_SIZE - 1, Math.floor(at(1) * TEXTURE_SIZE));
    const i = y * TEXTURE_SIZE + x;
    const moustache = maps.moustache[i] as number;
    const grown =
      style === 'beard'
        ? Math.max(maps.beard[i] as number, moustache)
        : style === 'goatee'
          ? Math.max(maps.goatee[i] as number, moustache)
          : moustache;
    if (grown < 0.35 + 0.4 * random.float()) continue;
    for (let k = 0; k < 3; k++) {
      corners[made * 3 + k] = points[k] as number;
      weights[made * 3 + k] = w[k] as number;
    }
    lengths[made] = (moustache > 0.4 ? 0.55 : 0.6 + 0.35 * density) * random.range(0.7, 1.3);
    made++;
  }
  return { corners: corners.slice(0, made * 3), weights: weights.slice(0, made * 3), lengths: lengths.slice(0, made) };
}

/** The beard on the face of one moment. */
export function beard(roots: BeardRoots, skin: Float32Array): Strands {
  const steps = 4;
  const count = roots.lengths.length;
  const strands = emptyStrands(count, steps);
  for (let s = 0; s < count; s++) {
    const p: [number, number, number] = [0, 0, 0];
    for (let k = 0; k < 3; k++)
      for (let c = 0; c < 3; c++)
        p[k] =
          (p[k] as number) +
          (skin[(roots.corners[s * 3 + c] as number) * 3 + k] as number) * (roots.weights[s * 3 + c] as number);
    const side = Math.sign(p[0]) * smoothstep(0.2, 2.5, Math.abs(p[0]));
    const above = p[1] > -4.9 && Math.abs(p[0]) < 3.2 ? 1 : 0;
    const n = Math.hypot(p[0], p[1] * 0.4, p[2] + 4);
    const out = [p[0] / n, (p[1] * 0.4) / n, (p[2] + 4) / n] as const;
    const length = roots.lengths[s] as number;
    const jitter = (hash(s, 7) - 0.5) * 0.8;
    strands.tints[s] = hash(s, 9) * 0.6;
    for (let j = 0; j < steps; j++) {
      const t = j / (steps - 1);
      const at = (s * steps + j) * 3;
      strands.points[at] = p[0] + length * t * (side * (above ? 0.75 : 0.25) + jitter * 0.5);
      strands.points[at + 1] = p[1] - length * t * (above ? 0.45 : 0.85);
      strands.points[at + 2] = p[2] + length * (0.3 * t - 0.12 * t * t) * out[2];
      for (let k = 0; k < 3; k++) strands.normals[at + k] = out[k] as number;
      strands.widths[s * steps + j] = 0.13 * (1 - 0.75 * t);
      strands.shade[s * steps + j] = 0.6 + 0.4 * t;
    }
  }
  return strands;
}

/** A pair of glasses on a head at rest, as closed rims, bridge and temples; `undefined` without. */
export function glasses(actor: Actor, model: HeadModel): Strands | undefined {
  const { frame } = actor.glasses;
  if (frame === 'none') return undefined;
  const steps = 30;
  const strands = emptyStrands(5, steps);
  const skin = model.rest;
  const put = (s: number, j: number, p: readonly [number, number, number], width: number): void => {
    const i = s * steps + j;
    strands.points.set(p, i * 3);
    strands.widths[i] = width;
    strands.normals.set([0, 0.3, 0.95], i * 3);
  };
  const ends: [number, number, number][] = [];
  [EYE_RIM, mirrored(EYE_RIM)].forEach((rim, side) => {
    const middle = [0, 1, 2].map((k) => rim.reduce((sum, p) => sum + (skin[p * 3 + k] as number) / rim.length, 0)) as [
      number,
      number,
      number,
    ];
    const outward = side === 0 ? -1 : 1;
    for (let j = 0; j < steps; j++) {
      const a = (j / (steps - 1)) * 2 * Math.PI;
      const square = frame === 'square' ? 0.55 : 1;
      const x = Math.sign(Math.cos(a)) * Math.abs(Math.cos(a)) ** square * 2.35;
      const y = Math.sign(Math.sin(a)) * Math.abs(Math.sin(a)) ** square * (frame === 'round' ? 2.15 : 1.65);
      put(
        side,
        j,
        [middle[0] + x + outward * 0.1, middle[1] - 0.3 + y, middle[2] + 1.75 - 0.03 * (x + outward * 2) ** 2],
        frame === 'round' ? 0.15 : 0.26,
      );
    }
    ends.push([middle[0] + outward * 2.45, middle[1] + 0.35, middle[2] + 1.2]);
    for (let j = 0; j < steps; j++) {
      const t = j / (steps - 1);
      const end = ends[side] as [number, number, number];
      put(
        3 + side,
        j,
        [
          end[0] + (outward * 7.75 - end[0]) * Math.min(1, t * 1.6),
          end[1] + (1.9 - end[1]) * t,
          end[2] + (-4.5 - end[2]) * t,
        ],
        0.2,
      );
    }
  });
  const bridge = (skin[168 * 3 + 2] as number) + 0.5;
  for (let j = 0; j < steps; j++) {
    const t = (j / (steps - 1)) * 2 - 1;
    put(
      2,
      j,
      [t * ((ends[1] as Vector3)[0] - 4.55), (ends[0] as Vector3)[1] + 0.25 * (1 - t * t), bridge + 0.25 * (1 - t * t)],
      0.17,
    );
  }
  return strands;
}

type Vector3 = [number, number, number];
