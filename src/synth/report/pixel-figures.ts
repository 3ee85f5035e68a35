/** The pass over the pixels as figures of the report. */
import type { PixelPass } from './pixel-pass.js';
import { flooredRatio, mean } from './stats.js';
import type { QualityReport, Series } from './types.js';
import { psnrOf, ssimOf } from './untouched.js';

/** Difference between frames that nobody sees, in brightness levels: keeps the ratio finite for still clips. */
const FLICKER_FLOOR = 0.25;

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
const kept = (values: readonly (number | null)[]): number[] => values.filter((v): v is number => v !== null);

/** Flicker, sharpness and untouched pixels, as figures and over time. */
export function pixelFigures(pass: PixelPass): Pick<QualityReport, 'flicker' | 'untouched' | 'sharpness' | 'series'> {
  const [output, original] = [mean(kept(pass.flicker.output)), mean(kept(pass.flicker.original))];
  const plain = pass.untouched.plain;
  const [ssim, plainSsim] = [ssimOf(pass.untouched.output), ssimOf(plain)];
  const gradient = (of: 'output' | 'original'): number[] => pass.detail[of].map((d) => d.gradient);
  const band = (of: 'output' | 'original', i: 0 | 1 | 2): number => mean(pass.detail[of].map((d) => d.bands[i]));
  const series: Series[] = [
    {
      id: 'flicker',
      title: 'Change between frames beyond motion',
      unit: 'levels of 255',
      frames: pass.frames,
      output: pass.flicker.output,
      target: pass.flicker.original,
    },
    {
      id: 'sharpness',
      title: 'Fine structure of the face',
      unit: 'levels per pixel',
      frames: pass.frames,
      output: gradient('output').map(orNull),
      target: gradient('original').map(orNull),
    },
    {
      id: 'untouched',
      title: 'Outside of the face: similarity to the original',
      unit: 'SSIM',
      frames: pass.frames,
      output: pass.untouched.byFrame,
    },
  ];
  return {
    flicker: {
      ratio: orNull(flooredRatio(output, original, FLICKER_FLOOR)),
      output: orNull(output),
      original: orNull(original),
    },
    untouched: {
      ssim: orNull(ssim),
      plainSsim: orNull(plainSsim),
      loss: orNull(plainSsim - ssim),
      psnr: orNull(psnrOf(pass.untouched.output)),
      plainPsnr: orNull(psnrOf(plain)),
    },
    sharpness: {
      ratio: orNull(mean(gradient('output')) / mean(gradient('original'))),
      bands: ([0, 1, 2] as const).map((i) => orNull(band('output', i) / band('original', i))),
    },
    series,
  };
}
