/** Figures of scores, calibration, fusion and the verdict: on numbers where the answer is known. */
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import {
  auc,
  bootstrapInterval,
  type Calibration,
  CLOSED,
  calibrationError,
  equalErrorRate,
  errorRateOf,
  fitBentLine,
  fitCalibration,
  fitLine,
  fuseVisual,
  judge,
  llrOf,
  reasonsOf,
  riskCoverage,
  rocCurve,
  type ScoredFile,
  strengthOf,
  tprAt,
  turnedOn,
  verdictFigures,
  type WeighedCue,
  wilson,
} from '../src/verdict/index.js';

const normals = (n: number, mean: number, seed: number): number[] => {
  const random = new Random(seed);
  return Array.from({ length: n }, () => mean + random.normal());
};

describe('ROC', () => {
  it('knows sets that separate, that do not, and ties', () => {
    expect(auc([1, 2, 3], [4, 5])).toBe(1);
    expect(auc([4, 5], [1, 2, 3])).toBe(0);
    expect(auc([1, 1], [1, 1])).toBe(0.5);
    expect(auc([1, 3], [2])).toBe(0.5);
    expect(auc([], [1])).toBeNaN();
  });

  it('has the area of two normal distributions', () => {
    // Two unit normals d apart: AUC = Phi(d / sqrt 2) = .8556 for d = 1.5.
    expect(auc(normals(4000, 0, 1), normals(4000, 1.5, 2))).toBeCloseTo(0.8556, 1);
  });

  it('reads rates and the crossing off the curve', () => {
    const curve = rocCurve([0, 1, 2, 3], [2.5, 3.5, 4, 5]);
    expect(tprAt(curve, 0)).toBe(0.75);
    expect(tprAt(curve, 0.25)).toBe(1);
    const even = rocCurve(normals(4000, 0, 3), normals(4000, 0, 4));
    expect(equalErrorRate(even)).toBeCloseTo(0.5, 1);
    expect(equalErrorRate(rocCurve([0, 1], [2, 3]))).toBe(0);
  });

  it('is the area that the curve encloses', () => {
    const [real, fake] = [normals(200, 0, 5), normals(300, 0.7, 6)];
    const curve = rocCurve(real, fake);
    let area = 0;
    for (let i = 1; i < curve.length; i++) {
      const [a, b] = [curve[i - 1], curve[i]];
      if (a && b) area += ((b.fpr - a.fpr) * (a.tpr + b.tpr)) / 2;
    }
    expect(area).toBeCloseTo(auc(real, fake), 10);
  });
});

describe('intervals', () => {
  it('bootstraps the same with the same seed, around the figure, and wider when groups repeat', () => {
    const values = normals(200, 1, 7).map((v, i) => ({ v, group: String(i), twin: String(i >> 3) }));
    const mean = (list: readonly { v: number }[]): number => list.reduce((s, x) => s + x.v, 0) / list.length;
    const one = bootstrapInterval(values, (x) => x.group, mean, 400, 3);
    expect(bootstrapInterval(values, (x) => x.group, mean, 400, 3)).toEqual(one);
    expect(one[0]).toBeLessThan(mean(values));
    expect(one[1]).toBeGreaterThan(mean(values));
    // Eight copies of every value are no more evidence than one.
    const copied = values.filter((_, i) => i % 8 === 0).flatMap((x) => Array.from({ length: 8 }, () => x));
    const naive = bootstrapInterval(
      copied.map((x, i) => ({ ...x, group: String(i) })),
      (x) => x.group,
      mean,
      400,
    );
    const grouped = bootstrapInterval(copied, (x) => x.twin, mean, 400);
    expect(grouped[1] - grouped[0]).toBeGreaterThan(1.8 * (naive[1] - naive[0]));
  });

  it('does not claim certainty at none of ten', () => {
    const [low, high] = wilson(0, 10);
    expect(low).toBe(0);
    expect(high).toBeGreaterThan(0.25);
    expect(wilson(5, 10)[0]).toBeLessThan(0.5);
  });
});

describe('calibration', () => {
  const sample = (source: string, n: number, seed: number, shift = 0): ScoredFile[] => [
    ...normals(n, -1 + shift, seed).map((score) => ({ source, fake: false, score })),
    ...normals(n, 1 + shift, seed + 100).map((score) => ({ source, fake: true, score })),
  ];

  it('finds the true ratio: two unit normals at -1 and 1 have LLR = 2 x', () => {
    const { slope, intercept } = fitLine([...sample('a', 2000, 1), ...sample('b', 2000, 2)]);
    expect(slope).toBeCloseTo(2, 0);
    expect(Math.abs(intercept)).toBeLessThan(0.15);
  });

  it('gives a large source no more say than a small one', () => {
    const even = fitLine([...sample('a', 400, 1), ...sample('b', 400, 2, 1)]);
    const uneven = fitLine([...sample('a', 4000, 1), ...sample('b', 400, 2, 1)]);
    expect(uneven.intercept).toBeCloseTo(even.intercept, 0);
  });

  it('turns a score that points the wrong way into silence, not into its opposite', () => {
    const wrong = sample('a', 300, 1).map((f) => ({ ...f, fake: !f.fake }));
    expect(fitLine(wrong)).toEqual({ slope: 0, intercept: 0 });
  });

  it('is not flattened by scores far below the rest, and rises where genuine files become rare', () => {
    const bounds = { most: 5, clears: 1 };
    const plain = [...sample('a', 600, 1), ...sample('b', 600, 2)];
    // Half of the synthetic files of a third source show no trace at all.
    const missed = [
      ...normals(300, -8, 5).map((score) => ({ source: 'c', fake: true, score })),
      ...sample('c', 300, 6),
    ];
    const files = [...plain, ...missed];
    const at = (score: number): number =>
      llrOf({ ...fitCalibration(files), ...fitBentLine(files, bounds), ...bounds }, score);
    const straight = fitLine(files);
    // Of unit normals at -1 and 1 a score of 2 speaks 4 for synthetic, less what is missed.
    expect(straight.slope * 2 + straight.intercept).toBeLessThan(2);
    expect(at(2)).toBeGreaterThan(2.5);
    expect(at(-8)).toBe(-1);
    for (let score = -9; score < 4; score += 0.5) expect(at(score + 0.5)).toBeGreaterThanOrEqual(at(score));
  });

  it('never claims more than its files and sources can carry', () => {
    const few = fitCalibration([...sample('a', 8, 1, 0)].map((f) => ({ ...f, score: f.fake ? 100 : -100 })));
    expect(llrOf(few, 1e6)).toBeLessThanOrEqual(1.5);
    const many = fitCalibration(['a', 'b', 'c'].flatMap((s, i) => sample(s, 500, 10 * i)));
    expect(llrOf(many, 1e6)).toBeLessThanOrEqual(5);
    expect(many.ece).toBeLessThan(0.05);
  });

  it('lets a missing trace clear only as far as generators were seen to leave it', () => {
    const made = (generators: number): ScoredFile[] =>
      ['a', 'b', 'c'].flatMap((s, i) =>
        sample(s, 500, 10 * i).map((f, k) => ({ ...f, generator: f.fake ? `g${k % generators}` : null })),
      );
    const [one, many] = [fitCalibration(made(1)), fitCalibration(made(9))];
    expect(llrOf(one, -1e6)).toBeCloseTo(-Math.log(2), 6);
    expect(llrOf(many, -1e6)).toBeCloseTo(-Math.log(10), 6);
    // What accuses is a trace that was found, whoever left it.
    expect(llrOf(one, 1e6)).toBe(llrOf(many, 1e6));
  });

  it('says how often a score was wrong, on the side it speaks for', () => {
    const fit = fitCalibration(['a', 'b', 'c'].flatMap((s, i) => sample(s, 1000, 10 * i)));
    const strong = errorRateOf(fit, 2);
    // P(N(-1, 1) >= 2) = .00135.
    expect(strong.rate).toBeLessThan(0.006);
    expect(strong.of).toBe(3000);
    expect(strong.words).toContain('genuine files reached this score');
    expect(errorRateOf(fit, -2).words).toContain('synthetic files scored as low');
    expect(errorRateOf(fit, 0.01).rate).toBeCloseTo(0.16, 1);
  });

  it('measures claims against what was', () => {
    const claims = (p: number, fakes: number): { probability: number; fake: boolean }[] =>
      Array.from({ length: 100 }, (_, i) => ({ probability: p, fake: i < fakes }));
    expect(calibrationError([...claims(0.15, 15), ...claims(0.85, 85)])).toBeCloseTo(0, 5);
    expect(calibrationError([...claims(0.95, 50), ...claims(0.95, 50)])).toBeCloseTo(0.45, 5);
    const risk = riskCoverage([...claims(0.95, 95), ...claims(0.55, 55)]);
    expect(risk.at(-1)?.coverage).toBe(1);
    expect(risk[Math.floor(risk.length / 2) - 1]?.risk).toBeLessThan(risk.at(-1)?.risk ?? 0);
  });
});

const LIMITS: Calibration = {
  version: 1,
  fitted: 'for this test',
  detectors: {},
  weights: {},
  visual: { synthetic: 2, authentic: -1 },
  voice: { synthetic: 2, authentic: -1 },
};
const cue = (
  detector: string,
  hypothesis: WeighedCue['hypothesis'],
  llr: number,
  person: number | null = 1,
): WeighedCue => ({
  detector,
  hypothesis,
  llr,
  person,
});
const ask = (cues: readonly WeighedCue[], more: { width?: number; strange?: string[]; people?: number } = {}) =>
  judge(
    {
      medium: 'picture',
      people: Array.from({ length: more.people ?? 1 }, (_, i) => ({ id: i + 1, width: more.width ?? 200 })),
      cues,
      strange: more.strange ?? [],
    },
    LIMITS,
  );

describe('verdict', () => {
  it('accuses on either way of making a face, and clears only when both were looked at', () => {
    expect(ask([cue('blend', 'swap', 4), cue('residual', 'generated', -3)]).label).toBe('synthetic');
    expect(ask([cue('blend', 'swap', -3), cue('residual', 'generated', 4)])).toMatchObject({
      label: 'synthetic',
      kind: 'generated',
    });
    expect(ask([cue('blend', 'swap', -3), cue('residual', 'generated', -3)]).label).toBe('authentic');
    expect(ask([cue('blend', 'swap', -4)]).label).toBe('inconclusive');
  });

  it('fuses alternatives at even odds', () => {
    const fused = fuseVisual([cue('blend', 'swap', 3), cue('residual', 'generated', -30)], {});
    expect(fused?.llr).toBeCloseTo(3 - Math.log(2), 6);
    expect(fuseVisual([cue('a', 'voice', 3)], {})).toBeNull();
  });

  it('gives no verdict on small faces, strange pictures, contradictions, or nothing', () => {
    expect(ask([cue('blend', 'swap', 4)], { width: 60 })).toMatchObject({
      label: 'inconclusive',
      obstacles: ['small'],
    });
    expect(ask([cue('blend', 'swap', 4)], { strange: ['It is a drawing.'] }).label).toBe('inconclusive');
    expect(ask([cue('blend', 'swap', 5), cue('twins', 'swap', -2)])).toMatchObject({ obstacles: ['disagree'] });
    expect(ask([])).toMatchObject({ label: 'inconclusive', obstacles: ['nothing'] });
  });

  it('accuses when one of several people is synthetic, and clears only all of them', () => {
    const clear = (person: number): WeighedCue[] => [
      cue('blend', 'swap', -3, person),
      cue('residual', 'generated', -3, person),
    ];
    expect(ask([...clear(1), ...clear(2)], { people: 2 }).label).toBe('authentic');
    expect(
      ask([...clear(1), cue('blend', 'swap', 5, 2), cue('residual', 'generated', -3, 2)], { people: 2 }),
    ).toMatchObject({
      label: 'synthetic',
      person: 2,
    });
    expect(
      ask([...clear(1), cue('blend', 'swap', 1, 2), cue('residual', 'generated', 1, 2)], { people: 2 }).label,
    ).toBe('inconclusive');
  });

  it('neither accuses nor clears a film whose mouth does not follow its sound', () => {
    const clear = [cue('blend', 'swap', -3), cue('residual', 'generated', -3)];
    const question = { medium: 'video' as const, people: [{ id: 1, width: 200 }], strange: [] };
    expect(judge({ ...question, cues: [...clear, cue('mouth', 'dub', 3)] }, LIMITS)).toMatchObject({
      label: 'inconclusive',
      obstacles: ['dub'],
    });
    expect(judge({ ...question, cues: [...clear, cue('voice', 'voice', 4, null)] }, LIMITS)).toMatchObject({
      label: 'synthetic',
      kind: 'voice',
    });
  });

  it('leaves a film to its pictures where no voice is ever cleared, unless the voice leans to synthetic', () => {
    const closed = { ...LIMITS, voice: { synthetic: 2, authentic: -CLOSED } };
    const film = (voice: number, pictures = -3) =>
      judge(
        {
          medium: 'video',
          people: [{ id: 1, width: 200 }],
          cues: [
            cue('blend', 'swap', pictures),
            cue('residual', 'generated', pictures),
            cue('voice', 'voice', voice, null),
          ],
          strange: [],
        },
        closed,
      );
    expect(film(-4).label).toBe('authentic');
    expect(film(0.3).label).toBe('authentic');
    expect(reasonsOf(film(0.3), [], [])).toEqual([expect.stringContaining('no voice is cleared')]);
    expect(film(1)).toMatchObject({ label: 'inconclusive', obstacles: ['between'] });
    expect(film(3)).toMatchObject({ label: 'synthetic', kind: 'voice' });
    expect(film(-4, 0).label).toBe('inconclusive');
    // Sound alone: nothing is left to clear it by.
    const sound = { medium: 'sound' as const, people: [], cues: [cue('voice', 'voice', -4, null)], strange: [] };
    expect(judge(sound, closed)).toMatchObject({ label: 'inconclusive', obstacles: ['between'] });
  });

  it('does not hold where a copy turns it round, or the mildest copy says nothing', () => {
    expect(turnedOn('synthetic', ['synthetic', 'inconclusive'])).toEqual([]);
    expect(turnedOn('synthetic', ['inconclusive', 'synthetic'])).toEqual([0]);
    expect(turnedOn('authentic', ['authentic', 'synthetic'])).toEqual([1]);
    expect(turnedOn('inconclusive', ['synthetic', 'authentic'])).toEqual([]);
  });

  it('has words for strengths', () => {
    expect([0.5, 1, 2, 3, 5].map(strengthOf)).toEqual(['none', 'weak', 'moderate', 'strong', 'very strong']);
    expect(strengthOf(-5)).toBe('very strong');
  });

  it('counts verdicts per source, and only those given', () => {
    const file = (source: string, fake: boolean, label: 'synthetic' | 'authentic' | 'inconclusive') => ({
      source,
      fake,
      label,
      generator: fake ? 'g' : null,
      group: `${Math.random()}`,
      score: label === 'synthetic' ? 3 : label === 'authentic' ? -3 : 0,
    });
    const figures = verdictFigures([
      file('a', false, 'authentic'),
      file('a', false, 'synthetic'),
      file('b', false, 'authentic'),
      file('b', false, 'inconclusive'),
      file('a', true, 'synthetic'),
      file('a', true, 'inconclusive'),
    ]);
    expect(figures.given).toMatchObject({ hits: 4, of: 6 });
    expect(figures.accuracy).toMatchObject({ hits: 3, of: 4 });
    expect(figures.falseAlarms.map((f) => [f.source, f.hits, f.of])).toEqual([
      ['a', 1, 2],
      ['b', 0, 1],
    ]);
    expect(figures.misses[0]).toMatchObject({ generator: 'g', hits: 0, of: 1 });
  });
});
