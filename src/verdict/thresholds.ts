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
}

/** The ratio from which a file is called synthetic, and that up to which it is called authentic. */
export interface Limits {
  readonly synthetic: number;
  readonly authentic: number;
}

/** Bounds on errors among the verdicts given. */
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
    const cleared = group.filter((f) => f.llr <= limits.authentic).length;
    const fake = group[0]?.fake === true;
    const wrong = fake ? cleared : accused;
    if (accused + cleared > 0)
      broken += Math.max(0, wrong / (accused + cleared) - (fake ? bounds.misses : bounds.falseAlarms));
    given += (accused + cleared) / group.length;
  }
  return { broken, given };
}

/**
 * Searches limits on a grid of tenths. Where none keeps all bounds, the pair that breaks them least wins.
 *
 * @param files from several sources and generators
 */
export function chooseLimits(files: readonly FusedFile[], bounds: Bounds): Limits {
  let best = { limits: { synthetic: 3, authentic: -3 }, broken: Number.POSITIVE_INFINITY, given: 0 };
  for (let s = 3; s <= 45; s++)
    for (let a = 1; a <= 45; a++) {
      const limits = { synthetic: s / 10, authentic: -a / 10 };
      const { broken, given } = weighLimits(files, limits, bounds);
      const better = Math.abs(broken - best.broken) < 1e-9 ? given > best.given : broken < best.broken;
      if (better) best = { limits, broken, given };
    }
  return best.limits;
}
