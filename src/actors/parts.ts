/** Meshes of head space, and what they have in common. */
import type { Refinement } from './subdivide.js';
import { EYE_RIM, MOUTH_RIM, mirrored } from './topology.js';

/** A mesh of head space with what the shader wants to know. */
export interface Part {
  readonly points: Float32Array;
  readonly triangles: ArrayLike<number>;
  readonly uv?: Float32Array;
  readonly shade?: Float32Array;
  readonly extra?: Float32Array;
  readonly normals?: Float32Array;
  readonly turn?: Float32Array;
}

/** Triangles of a grid of `rows` x `columns` points; `closed` joins the last column to the first. */
export function gridTriangles(rows: number, columns: number, closed: boolean): number[] {
  const out: number[] = [];
  const across = closed ? columns : columns - 1;
  for (let r = 0; r < rows - 1; r++)
    for (let c = 0; c < across; c++) {
      const a = r * columns + c;
      const b = r * columns + ((c + 1) % columns);
      out.push(a, a + columns, b, b, a + columns, b + columns);
    }
  return out;
}

/** The rims of the openings in a refined head, as closed lists of fine points: picture's left eye, right eye, mouth. */
export function findRims(refinement: Refinement): readonly [number[], number[], number[]] {
  const { triangles } = refinement;
  const next = new Map<number, number>();
  const seen = new Set<number>();
  const key = (a: number, b: number): number => a * refinement.count + b;
  for (let t = 0; t < triangles.length; t += 3)
    for (let k = 0; k < 3; k++) seen.add(key(triangles[t + k] as number, triangles[t + ((k + 1) % 3)] as number));
  for (let t = 0; t < triangles.length; t += 3)
    for (let k = 0; k < 3; k++) {
      const a = triangles[t + k] as number;
      const b = triangles[t + ((k + 1) % 3)] as number;
      if (!seen.has(key(b, a))) next.set(a, b);
    }
  const loop = (start: number): number[] => {
    const out = [start];
    for (let p = next.get(start); p !== undefined && p !== start; p = next.get(p)) out.push(p);
    return out;
  };
  return [loop(EYE_RIM[0] as number), loop(mirrored(EYE_RIM)[0] as number), loop(MOUTH_RIM[0] as number)];
}
