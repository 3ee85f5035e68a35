/** Where verdicts begin: the widest limits that keep errors of every source in bounds. */
import { groupBy } from '../base/index.js';

/** A file's fused log-likelihood ratio, from nets and calibrations that had not seen its source. */
export interface FusedFile {
  readonly source: string;
  readonly generator: string | null;
  readonly fake: boolean;
  /** Compression; the bounds hold at each. */
  readonly level: string;
  readonly llr: number;
  /** Whether all was looked at that has to be, to call it authentic. */
  readonly clearable: boolean;
}

/** The ratio from which a file is called synthetic, and that up to which it is called authentic. */
export interface Limits {
  readonly synthetic: number;
  readonly authentic: number;
}

/** A limit that no ratio reaches: that side gives no verdict. */
export const CLOSED = 99;

/** Bounds on errors, as shares of all files of a kind, not of those that get a verdict: see {@link chooseLimits}. */
export interface Bounds {
  /** Genuine files called synthetic, in each source at each level. */
  readonly falseAlarms: number;
  /** Synthetic files called authentic, in each generator at each level. */
  readonly misses: number;
}

/** How far a pair of limits breaks the bounds (sum over sources and generators), and how many verdicts it gives. */
export function weighLimits(
  files: readonly FusedFile[],
  limits: Limits,
  bounds: Bounds,
): { broken: number; given: number } {
  let broken = 0;
  let given = 0;
  const key = (f: FusedFile): string => `${f.fake} ${f.fake ? f.generator : f.source} ${f.level}`;
  for (const group of groupBy(files, key).values()) {
    const accused = group.filter((f) => f.llr >= limits.synthetic).length;
    const cleared = group.filter((f) => f.clearable && f.llr <= limits.authentic).length;
    const fake = group[0]?.fake === true;
    broken += Math.max(0, (fake ? cleared : accused) / group.length - (fake ? bounds.misses : bounds.falseAlarms));
    given += (accused + cleared) / group.length;
  }
  return { broken, given };
}

/** Tenths of a ratio. A verdict on less than 2.7 to 1 would say more than the evidence does. */
const LEAST = 10;
const MOST = 45;

/**
 * Searches limits on a grid of tenths, from 1 on either side. Where none keeps all bounds, the pair that breaks them least
 * wins. Errors are bounded among all files: among the verdicts given, a source that is hardly ever cleared would count one
 * false alarm as much as ten, and the search would end where nothing is said of anybody.
 *
 * @param files from several sources and generators
 */
export function chooseLimits(files: readonly FusedFile[], bounds: Bounds): Limits {
  let best = { limits: { synthetic: 3, authentic: -3 }, broken: Number.POSITIVE_INFINITY, given: 0 };
  for (let s = LEAST; s <= MOST; s++)
    for (let a = LEAST; a <= MOST; a++) {
      const limits = { synthetic: s / 10, authentic: -a / 10 };
      const { broken, given } = weighLimits(files, limits, bounds);
      const better = Math.abs(broken - best.broken) < 1e-9 ? given > best.given : broken < best.broken;
      if (better) best = { limits, broken, given };
    }
  return best.limits;
}
