/** Ablations on made-up answers where it is known which cue carries what. */
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import {
  ablate,
  auc,
  changeText,
  compressionLosses,
  detectorFigures,
  pairedAucs,
  verdictFigures,
} from '../src/verdict/index.js';
import { CALIBRATION, level, made } from './lab-scores.js';

describe('ablations', () => {
  const scores = made(300, 1);

  it('find the cue that carries all, and the one that carries nothing', () => {
    const found = ablate(scores, 'original', CALIBRATION);
    expect(found.map((a) => a.cue)).toEqual(['carries', 'tiny', 'useless']);
    const [carries, tiny, useless] = found;
    // Two unit normals three apart: AUC = Phi(3 / sqrt 2) = .983; without it nothing is left but noise.
    expect(carries?.alone.auc).toBeGreaterThan(0.94);
    expect(carries?.without.auc).toBeCloseTo(0.5, 0);
    expect(carries?.without.interval[1]).toBeLessThan(-0.3);
    expect(Math.abs(useless?.without.change ?? 1)).toBeLessThan(0.02);
    expect(useless?.alone.interval[1]).toBeLessThan(-0.3);
    expect(carries).toMatchObject({ spoke: 300, silentWithout: 0 });
    // Of a face that is too small nothing is fused, so nothing changes, and alone nothing is there.
    expect(tiny).toMatchObject({ spoke: 0, without: { change: 0, interval: [0, 0] }, alone: { auc: 0.5 } });
  });

  it('count files about which nothing is left as even odds', () => {
    const alone = scores.map((s) => ({ ...s, levels: s.levels.map((l) => level(l.level, l.cues.slice(0, 1))) }));
    expect(ablate(alone, 'original', CALIBRATION)).toMatchObject([{ silentWithout: 300, without: { auc: 0.5 } }]);
  });

  it('say what compression takes, against the mildest level', () => {
    const found = compressionLosses(scores, ['original', 'hard']);
    const of = (detector: string) => found.find((c) => c.detector === detector);
    expect(of('carries')).toMatchObject({ level: 'hard', against: 'original', files: 300 });
    expect(of('carries')?.interval[1]).toBeLessThan(-0.1);
    expect(of('fused')?.change).toBeLessThan(-0.1);
    expect(of('mute')).toMatchObject({ change: 0, interval: [0, 0] });
    expect(compressionLosses(scores, ['hard'])).toEqual([]);
  });
});

describe('a paired comparison', () => {
  const random = new Random(7);
  const files = Array.from({ length: 200 }, (_, i) => ({ fake: i % 2 === 0, group: `${i}` }));
  const first = files.map(({ fake }) => random.normal() + (fake ? 1 : 0));

  it('has the AUC of each, and is certain that a score is as good as itself on another scale', () => {
    const [same, worse] = pairedAucs(files, first, [first.map((s) => Math.exp(s)), first.map(() => 0)]);
    expect(same).toMatchObject({ change: 0, interval: [0, 0] });
    const own = auc(
      first.filter((_, i) => i % 2 === 1),
      first.filter((_, i) => i % 2 === 0),
    );
    expect(worse?.auc).toBe(0.5);
    expect(worse?.change).toBeCloseTo(0.5 - own, 10);
    expect(worse?.interval[0]).toBeLessThan(0.5 - own);
    expect(worse?.interval[1]).toBeGreaterThan(0.5 - own);
  });

  it('is narrower than the AUC itself is known, for scores that are nearly the same', () => {
    const near = first.map((s) => s + 0.1 * random.normal());
    const [own] = pairedAucs(files, first, [near]);
    const [low, high] = own?.interval ?? [0, 1];
    const [wide] = pairedAucs(files, first, [first.map(() => 0)]);
    expect(high - low).toBeLessThan(0.4 * ((wide?.interval[1] ?? 0) - (wide?.interval[0] ?? 0)));
  });

  it('draws groups together, and has no figures for one class', () => {
    const pairs = files.map((f, i) => ({ ...f, group: `${f.fake}${Math.floor(i / 20)}` }));
    const near = first.map((s, i) => s + (Math.floor(i / 20) % 2 === 0 ? 1 : -1));
    const width = ([low, high]: readonly [number, number]): number => high - low;
    const [alone] = pairedAucs(files, first, [near]);
    const [grouped] = pairedAucs(pairs, first, [near]);
    expect(width(grouped?.interval ?? [0, 0])).toBeGreaterThan(width(alone?.interval ?? [0, 0]));
    expect(pairedAucs([{ fake: true, group: 'a' }], [1], [[2]])[0]?.auc).toBeNaN();
  });

  it('is written with its sign', () => {
    expect(changeText({ change: -0.031, interval: [-0.05, 0.012] })).toBe('-.03 (-.05 to +.01)');
    expect(changeText({ change: -0.001, interval: [0, 0] })).toBe('.00 (.00 to .00)');
    expect(changeText({ change: Number.NaN, interval: [0, 0] })).toBe('none');
  });
});

describe('what sources have to bear', () => {
  const file = (source: string, fake: boolean, score: number) => ({
    source,
    fake,
    generator: fake ? 'g' : null,
    group: `${source}${fake}${score}`,
    score,
    llr: score,
  });

  it('is counted for each detector, at one score for all sources', () => {
    const list = [
      ...Array.from({ length: 95 }, (_, i) => file('calm', false, -10 - i)),
      ...Array.from({ length: 5 }, (_, i) => file('odd', false, 1 + i)),
      ...Array.from({ length: 50 }, (_, i) => file('calm', true, 10 + i)),
    ];
    const { falseAlarms, ece } = detectorFigures(list);
    expect(falseAlarms).toMatchObject([
      { source: 'calm', atFive: { hits: 0, of: 95 }, leaning: { hits: 0, of: 95 } },
      { source: 'odd', atFive: { hits: 5, of: 5 }, leaning: { hits: 5, of: 5 } },
    ]);
    // Five of a hundred genuine files are called nearly certainly synthetic, everything else is right.
    expect(ece).toBeGreaterThan(0.015);
    expect(ece).toBeLessThan(0.03);
    const bare = detectorFigures(list.map(({ llr: _, ...rest }) => rest));
    expect(bare.ece).toBeNaN();
    expect(bare.falseAlarms[0]?.leaning).toBeNull();
  });

  it('is counted among verdicts and among all files', () => {
    const label = (score: number) => (score > 3 ? ('synthetic' as const) : ('inconclusive' as const));
    const { falseAlarms } = verdictFigures(
      [1, 2, 4, 0].map((score) => ({ ...file('a', false, score), label: label(score) })),
    );
    expect(falseAlarms).toMatchObject([{ hits: 1, of: 1, ofAll: { hits: 1, of: 4 } }]);
  });
});
