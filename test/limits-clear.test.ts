/** Limits of the verdict: what was not looked at in full is not counted as cleared. */
import { describe, expect, it } from 'vitest';
import { type FusedFile, weighLimits } from '../src/verdict/index.js';

describe('files that cannot be cleared', () => {
  const file = (llr: number, clearable: boolean, fake = false): FusedFile => ({
    source: 's',
    generator: fake ? 'g' : null,
    fake,
    level: 'clean',
    llr,
    clearable,
  });
  const bounds = { falseAlarms: 0.03, misses: 0.1 };
  const limits = { synthetic: 2, authentic: -1 };

  it('are no verdicts below the limit, and still are above the other', () => {
    expect(weighLimits([file(-2, true), file(-2, false)], limits, bounds).given).toBe(0.5);
    expect(weighLimits([file(3, false), file(0, false)], limits, { falseAlarms: 1, misses: 1 }).given).toBe(0.5);
  });

  it('are no misses either', () => {
    expect(weighLimits([file(-2, false, true)], limits, bounds).broken).toBe(0);
    expect(weighLimits([file(-2, true, true)], limits, bounds).broken).toBeCloseTo(0.9);
  });
});
