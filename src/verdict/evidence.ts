/** A finding as the report shows it: with its strength, and how often such a finding was wrong. */
import type { Finding, HeatMap, Material } from '../detect/index.js';
import { type Calibration, errorRateOf, llrOf } from './calibration.js';
import type { Answer } from './examine.js';
import type { Evidence, HeatBytes } from './types.js';
import { directionOf, strengthOf } from './words.js';

const heatBytes = ({ width, height, values, box }: HeatMap): HeatBytes => ({
  width,
  height,
  values: Array.from(values, (v) => Math.max(0, Math.min(255, Math.round(255 * v)))),
  box,
});

/** The time of the still that a finding points at. */
function timeOf(finding: Finding, material: Material): number {
  if (finding.heat !== undefined) return material.stills[finding.heat.still]?.time ?? 0;
  const person = material.people.find((p) => p.id === finding.person);
  return material.stills[person?.stills[0] ?? -1]?.time ?? 0;
}

/** All that one detector found, as evidence. */
export function evidenceOf(answer: Answer, material: Material, calibration: Calibration): Evidence[] {
  const { detector, findings } = answer;
  const fit = calibration.detectors[detector.id];
  return findings.map((finding) => {
    const weighed =
      detector.role === 'weighed' &&
      fit !== undefined &&
      finding.score !== null &&
      (calibration.weights[detector.id] ?? 1) > 0;
    const llr = weighed ? llrOf(fit, finding.score ?? 0) : null;
    const { certain } = finding;
    return {
      detector: detector.id,
      title: detector.title,
      role: detector.role,
      hypothesis: detector.speaksFor,
      person: finding.person,
      claim: finding.claim,
      logLikelihoodRatio: llr,
      speaksFor: certain ?? (llr === null ? 'neither' : directionOf(llr)),
      strength: certain === undefined ? strengthOf(llr ?? 0) : 'certain',
      errorRate: weighed ? errorRateOf(fit, finding.score ?? 0) : null,
      time: timeOf(finding, material),
      box: finding.box ?? null,
      heat: finding.heat === undefined ? null : heatBytes(finding.heat),
      spans: finding.spans ?? [],
      curve: finding.curve ?? null,
      limits: finding.limits,
      facts: finding.facts,
    };
  });
}
