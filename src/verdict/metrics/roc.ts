/** Figures of a score that shall tell two classes apart. Ties count half; nothing is interpolated beyond the data. */

/** One point of a ROC: at scores of `threshold` and above. */
export interface RocPoint {
  readonly threshold: number;
  /** Share of the synthetic that reach the threshold. */
  readonly tpr: number;
  /** Share of the genuine that reach it. */
  readonly fpr: number;
}

/**
 * The receiver operating characteristic, from (0, 0) to (1, 1); equal scores make one step.
 *
 * @param real scores of genuine files
 * @param fake scores of synthetic files
 */
export function rocCurve(real: readonly number[], fake: readonly number[]): RocPoint[] {
  const all = [...real.map((s) => ({ s, fake: 0 })), ...fake.map((s) => ({ s, fake: 1 }))].sort((a, b) => b.s - a.s);
  const points: RocPoint[] = [{ threshold: Number.POSITIVE_INFINITY, tpr: 0, fpr: 0 }];
  let [hits, alarms] = [0, 0];
  all.forEach(({ s, fake: isFake }, i) => {
    if (isFake === 1) hits++;
    else alarms++;
    if (all[i + 1]?.s === s) return;
    points.push({ threshold: s, tpr: hits / Math.max(1, fake.length), fpr: alarms / Math.max(1, real.length) });
  });
  return points;
}

/**
 * Area under the ROC: how often a synthetic file scores above a genuine one (Mann-Whitney). NaN where a class is empty.
 */
export function auc(real: readonly number[], fake: readonly number[]): number {
  if (real.length === 0 || fake.length === 0) return Number.NaN;
  const all = [...real.map((s) => ({ s, fake: false })), ...fake.map((s) => ({ s, fake: true }))];
  all.sort((a, b) => a.s - b.s);
  let sum = 0;
  for (let i = 0; i < all.length; ) {
    let j = i;
    while (j < all.length && all[j]?.s === all[i]?.s) j++;
    const rank = (i + j + 1) / 2;
    for (let k = i; k < j; k++) if (all[k]?.fake === true) sum += rank;
    i = j;
  }
  return (sum - (fake.length * (fake.length + 1)) / 2) / (real.length * fake.length);
}

/** The best true positive rate at a false positive rate of at most `fpr`. */
export function tprAt(curve: readonly RocPoint[], fpr: number): number {
  return Math.max(...curve.filter((p) => p.fpr <= fpr).map((p) => p.tpr));
}

/** Equal error rate: where misses and false alarms cross, straight between the two points around it. */
export function equalErrorRate(curve: readonly RocPoint[]): number {
  for (let i = 1; i < curve.length; i++) {
    const [a, b] = [curve[i - 1], curve[i]];
    if (a === undefined || b === undefined || b.fpr < 1 - b.tpr) continue;
    const [before, after] = [1 - a.tpr - a.fpr, 1 - b.tpr - b.fpr];
    const t = before === after ? 0 : before / (before - after);
    return a.fpr + t * (b.fpr - a.fpr);
  }
  return Number.NaN;
}
