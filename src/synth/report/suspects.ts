/** What can make a frame one of the worst, with words for each reason. */
import type { FacePair } from './pairs.js';
import type { Series } from './types.js';
import type { Suspect } from './worst.js';

/** The measures by which frames are singled out. */
export function suspectsOf(series: readonly Series[], pairs: readonly FacePair[]): Suspect[] {
  const by = (id: string): Series | undefined => series.find((each) => each.id === id);
  const suspects: Suspect[] = [];
  const add = (id: string, bad: 'low' | 'high', notable: number, reason: Suspect['reason'], relative = false): void => {
    const each = by(id);
    if (each === undefined) return;
    const values = relative
      ? each.output.map((v, i) => (v === null ? null : v - (each.target?.[i] ?? Number.NaN)))
      : each.output;
    suspects.push({ frames: each.frames, values, bad, notable, reason });
  };
  add('identity', 'low', 0.04, (v, m) => `Least like the source: cosine ${v.toFixed(2)}, usual here ${m.toFixed(2)}.`);
  add('pose', 'high', 1.5, (v, m) => `Head ${v.toFixed(1)}° away from the original, usual here ${m.toFixed(1)}°.`);
  add('flicker', 'high', 1, (v) => `Flickers: ${v.toFixed(1)} levels more change than in the original.`, true);
  add(
    'mouth',
    'low',
    0.02,
    (v) => `Mouth opens ${(-100 * v).toFixed(0)} % of the face's height less than the original.`,
    true,
  );
  add(
    'eyes',
    'high',
    0.06,
    (v) => `Lids are ${(100 * v).toFixed(0)} % of the eye's width further open than the original.`,
    true,
  );
  add(
    'untouched',
    'low',
    0.005,
    (v, m) => `More changed outside of the face: SSIM ${v.toFixed(3)}, usual here ${m.toFixed(3)}.`,
  );
  suspects.push({
    frames: pairs.map(({ frame }) => frame),
    values: pairs.map(({ output }) => (output === null ? 1 : 0)),
    bad: 'high',
    notable: 0.5,
    reason: () => 'No face was found in the output here.',
  });
  return suspects;
}
