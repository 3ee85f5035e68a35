/** Made-up answers of a bench where it is known which cue carries what. */
import { Random } from '../src/base/index.js';
import {
  type Calibration,
  fusedRatio,
  judge,
  type LevelScore,
  type ScoredLabFile,
  type WeighedCue,
} from '../src/verdict/index.js';

/** Of the cues that are made up here. */
export const CALIBRATION: Calibration = {
  version: 1,
  fitted: 'for this test',
  detectors: {},
  weights: { useless: 1, mute: 0 },
  visual: { synthetic: 2, authentic: -1 },
  voice: { synthetic: 2, authentic: -1 },
};

const PEOPLE = [
  { id: 1, width: 200 },
  { id: 2, width: 200 },
  // Too small to be judged, whatever is said of them.
  { id: 3, width: 40 },
];

/** A file at one level, with what was said of it. */
export function level(name: LevelScore['level'], cues: readonly WeighedCue[]): LevelScore {
  const judgement = judge({ medium: 'picture', people: PEOPLE, strange: [], cues }, CALIBRATION);
  const detectors = Object.fromEntries(cues.map((c) => [c.detector, { score: c.llr, llr: c.llr }]));
  return {
    level: name,
    label: 'inconclusive',
    kind: null,
    llr: fusedRatio(judgement),
    detectors,
    people: PEOPLE,
    cues,
  };
}

/** A cue `carries` that tells the classes apart, one that says nothing, one without weight, and one of a tiny face. */
export function made(count: number, seed: number): ScoredLabFile[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const fake = i % 2 === 1;
    const carried = random.normal() + (fake ? 1.5 : -1.5);
    const cue = (detector: string, person: number | null, llr: number): WeighedCue => ({
      detector,
      hypothesis: 'swap',
      person,
      llr,
    });
    const cues = [
      cue('carries', 1, carried),
      cue('useless', 1, 0.3 * random.normal()),
      cue('mute', 1, random.normal()),
      cue('tiny', 3, fake ? -5 : 5),
    ];
    const hard = [cue('carries', 1, carried + 6 * random.normal()), ...cues.slice(1)];
    return {
      path: `${i}`,
      name: `${i}`,
      fake,
      source: i % 4 < 2 ? 'near' : 'far',
      generator: fake ? 'g' : null,
      group: `${i}`,
      levels: [level('original', cues), level('hard', hard)],
      error: null,
    };
  });
}
