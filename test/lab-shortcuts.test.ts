/** The test for shortcuts: honest sets of any size pass as often as it says, leaking ones are refused. */
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import { FALSE_REFUSALS, isLeak, type Labelled, type Property, testShortcuts } from '../src/verdict/index.js';

/** So many files of each class, in groups of `together`. */
const files = (each: number, together = 1): Labelled[] =>
  Array.from({ length: 2 * each }, (_, i) => ({ fake: i >= each, group: `${i >= each}${Math.floor(i / together)}` }));

/** Properties without meaning; the first is shifted for synthetic files by so many spreads. */
function properties(set: readonly Labelled[], random: Random, count: number, shift = 0): Property[] {
  return Array.from({ length: count }, (_, p) => {
    const ofGroup = new Map<string, number>();
    return {
      property: `property ${p}`,
      values: set.map(({ fake, group }) => {
        const value = ofGroup.get(group) ?? random.normal();
        ofGroup.set(group, value);
        return value + (fake && p === 0 ? shift : 0);
      }),
    };
  });
}

/** Share of so many drawn sets that are refused, and that have a property above the limit. */
function refused(sets: number, each: number, shift: number, { count = 3, together = 1, seed = 1 } = {}) {
  const random = new Random(seed);
  const set = files(each, together);
  let [leaks, above] = [0, 0];
  for (let i = 0; i < sets; i++) {
    const found = testShortcuts(set, properties(set, random, count, shift));
    if (found.some(isLeak)) leaks++;
    if (found.some((s) => s.auc > 0.6)) above++;
  }
  return { leaks: leaks / sets, above: above / sets };
}

/** Three standard errors above what is stated, with 300 sets. */
const SETS = 300;
const MOST = FALSE_REFUSALS + 3 * Math.sqrt((FALSE_REFUSALS * (1 - FALSE_REFUSALS)) / SETS);

describe('sets without a shortcut', () => {
  it.each([
    [8, 3],
    [20, 3],
    [20, 8],
    [40, 3],
    [100, 5],
  ])('of %i and as many files, with %i properties, are refused by chance no more often than stated', (each, count) => {
    const { leaks } = refused(SETS, each, 0, { count, seed: each + count });
    expect(leaks).toBeLessThan(MOST);
  });

  it('would mostly be refused by the limit alone', () => {
    expect(refused(SETS, 20, 0).above).toBeGreaterThan(0.4);
  });

  it('are not refused because files of one group are alike', () => {
    expect(refused(SETS, 40, 0, { together: 5, seed: 9 }).leaks).toBeLessThan(MOST);
  });

  it('are not refused where groups hold both classes', () => {
    const random = new Random(4);
    let leaks = 0;
    for (let i = 0; i < SETS; i++) {
      const set = files(20).map((f, k) => ({ ...f, group: `pair ${k % 20}` }));
      if (testShortcuts(set, properties(set, random, 1)).some(isLeak)) leaks++;
    }
    // Both files of a group have the same values here, so nothing can tell them apart.
    expect(leaks).toBe(0);
  });
});

describe('sets with one', () => {
  it.each([
    [20, 0.9],
    [40, 0.99],
    [100, 0.99],
  ])('of a spread and a half are refused with %i and as many files', (each, least) => {
    expect(refused(100, each, 1.5, { seed: each }).leaks).toBeGreaterThan(least);
  });

  it('are refused however few there are, where it separates the classes', () => {
    expect(refused(50, 6, 12).leaks).toBe(1);
  });

  it('are refused for a format that only one class has', () => {
    const set = files(15);
    const values = set.map((f) => (f.fake ? 1 : 0));
    expect(testShortcuts(set, [{ property: 'format png', values }])).toMatchObject([{ auc: 1, p: 0.001 }]);
  });

  it('pass where it is real and small, with the AUC in the list', () => {
    const random = new Random(2);
    const set = files(2000);
    const [first] = testShortcuts(set, properties(set, random, 3, 0.2));
    // Unit normals .2 apart: AUC = Phi(.2 / sqrt 2) = .556.
    expect(first?.auc).toBeCloseTo(0.556, 1);
    expect(first && isLeak(first)).toBe(false);
  });
});

it('answers the same for the same files', () => {
  const set = files(20);
  const list = properties(set, new Random(3), 4, 0.8);
  expect(testShortcuts(set, list)).toEqual(testShortcuts(set, list));
});
