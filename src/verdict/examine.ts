/** Asking detectors about a material, and their scores as calibrated cues. */
import type { Detector, Examination, Material } from '../detect/index.js';
import { type Calibration, llrOf } from './calibration.js';
import type { WeighedCue } from './fuse.js';

/** What one detector said. */
export interface Answer extends Examination {
  readonly detector: Detector;
}

/** Asks all detectors, one after the other: their nets keep all processors busy by themselves. */
export async function askDetectors(
  list: readonly Detector[],
  material: Material,
  signal: AbortSignal | undefined,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const detector of list) {
    signal?.throwIfAborted();
    answers.push({ detector, ...(await detector.examine(material, signal)) });
  }
  return answers;
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
