/** A whole bench on the command line, in a process of its own. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { toRgba } from '../src/media/index.js';
import { type BenchReport, fuseAgain, readLineup } from '../src/verdict/index.js';
import { cli } from './label-cli.js';

let folder = '';
const at = (name: string): string => join(folder, name);
const PER_CLASS = 3;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'likeness-bench-'));
  for (const [k, side] of ['real', 'fake', 'AI made'].entries()) {
    mkdirSync(at(`set/${side}`), { recursive: true });
    for (let i = 0; i < PER_CLASS; i++) {
      const state = restState({ scale: 0.6, position: [0.5, 0.5], pose: { yaw: 9 * i - 9, pitch: 0, roll: 0 } });
      const { frame } = renderActor(createActor(70 + 10 * k + i), state, { width: 320, height: 320 });
      const { pixels, width, height } = toRgba(frame);
      // Uncompressed, so that the size of a file says nothing of what it shows.
      await sharp(pixels, { raw: { width, height, channels: 4 } })
        .tiff({ compression: 'none' })
        .toFile(at(`set/${side}/${i}.tiff`));
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('likeness lab bench', () => {
  it('writes the page and the card, and says what it left out before it begins', async () => {
    const ran = await cli(['lab', 'bench', at('set'), '--html', at('a.html'), '--card', at('a.md'), '--json']);
    expect(ran.stderr).toContain('AI made (3)');
    expect(ran.code).toBe(0);
    const report = JSON.parse(ran.stdout) as BenchReport;
    expect(report).toMatchObject({ real: PER_CLASS, fake: PER_CLASS, leftOut: [{ folder: 'AI made', files: 3 }] });
    expect(report.levels.map((l) => l.level)).toEqual(['original', 'web', 'hard']);
    expect(report.scores.every((s) => s.error === null)).toBe(true);
    const { ablations } = report.levels[0] ?? {};
    expect(ablations?.map((a) => a.cue)).toEqual(expect.arrayContaining(['blend-boundary', 'synthesis-residual']));
    // What was stored gives the same ratio again, so what is left out is all that differs in an ablation.
    const { calibration } = await readLineup();
    for (const one of report.scores.flatMap((s) => s.levels)) {
      expect(one.llr).not.toBeNull();
      expect(fuseAgain(one, () => true, calibration)).toBeCloseTo(one.llr ?? Number.NaN, 10);
    }
    expect(report.compression.map((c) => `${c.detector} ${c.level}`)).toContain('fused hard');
    for (const text of [readFileSync(at('a.html'), 'utf8'), readFileSync(at('a.md'), 'utf8')]) {
      for (const word of [
        'AI made (3)',
        'all together',
        'Ablations: which cue',
        'Ablations: which compression',
        'calibration error',
        'false alarms',
      ])
        expect(text).toContain(word);
      expect(text).not.toMatch(/NaN|undefined/);
    }
  }, 600_000);
});
