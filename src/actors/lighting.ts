/** Light as a main lamp and soft surroundings; the surroundings as second-order spherical harmonics (Ramamoorthi, 2001). */
import type { Light, Rgb } from './types.js';

/** Light ready for shading. */
export interface Lamp {
  /** Unit vector towards the main lamp, camera space. */
  readonly direction: readonly [number, number, number];
  /** Unit vector halfway between lamp and camera. */
  readonly half: readonly [number, number, number];
  readonly color: Rgb;
  /**
   * Ten coefficients for each of red, green, blue: light from everywhere on a surface with normal n is
   * c0 + c1 x + c2 y + c3 z + c4 xx + c5 yy + c6 zz + c7 xy + c8 yz + c9 zx.
   */
  readonly around: Float32Array;
}

interface Lobe {
  readonly from: readonly [number, number, number];
  readonly color: Rgb;
}

const unit = (v: readonly [number, number, number]): [number, number, number] => {
  const n = Math.hypot(...v) || 1;
  return [v[0] / n, v[1] / n, v[2] / n];
};

function gather(lobes: readonly Lobe[]): Float32Array {
  const around = new Float32Array(30);
  for (const { from, color } of lobes) {
    const [x, y, z] = unit(from);
    // A clamped cosine is 1/4 + 1/2 cos + 5/32 (3 cos^2 - 1) to second order.
    const terms = [0.25 - 0.15625, x / 2, y / 2, z / 2];
    const q = 3 * 0.15625;
    terms.push(q * x * x, q * y * y, q * z * z, 2 * q * x * y, 2 * q * y * z, 2 * q * z * x);
    for (let k = 0; k < 3; k++)
      for (let i = 0; i < 10; i++)
        around[k * 10 + i] = (around[k * 10 + i] as number) + (terms[i] as number) * (color[k] as number);
  }
  return around;
}

/**
 * Prepares the light of a scene.
 *
 * @param room mean colour of the background, which tints what it surrounds
 */
export function lampOf(light: Light, room: Rgb): Lamp {
  const direction = unit(light.direction);
  const w = Math.max(-1, Math.min(1, light.warmth));
  const power = light.intensity;
  const tint = (by: number): Rgb => [(1 + 0.13 * w) * by, by, (1 - 0.19 * w) * by];
  const key = tint(0.92 * power);
  const lobe = (from: readonly [number, number, number], by: number, color: Rgb): Lobe => ({
    from,
    color: [color[0] * by * power, color[1] * by * power, color[2] * by * power],
  });
  const brightness = (room[0] + room[1] + room[2]) / 3 + 0.05;
  const hue: Rgb = [
    (room[0] + 0.1) / (brightness + 0.05),
    (room[1] + 0.1) / (brightness + 0.05),
    (room[2] + 0.1) / (brightness + 0.05),
  ];
  const around = gather([
    lobe([0, 1, 0.15], 0.3, [0.93, 1, 1.08]),
    lobe([-direction[0], 0.1, 0.75], 0.3, tint(1)),
    lobe([0, -1, 0.3], 0.16, [1.15, 1, 0.84]),
    lobe([direction[0] > 0 ? -1 : 1, 0.35, -0.75], 0.42, hue),
    lobe([direction[0] > 0 ? 1 : -1, 0.2, -0.9], 0.22, hue),
    lobe([0, 0, 1], 0.16, tint(1)),
  ]);
  const half = unit([direction[0], direction[1], direction[2] + 1]);
  return { direction, half, color: key, around };
}
