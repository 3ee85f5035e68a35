/**
 * Shadows that a head throws on itself: its depth as the main lamp sees it, kept as a mean and a mean square (a variance
 * shadow map: Donnelly and Lauritzen, 2006), which can be blurred and looked up once.
 */
import type { Lamp } from './lighting.js';
import { DEPTH, LIT, PX, PY } from './registers.js';
import { MATERIAL, type Soup } from './soup.js';
import type { View } from './view.js';

/** Width and height of the map, and the centimetres it spans. */
const SIZE = 168;
const SPAN = 46;
const STEP = SPAN / SIZE;

/** Centimetres behind a surface from which shadow begins. */
const BIAS = 0.5;

/** Square of the roughness of surfaces, in square centimetres: keeps them from shadowing themselves. */
const ROUGH = 0.06;

/** Depth where nothing stands in the light. */
const NOTHING = -26;

/** Texels each way that the map is blurred by, twice. */
const BLUR = 2;

/** Writes how far the lamp reaches the point in the registers (LIT): near 0 in shadow, 1 in light. */
export type Lit = (registers: Float64Array) => void;

const maps: (readonly [Float32Array, Float32Array])[] = [];

function casts(material: number): boolean {
  switch (material) {
    case MATERIAL.skin:
    case MATERIAL.skinBack:
    case MATERIAL.cap:
    case MATERIAL.cloth:
      return true;
    case MATERIAL.hair:
      return true;
    default:
      return false;
  }
}

/** Works out the shadows of one head of the soup. */
export function castShadows(soup: Soup, head: number, view: View, lamp: Lamp): Lit {
  const [wx, wy, wz] = lamp.direction;
  const flat = Math.hypot(wx, wz) || 1;
  const ux = wz / flat;
  const uz = -wx / flat;
  const vx = wy * uz;
  const vy = wz * ux - wx * uz;
  const vz = -wy * ux;
  const [map, square] = maps[head] ?? [new Float32Array(SIZE * SIZE), new Float32Array(SIZE * SIZE)];
  maps[head] = [map, square];
  map.fill(NOTHING);
  const { screen, corners, material } = soup;
  const toCm = 1 / view.scale;
  const px = new Float64Array(3);
  const py = new Float64Array(3);
  const pz = new Float64Array(3);
  for (let t = 0; t < soup.triangles; t++) {
    if (soup.head[t] !== head || !casts(material[t] as number)) continue;
    for (let k = 0; k < 3; k++) {
      const p = (corners[t * 3 + k] as number) * 3;
      const x = ((screen[p] as number) - view.x) * toCm;
      const y = (view.y - (screen[p + 1] as number)) * toCm;
      const z = (screen[p + 2] as number) - view.depth;
      px[k] = (x * ux + z * uz) / STEP + SIZE / 2;
      py[k] = (x * vx + y * vy + z * vz) / STEP + SIZE * 0.58;
      pz[k] = x * wx + y * wy + z * wz;
    }
    const x0 = px[0] as number;
    const y0 = py[0] as number;
    const x1 = px[1] as number;
    const y1 = py[1] as number;
    const x2 = px[2] as number;
    const y2 = py[2] as number;
    const area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
    if (area === 0) continue;
    const top = Math.max(0, Math.ceil(Math.min(y0, y1, y2)));
    const bottom = Math.min(SIZE - 1, Math.floor(Math.max(y0, y1, y2)));
    const left = Math.max(0, Math.ceil(Math.min(x0, x1, x2)));
    const right = Math.min(SIZE - 1, Math.floor(Math.max(x0, x1, x2)));
    const z0 = pz[0] as number;
    const dz1 = (pz[1] as number) - z0;
    const dz2 = (pz[2] as number) - z0;
    for (let y = top; y <= bottom; y++)
      for (let x = left; x <= right; x++) {
        const w1 = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area;
        const w2 = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area;
        if (w1 < 0 || w2 < 0 || w1 + w2 > 1) continue;
        const z = z0 + dz1 * w1 + dz2 * w2;
        const i = y * SIZE + x;
        if (z > (map[i] as number)) map[i] = z;
      }
  }
  for (let i = 0; i < map.length; i++) square[i] = (map[i] as number) ** 2;
  for (const values of [map, square])
    for (let times = 0; times < 2; times++) {
      blur(values, 1, SIZE);
      blur(values, SIZE, 1);
    }
  return (r) => {
    r[LIT] = 1;
    const x = ((r[PX] as number) - view.x) * toCm;
    const y = (view.y - (r[PY] as number)) * toCm;
    const z = (r[DEPTH] as number) - view.depth;
    const mx = (x * ux + z * uz) / STEP + SIZE / 2;
    const my = (x * vx + y * vy + z * vz) / STEP + SIZE * 0.58;
    const ix = Math.floor(mx);
    const iy = Math.floor(my);
    if (ix < 0 || iy < 0 || ix >= SIZE - 1 || iy >= SIZE - 1) return;
    const fx = mx - ix;
    const fy = my - iy;
    const i = iy * SIZE + ix;
    const wa = (1 - fx) * (1 - fy);
    const wb = fx * (1 - fy);
    const wc = (1 - fx) * fy;
    const wd = fx * fy;
    const j = i + SIZE;
    const mean =
      (map[i] as number) * wa + (map[i + 1] as number) * wb + (map[j] as number) * wc + (map[j + 1] as number) * wd;
    const over = mean - (x * wx + y * wy + z * wz + BIAS);
    if (over <= 0) return;
    const meanSquare =
      (square[i] as number) * wa +
      (square[i + 1] as number) * wb +
      (square[j] as number) * wc +
      (square[j + 1] as number) * wd;
    const variance = Math.max(ROUGH, meanSquare - mean * mean);
    // Chebyshev's bound on the light; its long tail, which shines through where shadows overlap, is cut off.
    const bound = variance / (variance + over * over);
    const lit = (bound - 0.25) / 0.75;
    r[LIT] = Math.max(0.06, lit);
  };
}

const line = new Float32Array(SIZE);

/** A box of `BLUR` texels each way along one axis. */
function blur(map: Float32Array, along: number, across: number): void {
  for (let r = 0; r < SIZE; r++) {
    for (let i = 0; i < SIZE; i++) line[i] = map[r * across + i * along] as number;
    let sum = 0;
    for (let i = 0; i < 2 * BLUR + 1; i++) sum += line[i] as number;
    for (let i = BLUR; i < SIZE - BLUR; i++) {
      map[r * across + i * along] = sum / (2 * BLUR + 1);
      sum += ((line[i + BLUR + 1] ?? NOTHING) as number) - (line[i - BLUR] as number);
    }
  }
}
