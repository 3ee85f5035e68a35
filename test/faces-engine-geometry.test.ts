/** Pure geometry of the mesh: transforms, rotations, triangles, and weights that do not depend on the pose. */
import { describe, expect, it } from 'vitest';
import { EXPRESSION_NAMES, Random } from '../src/base/index.js';
import {
  applyAffine,
  CANONICAL_POINTS,
  composeAffine,
  EYE_LEFT,
  expression,
  eyeOpening,
  FACE_OVAL,
  faceBox,
  fitHead,
  headPose,
  invertAffine,
  MESH_TRIANGLES,
  mouthOpening,
  overlap,
  type Point,
  poseOfRotation,
  rotationOfPose,
  similarity,
  UNMEASURED,
} from '../src/faces/index.js';

const random = new Random(5);
const pose = { yaw: 23, pitch: -11, roll: 17 };

/** The canonical face turned, enlarged and moved, with some noise. */
function posed(at: typeof pose, scale: number, noise = 0): Float32Array {
  const r = rotationOfPose(at);
  const centre = [300, 200, 0] as const;
  return CANONICAL_POINTS.map((_, k) => {
    const [i, axis] = [Math.floor(k / 3), k % 3];
    let sum = 0;
    for (let b = 0; b < 3; b++) sum += (r[3 * axis + b] as number) * (CANONICAL_POINTS[3 * i + b] as number);
    return scale * sum + (centre[axis] as number) + noise * random.normal();
  });
}

describe('plane transforms', () => {
  const src: Point[] = [
    [0, 0],
    [10, 2],
    [3, 8],
    [-4, 5],
  ];
  const turn = similarity(
    [
      [0, 0],
      [1, 0],
    ],
    [
      [5, 7],
      [5, 9],
    ],
  );

  it('find the similarity that points were moved by', () => {
    const moved = src.map(([x, y]) => applyAffine(turn, x, y));
    const found = similarity(src, moved);
    for (const [i, value] of found.entries()) expect(value).toBeCloseTo(turn[i] as number, 9);
    // A quarter turn clockwise, twice as large: x to the right becomes down.
    expect(applyAffine(turn, 1, 0)).toEqual([5, 9]);
    expect(turn[0] * turn[4] - turn[1] * turn[3]).toBeCloseTo(4, 9);
  });

  it('never mirror, whatever the points ask for', () => {
    const [a, b, , d, e] = similarity(
      src,
      src.map(([x, y]) => [-x, y] as const),
    );
    expect(a * e - b * d).toBeGreaterThan(0);
  });

  it('undo and follow each other', () => {
    const other = [1, 0.3, -2, 0.1, 0.8, 6] as const;
    const both = composeAffine(other, turn);
    const [x, y] = applyAffine(turn, 3, 4);
    expect(applyAffine(both, 3, 4)[0]).toBeCloseTo(applyAffine(other, x, y)[0], 9);
    const back = applyAffine(invertAffine(both), ...applyAffine(both, 3, 4));
    expect(back[0]).toBeCloseTo(3, 9);
    expect(back[1]).toBeCloseTo(4, 9);
  });

  it('keep one point in place as a shift', () => {
    expect(
      similarity(
        [
          [1, 1],
          [1, 1],
        ],
        [
          [4, 5],
          [4, 5],
        ],
      ),
    ).toEqual([1, -0, 3, 0, 1, 4]);
  });

  it('measure what boxes share', () => {
    const box = { x: 0, y: 0, width: 10, height: 10 };
    expect(overlap(box, { ...box, x: 5 })).toBeCloseTo(50 / 150, 9);
    expect(overlap(box, { ...box, x: 10 })).toBe(0);
  });
});

describe('head rotation', () => {
  it('has the signs of the contract', () => {
    // Facing the picture's right, the nose (4) is right of the middle between the ears (127, 356); looking up, it is higher.
    const x = (points: Float32Array, i: number): number => points[3 * i] as number;
    const y = (points: Float32Array, i: number): number => points[3 * i + 1] as number;
    const right = posed({ yaw: 30, pitch: 0, roll: 0 }, 20);
    expect(x(right, 4)).toBeGreaterThan((x(right, 127) + x(right, 356)) / 2 + 20);
    const rest = posed({ yaw: 0, pitch: 0, roll: 0 }, 20);
    const up = posed({ yaw: 0, pitch: 25, roll: 0 }, 20);
    expect(y(up, 4)).toBeLessThan(y(rest, 4) - 20);
    // Tilted clockwise as seen, the eye on the picture's right is lower.
    const tilted = posed({ yaw: 0, pitch: 0, roll: 20 }, 20);
    expect(y(tilted, 263)).toBeGreaterThan(y(tilted, 33) + 20);
  });

  it('is read back from a turned canonical face, and from its matrix', () => {
    const read = poseOfRotation(rotationOfPose(pose));
    const fit = fitHead(posed(pose, 17));
    for (const axis of ['yaw', 'pitch', 'roll'] as const) {
      expect(read[axis]).toBeCloseTo(pose[axis], 9);
      expect(fit.pose[axis]).toBeCloseTo(pose[axis], 3);
    }
    expect(fit.scale).toBeCloseTo(17, 3);
    expect(fit.centre[0]).toBeCloseTo(300, 2);
    expect(fit.centre[1]).toBeCloseTo(200, 2);
  });

  it('hardly moves with noise on the points', () => {
    for (let i = 0; i < 5; i++) {
      const { yaw, pitch, roll } = headPose(posed(pose, 17, 1));
      expect(Math.abs(yaw - pose.yaw)).toBeLessThan(1.5);
      expect(Math.abs(pitch - pose.pitch)).toBeLessThan(1.5);
      expect(Math.abs(roll - pose.roll)).toBeLessThan(1.5);
    }
  });
});

describe('the mesh', () => {
  it('has triangles that use every point, and one border: the face oval', () => {
    expect(MESH_TRIANGLES.length).toBe(898 * 3);
    expect(new Set(MESH_TRIANGLES).size).toBe(468);
    const edges = new Map<string, number>();
    for (let t = 0; t < MESH_TRIANGLES.length; t += 3)
      for (let k = 0; k < 3; k++) {
        const pair = [MESH_TRIANGLES[t + k], MESH_TRIANGLES[t + ((k + 1) % 3)]] as [number, number];
        const key = `${Math.min(...pair)} ${Math.max(...pair)}`;
        edges.set(key, (edges.get(key) ?? 0) + 1);
      }
    const border = [...edges].filter(([, count]) => count === 1).flatMap(([key]) => key.split(' ').map(Number));
    expect(new Set(border)).toEqual(new Set(FACE_OVAL));
    expect(border.length).toBe(2 * FACE_OVAL.length);
    expect(Math.max(...edges.values())).toBe(2);
  });

  it('has outlines that go clockwise as seen', () => {
    for (const outline of [FACE_OVAL, EYE_LEFT]) {
      let area = 0;
      for (const [i, a] of outline.entries()) {
        const b = outline[(i + 1) % outline.length] as number;
        area +=
          (CANONICAL_POINTS[3 * a] as number) * (CANONICAL_POINTS[3 * b + 1] as number) -
          (CANONICAL_POINTS[3 * b] as number) * (CANONICAL_POINTS[3 * a + 1] as number);
      }
      expect(area).toBeGreaterThan(0);
    }
  });

  it('lies inside its box', () => {
    const points = posed(pose, 17);
    const box = faceBox(points);
    expect(box.width).toBeGreaterThan(17 * 10);
    for (let i = 0; i < 468; i++) {
      expect(points[3 * i] as number).toBeGreaterThanOrEqual(box.x);
      expect(points[3 * i + 1] as number).toBeLessThanOrEqual(box.y + box.height + 1e-3);
    }
  });
});

describe('expression weights', () => {
  it('do not depend on pose and size', () => {
    const front = expression(posed({ yaw: 0, pitch: 0, roll: 0 }, 10), { yaw: 0, pitch: 0, roll: 0 });
    const turned = posed(pose, 31);
    const other = expression(turned, headPose(turned));
    for (const [i, value] of front.entries()) expect(other[i] as number).toBeCloseTo(value, 2);
    expect(front.length).toBe(EXPRESSION_NAMES.length);
  });

  it('follow the points of the mouth and the lids, and nothing else', () => {
    const points = posed({ yaw: 0, pitch: 0, roll: 0 }, 20);
    const rest = expression(points, headPose(points));
    const opened = points.slice();
    for (const i of [14, 17, 87, 317]) opened[3 * i + 1] = (opened[3 * i + 1] as number) + 40;
    const open = expression(opened, headPose(points));
    const jaw = EXPRESSION_NAMES.indexOf('jawOpen');
    expect(open[jaw] as number).toBeGreaterThan((rest[jaw] as number) + 0.5);
    expect(mouthOpening(opened)).toBeGreaterThan(mouthOpening(points) + 0.08);
    expect(eyeOpening(opened)).toEqual(eyeOpening(points));
    for (const name of UNMEASURED) expect(open[EXPRESSION_NAMES.indexOf(name)]).toBe(0);
    for (const value of open) expect(value >= 0 && value <= 1).toBe(true);
  });
});
