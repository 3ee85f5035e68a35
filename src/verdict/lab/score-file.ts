/** The scores of one labelled file at each level of compression. */
import type { LongWork } from '../../base/index.js';
import { type CopyLevel, copyOf, type Material, openMaterial, type Tools } from '../../detect/index.js';
import { type Calibration, llrOf } from '../calibration.js';
import { type Answer, askDetectors, cuesFrom } from '../examine.js';
import type { WeighedCue } from '../fuse.js';
import { fusedRatio, type Judgement, judge, turnedOn } from '../judge.js';
import type { Lineup } from '../lineup.js';
import { strangeness } from '../strange.js';
import type { VerdictLabel } from '../types.js';
import type { DetectorScore, LevelScore } from './types.js';

/** All levels, mildest first. */
export const LEVELS: readonly CopyLevel[] = ['original', 'web', 'hard'];

/** The most synthetic score of each weighed detector. */
function detectorScores(answers: readonly Answer[], calibration: Calibration): Record<string, DetectorScore> {
  const scores: Record<string, DetectorScore> = {};
  for (const { detector, findings } of answers) {
    const values = findings.flatMap((f) => (f.score === null ? [] : [f.score]));
    if (detector.role !== 'weighed' || values.length === 0) continue;
    const score = Math.max(...values);
    const fit = calibration.detectors[detector.id];
    scores[detector.id] = { score, llr: fit === undefined ? null : llrOf(fit, score) };
  }
  return scores;
}

/**
 * Scores one file. A level's verdict is the one that `check` would give: it has to survive the levels after it, so the
 * hardest has nothing left to survive.
 *
 * @param wanted levels in the result; those after them are computed too
 */
export async function scoreFile(
  path: string,
  wanted: readonly CopyLevel[],
  tools: Tools,
  { detectors, calibration }: Lineup,
  work: LongWork = {},
): Promise<LevelScore[]> {
  const material = await openMaterial(path, tools, work);
  const strange = await strangeness(material);
  const list = detectors.filter((d) => d.media.includes(material.medium) && d.role === 'weighed');
  const judged: { level: CopyLevel; judgement: Judgement; answers: Answer[]; cues: WeighedCue[] }[] = [];
  const { medium } = material;
  const people = material.people.map(({ id, width }) => ({ id, width }));
  for (const level of LEVELS) {
    const copy: Material = level === 'original' ? material : await copyOf(material, level);
    const before = judged[0]?.answers ?? [];
    const again = level === 'original' ? list : list.filter((d) => d.copies);
    const answers = [
      ...before.filter((a) => !again.includes(a.detector)),
      ...(await askDetectors(again, copy, work.signal)),
    ];
    const cues = cuesFrom(answers, calibration);
    judged.push({ level, answers, cues, judgement: judge({ medium, people, strange, cues }, calibration) });
  }
  return judged.flatMap(({ level, judgement, answers, cues }, i) => {
    if (!wanted.includes(level)) return [];
    const later = judged.slice(i + 1).map((j) => j.judgement.label);
    const label: VerdictLabel = turnedOn(judgement.label, later).length > 0 ? 'inconclusive' : judgement.label;
    return [
      {
        level,
        label,
        kind: label === 'synthetic' ? judgement.kind : null,
        llr: fusedRatio(judgement),
        detectors: detectorScores(answers, calibration),
        people,
        cues,
      },
    ];
  });
}
