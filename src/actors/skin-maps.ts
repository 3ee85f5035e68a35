/** Where on the skin texture the features are: masks over texels, the same for every actor, worked out once. */
import { FACE_POINTS, FACE_TRIANGLES, FACE_UV } from './canonical-face.js';
import { REST_FACE } from './expression-fields.js';
import { smoothstep } from './noise.js';
import { EYE_RIM, LID_UPPER, LID_UPPER_2, LID_UPPER_3, LIP_LOWER, LIP_UPPER, mirrored, OVAL } from './topology.js';

/** Width and height of the skin texture in texels. */
export const TEXTURE_SIZE = 640;

/** Masks over the texture, row by row; 0..1 where not said otherwise. */
export interface SkinMaps {
  /** 1 inside the face, 0 outside. */
  readonly inside: Uint8Array;
  /** Place on the resting mean face, x y z in centimetres. */
  readonly place: Float32Array;
  /** Fades features out towards the rim. */
  readonly keep: Float32Array;
  /** Red of the lips. */
  readonly lip: Float32Array;
  /** 0 at the outer edge of the lips, 1 where they meet. */
  readonly lipRow: Float32Array;
  /** 1 on the rim of the eye openings. */
  readonly lidRim: Float32Array;
  /** Upper lid: 0 rim, 1 above, 2 fold; -1 elsewhere. */
  readonly lidRow: Float32Array;
  readonly blush: Float32Array;
  readonly socket: Float32Array;
  readonly underEye: Float32Array;
  /** Forehead, nose and chin, where skin shines. */
  readonly shine: Float32Array;
  readonly beard: Float32Array;
  readonly moustache: Float32Array;
  readonly goatee: Float32Array;
  readonly nostril: Float32Array;
  /** Lines of age. */
  readonly lines: Float32Array;
  /** Soft darkness of corners that light does not reach. */
  readonly cavity: Float32Array;
}

function bell(x: number, y: number, cx: number, cy: number, rx: number, ry: number): number {
  const q = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2;
  return q > 16 ? 0 : Math.exp(-q / 2);
}

function stroke(x: number, y: number, path: readonly (readonly [number, number])[], width: number): number {
  let best = 1e9;
  for (let i = 1; i < path.length; i++) {
    const [ax, ay] = path[i - 1] as readonly [number, number];
    const [bx, by] = path[i] as readonly [number, number];
    const dx = bx - ax;
    const dy = by - ay;
    const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
    best = Math.min(best, (x - ax - t * dx) ** 2 + (y - ay - t * dy) ** 2);
  }
  const q = best / (2 * width * width);
  return q > 8 ? 0 : Math.exp(-q);
}

const FOLD = [
  [1.95, -0.9],
  [2.45, -2],
  [3.05, -3.2],
  [3.25, -4.3],
] as const;

const MARIONETTE = [
  [2.75, -4.6],
  [3, -5.6],
  [2.9, -6.4],
] as const;

function ageLines(x: number, y: number): number {
  const wave = 0.12 * Math.cos(x * 0.7);
  let lines = 0;
  for (const height of [6, 6.85, 7.6])
    lines = Math.max(lines, 0.8 * Math.exp(-(((y - height - wave) / 0.075) ** 2)) * smoothstep(4.6, 2.6, x));
  lines = Math.max(lines, stroke(x, y, FOLD, 0.12));
  lines = Math.max(lines, 0.6 * stroke(x, y, MARIONETTE, 0.1));
  for (const slope of [-0.45, -0.05, 0.4])
    lines = Math.max(
      lines,
      0.75 *
        Math.exp(-(((y - 2.6 - slope * (x - 4.6)) / 0.07) ** 2)) *
        smoothstep(4.65, 4.95, x) *
        smoothstep(6.1, 5.4, x),
    );
  lines = Math.max(
    lines,
    0.6 *
      stroke(
        x,
        y,
        [
          [0.42, 4.3],
          [0.5, 5.1],
        ],
        0.08,
      ),
  );
  lines = Math.max(
    lines,
    0.6 *
      stroke(
        x,
        y,
        [
          [2, 1.75],
          [3.2, 1.3],
          [4.2, 1.6],
        ],
        0.1,
      ),
  );
  return lines;
}

function pointValues(set: (values: Float32Array) => void, initial = 0): Float32Array {
  const values = new Float32Array(FACE_POINTS).fill(initial);
  set(values);
  return values;
}

function build(): SkinMaps {
  const size = TEXTURE_SIZE;
  const texels = size * size;
  const map = (): Float32Array => new Float32Array(texels);
  const maps = {
    inside: new Uint8Array(texels),
    place: new Float32Array(texels * 3),
    keep: map(),
    lip: map(),
    lipRow: map(),
    lidRim: map(),
    lidRow: map().fill(-1),
    blush: map(),
    socket: map(),
    underEye: map(),
    shine: map(),
    beard: map(),
    moustache: map(),
    goatee: map(),
    nostril: map(),
    lines: map(),
    cavity: map(),
  };
  const columns = [...LIP_UPPER, ...LIP_LOWER];
  const lip = pointValues((v) => {
    for (const column of columns) for (const [row, p] of column.entries()) v[p] = row === 0 ? 0.5 : 1;
  });
  const lipRow = pointValues((v) => {
    for (const column of columns) for (const [row, p] of column.entries()) v[p] = row / 3;
  });
  const rim = pointValues((v) => {
    for (const p of [...EYE_RIM, ...mirrored(EYE_RIM)]) v[p] = 1;
  });
  const lidRow = pointValues((v) => {
    [LID_UPPER, LID_UPPER_2, LID_UPPER_3].forEach((row, k) => {
      for (const p of [...row.slice(1, -1), ...mirrored(row).slice(1, -1)]) v[p] = k;
    });
  }, -1);
  const edge = pointValues((v) => {
    for (const p of OVAL) v[p] = 1;
  });
  for (let t = 0; t < FACE_TRIANGLES.length; t += 3) {
    const p = [0, 1, 2].map((k) => FACE_TRIANGLES[t + k] as number) as [number, number, number];
    const u = p.map((i) => (FACE_UV[i * 2] as number) * size - 0.5) as [number, number, number];
    const v = p.map((i) => (FACE_UV[i * 2 + 1] as number) * size - 0.5) as [number, number, number];
    const area = (u[1] - u[0]) * (v[2] - v[0]) - (u[2] - u[0]) * (v[1] - v[0]);
    const onLid = p.every((i) => (lidRow[i] as number) >= 0);
    for (let y = Math.max(0, Math.floor(Math.min(...v))); y <= Math.min(size - 1, Math.ceil(Math.max(...v))); y++)
      for (let x = Math.max(0, Math.floor(Math.min(...u))); x <= Math.min(size - 1, Math.ceil(Math.max(...u))); x++) {
        const w1 = ((x - u[0]) * (v[2] - v[0]) - (u[2] - u[0]) * (y - v[0])) / area;
        const w2 = ((u[1] - u[0]) * (y - v[0]) - (x - u[0]) * (v[1] - v[0])) / area;
        const w0 = 1 - w1 - w2;
        // A texel just outside still belongs to its nearest triangle, so that sampling between texels finds no hole.
        if (w0 < -0.02 || w1 < -0.02 || w2 < -0.02) continue;
        const i = y * size + x;
        const at = (values: Float32Array): number =>
          (values[p[0]] as number) * w0 + (values[p[1]] as number) * w1 + (values[p[2]] as number) * w2;
        maps.inside[i] = 1;
        for (let k = 0; k < 3; k++)
          maps.place[i * 3 + k] =
            (REST_FACE[p[0] * 3 + k] as number) * w0 +
            (REST_FACE[p[1] * 3 + k] as number) * w1 +
            (REST_FACE[p[2] * 3 + k] as number) * w2;
        maps.keep[i] = 1 - smoothstep(0.35, 0.95, at(edge));
        maps.lip[i] = smoothstep(0.36, 0.56, at(lip));
        maps.lipRow[i] = at(lipRow);
        maps.lidRim[i] = at(rim);
        if (onLid) maps.lidRow[i] = at(lidRow);
      }
  }
  for (let i = 0; i < texels; i++) {
    if (!maps.inside[i]) continue;
    const side = maps.place[i * 3] as number;
    const x = Math.abs(side);
    const y = maps.place[i * 3 + 1] as number;
    const z = maps.place[i * 3 + 2] as number;
    maps.blush[i] = Math.min(
      1,
      bell(x, y, 4.6, -0.9, 1.7, 1.3) + 0.75 * bell(x, y, 0, -0.7, 1.3, 1) + 0.35 * bell(x, y, 0, -8, 1.5, 1),
    );
    maps.socket[i] = Math.max(bell(x, y, 2.6, 3.5, 1.4, 0.55), 0.8 * bell(x, y, 1.35, 2.9, 0.5, 0.9));
    maps.underEye[i] = bell(x, y, 2.7, 1.75, 1.1, 0.36);
    maps.shine[i] = Math.min(
      1,
      bell(x, y, 0, 6.6, 2.6, 1.3) +
        bell(x, y, 0, 0.4, 0.8, 2.2) +
        0.6 * bell(x, y, 0, -8, 1.2, 0.9) +
        0.5 * bell(x, y, 4.4, 0.5, 1.2, 0.8),
    );
    // Cheek line of a beard: from the sideburn to the corner of the mouth.
    const line = x > 3 ? -3.6 + ((x - 3) / 4.4) ** 1.5 * 5 : -3.6;
    const jaw = smoothstep(line + 0.5, line - 0.6, y);
    const lips = (maps.lip[i] as number) > 0.02 ? 0 : 1;
    const gap = 1 - 0.85 * bell(x, y, 0, -6, 1.1, 0.25);
    maps.beard[i] = jaw * lips * gap * (y < -2.2 || x > 4 ? 1 : 0);
    maps.moustache[i] =
      smoothstep(-1.95, -2.5, y) *
      smoothstep(-4.9, -4.3, y) *
      smoothstep(3.25, 2.6, x) *
      lips *
      smoothstep(0.02, 0.2, x + 0.09);
    maps.goatee[i] = smoothstep(3, 2.4, x) * smoothstep(-4.1, -4.6, y) * lips * gap;
    const d = ((x - 0.86) / 0.4) ** 2 + ((y + 1.5) / 0.17) ** 2 + ((z - 5.95) / 0.55) ** 2;
    maps.nostril[i] = Math.exp(-d);
    maps.lines[i] = ageLines(x + 0.06 * Math.sin(y * 9 + side), y);
    maps.cavity[i] = Math.min(
      1,
      0.5 * bell(x, y, 1.95, -1.2, 0.22, 0.5) +
        0.45 * bell(x, y, 0, -6.05, 1.3, 0.34) +
        0.5 * bell(x, y, 2.5, -4.33, 0.25, 0.25) +
        0.35 * bell(x, y, 0, -2.15, 0.7, 0.3) * (z < 6.3 ? 1 : 0),
    );
  }
  return maps;
}

let cached: SkinMaps | undefined;

/** The masks. */
export function skinMaps(): SkinMaps {
  cached ??= build();
  return cached;
}
