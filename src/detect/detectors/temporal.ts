/**
 * What happens between frames: whether the edge of a face is more restless than the face and what is around it, whether it
 * blinks, and whether it stays the same person. The measure of restlessness follows the idea of seams that flicker when
 * every frame is made by itself (Haliassos et al. 2021 learn the like); here it is measured, not learned.
 */
import { defineDetector, silentBecause } from '../detector.js';
import type { Finding, Material, Span } from '../types.js';
import { type Burst, readBurst } from './temporal/burst.js';
import { dynamicsOf } from './temporal/dynamics.js';
import { type Flicker, flickerOf } from './temporal/flicker.js';

/** Faces narrower than this many pixels show more codec than edge. */
const LEAST_WIDTH = 64;

/** The seam against the other zones from which a frame is marked on the timeline; genuine clips stay below on average. */
const MARKED = 1.6;

/** Stretches of frames whose seam stands out. */
function spansOf({ times }: Burst, { perFrame }: Flicker): Span[] {
  const spans: [number, number][] = [];
  perFrame.forEach((value, i) => {
    if (value < MARKED) return;
    const [from, to] = [times[i] ?? 0, times[i + 2] ?? 0];
    const last = spans.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else spans.push([from, to]);
  });
  return spans;
}

/** The track that shows a person longest, with its window. */
function longest(material: Material, person: number) {
  const all = material.motion.flatMap((window) =>
    window.analysis.tracks.flatMap((track, t) => (window.people[t] === person ? [{ window, track }] : [])),
  );
  return all.sort((a, b) => b.track.faces.length - a.track.faces.length)[0];
}

async function examineOne(material: Material, person: number, width: number): Promise<Finding | null> {
  const best = longest(material, person);
  if (best === undefined || width < LEAST_WIDTH) return null;
  const burst = await readBurst(material.path, best.track);
  if (burst === null) return null;
  const flicker = flickerOf(burst);
  const { seconds, blinks, identity } = dynamicsOf(best.track);
  const ratio = flicker.seam / Math.max(1e-6, Math.sqrt(flicker.inner * flicker.outer));
  const restless = ratio > 1.25 ? 'more restless than' : ratio < 0.8 ? 'calmer than' : 'as restless as';
  const limits = width < 128 ? ['The face is small, so its edge is only a few pixels wide.'] : [];
  if (material.info.video !== null && material.info.video.frameRate < 20) limits.push('Few frames a second.');
  return {
    claim: `From frame to frame the edge of the face is ${restless} the face inside and what is around it (${ratio.toFixed(2)} times).`,
    score: Math.log(Math.max(1e-3, ratio)),
    person,
    limits,
    facts: {
      blinks: `${blinks} in ${seconds.toFixed(1)} s`,
      ...(identity === null
        ? {}
        : { 'identity, lowest cosine to its mean': `${identity.lowest.toFixed(2)} of ${identity.frames} frames` }),
    },
    spans: spansOf(burst, flicker),
    curve: {
      times: burst.times.slice(1, -1),
      values: flicker.perFrame,
      means: 'restlessness of the edge against face and surroundings',
    },
  };
}

/** Seams that flicker, blinks, drift of identity. */
export const temporalDetector = defineDetector({
  id: 'temporal',
  title: 'Motion over time',
  asks: 'Does the edge of the face flicker, does it blink, does it stay the same person?',
  media: ['video'],
  role: 'weighed',
  speaksFor: 'swap',
  models: [],
  limits: [
    'Swaps with smoothed landmarks, such as those of Likeness, do not flicker: it finds careless ones only.',
    'It looks at about a second of each person; heavy compression hides and low light imitates flicker.',
    'People who stare or read blink rarely, and short clips may hold no blink.',
  ],
  copies: false,
  async examine(material, signal) {
    const findings: Finding[] = [];
    for (const { id, width } of material.people) {
      signal?.throwIfAborted();
      const found = await examineOne(material, id, width);
      if (found !== null) findings.push(found);
    }
    return findings.length > 0
      ? { findings, silent: null }
      : silentBecause('Nobody is seen large and long enough (ten frames in a row, 64 pixels).');
  },
});
