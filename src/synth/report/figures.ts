/** The figures of a report as a table: what each means, what is good, and whether this render reaches it. */
import type { QualityReport } from './types.js';

/** One row. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  /** What it says, in a sentence for somebody who has not read the docs. */
  readonly means: string;
  readonly value: number | null;
  /** The value in words, with its unit. */
  readonly shown: string;
  /** The bar in words: `at least 0.85`. */
  readonly bar: string;
  /** Null where there is no value. */
  readonly reached: boolean | null;
}

interface Row {
  readonly id: string;
  readonly title: string;
  readonly means: string;
  readonly digits: number;
  readonly unit?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** What it can be measured on; both where left out. */
  readonly only?: QualityReport['media']['kind'];
  value(report: QualityReport): number | null;
}

const ROWS: readonly Row[] = [
  {
    id: 'identity',
    title: 'Identity',
    means:
      'How far the face went from the person replaced (0) to the person who lent it (1), by a net that did not take part in making it.',
    digits: 2,
    atLeast: 0.85,
    value: (r) => r.identity?.floorCorrected ?? null,
  },
  {
    id: 'mouth',
    only: 'video',
    title: 'Mouth: timing',
    means: 'Correlation of the mouth opening with the original performance.',
    digits: 2,
    atLeast: 0.85,
    value: (r) => r.expression.mouth.correlation,
  },
  {
    id: 'mouth-amplitude',
    only: 'video',
    title: 'Mouth: strength',
    means: 'How wide the mouth opens against the original performance; 1 is equally wide.',
    digits: 2,
    atLeast: 0.75,
    value: (r) => r.expression.mouth.amplitude,
  },
  {
    id: 'eyes',
    only: 'video',
    title: 'Eyes: timing',
    means: 'Correlation of the lids with the original performance: blinks and looks down.',
    digits: 2,
    atLeast: 0.85,
    value: (r) => r.expression.eyes.correlation,
  },
  {
    id: 'eyes-amplitude',
    only: 'video',
    title: 'Eyes: strength',
    means: 'How far the lids close against the original performance; 1 is equally far.',
    digits: 2,
    atLeast: 0.75,
    value: (r) => r.expression.eyes.amplitude,
  },
  {
    id: 'mouth-opening',
    only: 'picture',
    title: 'Mouth: opening',
    means: 'How much wider or less wide the mouth is open than in the original, as a share of the height of the face.',
    digits: 3,
    atMost: 0.02,
    value: (r) => (r.still === null ? null : Math.abs(r.still.mouth)),
  },
  {
    id: 'eye-opening',
    only: 'picture',
    title: 'Eyes: opening',
    means: 'How much wider or less wide the lids are open than in the original, as a share of the width of the eye.',
    digits: 3,
    atMost: 0.06,
    value: (r) => (r.still === null ? null : Math.abs(r.still.eyes)),
  },
  {
    id: 'pose',
    title: 'Head pose error',
    means: 'Mean angle between the original head and the swapped one.',
    digits: 1,
    unit: '°',
    atMost: 3,
    value: (r) => r.pose.mean,
  },
  {
    id: 'flicker',
    only: 'video',
    title: 'Flicker',
    means:
      'Change between neighbouring frames that motion does not explain, over the original clip’s own; 1 is no more than before.',
    digits: 2,
    atMost: 1.25,
    value: (r) => r.flicker.ratio,
  },
  {
    id: 'jitter',
    only: 'video',
    title: 'Jitter',
    means: 'Trembling of the facial landmarks over the original clip’s own; 1 is no more than before.',
    digits: 2,
    atMost: 1.25,
    value: (r) => r.jitter.ratio,
  },
  {
    id: 'sharpness',
    title: 'Sharpness',
    means: 'Fine structure of the swapped face over that of the original in the same place; 1 is equally sharp.',
    digits: 2,
    atLeast: 0.8,
    value: (r) => r.sharpness.ratio,
  },
  {
    id: 'untouched',
    title: 'Loss outside of the face',
    means:
      'Similarity (SSIM) lost in the pixels that were to stay as they are, beyond what encoding the original again costs.',
    digits: 4,
    atMost: 0.002,
    value: (r) => r.untouched.loss,
  },
];

/** The rows of a report, in reading order. */
export function figuresOf(report: QualityReport): Figure[] {
  return ROWS.filter(({ only }) => only === undefined || only === report.media.kind).map((row) => {
    const value = row.value(report);
    const known = value !== null && Number.isFinite(value);
    const reached = known ? value >= (row.atLeast ?? -Infinity) && value <= (row.atMost ?? Infinity) : null;
    const unit = row.unit ?? '';
    // What missed its bar by less than is shown is shown more closely: ".75, at least .75, missed" says nothing.
    const closer =
      known && reached === false && Number(value.toFixed(row.digits)) === (row.atLeast ?? row.atMost) ? 2 : 0;
    return {
      id: row.id,
      title: row.title,
      means: row.means,
      value: known ? value : null,
      // No `-0.00`.
      shown: known ? `${value.toFixed(row.digits + closer).replace(/^-(0\.?0*)$/, '$1')}${unit}` : 'not measured',
      bar: row.atLeast !== undefined ? `at least ${row.atLeast}${unit}` : `at most ${row.atMost}${unit}`,
      reached,
    };
  });
}
