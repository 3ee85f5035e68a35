/** The timeline of a report: what runs over the time of the file, and what runs over something else. */
import { expect, it } from 'vitest';
import type { Evidence } from '../src/verdict/index.js';
import { timeline } from '../src/verdict/timeline.js';

const EVIDENCE: Evidence = {
  detector: 'mouth-sound',
  title: 'Mouth & sound',
  role: 'weighed',
  hypothesis: 'dub',
  person: 1,
  claim: 'The mouth follows the sound.',
  logLikelihoodRatio: 0,
  speaksFor: 'neither',
  strength: 'none',
  errorRate: null,
  time: 0,
  box: null,
  heat: null,
  spans: [],
  curve: null,
  limits: [],
  facts: {},
};
/** Places of the line, left to right. */
const placesOf = (html: string): number[] => [...html.matchAll(/[ML]([\d.]+) /g)].map((m) => Number(m[1]));

it('puts a curve at the seconds of the file', () => {
  const curve = { times: [1, 2, 3], values: [0, 5, 1], means: 'flicker' };
  const html = timeline({ ...EVIDENCE, curve, spans: [[1, 2]] }, 4);
  const [a = 0, b = 0, c = 0] = placesOf(html);
  expect([a, b, c]).toEqual([164, 320, 476]);
  expect(html).toContain('Marked: 1.0 to 2.0 s.');
  expect(html).toContain('Mouth &#38; sound');
  expect(html.match(/<svg/g)).toHaveLength(1);
});

it('gives a curve over something else an axis of its own, with all of it inside', () => {
  const curve = { times: [-1, 0, 1], values: [0, 1, 0], means: 'correlation', axis: 'seconds moved' };
  const html = timeline({ ...EVIDENCE, curve, spans: [[0, 2]] }, 3);
  expect(html.match(/<svg/g)).toHaveLength(2);
  expect(placesOf(html)).toEqual([8, 320, 632]);
  expect(html).toContain('-1.0 s');
  expect(html).toContain('Horizontal axis: seconds moved.');
});

it('is nothing for what has neither, and for pictures', () => {
  expect(timeline(EVIDENCE, 3)).toBe('');
  expect(timeline({ ...EVIDENCE, spans: [[0, 1]] }, 0)).toBe('');
});
