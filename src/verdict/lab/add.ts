/** Taking in a detector that a user brings: run on a labelled folder, calibrated on it, and kept. */
import { LikenessError, type LongWork } from '../../base/index.js';
import { copyOf, keepOwn, openMaterial, readCandidate, shareNets } from '../../detect/index.js';
import { createFaceEngine } from '../../faces/index.js';
import type { DetectorCalibration } from '../calibration.js';
import { fitCalibration, type ScoredFile } from '../fit.js';
import { auc } from '../metrics/index.js';
import { leftOutWords, readLabSet, refuseOneClass } from './dataset.js';
import { gateSet, refuseLeaks } from './gates.js';

/** What came of it. */
export interface AddedDetector {
  readonly id: string;
  readonly title: string;
  readonly folder: string;
  readonly real: number;
  readonly fake: number;
  /** On the files that calibrated it, so a little too good. */
  readonly auc: number;
  readonly calibration: DetectorCalibration;
  /** Calibrated on re-encoded copies only, see {@link AddOptions}. */
  readonly equalised: boolean;
  /** What should be known of the files it was calibrated on. */
  readonly remarks: readonly string[];
}

/** How to calibrate. */
export interface AddOptions extends LongWork {
  /**
   * Calibrate although the classes differ in form: every file is scored only after it was re-encoded like all others (level
   * `web`). Files that are in both classes stay a refusal.
   */
  readonly equalise?: boolean;
}

/** Fewer files of a class than this calibrate nothing. */
const LEAST = 20;

/**
 * Calibrates a detector on labelled files and keeps it; from then on `check` and `lab bench` ask it too.
 *
 * @param card its card; the net lies beside it
 * @param set folder or CSV as for `lab bench`
 * @throws LikenessError `detect.card`, `detect.own`, `lab.few`, `lab.one-class`, `lab.leak`, `lab.crossed`, and those of the models room for a bad net
 */
export async function addDetector(card: string, set: string, work: AddOptions = {}): Promise<AddedDetector> {
  const candidate = await readCandidate(card);
  const { files, leftOut } = await readLabSet(set);
  refuseOneClass(set, { real: files.filter((f) => !f.fake).length, fake: files.filter((f) => f.fake).length }, leftOut);
  const gates = await gateSet(files, work);
  refuseOneClass(set, gates.readable, leftOut, ' that can be read');
  refuseLeaks(set, gates, work.equalise === true);
  const tools = shareNets(await createFaceEngine());
  const scored: ScoredFile[] = [];
  try {
    for (const [i, file] of files.entries()) {
      work.signal?.throwIfAborted();
      work.onProgress?.({ stage: 'calibrating', done: i, total: files.length, unit: 'files', note: file.name });
      try {
        const whole = await openMaterial(file.path, tools);
        const material = work.equalise === true ? await copyOf(whole, 'web') : whole;
        const { findings } = await candidate.detector.examine(material, work.signal);
        const scores = findings.flatMap((f) => (f.score === null ? [] : [f.score]));
        if (scores.length > 0)
          scored.push({
            source: file.source,
            fake: file.fake,
            generator: file.generator,
            score: Math.max(...scores),
          });
      } catch (cause) {
        // Files that cannot be read calibrate nothing; a net that does not run is the user's to mend.
        if (!(cause instanceof LikenessError) || !/^(media|file)\./.test(cause.code)) throw cause;
      }
    }
  } finally {
    await tools.close();
  }
  const [real, fake] = [scored.filter((s) => !s.fake), scored.filter((s) => s.fake)];
  if (real.length < LEAST || fake.length < LEAST)
    throw new LikenessError(
      'lab.few',
      `${real.length} genuine and ${fake.length} synthetic files could be scored; at least ${LEAST} of each are needed.`,
      { hint: 'Calibrate on more files, of as many sources as you have.' },
    );
  const calibration = fitCalibration(scored);
  return {
    id: candidate.card.id,
    title: candidate.card.title,
    folder: await keepOwn(candidate, calibration),
    real: real.length,
    fake: fake.length,
    auc: auc(
      real.map((s) => s.score),
      fake.map((s) => s.score),
    ),
    calibration,
    equalised: work.equalise === true,
    remarks: [leftOutWords(leftOut), ...gates.remarks].filter((r) => r !== ''),
  };
}
