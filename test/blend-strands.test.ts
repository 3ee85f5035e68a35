/** Hair of the source that hangs into its forehead, on small made-up planes where the right answer is known. */
import { describe, expect, it } from 'vitest';
import { CANONICAL_POINTS } from '../src/faces/index.js';
import { FaceShape } from '../src/synth/blend/mask.js';
import { StrandFinder } from '../src/synth/blend/strands.js';

const SIZE = 128;
const WHOLE = { x0: 0, y0: 0, x1: SIZE, y1: SIZE };
const SKIN = 150;
const points = Float32Array.from({ length: 478 * 2 }, (_, k) => {
  const [i, axis] = [Math.min(k >> 1, 467), k % 2];
  return SIZE * ((axis === 0 ? 0.5 : 0.48) + 0.042 * (CANONICAL_POINTS[i * 3 + axis] as number));
});
const shape = new FaceShape(SIZE);
shape.draw(points, WHOLE);
/** A column of the forehead, its first row in the hull, and its last above the brows. */
const X = Math.round(points[10 * 2] as number) + 6;
const inForehead = Array.from({ length: SIZE }, (_, y) => y).filter(
  (y) => (shape.forehead[y * SIZE + X] as number) === 1 && (shape.features[y * SIZE + X] as number) === 0,
);
const [TOP, BOTTOM] = [inForehead[0] as number, inForehead.at(-1) as number];

const plain = (value = SKIN): Float32Array => new Float32Array(SIZE * SIZE).fill(value);

/** The mask after what was painted on the face, and on the plate. */
function maskOf(paint: (face: Float32Array, plate: Float32Array) => void): Float32Array {
  const [face, plate, alpha] = [plain(), plain(), plain(1)];
  paint(face, plate);
  new StrandFinder(SIZE).takeBack(shape, WHOLE, face, plate, alpha, plain(0), plain(0));
  return alpha;
}

const line = (plane: Float32Array, from: number, to: number, value: number, every = 1): void => {
  for (let y = from; y < to; y += every) plane[y * SIZE + X] = plane[y * SIZE + X + 1] = value;
};
const at = (alpha: Float32Array, y: number, x = X): number => alpha[y * SIZE + x] as number;

describe('a strand of hair', () => {
  const deep = BOTTOM - 1;

  it('has a forehead to hang into', () => {
    expect(BOTTOM - TOP).toBeGreaterThan(0.08 * SIZE);
    // Deeper than what counts as hairline.
    expect(shape.distance[deep * SIZE + X]).toBeGreaterThan(0.08 * SIZE);
  });

  it('is followed from the hairline down, and the plate seen in its place', () => {
    const alpha = maskOf((face) => line(face, TOP, deep + 2, 100));
    for (let y = TOP + 2; y <= deep; y++) expect(at(alpha, y), `row ${y}`).toBeLessThan(0.15);
    expect(at(alpha, deep, X + 12)).toBe(1);
    expect(at(alpha, deep, X - 12)).toBe(1);
  });

  it('is followed over the gaps of thin hair', () => {
    const alpha = maskOf((face) => line(face, TOP, deep + 2, 90, 2));
    expect(at(alpha, deep)).toBeLessThan(0.5);
  });

  it('is no mole: what does not come from the hairline stays', () => {
    const alpha = maskOf((face) => line(face, deep - 2, deep + 2, 90));
    expect(at(alpha, deep)).toBe(1);
  });

  it('is no wrinkle: what is shallow stays', () => {
    const alpha = maskOf((face) => line(face, TOP, deep + 2, SKIN - 8));
    expect(at(alpha, deep)).toBe(1);
  });

  it('is left where the plate is as dark', () => {
    const alpha = maskOf((face, plate) => {
      line(face, TOP, deep + 2, 100);
      line(plate, TOP, deep + 2, 95);
    });
    expect(at(alpha, deep)).toBe(1);
  });

  it.each([
    ['a little, as the plate does not', 0.4, 0],
    ['much, as the plate does', 1, 1],
  ])('is no shade: a forehead that darkens to one side stays (%s)', (_, slope, plateSlope) => {
    const alpha = maskOf((face, plate) => {
      for (let i = 0; i < face.length; i++) {
        const x = (i % SIZE) - SIZE / 2;
        face[i] = SKIN + slope * x;
        plate[i] = SKIN + plateSlope * x;
      }
    });
    for (let y = TOP; y <= BOTTOM; y++)
      for (let x = 30; x < SIZE - 30; x++) expect(at(alpha, y, x), `${x}, ${y}`).toBe(1);
  });

  it('does not let through what is painted on the plate', () => {
    const alpha = maskOf((face, plate) => {
      line(face, TOP, deep + 2, 100);
      for (let y = deep - 2; y < deep + 2; y++) plate[y * SIZE + X + 2] = plate[y * SIZE + X + 3] = 110;
    });
    expect(at(alpha, deep, X + 2)).toBe(1);
    expect(at(alpha, TOP + 2)).toBeLessThan(0.15);
  });

  it('may be a whole fringe', () => {
    const alpha = maskOf((face) => {
      for (let y = 0; y < BOTTOM - 4; y++) for (let x = X - 20; x < X + 8; x++) face[y * SIZE + x] = 60;
    });
    expect(at(alpha, BOTTOM - 8, X - 6)).toBeLessThan(0.1);
  });
});
