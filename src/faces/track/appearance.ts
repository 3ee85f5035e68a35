/**
 * What covers a face, by its own looks: a hand is a person too, so the person mask does not see it. The colour under every
 * point of the mesh is taken down about ten times a second; where it strays far from what the track usually shows there,
 * together with its neighbours and after the light of the moment is taken off, something else is in front.
 *
 * Blind where the cover has the very colour of the skin under it, where it stays for most of the track, and in tracks
 * shorter than a second.
 */
import type { Frame } from '../../media/index.js';
import {
  BROW_LEFT,
  BROW_RIGHT,
  CANONICAL_POINTS,
  EYE_LEFT,
  EYE_RIGHT,
  FACE_OVAL,
  fitHead,
  LIPS_INNER,
  MESH_COUNT,
  MESH_TRIANGLES,
} from '../geometry/index.js';

/** One look at a face: luma and two colour differences under each mesh point, and how far each point faces the viewer. */
export interface Look {
  readonly frame: number;
  /** 3 bytes a point. */
  readonly colors: Uint8Array;
  /** 1 where the point can be seen from the front, by the turn of the head. */
  readonly seen: Uint8Array;
}

/** Looks that a reference is made of, to either side. */
const REACH = 150;
/** Fewer looks than this say nothing. */
const ENOUGH = 10;
/** Spreads (median absolute deviations, with a floor) beyond which a colour is foreign. */
const FOREIGN = 2.5;
const FLOOR = [6, 2.5, 2.5] as const;
const NEIGHBOURS = 10;

/** Points whose colour changes without anything in front: eyes, the inside of the mouth, the rim with its hair. */
const RESTLESS = new Set<number>([...EYE_LEFT, ...EYE_RIGHT, ...LIPS_INNER, ...FACE_OVAL, ...BROW_LEFT, ...BROW_RIGHT]);

interface Template {
  /** Unit normals of the canonical face. */
  readonly normals: Float32Array;
  /** Share of the face's area that belongs to a point. */
  readonly areas: Float32Array;
  readonly neighbours: readonly Int32Array[];
}

let template: Template | null = null;

function templateOf(): Template {
  if (template !== null) return template;
  const normals = new Float32Array(3 * MESH_COUNT);
  const areas = new Float32Array(MESH_COUNT);
  const at = (p: number, k: number): number => CANONICAL_POINTS[3 * p + k] as number;
  for (let t = 0; t < MESH_TRIANGLES.length; t += 3) {
    const corners = [MESH_TRIANGLES[t], MESH_TRIANGLES[t + 1], MESH_TRIANGLES[t + 2]] as [number, number, number];
    const [a, b, c] = corners;
    const u = [0, 1, 2].map((k) => at(b, k) - at(a, k)) as [number, number, number];
    const v = [0, 1, 2].map((k) => at(c, k) - at(a, k)) as [number, number, number];
    const n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]] as const;
    // Towards the viewer whatever the winding: the face has no back.
    const sign = n[2] > 0 ? -1 : 1;
    const area = Math.hypot(...n) / 2;
    for (const p of corners) {
      areas[p] = (areas[p] as number) + area / 3;
      for (let k = 0; k < 3; k++) normals[3 * p + k] = (normals[3 * p + k] as number) + sign * (n[k] as number);
    }
  }
  for (let p = 0; p < MESH_COUNT; p++) {
    const length = Math.hypot(...normals.subarray(3 * p, 3 * p + 3)) || 1;
    for (let k = 0; k < 3; k++) normals[3 * p + k] = (normals[3 * p + k] as number) / length;
  }
  for (const p of RESTLESS) areas[p] = 0;
  const usable = Array.from({ length: MESH_COUNT }, (_, p) => p).filter((p) => (areas[p] as number) > 0);
  const neighbours = Array.from({ length: MESH_COUNT }, (_, p) => {
    const far = usable.map((q) => ({
      q,
      d: Math.hypot(at(p, 0) - at(q, 0), at(p, 1) - at(q, 1), at(p, 2) - at(q, 2)),
    }));
    return Int32Array.from(far.sort((x, y) => x.d - y.d).slice(0, NEIGHBOURS), ({ q }) => q);
  });
  template = { normals, areas, neighbours };
  return template;
}

/** Takes down the colours under a mesh: means of patches that grow with the face. */
export function lookAt(frame: Frame, index: number, points: Float32Array): Look {
  const { normals } = templateOf();
  const { rotation, scale } = fitHead(points);
  const { width, height, pixels } = frame;
  const rgba = frame.format === 'rgba';
  const chromaWidth = (width + 1) >> 1;
  const uAt = width * height;
  const vAt = uAt + chromaWidth * ((height + 1) >> 1);
  const colors = new Uint8Array(3 * MESH_COUNT);
  const seen = new Uint8Array(MESH_COUNT);
  // A quarter of a centimetre to either side.
  const step = Math.max(1, Math.round(0.25 * scale));
  for (let p = 0; p < MESH_COUNT; p++) {
    const x = Math.round(points[3 * p] as number);
    const y = Math.round(points[3 * p + 1] as number);
    if (x < step || y < step || x >= width - step || y >= height - step) continue;
    let facing = 0;
    for (let k = 0; k < 3; k++) facing += (rotation[6 + k] as number) * (normals[3 * p + k] as number);
    if (facing > -0.3) continue;
    seen[p] = 1;
    const sum = [0, 0, 0];
    for (let v = -step; v <= step; v += step) {
      for (let u = -step; u <= step; u += step) {
        const at = (y + v) * width + x + u;
        if (rgba) {
          const [r, g, b] = pixels.subarray(4 * at, 4 * at + 3) as unknown as [number, number, number];
          const luma = 0.299 * r + 0.587 * g + 0.114 * b;
          sum[0] = (sum[0] as number) + luma;
          sum[1] = (sum[1] as number) + 128 + 0.564 * (b - luma);
          sum[2] = (sum[2] as number) + 128 + 0.713 * (r - luma);
        } else {
          const c = ((y + v) >> 1) * chromaWidth + ((x + u) >> 1);
          sum[0] = (sum[0] as number) + (pixels[at] as number);
          sum[1] = (sum[1] as number) + (pixels[uAt + c] as number);
          sum[2] = (sum[2] as number) + (pixels[vAt + c] as number);
        }
      }
    }
    for (let k = 0; k < 3; k++) colors[3 * p + k] = Math.round((sum[k] as number) / 9);
  }
  return { frame: index, colors, seen };
}

/** The median of numbers, which are sorted in place. */
const middleOf = (values: Uint8Array | Float64Array): number => values.sort()[values.length >> 1] ?? 0;
const median = (values: readonly number[]): number => middleOf(Float64Array.from(values));

/** The usual colour under each point and how much it varies; NaN where it was hardly ever seen. */
function usual(looks: readonly Look[]): { middle: Float32Array; spread: Float32Array } {
  const middle = new Float32Array(3 * MESH_COUNT).fill(Number.NaN);
  const spread = new Float32Array(3 * MESH_COUNT);
  // Sixty looks are enough for a median.
  const every = Math.max(1, Math.floor(looks.length / 60));
  const some = looks.filter((_, i) => i % every === 0);
  const column = new Uint8Array(some.length);
  for (let p = 0; p < MESH_COUNT; p++) {
    const here = some.filter((l) => l.seen[p] === 1);
    if (here.length < ENOUGH) continue;
    const values = column.subarray(0, here.length);
    for (let k = 0; k < 3; k++) {
      for (let i = 0; i < here.length; i++) values[i] = here[i]?.colors[3 * p + k] as number;
      const m = middleOf(values);
      middle[3 * p + k] = m;
      for (let i = 0; i < values.length; i++) values[i] = Math.abs((values[i] as number) - m);
      const deviation = 1.48 * middleOf(values);
      // A spread wider than this is a cover that comes often, not the skin.
      spread[3 * p + k] = Math.max(FLOOR[k] as number, Math.min(2 * (FLOOR[k] as number), deviation));
    }
  }
  return { middle, spread };
}

/** Share of the visible face that shows a foreign colour, 0..1. */
function foreignShare(look: Look, middle: Float32Array, spread: Float32Array): number {
  const { areas, neighbours } = templateOf();
  const known = (p: number): boolean =>
    look.seen[p] === 1 && (areas[p] as number) > 0 && !Number.isNaN(middle[3 * p] as number);
  // The light of the moment: a common gain of luma and a common shift of colour.
  const gains: number[] = [];
  const shifts: [number[], number[]] = [[], []];
  for (let p = 0; p < MESH_COUNT; p++) {
    if (!known(p)) continue;
    gains.push(((look.colors[3 * p] as number) + 8) / ((middle[3 * p] as number) + 8));
    for (const k of [0, 1] as const)
      shifts[k].push((look.colors[3 * p + 1 + k] as number) - (middle[3 * p + 1 + k] as number));
  }
  if (gains.length < 60) return 0;
  const gain = Math.max(0.7, Math.min(1.4, median(gains)));
  const shift = [Math.max(-6, Math.min(6, median(shifts[0]))), Math.max(-6, Math.min(6, median(shifts[1])))];
  const foreign = new Float32Array(MESH_COUNT);
  for (let p = 0; p < MESH_COUNT; p++) {
    if (!known(p)) continue;
    let square = 0;
    for (let k = 0; k < 3; k++) {
      const here =
        k === 0 ? (look.colors[3 * p] as number) / gain : (look.colors[3 * p + k] as number) - (shift[k - 1] as number);
      square += ((here - (middle[3 * p + k] as number)) / (spread[3 * p + k] as number)) ** 2;
    }
    foreign[p] = square > FOREIGN * FOREIGN ? 1 : 0;
  }
  let total = 0;
  let covered = 0;
  for (let p = 0; p < MESH_COUNT; p++) {
    if (!known(p)) continue;
    const near = neighbours[p] as Int32Array;
    let votes = 0;
    let asked = 0;
    for (const q of near) {
      if (!known(q)) continue;
      asked++;
      votes += foreign[q] as number;
    }
    total += areas[p] as number;
    if (asked > 0 && votes / asked > 0.5) covered += areas[p] as number;
  }
  return total > 0 ? covered / total : 0;
}

/**
 * How much of a face is covered, look by look.
 *
 * @param looks of one unbroken run, in order
 * @returns 0..1 for each look; all 0 where the run is too short
 */
export function coverOf(looks: readonly Look[]): Float32Array {
  const cover = new Float32Array(looks.length);
  if (looks.length < ENOUGH) return cover;
  let reference = usual(looks.slice(0, 2 * REACH));
  let made = 0;
  for (const [i, look] of looks.entries()) {
    // The reference moves along, a new one every half reach, so that a slow change of light is no cover.
    if (i - made >= REACH / 2) {
      reference = usual(looks.slice(Math.max(0, i - REACH), i + REACH));
      made = i;
    }
    cover[i] = foreignShare(look, reference.middle, reference.spread);
  }
  return cover;
}
