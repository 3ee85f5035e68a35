/** Whether the small picture inside a file still shows what the large one shows. */
import { type Frame, sampleAffine } from '../../../media/index.js';

const SIDE = 32;
/** Correlation below which the two differ by more than compression and colour. */
const ALIKE = 0.9;

/** What comparing them gave. */
export interface ThumbnailFit {
  /** Correlation of brightness on a grid of 32 by 32, -1 to 1. */
  readonly correlation: number;
  readonly differs: boolean;
}

/** Brightness on a small grid over the part of the frame between the two ratios. */
function grid(frame: Frame, left: number, top: number, width: number, height: number): Float32Array {
  const rgb = new Uint8Array(SIDE * SIDE * 3);
  const [sx, sy] = [width / SIDE, height / SIDE];
  sampleAffine(frame, [sx, 0, left + sx / 2 - 0.5, 0, sy, top + sy / 2 - 0.5], SIDE, SIDE, rgb, {
    layout: 'interleaved',
  });
  return Float32Array.from(
    { length: SIDE * SIDE },
    (_, i) => 0.299 * (rgb[3 * i] as number) + 0.587 * (rgb[3 * i + 1] as number) + 0.114 * (rgb[3 * i + 2] as number),
  );
}

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (v: Float32Array): number => v.reduce((s, x) => s + x, 0) / v.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [xy, xx, yy] = [0, 1e-9, 1e-9];
  a.forEach((x, i) => {
    const y = (b[i] as number) - mb;
    xy += (x - ma) * y;
    xx += (x - ma) ** 2;
    yy += y * y;
  });
  return xy / Math.sqrt(xx * yy);
}

/**
 * Compares a thumbnail with its picture, both not turned. Cameras put black bars on thumbnails of another shape, so the
 * picture is also laid into the thumbnail as it would fit between bars.
 */
export function thumbnailFit(picture: Frame, thumbnail: Frame): ThumbnailFit {
  const whole = grid(picture, 0, 0, picture.width, picture.height);
  const scale = Math.min(thumbnail.width / picture.width, thumbnail.height / picture.height);
  const [w, h] = [picture.width * scale, picture.height * scale];
  const fits = [
    grid(thumbnail, 0, 0, thumbnail.width, thumbnail.height),
    grid(thumbnail, (thumbnail.width - w) / 2, (thumbnail.height - h) / 2, w, h),
  ].map((small) => correlation(whole, small));
  const best = Math.max(...fits);
  return { correlation: best, differs: best < ALIKE };
}
