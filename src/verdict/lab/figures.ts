/** The figures of a detector on a labelled set, and of the verdicts on it. Pure functions of scores. */
import { groupBy } from '../../base/index.js';
import {
  auc,
  bootstrapInterval,
  type Claimed,
  calibrationError,
  equalErrorRate,
  type Interval,
  type ReliabilityBin,
  type RiskPoint,
  type RocPoint,
  reliabilityBins,
  riskCoverage,
  rocCurve,
  tprAt,
  wilson,
} from '../metrics/index.js';
import type { VerdictLabel } from '../types.js';

/** A file with one score. */
export interface Scored {
  readonly fake: boolean;
  readonly source: string;
  readonly generator: string | null;
  readonly group: string;
  readonly score: number;
  /** The calibrated ratio; missing or `null` where there is no calibration. */
  readonly llr?: number | null;
}

/** A share with its 95 % interval. */
export interface Share {
  readonly hits: number;
  readonly of: number;
  readonly share: number;
  readonly interval: Interval;
}

/** What a score is worth on a set. */
export interface DetectorFigures {
  readonly real: number;
  readonly fake: number;
  readonly auc: number;
  readonly aucInterval: Interval;
  readonly tprAt1: number;
  readonly tprAt5: number;
  readonly eer: number;
  readonly roc: readonly RocPoint[];
  /** What each source of genuine files has to bear. */
  readonly falseAlarms: readonly {
    readonly source: string;
    /** Genuine files that reach the score which 5 % of all genuine files of the set reach. */
    readonly atFive: Share;
    /** Genuine files that it calls rather synthetic, by its calibrated ratio; `null` without a calibration. */
    readonly leaning: Share | null;
  }[];
  /** Calibration error of its own ratio, as a claim at even odds; NaN without a calibration. */
  readonly ece: number;
  /** AUC of each generator against all genuine files of the set. */
  readonly generators: readonly { readonly generator: string; readonly files: number; readonly auc: number }[];
}

const scoresOf = (list: readonly Scored[], fake: boolean): number[] =>
  list.filter((s) => s.fake === fake).map((s) => s.score);

const aucOf = (list: readonly Scored[]): number => auc(scoresOf(list, false), scoresOf(list, true));

/** Share `hits` of `of`. */
export const shareOf = (hits: number, of: number): Share => ({
  hits,
  of,
  share: of === 0 ? Number.NaN : hits / of,
  interval: wilson(hits, of),
});

const claimOf = (fake: boolean, llr: number): Claimed => ({ fake, probability: 1 / (1 + Math.exp(-llr)) });

function falseAlarmsOf(reals: readonly Scored[], roc: readonly RocPoint[]): DetectorFigures['falseAlarms'] {
  const limit = Math.min(...roc.filter((p) => p.fpr <= 0.05).map((p) => p.threshold));
  return [...groupBy(reals, (s) => s.source)].map(([source, own]) => {
    const claims = own.flatMap((s) => (s.llr == null ? [] : [s.llr]));
    return {
      source,
      atFive: shareOf(own.filter((s) => s.score >= limit).length, own.length),
      leaning: claims.length === 0 ? null : shareOf(claims.filter((llr) => llr > 0).length, claims.length),
    };
  });
}

/** ROC and all that is read off it. */
export function detectorFigures(list: readonly Scored[], seed = 1): DetectorFigures {
  const roc = rocCurve(scoresOf(list, false), scoresOf(list, true));
  const both = list.some((s) => s.fake) && list.some((s) => !s.fake);
  const reals = list.filter((s) => !s.fake);
  return {
    real: reals.length,
    fake: list.length - reals.length,
    auc: aucOf(list),
    aucInterval: both ? bootstrapInterval(list, (s) => s.group, aucOf, 1000, seed) : [Number.NaN, Number.NaN],
    tprAt1: both ? tprAt(roc, 0.01) : Number.NaN,
    tprAt5: both ? tprAt(roc, 0.05) : Number.NaN,
    eer: both ? equalErrorRate(roc) : Number.NaN,
    roc,
    falseAlarms: falseAlarmsOf(reals, roc),
    ece: calibrationError(list.flatMap((s) => (s.llr == null ? [] : [claimOf(s.fake, s.llr)]))),
    generators: [
      ...groupBy(
        list.filter((s) => s.fake),
        (s) => s.generator ?? 'unknown',
      ),
    ].map(([generator, own]) => ({
      generator,
      files: own.length,
      auc: auc(
        reals.map((s) => s.score),
        own.map((s) => s.score),
      ),
    })),
  };
}

/** A file with a verdict and the fused log-likelihood ratio behind it. */
export interface Judged extends Scored {
  readonly label: VerdictLabel;
}

/** What the verdicts are worth on a set. */
export interface VerdictFigures {
  readonly given: Share;
  /** Right ones among the verdicts given; classes as they are in the set. */
  readonly accuracy: Share;
  /** Genuine files called synthetic, among those of the source that got a verdict; `ofAll`: among all of them. */
  readonly falseAlarms: readonly ({ readonly source: string; readonly given: Share; readonly ofAll: Share } & Share)[];
  /** Synthetic files called authentic, among those of the generator that got a verdict; `ofAll`: among all of them. */
  readonly misses: readonly ({ readonly generator: string; readonly given: Share; readonly ofAll: Share } & Share)[];
  readonly ece: number;
  readonly ecePerSource: readonly { readonly source: string; readonly ece: number; readonly files: number }[];
  readonly reliability: readonly ReliabilityBin[];
  readonly risk: readonly RiskPoint[];
}

const claimedOf = (s: Scored): Claimed => claimOf(s.fake, s.score);

/** Counts verdicts; `score` is the fused log-likelihood ratio, taken as a claim at even odds. */
export function verdictFigures(list: readonly Judged[]): VerdictFigures {
  const given = list.filter((j) => j.label !== 'inconclusive');
  const right = given.filter((j) => (j.label === 'synthetic') === j.fake);
  const wrongBy = (own: readonly Judged[], wrong: VerdictLabel) => {
    const answered = own.filter((j) => j.label !== 'inconclusive');
    const share = shareOf(answered.filter((j) => j.label === wrong).length, answered.length);
    return { ...share, given: shareOf(answered.length, own.length), ofAll: shareOf(share.hits, own.length) };
  };
  const reals = [
    ...groupBy(
      list.filter((j) => !j.fake),
      (j) => j.source,
    ),
  ];
  const fakes = [
    ...groupBy(
      list.filter((j) => j.fake),
      (j) => j.generator ?? 'unknown',
    ),
  ];
  const claims = list.map(claimedOf);
  return {
    given: shareOf(given.length, list.length),
    accuracy: shareOf(right.length, given.length),
    falseAlarms: reals.map(([source, own]) => ({ source, ...wrongBy(own, 'synthetic') })),
    misses: fakes.map(([generator, own]) => ({ generator, ...wrongBy(own, 'authentic') })),
    ece: calibrationError(claims),
    ecePerSource: [...groupBy(list, (j) => j.source)].map(([source, own]) => ({
      source,
      ece: calibrationError(own.map(claimedOf)),
      files: own.length,
    })),
    reliability: reliabilityBins(claims),
    risk: riskCoverage(claims),
  };
}
