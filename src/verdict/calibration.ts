/**
 * From a detector's score to a log-likelihood ratio, and how often scores like it were wrong. The numbers are fitted by
 * `training/detect/calibrate.ts` on files of sources the nets did not see, and ship as `models/judgement/calibration.json`.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LikenessError, messageOf } from '../base/index.js';
import { modelsFolder } from '../models/index.js';
import { wilson } from './metrics/index.js';
import type { ErrorRate } from './types.js';

const quantiles = z.array(z.number()).min(2);

const oneSchema = z.strictObject({
  /** LLR = slope * score + intercept, and `bend.slope` more for each unit above `bend.at`; held between -clears and most. */
  slope: z.number().nonnegative(),
  intercept: z.number(),
  bend: z.strictObject({ at: z.number(), slope: z.number().nonnegative() }).optional(),
  most: z.number().positive(),
  clears: z.number().nonnegative(),
  /** Equally spaced quantiles of the scores, lowest first, and how many files they stand for. */
  real: z.strictObject({ files: z.number().int().positive(), scores: quantiles }),
  fake: z.strictObject({ files: z.number().int().positive(), scores: quantiles }),
  sources: z.array(z.string()),
  /** Expected calibration error on sources left out of the fit; `null` where there are too few. */
  ece: z.number().nullable(),
});

const limitsSchema = z.strictObject({ synthetic: z.number(), authentic: z.number() });

const schema = z.strictObject({
  version: z.literal(1),
  fitted: z.string(),
  detectors: z.record(z.string(), oneSchema),
  /** Weight of each detector's LLR within its hypothesis. */
  weights: z.record(z.string(), z.number().nonnegative()),
  /** Fused LLR from which a verdict is given: pictures and films by what is seen, sound by what is heard. */
  visual: limitsSchema,
  voice: limitsSchema,
});

/** Calibration of one detector. */
export type DetectorCalibration = z.infer<typeof oneSchema>;

/** Calibration of all detectors and of the verdict. */
export type Calibration = z.infer<typeof schema>;

/**
 * The calibration that ships.
 *
 * @throws LikenessError `verdict.calibration` where it is missing or damaged
 */
export async function readCalibration(
  path: string = join(modelsFolder, 'judgement', 'calibration.json'),
): Promise<Calibration> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new LikenessError('verdict.calibration', `The calibration ${path} cannot be used: ${messageOf(cause)}`, {
      hint: 'Restore it from the package; without it scores mean nothing.',
      cause,
    });
  }
}

/**
 * The calibration of one detector that a user brought.
 *
 * @throws LikenessError `verdict.calibration`
 */
export function parseDetectorCalibration(value: unknown, title: string): DetectorCalibration {
  const parsed = oneSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new LikenessError('verdict.calibration', `The calibration of "${title}" is damaged.`, {
    hint: 'Add the detector again with likeness lab add.',
    cause: parsed.error,
  });
}

/** The log-likelihood ratio (natural) of a score. */
export function llrOf(calibration: DetectorCalibration, score: number): number {
  const { slope, intercept, bend, most, clears } = calibration;
  const above = bend === undefined ? 0 : bend.slope * Math.max(0, score - bend.at);
  return Math.max(-clears, Math.min(most, slope * score + intercept + above));
}

/** Share of files at or above a score, by their quantiles. */
function shareAbove(scores: readonly number[], score: number): number {
  const last = scores.length - 1;
  if (score <= (scores[0] as number)) return 1;
  if (score > (scores[last] as number)) return 0;
  const at = scores.findIndex((s) => s >= score);
  const [low, high] = [scores[at - 1] as number, scores[at] as number];
  const t = high > low ? (score - low) / (high - low) : 1;
  return 1 - (at - 1 + t) / last;
}

const percent = (x: number): string => `${(100 * x).toFixed(x < 0.0995 ? 1 : 0)} %`;

/**
 * How often a score like this was wrong: for one that speaks for synthetic, genuine files that reached it; for one that
 * speaks for authentic, synthetic files that stayed below it.
 */
export function errorRateOf(calibration: DetectorCalibration, score: number): ErrorRate {
  const synthetic = llrOf(calibration, score) > 0;
  const side = synthetic ? calibration.real : calibration.fake;
  const share = synthetic ? shareAbove(side.scores, score) : 1 - shareAbove(side.scores, score);
  const wrong = Math.round(share * side.files);
  const [low, high] = wilson(wrong, side.files);
  const who = synthetic ? 'genuine files reached this score' : 'synthetic files scored as low as this';
  return {
    wrong,
    of: side.files,
    rate: wrong / side.files,
    low,
    high,
    words: `${wrong} of ${side.files} ${who} (${percent(low)} to ${percent(high)}), from sources it was not trained on`,
  };
}
