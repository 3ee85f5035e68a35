/** Hair of the head: a cap that follows the skull inside the hairline, and locks that lie, stand or hang on it. */
import { Random } from '../base/index.js';
import type { HeadModel } from './head-motion.js';
import { fractal2, hash, smoothstep } from './noise.js';
import { gridTriangles, type Part } from './parts.js';
import { emptyStrands, type Strands } from './strands.js';
import type { Actor, HairStyle } from './types.js';

/** Hair of one actor, in head space. */
export interface Hair {
  /**
   * The closed layer on the scalp. `normals` run along the strands, `extra` stands off the head, `uv` is the place across
   * the strands in centimetres and how much of the scalp is covered.
   */
  readonly cap: Part;
  readonly locks: Strands;
}

interface Cut {
  /** Centimetres the cap stands off the scalp. */
  readonly thick: number;
  readonly count: number;
  /** Centimetres, and how much it varies. */
  readonly length: readonly [number, number];
  readonly width: number;
  /** How much a lock stands up at its root. */
  readonly lift: number;
  /** How soon it hangs, 0..1. */
  readonly gravity: number;
  /** Centimetres a curl swings. */
  readonly curl: number;
  readonly flow: 'forward' | 'part' | 'middle' | 'back' | 'wild';
}

const CUTS: Readonly<Record<HairStyle, Cut>> = {
  shaved: { thick: 0.05, count: 0, length: [0.1, 0], width: 0.1, lift: 0, gravity: 0, curl: 0, flow: 'forward' },
  crop: {
    thick: 0.3,
    count: 1100,
    length: [0.9, 0.4],
    width: 0.18,
    lift: 0.75,
    gravity: 0,
    curl: 0.05,
    flow: 'forward',
  },
  short: {
    thick: 0.55,
    count: 1050,
    length: [2.2, 1.2],
    width: 0.26,
    lift: 0.5,
    gravity: 0.1,
    curl: 0.12,
    flow: 'forward',
  },
  side: { thick: 0.7, count: 700, length: [4.2, 1.5], width: 0.38, lift: 0.42, gravity: 0.16, curl: 0.1, flow: 'part' },
  curly: {
    thick: 1.3,
    count: 850,
    length: [3.2, 1.4],
    width: 0.3,
    lift: 0.9,
    gravity: 0.1,
    curl: 0.42,
    flow: 'wild',
  },
  bob: { thick: 0.75, count: 480, length: [13.5, 2], width: 0.58, lift: 0.3, gravity: 0.6, curl: 0.12, flow: 'part' },
  long: { thick: 0.7, count: 470, length: [25, 4], width: 0.62, lift: 0.25, gravity: 0.6, curl: 0.4, flow: 'middle' },
  bun: { thick: 0.4, count: 750, length: [7, 2], width: 0.5, lift: 0.1, gravity: 0, curl: 0.04, flow: 'back' },
  receding: {
    thick: 0.3,
    count: 950,
    length: [1.5, 0.6],
    width: 0.19,
    lift: 0.35,
    gravity: 0.1,
    curl: 0.08,
    flow: 'forward',
  },
};

/** How far forward hair grows at each height: pairs of y and z on the mean head. */
const HAIRLINE: readonly (readonly [number, number])[] = [
  [-8, -9],
  [-2.6, -7],
  [-0.8, -2.9],
  [2, -1.7],
  [4.4, -0.7],
  [6, 0.9],
  [7, 2.7],
  [7.8, 5],
  [9, 9],
];

function hairline(y: number): number {
  if (y <= (HAIRLINE[0] as readonly [number, number])[0]) return -20;
  for (let i = 1; i < HAIRLINE.length; i++) {
    const [y1, z1] = HAIRLINE[i] as readonly [number, number];
    const [y0, z0] = HAIRLINE[i - 1] as readonly [number, number];
    if (y < y1) return z0 + ((z1 - z0) * (y - y0)) / (y1 - y0);
  }
  return 20;
}

const ROWS = 34;
const COLUMNS = 56;
const LOWEST = 2.35;

/** Distance from the skull's centre to the head, by direction: polar angle from the top and turn from the picture's right. */
class Scalp {
  readonly #table = new Float32Array(ROWS * COLUMNS);
  readonly centre: readonly [number, number, number];

  constructor(model: HeadModel, centre: readonly [number, number, number]) {
    this.centre = centre;
    const { rest } = model;
    const count = rest.length / 3;
    const unit = new Float32Array(rest.length);
    const radius = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const d = [0, 1, 2].map((k) => (rest[i * 3 + k] as number) - (centre[k] as number)) as [number, number, number];
      const r = Math.hypot(...d);
      radius[i] = r;
      for (let k = 0; k < 3; k++) unit[i * 3 + k] = (d[k] as number) / r;
    }
    for (let row = 0; row < ROWS; row++)
      for (let column = 0; column < COLUMNS; column++) {
        const [x, y, z] = directionOf(row, column);
        let sum = 0;
        let weights = 0;
        for (let i = 0; i < count; i++) {
          const dot = x * (unit[i * 3] as number) + y * (unit[i * 3 + 1] as number) + z * (unit[i * 3 + 2] as number);
          if (dot < 0.9) continue;
          const w = 1 / (1.0004 - dot) ** 2;
          sum += w * (radius[i] as number);
          weights += w;
        }
        this.#table[row * COLUMNS + column] = weights > 0 ? sum / weights : 9;
      }
  }

  radius(x: number, y: number, z: number): number {
    const n = Math.hypot(x, y, z) || 1;
    const polar = (Math.acos(Math.max(-1, Math.min(1, y / n))) / LOWEST) * (ROWS - 1);
    const turn = ((Math.atan2(z, x) / (2 * Math.PI) + 1) % 1) * COLUMNS;
    const r0 = Math.min(ROWS - 2, Math.floor(polar));
    const c0 = Math.floor(turn) % COLUMNS;
    const c1 = (c0 + 1) % COLUMNS;
    const fr = Math.min(1, polar - r0);
    const fc = turn - Math.floor(turn);
    const at = (r: number, c: number): number => this.#table[r * COLUMNS + c] as number;
    return (
      (at(r0, c0) * (1 - fc) + at(r0, c1) * fc) * (1 - fr) + (at(r0 + 1, c0) * (1 - fc) + at(r0 + 1, c1) * fc) * fr
    );
  }
}

function directionOf(row: number, column: number): [number, number, number] {
  const polar = (row / (ROWS - 1)) * LOWEST;
  const turn = (column / COLUMNS) * 2 * Math.PI;
  return [Math.sin(polar) * Math.cos(turn), Math.cos(polar), Math.sin(polar) * Math.sin(turn)];
}

type Vector = [number, number, number];

/** Which way hair is combed at a place, along the scalp; not of unit length. */
function combed(flow: Cut['flow'], p: Vector, normal: Vector, part: number, random: () => number): Vector {
  let d: Vector;
  const [x, y, z] = p;
  if (flow === 'forward') d = [x * 0.35, y > 7 ? 0 : -0.9, z > -6 ? 1 : -0.3];
  else if (flow === 'part' || flow === 'middle') {
    const side = x > part ? 1 : -1;
    d = [
      side * (1 + 0.2 * (y - 5)),
      y > 6 ? -0.1 : -1,
      flow === 'middle' ? 0.1 - 0.5 * smoothstep(0, 5, z) : 0.35 * smoothstep(2, -6, z) * -1 + 0.15,
    ];
  } else if (flow === 'back') d = [-x * 0.9, (7 - y) * 0.9, -13 - z];
  else d = [random() - 0.5, random() - 0.7, random() - 0.5];
  const along = d[0] * normal[0] + d[1] * normal[1] + d[2] * normal[2];
  d = [d[0] - along * normal[0], d[1] - along * normal[1], d[2] - along * normal[2]];
  const n = Math.hypot(...d) || 1;
  return [d[0] / n, d[1] / n, d[2] / n];
}

function coverAt(actor: Actor, x: number, y: number, z: number): number {
  const { style, hairline: up } = actor.hair;
  const recede =
    style === 'receding'
      ? 1.7 + 1.4 * Math.exp(-(((Math.abs(x) - 3.6) / 2) ** 2))
      : 0.35 * Math.exp(-(((Math.abs(x) - 4.4) / 1.6) ** 2));
  const ragged = 0.5 * (fractal2(x * 1.2 + actor.seed, z * 1.2 + y) - 0.5);
  const lift = (up + recede) * smoothstep(3.5, 6.5, y);
  return smoothstep(-0.35, 0.75, hairline(y - lift) - z + ragged) * smoothstep(-7.6, -5.6, y);
}

function growCap(actor: Actor, cut: Cut, scalp: Scalp, part: number): { part: Part; cover: Float32Array } {
  const count = ROWS * COLUMNS;
  const points = new Float32Array(count * 3);
  const normals = new Float32Array(count * 3);
  const extra = new Float32Array(count * 3);
  const uv = new Float32Array(count * 2);
  const shade = new Float32Array(count);
  const cover = new Float32Array(count);
  for (let row = 0; row < ROWS; row++)
    for (let column = 0; column < COLUMNS; column++) {
      const i = row * COLUMNS + column;
      const n = directionOf(row, column);
      const r = scalp.radius(...n);
      const at: Vector = [0, 1, 2].map((k) => (scalp.centre[k] as number) + (n[k] as number) * r) as Vector;
      const c = coverAt(actor, ...at);
      cover[i] = c;
      const bumps = cut.flow === 'wild' ? 0.6 + 0.8 * fractal2(column * 0.6, row * 0.6 + actor.seed) : 1;
      const thick = cut.thick * (0.6 + 0.8 * actor.hair.volume) * bumps * (0.75 + 0.25 * smoothstep(2, 9, at[1]));
      const out = r + thick * smoothstep(0.15, 0.9, c) - 0.3 * (1 - smoothstep(0, 0.3, c));
      const across =
        cut.flow === 'part' || cut.flow === 'middle'
          ? at[2] + at[1] * 0.25
          : cut.flow === 'back'
            ? Math.atan2(at[1] - 6, at[0]) * 7
            : (column / COLUMNS) * 2 * Math.PI * 6;
      const tangent = combed(cut.flow === 'wild' ? 'forward' : cut.flow, at, n, part, () => 0.5);
      for (let k = 0; k < 3; k++) {
        points[i * 3 + k] = (scalp.centre[k] as number) + (n[k] as number) * out;
        normals[i * 3 + k] = tangent[k] as number;
        extra[i * 3 + k] = n[k] as number;
      }
      uv[i * 2] = across;
      uv[i * 2 + 1] = c;
      shade[i] = (0.5 + 0.25 * fractal2(column * 0.9, row * 0.15)) * (0.55 + 0.45 * smoothstep(-3, 4, at[1]));
    }
  const triangles = gridTriangles(ROWS, COLUMNS, true);
  const kept: number[] = [];
  for (let t = 0; t < triangles.length; t += 3) {
    const corners = [triangles[t], triangles[t + 1], triangles[t + 2]] as [number, number, number];
    if (corners.some((p) => (cover[p] as number) > 0.04)) kept.push(...corners);
  }
  return { part: { points, triangles: kept, normals, extra, uv, shade }, cover };
}

/** Keeps a point of a hanging lock outside head, neck and shoulders. */
function pushOut(p: Vector, scalp: Scalp, layer: number): void {
  // Locks part at the sides of the face.
  if (p[2] > -1 && p[1] < 6.4 && Math.abs(p[0]) < 7.4)
    p[0] = (p[0] < 0 ? -1 : 1) * (7.4 - 1.4 * smoothstep(4.4, 6.4, p[1]));
  const d: Vector = [p[0] - scalp.centre[0], p[1] - scalp.centre[1], p[2] - scalp.centre[2]];
  const r = Math.hypot(...d);
  if (d[1] / r > -0.62) {
    const least = scalp.radius(...d) + layer;
    if (r < least) for (let k = 0; k < 3; k++) p[k] = (scalp.centre[k] as number) + ((d[k] as number) * least) / r;
    return;
  }
  // Below the skull: outside a neck that widens into shoulders.
  const wide =
    5.9 + layer + 1.6 * smoothstep(-9, -13, p[1]) + 7 * smoothstep(-12.5, -17, p[1]) * Math.min(1, Math.abs(p[0]) / 6);
  const fromAxis = Math.hypot(p[0], (p[2] + 5) * 0.85);
  if (fromAxis < wide) {
    const f = wide / (fromAxis || 1);
    p[0] *= f;
    p[2] = (p[2] + 5) * f - 5;
  }
}

/** Grows an actor's hair. */
export function growHair(actor: Actor, model: HeadModel, centre: readonly [number, number, number]): Hair {
  const cut = CUTS[actor.hair.style];
  const scalp = new Scalp(model, centre);
  const random = new Random(Math.floor(hash(actor.seed, 41) * 2 ** 31));
  const part = cut.flow === 'middle' ? random.range(-0.6, 0.6) : random.float() < 0.5 ? -2.6 : 2.6;
  const { part: cap } = growCap(actor, cut, scalp, part);
  const steps = cut.length[0] > 8 || cut.flow === 'wild' ? 8 : 5;
  const bun = actor.hair.style === 'bun' ? 90 : 0;
  const curls = cut.flow === 'wild';
  const locks = emptyStrands(cut.count + bun, steps);
  for (let s = 0; s < cut.count; s++) {
    let n: Vector = [0, 1, 0];
    let root: Vector = [0, 0, 0];
    for (let tries = 0; tries < 40; tries++) {
      const y = random.range(-0.62, 1);
      const turn = random.range(0, 2 * Math.PI);
      const flat = Math.sqrt(1 - y * y);
      n = [flat * Math.cos(turn), y, flat * Math.sin(turn)];
      const r = scalp.radius(...n) + 0.05;
      root = [centre[0] + n[0] * r, centre[1] + n[1] * r, centre[2] + n[2] * r];
      if (coverAt(actor, ...root) > (s % 5 === 0 ? 0.1 : 0.3) + 0.5 * random.float()) break;
    }
    const volume = 0.65 + 0.7 * actor.hair.volume;
    let d = combed(cut.flow, root, n, part, () => random.float());
    const stand = cut.lift * volume * (root[1] > 8 ? 1 : 0.6);
    d = [d[0] + n[0] * stand, d[1] + n[1] * stand, d[2] + n[2] * stand];
    const fringe = smoothstep(3, 6, root[2]);
    const length = Math.max(
      0.4,
      (cut.length[0] + random.range(-1, 1) * cut.length[1]) * (cut.length[0] > 8 ? 1 - 0.15 * fringe : 1),
    );
    const layer = cut.thick * volume * random.range(0.35, 1.15);
    const swing = random.range(0, 6.3);
    const p: Vector = [...root];
    locks.tints[s] = random.float();
    for (let j = 0; j < steps; j++) {
      const t = j / (steps - 1);
      const i = s * steps + j;
      const c = cut.curl * Math.sqrt(t);
      for (let k = 0; k < 3; k++) {
        locks.points[i * 3 + k] = (p[k] as number) + c * Math.sin(swing + t * (curls ? 9 : 5) + k * 2.1);
        locks.normals[i * 3 + k] = n[k] as number;
      }
      locks.widths[i] =
        cut.width *
        (0.55 + 0.65 * Math.sin(Math.PI * Math.min(1, t * 0.75 + 0.2))) *
        (j === 0 ? 0.4 : 1) *
        (j === steps - 1 ? (curls ? 0.55 : 0.2) : 1) *
        (s % 5 === 0 ? 0.6 : 1);
      locks.shade[i] =
        (0.5 + 0.5 * smoothstep(0, 0.5, t)) *
        (0.7 + 0.3 * (layer / (cut.thick * volume * 1.15))) *
        (0.6 + 0.4 * smoothstep(-12, 2, p[1]));
      const g = Math.min(0.95, cut.gravity * (0.25 + 1.6 * t));
      let along: Vector = [d[0] * (1 - g), d[1] * (1 - g) - g, d[2] * (1 - g)];
      if (cut.flow === 'part' || cut.flow === 'middle' || cut.flow === 'back') {
        // Lie along the head, whatever way it bends.
        const q: Vector = [p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]];
        const r = Math.hypot(...q);
        n = [q[0] / r, q[1] / r, q[2] / r];
        if (p[1] > -4) {
          const flow = combed(cut.flow, p, n, part, () => 0.5);
          along = [
            along[0] * 0.45 + flow[0] * 0.55 * (1 - g),
            along[1] * 0.45 + flow[1] * 0.55 - g * 0.3,
            along[2] * 0.45 + flow[2] * 0.55,
          ];
        } else n = [p[0] / (Math.hypot(p[0], p[2] + 5) || 1), 0, (p[2] + 5) / (Math.hypot(p[0], p[2] + 5) || 1)];
      }
      const norm = Math.hypot(...along) || 1;
      for (let k = 0; k < 3; k++) p[k] = (p[k] as number) + ((along[k] as number) / norm) * (length / (steps - 1));
      pushOut(p, scalp, layer);
    }
  }
  // A bun: locks wound around a ball at the back of the head.
  for (let s = 0; s < bun; s++) {
    const tilt = random.range(0, Math.PI);
    const start = random.range(0, 2 * Math.PI);
    locks.tints[cut.count + s] = random.float();
    for (let j = 0; j < steps; j++) {
      const i = (cut.count + s) * steps + j;
      const a = start + (j / (steps - 1)) * 2.2;
      const n: Vector = [Math.cos(a), Math.sin(a) * Math.cos(tilt), Math.sin(a) * Math.sin(tilt)];
      for (let k = 0; k < 3; k++) {
        locks.points[i * 3 + k] = ([0, 11.4, -10.6][k] as number) + (n[k] as number) * 2.9;
        locks.normals[i * 3 + k] = n[k] as number;
      }
      locks.widths[i] = 0.8;
      locks.shade[i] = 0.8;
    }
  }
  // What hangs below the chin lies on the shoulders and stays there when the head turns.
  const turn = new Float32Array(locks.points.length / 3);
  for (let i = 0; i < turn.length; i++) turn[i] = 0.3 + 0.7 * smoothstep(-15, -4, locks.points[i * 3 + 1] as number);
  return { cap, locks: { ...locks, turn } };
}
