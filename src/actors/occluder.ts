/** Things that pass in front of a face: a hand or a microphone, built from capsules. */
import { hash } from './noise.js';
import { ATTRIBUTES, MATERIAL, type Soup } from './soup.js';
import type { Occluder, PictureSize, Rgb } from './types.js';

type Point = readonly [number, number, number];

interface Capsule {
  readonly from: Point;
  readonly to: Point;
  readonly r0: number;
  readonly r1: number;
  /** Brightness of its colour. */
  readonly tone: number;
}

/** A hand of width 1 that reaches upwards, palm at the origin, a little bent towards the camera. */
const HAND: readonly Capsule[] = [
  { from: [-0.27, 0.28, 0], to: [-0.4, 0.72, 0.05], r0: 0.115, r1: 0.09, tone: 1 },
  { from: [-0.1, 0.34, 0.03], to: [-0.14, 0.86, 0.08], r0: 0.12, r1: 0.095, tone: 1 },
  { from: [0.08, 0.34, 0.03], to: [0.1, 0.82, 0.08], r0: 0.12, r1: 0.095, tone: 1 },
  { from: [0.26, 0.28, 0], to: [0.33, 0.66, 0.04], r0: 0.11, r1: 0.08, tone: 1 },
  { from: [-0.32, -0.1, 0.05], to: [-0.66, 0.26, 0.14], r0: 0.15, r1: 0.1, tone: 1 },
  { from: [-0.2, -0.12, 0], to: [-0.2, 0.24, 0.02], r0: 0.22, r1: 0.17, tone: 0.97 },
  { from: [0.17, -0.14, 0], to: [0.19, 0.24, 0.02], r0: 0.22, r1: 0.16, tone: 0.97 },
  { from: [0, -0.15, 0.02], to: [0, 0.2, 0.04], r0: 0.24, r1: 0.18, tone: 0.97 },
  { from: [0, -0.4, -0.02], to: [0, -3, -0.1], r0: 0.25, r1: 0.36, tone: 0.95 },
];

const MICROPHONE: readonly Capsule[] = [
  { from: [0, 0, 0], to: [0, -0.06, 0], r0: 0.5, r1: 0.5, tone: 0.55 },
  { from: [0, -0.42, 0], to: [0, -0.5, 0], r0: 0.37, r1: 0.36, tone: 1.6 },
  { from: [0, -0.6, 0], to: [0, -4.5, 0], r0: 0.3, r1: 0.24, tone: 0.25 },
];

/** Colour of an occluder, linear light; its parts scale it. */
export function occluderTone(occluder: Occluder): Rgb {
  if (occluder.kind === 'microphone') return [0.07, 0.07, 0.08];
  const t = hash(occluder.seed, 81);
  return [0.72 - 0.52 * t, 0.47 - 0.37 * t, 0.35 - 0.29 * t];
}

const AROUND = 18;
const ALONG = 14;

function addCapsule(soup: Soup, capsule: Capsule, place: (p: Point) => Point, turn: (n: Point) => Point): void {
  const { from, to, r0, r1, tone } = capsule;
  const axis = [to[0] - from[0], to[1] - from[1], to[2] - from[2]] as const;
  const length = Math.hypot(...axis) || 1e-6;
  const w = [axis[0] / length, axis[1] / length, axis[2] / length] as const;
  // Two directions across: the axis never lies along z.
  const flat = Math.hypot(w[0], w[1]) || 1;
  const u = [-w[1] / flat, w[0] / flat, 0] as const;
  const v = [w[1] * u[2] - w[2] * u[1], w[2] * u[0] - w[0] * u[2], w[0] * u[1] - w[1] * u[0]] as const;
  const first = soup.addPoints(AROUND * ALONG);
  for (let a = 0; a < ALONG; a++)
    for (let c = 0; c < AROUND; c++) {
      const half = ALONG / 2;
      const end = a >= half;
      const polar = ((end ? a - half : a - half + 1) / (half - 1)) * (Math.PI / 2);
      const angle = (c / AROUND) * 2 * Math.PI;
      const out = Math.cos(polar);
      const up = Math.sin(polar);
      const r = end ? r1 : r0;
      const middle = end ? to : from;
      const n = [0, 1, 2].map(
        (k) => ((u[k] as number) * Math.cos(angle) + (v[k] as number) * Math.sin(angle)) * out + (w[k] as number) * up,
      ) as unknown as Point;
      const p = place([middle[0] + n[0] * r, middle[1] + n[1] * r, middle[2] + n[2] * r]);
      const m = turn(n);
      const i = first + a * AROUND + c;
      soup.screen.set(p, i * 3);
      soup.attributes.fill(0, i * ATTRIBUTES, (i + 1) * ATTRIBUTES);
      soup.attributes.set(m, i * ATTRIBUTES);
      soup.attributes[i * ATTRIBUTES + 5] = tone;
    }
  const triangles: number[] = [];
  for (let a = 0; a < ALONG - 1; a++)
    for (let c = 0; c < AROUND; c++) {
      const i = a * AROUND + c;
      const j = a * AROUND + ((c + 1) % AROUND);
      triangles.push(i, j, i + AROUND, j, j + AROUND, i + AROUND);
    }
  soup.addTriangles(triangles, first, MATERIAL.occluder, 0);
}

/** Adds an occluder to the soup, in front of everything. */
export function drawOccluder(soup: Soup, occluder: Occluder, size: PictureSize): void {
  const scale = occluder.scale * size.height;
  const x = occluder.position[0] * size.width;
  const y = occluder.position[1] * size.height;
  const a = (occluder.angle * Math.PI) / 180;
  const c = Math.cos(a);
  const s = Math.sin(a);
  const turn = ([px, py, pz]: Point): Point => [px * c + py * s, -px * s + py * c, pz];
  const place = (p: Point): Point => {
    const [px, py, pz] = turn(p);
    return [x + px * scale, y - py * scale, 5000 + pz * 8];
  };
  for (const capsule of occluder.kind === 'hand' ? HAND : MICROPHONE) addCapsule(soup, capsule, place, turn);
}
