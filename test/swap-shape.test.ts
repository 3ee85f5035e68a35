/** The face at rest and what one person's rest gives to another's movement. */
import { describe, expect, it } from 'vitest';
import { createActor, expressionOf, renderActor, restState } from '../src/actors/index.js';
import { CANONICAL_POINTS, FACE_OVAL, fitHead, MESH_COUNT, rotationOfPose } from '../src/faces/index.js';
import { FREEDOM, placeShape } from '../src/synth/swap/mesh/shape.js';
import { affineCamera, canonicalShape, neutralShape } from '../src/synth/swap/neutral.js';

/** The canonical face turned, enlarged and moved, as landmarks. */
function posed(shape: Float32Array, yaw: number, pitch: number, roll: number): Float32Array {
  const r = rotationOfPose({ yaw, pitch, roll });
  const out = new Float32Array(478 * 3);
  for (let i = 0; i < MESH_COUNT; i++)
    for (let c = 0; c < 3; c++) {
      let v = 0;
      for (let k = 0; k < 3; k++) v += (r[c * 3 + k] as number) * (shape[i * 3 + k] as number);
      out[i * 3 + c] = 9 * v + 200 + 10 * c;
    }
  return out;
}
const flat = (points: Float32Array): Float32Array =>
  Float32Array.from({ length: 478 * 2 }, (_, i) => points[Math.floor(i / 2) * 3 + (i % 2)] as number);

describe('the face at rest', () => {
  it('does not depend on turn, size and place', () => {
    const straight = canonicalShape(posed(CANONICAL_POINTS, 0, 0, 0), fitHead(posed(CANONICAL_POINTS, 0, 0, 0)));
    const points = posed(CANONICAL_POINTS, 25, -12, 8);
    const turned = canonicalShape(points, fitHead(points));
    let worst = 0;
    for (let i = 0; i < turned.length; i++)
      worst = Math.max(worst, Math.abs((turned[i] as number) - (straight[i] as number)));
    expect(worst).toBeLessThan(0.01);
  });

  it('is taken from the frames with the mouth shut', () => {
    const shape = (y: number): Float32Array => new Float32Array(MESH_COUNT * 3).fill(y);
    const faces = [0, 0.01, 0.02, 0.3, 0.4, 0.5].map((gap) => ({ shape: shape(gap), gap }));
    expect(neutralShape(faces)[0]).toBeLessThan(0.03);
  });
});

describe('shape transfer', () => {
  const wide = CANONICAL_POINTS.map((v, i) => (i % 3 === 0 ? v * 1.15 : v));

  it('sees the canonical space as the picture does', () => {
    const camera = affineCamera(CANONICAL_POINTS, flat(posed(CANONICAL_POINTS, 20, 5, -6)));
    const r = rotationOfPose({ yaw: 20, pitch: 5, roll: -6 });
    for (let k = 0; k < 6; k++) expect(camera[k] as number).toBeCloseTo(9 * (r[k] as number), 0);
  });

  it('between equal people changes nothing', () => {
    const points = flat(posed(CANONICAL_POINTS, 15, 0, 0));
    const out = new Float32Array(MESH_COUNT * 2);
    placeShape(CANONICAL_POINTS, CANONICAL_POINTS, points, 1, out);
    for (let i = 0; i < out.length; i++) expect(out[i]).toBeCloseTo(points[i] as number, 4);
  });

  it('gives a wider face wider-set eyes and leaves the outline', () => {
    const points = flat(posed(CANONICAL_POINTS, 0, 0, 0));
    const out = new Float32Array(MESH_COUNT * 2);
    placeShape(wide, CANONICAL_POINTS, points, 1, out);
    const span = (p: Float32Array): number => (p[263 * 2] as number) - (p[33 * 2] as number);
    expect(span(out) / span(points)).toBeGreaterThan(1.08);
    for (const i of FACE_OVAL) {
      expect(FREEDOM[i]).toBe(0);
      expect(out[i * 2]).toBeCloseTo(points[i * 2] as number, 4);
    }
  });

  it('keeps the movement: an open mouth stays as open', () => {
    const look = (change: Parameters<typeof restState>[0]) =>
      renderActor(createActor(4), restState({ scale: 0.5, ...change }), { width: 320, height: 240 }).landmarks;
    const rest = look({});
    const open = look({ expression: expressionOf({ jawOpen: 0.7 }) });
    const neutral = canonicalShape(rest, fitHead(rest));
    const other = neutral.map((v, i) => (i % 3 === 0 ? v * 1.1 : v));
    const out = new Float32Array(MESH_COUNT * 2);
    placeShape(other, neutral, flat(open), 1, out);
    const gap = (p: ArrayLike<number>): number => (p[14 * 2 + 1] as number) - (p[13 * 2 + 1] as number);
    expect(gap(out)).toBeCloseTo(gap(flat(open)), 1);
  });
});
