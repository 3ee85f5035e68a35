// The quality report's metrics on signals where the right answer is known.
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import { cosine } from '../src/faces/index.js';
import {
  compareOutside,
  correlation,
  flooredRatio,
  following,
  landmarkJitter,
  measureDetail,
  motionResidual,
  noSums,
  type Plane,
  poseAngle,
  psnrOf,
  quantile,
  scoreIdentity,
  ssimOf,
} from '../src/synth/report/index.js';

/** Smooth, textured brightness, different for every seed. */
function texture(size: number, seed: number, dx = 0, dy = 0): Plane {
  const random = new Random(seed);
  const waves = Array.from({ length: 24 }, () => [
    random.range(-0.7, 0.7),
    random.range(-0.7, 0.7),
    random.range(0, 6.28),
    random.range(3, 9),
  ]);
  const data = new Float32Array(size * size);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      let v = 128;
      for (const [u = 0, w = 0, phase = 0, high = 0] of waves)
        v += high * Math.sin((x + dx) * u + (y + dy) * w + phase);
      data[y * size + x] = v;
    }
  return { width: size, height: size, data };
}

function mapped(plane: Plane, change: (value: number, at: number) => number): Plane {
  return { ...plane, data: Float32Array.from(plane.data, change) };
}

function blurred(plane: Plane): Plane {
  const { width, height, data } = plane;
  return mapped(plane, (_, at) => {
    const y = Math.floor(at / width);
    const x = at % width;
    let sum = 0;
    let n = 0;
    for (let j = Math.max(0, y - 1); j <= Math.min(height - 1, y + 1); j++)
      for (let i = Math.max(0, x - 1); i <= Math.min(width - 1, x + 1); i++) {
        sum += data[j * width + i] as number;
        n++;
      }
    return sum / n;
  });
}

describe('untouched pixels', () => {
  const a = texture(96, 1);

  it('are alike, to the number, for equal frames', () => {
    const sums = noSums();
    expect(compareOutside(a, a, [], sums)).toBeCloseTo(1, 9);
    expect(ssimOf(sums)).toBeCloseTo(1, 9);
    expect(psnrOf(sums)).toBe(99);
  });

  it('give the PSNR of a known error', () => {
    const sums = noSums();
    compareOutside(
      a,
      mapped(a, (v) => v + 5),
      [],
      sums,
    );
    expect(psnrOf(sums)).toBeCloseTo(20 * Math.log10(255 / 5), 3);
  });

  it('lose SSIM with noise, more with more', () => {
    const random = new Random(7);
    const noisy = (level: number): number => {
      const sums = noSums();
      compareOutside(
        a,
        mapped(a, (v) => v + level * random.normal()),
        [],
        sums,
      );
      return ssimOf(sums);
    };
    const little = noisy(2);
    const much = noisy(12);
    expect(little).toBeLessThan(0.999);
    expect(much).toBeLessThan(little - 0.05);
  });

  it('do not count what lies in a touched box, and do count what lies beside it', () => {
    const box = { x: 30, y: 40, width: 20, height: 16 };
    const inside = (at: number): boolean => {
      const x = at % 96;
      const y = Math.floor(at / 96);
      return x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
    };
    const changed = mapped(a, (v, at) => (inside(at) ? 255 - v : v));
    const without = noSums();
    compareOutside(a, changed, [box], without);
    expect(ssimOf(without)).toBeCloseTo(1, 9);
    const beside = noSums();
    compareOutside(a, changed, [{ ...box, width: 10 }], beside);
    expect(ssimOf(beside)).toBeLessThan(0.99);
  });

  it('are none where the box takes the whole frame', () => {
    const sums = noSums();
    expect(compareOutside(a, a, [{ x: -5, y: -5, width: 200, height: 200 }], sums)).toBeNaN();
    expect(ssimOf(sums)).toBeNaN();
  });
});

describe('flicker', () => {
  it('is none between equal crops and between whole-pixel shifts', () => {
    const a = texture(128, 2);
    expect(motionResidual(a, a)).toBe(0);
    expect(motionResidual(a, texture(128, 2, 2, -1))).toBeLessThan(1e-3);
  });

  it('is the step in brightness when the light pumps, whatever moves', () => {
    const a = texture(128, 2);
    const b = mapped(texture(128, 2, 1, 1), (v) => v + 6);
    const residual = motionResidual(a, b);
    // Blocks may trade a little of the step for misplaced texture.
    expect(residual).toBeGreaterThan(3.5);
    expect(residual).toBeLessThanOrEqual(6.001);
  });

  it('grows with noise that was added', () => {
    const random = new Random(3);
    const noise = (level: number): Plane => mapped(texture(128, 2), (v) => v + level * random.normal());
    expect(motionResidual(noise(4), noise(4))).toBeGreaterThan(2 * motionResidual(noise(1), noise(1)));
  });

  it('ratio is exactly 1 for equal clips and finite for still ones', () => {
    expect(flooredRatio(2.5, 2.5, 0.25)).toBe(1);
    expect(flooredRatio(0, 0, 0.25)).toBe(1);
    expect(flooredRatio(5, 2.5, 0.25)).toBeCloseTo(1.909, 3);
  });
});

describe('jitter', () => {
  const face = (dx: number, dy: number): Float32Array => {
    const points = new Float32Array(478 * 3);
    for (let i = 0; i < 478; i++) points.set([100 + (i % 20) * 5 + dx, 100 + Math.floor(i / 20) * 5 + dy, 0], i * 3);
    points.set([100 + dx, 120 + dy, 0], 33 * 3);
    points.set([200 + dx, 120 + dy, 0], 263 * 3);
    return points;
  };
  it('is none at rest and in even motion', () => {
    expect(landmarkJitter(face(0, 0), face(0, 0), face(0, 0))).toBe(0);
    expect(landmarkJitter(face(-3, 2), face(0, 0), face(3, -2))).toBeCloseTo(0, 6);
  });
  it('is the size of a jerk in eye distances', () => {
    expect(landmarkJitter(face(0, 0), face(5, 0), face(0, 0))).toBeCloseTo(0.1, 6);
  });
});

describe('sharpness', () => {
  const plate = texture(128, 5);
  const all = new Uint8Array(128 * 128).fill(1);
  it('scales with contrast and falls with blur, finest octave first', () => {
    const full = measureDetail(plate, all);
    const half = measureDetail(
      mapped(plate, (v) => 128 + (v - 128) / 2),
      all,
    );
    expect(half.gradient / full.gradient).toBeCloseTo(0.5, 3);
    const soft = measureDetail(blurred(plate), all);
    const ratio = soft.bands.map((band, i) => band / (full.bands[i] ?? Number.NaN));
    expect(soft.gradient / full.gradient).toBeLessThan(0.95);
    expect(ratio[0]).toBeLessThan(ratio[2] ?? 0);
  });
  it('looks only inside the mask', () => {
    const left = Uint8Array.from(all, (_, at) => (at % 128 < 64 ? 1 : 0));
    const flatRight = mapped(plate, (v, at) => (at % 128 < 66 ? v : 128));
    expect(measureDetail(flatRight, left).gradient).toBeCloseTo(measureDetail(plate, left).gradient, 6);
    expect(measureDetail(plate, new Uint8Array(128 * 128)).gradient).toBeNaN();
  });
});

describe('expression', () => {
  const target = Array.from({ length: 60 }, (_, i) => Math.sin(i / 4));
  it('follows perfectly when equal', () => {
    const f = following(target, target);
    expect(f.correlation).toBeCloseTo(1, 9);
    expect(f.amplitude).toBe(1);
  });
  it('tells a weak copy from a late one', () => {
    const weak = following(
      target.map((v) => 0.3 * v + 2),
      target,
    );
    expect(weak.correlation).toBeCloseTo(1, 9);
    expect(weak.amplitude).toBeCloseTo(0.3, 9);
    const late = following(
      target.map((_, i) => Math.sin((i - 4) / 4)),
      target,
    );
    expect(late.correlation).toBeLessThan(0.7);
    expect(late.amplitude).toBeGreaterThan(0.9);
  });
  it('says nothing of a face that never moves', () => {
    expect(
      correlation(
        target,
        target.map(() => 1),
      ),
    ).toBeNaN();
    expect(
      following(
        target,
        target.map(() => 1),
      ).amplitude,
    ).toBeNaN();
  });
});

describe('identity', () => {
  const unit = (values: number[]): Float32Array => {
    const length = Math.hypot(...values);
    return Float32Array.from(values, (v) => v / length);
  };
  const source = [unit([1, 0, 0.1]), unit([1, 0.1, 0])];
  const target = [unit([0, 1, 0.1]), unit([0.1, 1, 0])];
  it('is 0 when nothing was gained and near 1 when the output is the source', () => {
    expect(scoreIdentity(target, source, target).floorCorrected).toBeCloseTo(0, 9);
    expect(scoreIdentity(source, source, target).floorCorrected).toBeGreaterThan(0.99);
  });
  it('never pairs a face with itself', () => {
    expect(scoreIdentity(source, source, target).sourceSource).toBeCloseTo(
      cosine(source[0] as Float32Array, source[1] as Float32Array),
      9,
    );
  });
  it('gives no figure where source and target cannot be told apart', () => {
    expect(
      scoreIdentity(target, [target[0] as Float32Array, target[1] as Float32Array], target).floorCorrected,
    ).toBeNaN();
  });
});

describe('pose', () => {
  it('is the angle of one turn', () => {
    const rest = { yaw: 0, pitch: 0, roll: 0 };
    expect(poseAngle(rest, rest)).toBeCloseTo(0, 5);
    expect(poseAngle(rest, { ...rest, yaw: 12 })).toBeCloseTo(12, 5);
    expect(poseAngle({ yaw: 20, pitch: 5, roll: -8 }, { yaw: 20, pitch: 5, roll: -1 })).toBeCloseTo(7, 5);
    expect(poseAngle(rest, { yaw: 3, pitch: 4, roll: 0 })).toBeCloseTo(5, 1);
  });
});

describe('quantile', () => {
  it('interpolates', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([7], 0.9)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
