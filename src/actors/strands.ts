/** Ribbons that always face the camera: locks of hair, lashes, beards, wire frames. */
import { ATTRIBUTES, MATERIAL, type Soup } from './soup.js';
import { projectTurned, scratch, type View } from './view.js';

/** Many ribbons of the same number of points. */
export interface Strands {
  /** Points of each ribbon. */
  readonly length: number;
  /** x, y, z of every point, head space, ribbon after ribbon. */
  readonly points: Float32Array;
  /** Width at every point, centimetres. */
  readonly widths: Float32Array;
  /** A number in 0..1 for each ribbon, which varies its colour. */
  readonly tints: Float32Array;
  /** Light that reaches every point. */
  readonly shade: Float32Array;
  /** Which way every point looks, head space; away from the head. */
  readonly normals: Float32Array;
  /** Share of the head's turn each point takes; all of it where left out. */
  readonly turn?: Float32Array;
}

/** Room for `count` ribbons of `length` points. */
export function emptyStrands(count: number, length: number): Strands {
  return {
    length,
    points: new Float32Array(count * length * 3),
    widths: new Float32Array(count * length),
    tints: new Float32Array(count),
    shade: new Float32Array(count * length).fill(1),
    normals: new Float32Array(count * length * 3),
  };
}

let triangles = new Uint32Array(0);

/** Adds ribbons to the soup. */
export function emitStrands(soup: Soup, view: View, strands: Strands, material: number, head: number): void {
  const { length, points, widths, tints, shade, normals } = strands;
  const count = tints.length;
  const turned = scratch(0, points.length);
  const screen = scratch(1, points.length);
  projectTurned(points, strands.turn, view, turned, screen, 0);
  const first = soup.addPoints(count * length * 2);
  const out = soup.screen;
  const { attributes } = soup;
  const m = view.rotation;
  // Wire that is thinner than a sample would break into dashes.
  const thinnest = material === MATERIAL.glasses ? 0.4 : 0;
  const wanted = count * (length - 1) * 6;
  if (triangles.length < wanted) triangles = new Uint32Array(wanted * 2);
  let t = 0;
  for (let s = 0; s < count; s++)
    for (let j = 0; j < length; j++) {
      const i = s * length + j;
      const before = (s * length + Math.max(0, j - 1)) * 3;
      const after = (s * length + Math.min(length - 1, j + 1)) * 3;
      let dx = (screen[after] as number) - (screen[before] as number);
      let dy = (screen[after + 1] as number) - (screen[before + 1] as number);
      const d = Math.sqrt(dx * dx + dy * dy) || 1;
      const half = Math.max(thinnest, 0.5 * (widths[i] as number) * view.scale) / d;
      const across = -dy * half;
      dy = dx * half;
      dx = across;
      let tx = (turned[after] as number) - (turned[before] as number);
      let ty = (turned[after + 1] as number) - (turned[before + 1] as number);
      let tz = (turned[after + 2] as number) - (turned[before + 2] as number);
      const n = Math.sqrt(tx * tx + ty * ty + tz * tz) || 1;
      tx /= n;
      ty /= n;
      tz /= n;
      const nx = normals[i * 3] as number;
      const ny = normals[i * 3 + 1] as number;
      const nz = normals[i * 3 + 2] as number;
      const ex = m[0] * nx + m[1] * ny + m[2] * nz;
      const ey = m[3] * nx + m[4] * ny + m[5] * nz;
      const ez = m[6] * nx + m[7] * ny + m[8] * nz;
      for (let side = 0; side < 2; side++) {
        const p = first + i * 2 + side;
        const sign = side === 0 ? -1 : 1;
        out[p * 3] = (screen[i * 3] as number) + sign * dx;
        out[p * 3 + 1] = (screen[i * 3 + 1] as number) + sign * dy;
        out[p * 3 + 2] = screen[i * 3 + 2] as number;
        const a = p * ATTRIBUTES;
        attributes[a] = tx;
        attributes[a + 1] = ty;
        attributes[a + 2] = tz;
        attributes[a + 3] = tints[s] as number;
        attributes[a + 4] = j / (length - 1);
        attributes[a + 5] = shade[i] as number;
        // The edges of a lock look a little sideways, which rounds it.
        attributes[a + 6] = ex + (sign * dx * 0.5) / (half * d + 1e-6);
        attributes[a + 7] = ey - (sign * dy * 0.5) / (half * d + 1e-6);
        attributes[a + 8] = ez;
      }
      if (j === length - 1) continue;
      const a = i * 2;
      // What grows on the far side of the skull is hidden by it.
      if (material === MATERIAL.hair && ez < -0.35 && (points[i * 3 + 1] as number) > -1) continue;
      triangles[t++] = a;
      triangles[t++] = a + 1;
      triangles[t++] = a + 2;
      triangles[t++] = a + 1;
      triangles[t++] = a + 3;
      triangles[t++] = a + 2;
    }
  soup.addTriangles(triangles.subarray(0, t), first, material, head);
}
