/** The detectors of a check with the calibration of each: those that ship, and those that the user brought. */
import { type Detector, detectors, ownDetectors } from '../detect/index.js';
import { type Calibration, parseDetectorCalibration, readCalibration } from './calibration.js';

/** Who is asked, and how their scores are read. */
export interface Lineup {
  readonly detectors: readonly Detector[];
  readonly calibration: Calibration;
}

/**
 * Reads calibrations and finds all detectors.
 *
 * @throws LikenessError `verdict.calibration`, `detect.own`
 */
export async function readLineup(): Promise<Lineup> {
  const calibration = await readCalibration();
  const own = await ownDetectors();
  const fits = own.flatMap(({ card, calibration: fit }) =>
    fit === null ? [] : [[card.id, parseDetectorCalibration(fit, card.title)] as const],
  );
  return {
    detectors: [...(await detectors()), ...own.map((o) => o.detector)],
    calibration: { ...calibration, detectors: { ...calibration.detectors, ...Object.fromEntries(fits) } },
  };
}
