/** Which person of a clip is meant, and what is measured of that person for the gate. */
import { LikenessError } from '../../base/index.js';
import type { Analysis, AnalyzedTrack, Identity } from '../../faces/index.js';

/** Identities given to the gate: enough to see a second face, few enough to be quick. */
const SAMPLES = 80;
/** Beyond this turn, embeddings say little. Degrees. */
const MAX_YAW = 40;

/** `1 (0:00.0 to 0:12.0, 288 frames)` */
function describe(track: AnalyzedTrack): string {
  return `person ${track.id} (${track.faces.length} frames, ${track.span[0]} to ${track.span[1]})`;
}

/**
 * The track that is meant: the only one, or the one that was named.
 *
 * @throws LikenessError `faces.none`, `faces.several` (nobody was named), `faces.unknown-track`
 */
export function chooseTrack(analysis: Analysis, wanted: number | undefined, what: string): AnalyzedTrack {
  const path = analysis.media.path;
  const { tracks } = analysis;
  if (tracks.length === 0)
    throw new LikenessError('faces.none', `No face was found in ${path}, the ${what}.`, {
      hint: 'Use a clip in which a face is seen from the front or half turned, at least 40 pixels wide.',
    });
  if (wanted !== undefined) {
    const track = tracks.find((t) => t.id === wanted);
    if (!track)
      throw new LikenessError(
        'faces.unknown-track',
        `${path} has no person ${wanted}; it has ${tracks.map(describe).join(', ')}.`,
        {
          hint: 'Run "likeness analyze" with --sheet to see who is who.',
        },
      );
    return track;
  }
  const [only] = tracks;
  if (tracks.length > 1 || !only)
    throw new LikenessError(
      'faces.several',
      `${path}, the ${what}, shows ${tracks.length} people: ${tracks.map(describe).join(', ')}.`,
      {
        hint: `Say which one is meant (--${what}-person N). "likeness analyze ${path} --sheet" shows who is who.`,
      },
    );
  return only;
}

/**
 * Identities measured all over a track, in order of time: those of whole, frontal faces, or all where there are none.
 *
 * @throws LikenessError `faces.unmeasured` when the track has no identity at all
 */
export function identitiesOf(track: AnalyzedTrack, path: string): Identity[] {
  const measured = track.faces.filter((f) => f.identity !== null);
  const good = measured.filter((f) => Math.abs(f.pose.yaw) <= MAX_YAW && f.occlusion < 0.3 && !f.interpolated);
  const use = good.length > 0 ? good : measured;
  const step = Math.max(1, use.length / SAMPLES);
  const out: Identity[] = [];
  for (let i = 0; i < use.length; i += step) {
    const identity = use[Math.floor(i)]?.identity;
    if (identity) out.push(identity);
  }
  if (out.length === 0)
    throw new LikenessError(
      'faces.unmeasured',
      `Person ${track.id} of ${path} is never seen well enough to be recognised.`,
      {
        hint: 'Consent is checked against the face; use a clip that shows it from the front for a moment.',
      },
    );
  return out;
}

/** Least width of a face, in pixels, that can be swapped with something to see. */
export const MIN_FACE = 32;

/**
 * Refuses people that a swap would spoil: too small, or never seen but in profile.
 *
 * @throws LikenessError `faces.too-small`, `faces.profile-only`
 */
export function requireSwappable(track: AnalyzedTrack, path: string): void {
  const widths = track.faces.map((f) => f.box.width).sort((a, b) => a - b);
  const median = widths[widths.length >> 1] ?? 0;
  if (median < MIN_FACE)
    throw new LikenessError(
      'faces.too-small',
      `The face of person ${track.id} in ${path} is ${Math.round(median)} pixels wide; ${MIN_FACE} are needed.`,
      {
        hint: 'Use a larger version of the clip or a closer shot.',
      },
    );
  const frontal = track.faces.filter((f) => Math.abs(f.pose.yaw) < 55).length;
  if (frontal < 0.1 * track.faces.length)
    throw new LikenessError('faces.profile-only', `Person ${track.id} in ${path} is seen in profile only.`, {
      hint: 'Use a clip in which the face is turned towards the camera at times.',
    });
}
