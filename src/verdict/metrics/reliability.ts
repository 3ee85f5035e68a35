/** Whether numbers that claim to be probabilities are, and what abstaining buys. */

/** A file with what was claimed of it. */
export interface Claimed {
  /** 0..1: claimed probability of synthetic at even odds. */
  readonly probability: number;
  readonly fake: boolean;
}

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly count: number;
  readonly claimed: number;
  readonly observed: number;
}

/** Equally wide bins of the claimed probability; empty ones are left out. */
export function reliabilityBins(list: readonly Claimed[], bins = 10): ReliabilityBin[] {
  const binOf = (p: number): number => Math.min(bins - 1, Math.max(0, Math.floor(p * bins)));
  return Array.from({ length: bins }, (_, b) => list.filter((c) => binOf(c.probability) === b))
    .filter((members) => members.length > 0)
    .map((members) => ({
      count: members.length,
      claimed: members.reduce((sum, c) => sum + c.probability, 0) / members.length,
      observed: members.filter((c) => c.fake).length / members.length,
    }));
}

/**
 * Expected calibration error (Naeini et al. 2015), ten bins. Classes are weighed to even odds first where both are there,
 * since the claim is made at even odds.
 */
export function calibrationError(list: readonly Claimed[], bins = 10): number {
  const fakes = list.filter((c) => c.fake).length;
  const reals = list.length - fakes;
  const weight = (c: Claimed): number => (fakes === 0 || reals === 0 ? 1 : c.fake ? 0.5 / fakes : 0.5 / reals);
  const total = list.reduce((sum, c) => sum + weight(c), 0);
  let error = 0;
  for (let b = 0; b < bins; b++) {
    const members = list.filter((c) => Math.min(bins - 1, Math.max(0, Math.floor(c.probability * bins))) === b);
    const mass = members.reduce((sum, c) => sum + weight(c), 0);
    const claimed = members.reduce((sum, c) => sum + weight(c) * c.probability, 0);
    const observed = members.reduce((sum, c) => sum + (c.fake ? weight(c) : 0), 0);
    if (mass > 0) error += Math.abs(claimed - observed);
  }
  return total === 0 ? Number.NaN : error / total;
}

/** One point of a risk-coverage curve: with the surest share of files answered, how often the answer is wrong. */
export interface RiskPoint {
  readonly coverage: number;
  readonly risk: number;
}

/** Risk against coverage, surest first (El-Yaniv and Wiener 2010); at most a hundred points. */
export function riskCoverage(list: readonly Claimed[]): RiskPoint[] {
  const sorted = [...list].sort((a, b) => Math.abs(b.probability - 0.5) - Math.abs(a.probability - 0.5));
  const points: RiskPoint[] = [];
  const step = Math.max(1, Math.floor(sorted.length / 100));
  let wrong = 0;
  sorted.forEach((c, i) => {
    if (c.probability > 0.5 !== c.fake) wrong++;
    if ((i + 1) % step === 0 || i === sorted.length - 1)
      points.push({ coverage: (i + 1) / sorted.length, risk: wrong / (i + 1) });
  });
  return points;
}
