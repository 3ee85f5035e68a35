/** Asking detectors about a material, and their scores as calibrated cues. */
import type { Detector, Examination, Material } from '../detect/index.js';
import { type Calibration, llrOf } from './calibration.js';
import type { WeighedCue } from './fuse.js';

/** What one detector said. */
export interface Answer extends Examination {
  readonly detector: Detector;
}

/** Asks all detectors at once: while one waits for its net, another reads pixels. Answers are in the order of the list. */
export async function askDetectors(
  list: readonly Detector[],
  material: Material,
  signal: AbortSignal | undefined,
): Promise<Answer[]> {
  signal?.throwIfAborted();
  return Promise.all(list.map(async (detector) => ({ detector, ...(await detector.examine(material, signal)) })));
}

/** The cues that are weighed: scores of weighed detectors that have a calibration. */
export function cuesFrom(answers: readonly Answer[], calibration: Calibration): WeighedCue[] {
  return answers.flatMap(({ detector, findings }) => {
    const fit = calibration.detectors[detector.id];
    const { speaksFor } = detector;
    if (fit === undefined || speaksFor === null) return [];
    return findings.flatMap((f) =>
      f.score === null
        ? []
        : [{ detector: detector.id, hypothesis: speaksFor, person: f.person, llr: llrOf(fit, f.score) }],
    );
  });
}
