/** Pictures for tests of the lab that show nothing, each another nothing. */
import { Random } from '../src/base/index.js';
import { type Frame, rgbaFrame } from '../src/media/index.js';

/** Soft blobs of colour, another picture for every seed. */
export function blobs(seed: number, width = 96, height = 96): Frame {
  const random = new Random(seed);
  const spots = Array.from(
    { length: 12 },
    () => [random.float(), random.float(), random.range(0.05, 0.3), random.range(-1, 1)] as const,
  );
  const pixels = new Uint8Array(4 * width * height).fill(255);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const v = spots.reduce(
        (s, [u, w, r, a]) => s + a * Math.exp(-((x / width - u) ** 2 + (y / height - w) ** 2) / (r * r)),
        0,
      );
      for (let c = 0; c < 3; c++)
        pixels[4 * (y * width + x) + c] = Math.max(0, Math.min(255, 128 + 60 * v + 10 * c + random.range(-3, 3)));
    }
  return rgbaFrame(pixels, width, height);
}
