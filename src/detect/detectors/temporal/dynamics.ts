/** What a track tells without a look at pixels: blinks, and whether the face stays the same person. */
import { expressionIndex } from '../../../base/index.js';
import { type AnalyzedTrack, cosine } from '../../../faces/index.js';

const BLINKS = (['eyeBlinkLeft', 'eyeBlinkRight'] as const).map(expressionIndex);

/** Weight of a lid, above its rest on this track, from which an eye counts as shut. */
const SHUT = 0.35;

/** What is seen of a track over time. */
export interface Dynamics {
  readonly seconds: number;
  readonly blinks: number;
  /** Lowest cosine between one frame's embedding and the mean of the track, and how many frames have one. */
  readonly identity: { readonly lowest: number; readonly frames: number } | null;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Reads blinks and identity off a track. */
export function dynamicsOf(track: AnalyzedTrack): Dynamics {
  const lids = track.faces.map((f) => BLINKS.reduce((sum, k) => sum + (f.expression[k] ?? 0), 0) / BLINKS.length);
  const rest = median(lids);
  let blinks = 0;
  let shut = false;
  for (const lid of lids) {
    if (!shut && lid - rest > SHUT) blinks++;
    shut = lid - rest > (shut ? SHUT / 2 : SHUT);
  }
  const [first, last] = [track.faces[0], track.faces.at(-1)];
  const prints = track.faces.flatMap((f) => (f.identity === null ? [] : [cosine(f.identity.b, track.identity.b)]));
  return {
    seconds: first && last ? (last.timestamp - first.timestamp) / 1e6 : 0,
    blinks,
    identity: prints.length < 3 ? null : { lowest: Math.min(...prints), frames: prints.length },
  };
}
