/** Looking for the invisible watermark, and confirming what it leads to with perceptual hashes. */
import { LikenessError } from '../../base/index.js';
import type { Frame } from '../../media/index.js';
import { spreadFrames } from '../store/frames.js';
import { entriesByPayload, type StoreEntry } from '../store/store.js';
import {
  comparePerceptual,
  type PerceptualHash,
  type PerceptualMatch,
  parseHash,
  perceptualHash,
  type WatermarkFinding,
  WatermarkPool,
} from '../watermark/index.js';

/** Frames of a film that are looked at. */
const FRAMES = 16;
/** Comparisons of hashes for one suspect, at most. */
const COMPARISONS = 48;

/** What was seen in a file. */
export interface Seen {
  readonly mark: WatermarkFinding | null;
  /** Hashes of the frames looked at, in order. */
  readonly hashes: readonly PerceptualHash[];
  /** Why it could not be looked at, or `null`. */
  readonly failure: string | null;
}

/**
 * Looks at a picture, or at frames spread over a film: at each by itself and at all together, since the mark stays where
 * it is while the picture moves on.
 *
 * @param onFrame shown every frame
 */
export async function look(path: string, onFrame: (frame: Frame) => Promise<void>): Promise<Seen> {
  const hashes: PerceptualHash[] = [];
  let mark: WatermarkFinding | null = null;
  let pool = new WatermarkPool();
  let size = '';
  try {
    for await (const frame of spreadFrames(path, FRAMES)) {
      await onFrame(frame);
      hashes.push(perceptualHash(frame));
      if (mark !== null) continue;
      const here = `${frame.width}x${frame.height}`;
      if (here !== size) pool = new WatermarkPool();
      size = here;
      pool.add(frame);
      // Often enough for most films, and dear searches only once.
      if (pool.frames === 1 || pool.frames === 4) mark = pool.detect({ effort: 'quick' });
    }
    mark ??= pool.frames > 0 ? pool.detect({ effort: 'normal' }) : null;
    return { mark, hashes, failure: null };
  } catch (cause) {
    if (cause instanceof LikenessError) return { mark, hashes, failure: cause.message };
    throw cause;
  }
}

/** How like an entry of the store a file looks. */
export interface Likeness {
  /** Correlation of the hashes, -1 to 1. */
  readonly similarity: number;
  /** Whether that, and the place where they match, is more than chance. */
  readonly confirmed: boolean;
}

/** The best match between an entry of the store and what was seen; `null` where one of them shows nothing. */
function confirm(entry: StoreEntry, mark: WatermarkFinding, hashes: readonly PerceptualHash[]): Likeness | null {
  const kept = entry.perceptual.flatMap((text) => {
    try {
      return [parseHash(text)];
    } catch {
      return [];
    }
  });
  const { rotation } = mark.transform;
  const angles = Math.abs(rotation) > 0.5 ? [rotation, -rotation] : [];
  // The same moments first: an untrimmed copy shows them in the same places.
  const pairs = hashes.flatMap((hash, i) =>
    kept.map((original, j) => ({ hash, original, far: Math.abs((i + 0.5) / hashes.length - (j + 0.5) / kept.length) })),
  );
  pairs.sort((a, b) => a.far - b.far);
  let best: Likeness | null = null;
  for (const { hash, original } of pairs.slice(0, COMPARISONS)) {
    const match = comparePerceptual(original, hash, angles);
    const confirmed = match.same && fits(mark, match, original, hash);
    if (confirmed) return { similarity: match.similarity, confirmed };
    if (best === null || match.similarity > best.similarity) best = { similarity: match.similarity, confirmed };
  }
  return best;
}

/** How far size as the watermark tells it and size as the hashes tell it may be apart. */
const SIZE_SLACK = 1.2;

/**
 * Whether the hashes match where the watermark says they must: in the same size and not mirrored otherwise. Soft pictures
 * can look alike somewhere by chance, but rarely there.
 */
function fits(
  mark: WatermarkFinding,
  match: PerceptualMatch,
  original: PerceptualHash,
  suspect: PerceptualHash,
): boolean {
  const long = ({ width, height }: PerceptualHash): number => Math.max(width, height);
  const short = ({ width, height }: PerceptualHash): number => Math.min(width, height);
  // The long side of the whole original, in cells of the suspect, by either.
  const byMark = (short(suspect) * mark.transform.scale * long(original)) / short(original);
  const byHash = long(suspect) / match.scale;
  const apart = Math.max(byMark / byHash, byHash / byMark);
  return apart < SIZE_SLACK && mark.transform.mirrored === match.mirrored;
}

/** What a watermark leads to, and damaged entries met on the way. */
export interface MarkAnswer {
  readonly entry: StoreEntry | null;
  readonly likeness: Likeness | null;
  readonly damaged: readonly string[];
}

/** The entry that a watermark leads to, with what confirms it or the best that there was. */
export function answerFor(mark: WatermarkFinding, hashes: readonly PerceptualHash[]): MarkAnswer {
  const { entries, damaged } = entriesByPayload(Buffer.from(mark.payload).toString('hex'));
  let best: MarkAnswer = { entry: null, likeness: null, damaged };
  for (const entry of entries.slice(0, 20)) {
    const likeness = confirm(entry, mark, hashes);
    if (best.entry === null || (likeness?.similarity ?? -1) > (best.likeness?.similarity ?? -1))
      best = { entry, likeness, damaged };
    if (likeness?.confirmed === true) return { entry, likeness, damaged };
  }
  return best;
}
