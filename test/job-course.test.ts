/** How long a whole job will take: told on made-up courses, where the right answer is known at every moment. */
import { describe, expect, it } from 'vitest';
import { courseOf, type Spent, sharesOf } from '../src/jobs/course.js';
import { Pace } from '../src/jobs/pace.js';
import type { JobInput, JobWhole } from '../src/jobs/types.js';

/** Seconds by stage, in order. */
type Course = readonly (readonly [stage: string, seconds: number])[];

/** Earlier jobs of different lengths that all took a fifth, seven tenths and a tenth of their time. */
const EARLIER: readonly Spent[] = [
  { looking: 20, swapping: 70, sealing: 10 },
  { looking: 2, swapping: 7, sealing: 1 },
  { looking: 210, swapping: 690, sealing: 100 },
];

interface Moment {
  readonly at: number;
  readonly left: number;
  readonly whole: JobWhole | null;
}

/** Goes through a course, telling of progress twice a second. */
function follow(
  course: Course,
  earlier: readonly Spent[] = EARLIER,
  speed = (_: string, done: number) => done,
): Moment[] {
  const pace = new Pace({ spent: {}, shares: sharesOf(earlier), whole: null }, 0);
  const total = course.reduce((sum, [, seconds]) => sum + seconds, 0);
  const moments: Moment[] = [];
  let from = 0;
  for (const [stage, seconds] of course) {
    for (let at = 0; at < seconds; at += 0.5) {
      const done = 1000 * speed(stage, at / seconds);
      const { whole } = pace.at({ stage, done, total: 1000, unit: 'frames' }, from + at);
      moments.push({ at: from + at, left: total - from - at, whole: whole ?? null });
    }
    from += seconds;
  }
  return moments;
}

const said = (moments: readonly Moment[]): (Moment & { readonly seconds: number })[] =>
  moments.flatMap((each) => (each.whole?.secondsLeft == null ? [] : [{ ...each, seconds: each.whole.secondsLeft }]));

/** Never more seconds, never a smaller share. */
function expectMonotone(moments: readonly Moment[]): void {
  const seconds = said(moments).map((each) => each.seconds);
  for (let i = 1; i < seconds.length; i++) expect(seconds[i]).toBeLessThanOrEqual(seconds[i - 1] ?? 0);
  const shares = moments.flatMap(({ whole }) => (whole === null ? [] : [whole.share]));
  for (let i = 1; i < shares.length; i++) expect(shares[i]).toBeGreaterThanOrEqual(shares[i - 1] ?? 1);
  for (const share of shares) expect(share).toBeLessThanOrEqual(1);
}

describe('what is left of a whole job', () => {
  it.each([20, 400, 4000])('is told within a tenth where a job of %i seconds goes as earlier ones did', (total) => {
    const moments = follow([
      ['looking', 0.2 * total],
      ['swapping', 0.7 * total],
      ['sealing', 0.1 * total],
    ]);
    expectMonotone(moments);
    const told = said(moments);
    // From early on, and to the end.
    expect(told[0]?.at).toBeLessThan(Math.max(3, 0.05 * total));
    expect(told.length).toBeGreaterThan(0.8 * moments.length);
    for (const { seconds, left } of told) expect(Math.abs(seconds - left)).toBeLessThan(0.1 * total + 5);
  });

  it('comes right where one stage takes twice its share, and says nothing rather than more', () => {
    const moments = follow([
      ['looking', 20],
      ['swapping', 140],
      ['sealing', 10],
    ]);
    expectMonotone(moments);
    // While more is left than was said, either that stands or nothing is said.
    expect(moments.some(({ at, whole }) => at > 25 && whole?.secondsLeft === null)).toBe(true);
    for (const { at, seconds, left } of said(moments)) if (at > 40) expect(Math.abs(seconds - left)).toBeLessThan(40);
  });

  it('says nothing while a stage stands still, and goes on when it does', () => {
    const still = (stage: string, done: number): number =>
      stage === 'swapping' ? (done < 0.1 ? done * 5 : Math.max(0.5, done)) : done;
    const moments = follow(
      [
        ['looking', 20],
        ['swapping', 300],
        ['sealing', 10],
      ],
      EARLIER,
      still,
    );
    expectMonotone(moments);
    const stalled = moments.filter(({ at }) => at > 140 && at < 165);
    expect(stalled.every(({ whole }) => whole?.secondsLeft === null)).toBe(true);
    expect(said(moments).at(-1)?.seconds).toBeLessThanOrEqual(15);
  });

  it('is not told of the first job of its kind, nor by a job that has hardly begun', () => {
    const course: Course = [
      ['looking', 20],
      ['swapping', 70],
    ];
    expect(said(follow(course, []))).toEqual([]);
    const [first] = said(follow(course));
    expect(first?.at).toBeGreaterThanOrEqual(2);
  });

  it('goes on over processes: what was said and what was spent is handed on', () => {
    const one = new Pace({ spent: {}, shares: sharesOf(EARLIER), whole: null }, 0);
    let whole: JobWhole | null = null;
    for (let at = 0; at <= 20; at += 0.5)
      whole = one.at({ stage: 'looking', done: at, total: 20, unit: 'frames' }, at).whole ?? null;
    one.settle(20);
    expect(one.spent['looking']).toBeCloseTo(20, 6);
    const before = whole;
    const two = new Pace({ spent: one.spent, shares: sharesOf(EARLIER), whole }, 1000);
    for (let at = 0; at <= 35; at += 0.5)
      whole = two.at({ stage: 'swapping', done: at, total: 70, unit: 'frames' }, 1000 + at).whole ?? null;
    expect(before?.secondsLeft).toBeGreaterThanOrEqual(80);
    expect(whole?.secondsLeft).toBeGreaterThanOrEqual(45);
    expect(whole?.secondsLeft).toBeLessThanOrEqual(60);
    expect(two.spent).toEqual({ looking: expect.closeTo(20, 6), swapping: expect.closeTo(35, 6) });
  });
});

it('gives every earlier job the same say, however long it was', () => {
  expect(sharesOf([])).toBeNull();
  expect(sharesOf([{}, { a: 0 }])).toBeNull();
  const shares = sharesOf([
    { a: 1, b: 1 },
    { a: 100, b: 300 },
  ]);
  expect(shares).toEqual({ a: expect.closeTo(0.375, 9), b: expect.closeTo(0.625, 9) });
});

it('learns from jobs that are alike alone', () => {
  const route = (engine: string): object => ({ engine, training: { preset: 'standard' } });
  const render = (engines: string[], more: object = {}): string =>
    courseOf({ kind: 'render', quality: 'good', routes: engines.map(route), ...more } as unknown as JobInput);
  const words = [
    render(['mesh']),
    render(['gan']),
    render(['mesh', 'gan']),
    render(['mesh'], { quality: 'high' }),
    render(['mesh'], { trial: 3 }),
    courseOf({ kind: 'train', route: route('gan') } as unknown as JobInput),
    courseOf({ kind: 'check' } as JobInput),
  ];
  expect(new Set(words).size).toBe(words.length);
  expect(render(['gan', 'mesh'])).toBe(render(['mesh', 'gan', 'gan']));
});
