/** Whether a face moves as flesh does, which a mask held before a moving mouth does not. Pure. */
import { type AnalyzedTrack, distance, frontalised } from '../../faces/index.js';

/** Degrees from the person's own middle within which a face counts as looking straight ahead. */
const AHEAD = 8;
/** Centimetres between the lips, of a head of average size, from which a mouth was opened. */
const OPENED = 1;
/** Shares of the way from shut to wide open: beyond the first a mouth is open, before the second it is shut. */
const OPEN = 0.7;
const SHUT = 0.15;

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((x, y) => x - y);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Gap of the inner lips of a mesh, in centimetres of a head of average size. */
export const lipGap = (front: Float32Array): number => (front[3 * 14 + 1] as number) - (front[3 * 13 + 1] as number);

/**
 * How much further below the nose the skin under the lower lip is with the mouth open than shut, as a share: it goes down
 * with the jaw, and surely so, since lip and shadow show where it is; a chin before a neck of its own colour is often not
 * seen to move. It is measured against the length of the nose, which a nod shortens as much, so that the nod that goes with
 * a wide mouth does not hide it. Typical moments of either kind are compared. Not a number where the mouth never opens.
 */
export function jawDrop(track: AnalyzedTrack): number {
  const yaw = quantile(
    track.faces.map((face) => face.pose.yaw),
    0.5,
  );
  const pitch = quantile(
    track.faces.map((face) => face.pose.pitch),
    0.5,
  );
  const moments = track.faces
    .filter((face) => Math.abs(face.pose.yaw - yaw) < AHEAD && Math.abs(face.pose.pitch - pitch) < AHEAD)
    .map(({ landmarks, pose }) => ({
      gap: lipGap(frontalised(landmarks, pose)),
      // From the base of the nose to below the lower lip, and from its root to its base.
      below: distance(landmarks, 2, 18) / distance(landmarks, 168, 2),
    }));
  const gaps = moments.map((moment) => moment.gap);
  const rest = quantile(gaps, 0.3);
  const wide = quantile(gaps, 0.95) - rest;
  if (!(wide >= OPENED)) return Number.NaN;
  const typical = (of: (share: number) => boolean): number =>
    quantile(
      moments.filter(({ gap }) => of((gap - rest) / wide)).map((moment) => moment.below),
      0.5,
    );
  return typical((share) => share >= OPEN) / typical((share) => share <= SHUT) - 1;
}
