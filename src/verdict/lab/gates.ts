/**
 * What must be known of a set before anything is measured on it: files that are there twice, and shortcuts, properties of
 * the files themselves that tell the classes apart without a look at what they show. A detector that scores well on such a
 * set may have learned nothing else.
 */
import { groupBy, LikenessError, type LongWork, sha256File } from '../../base/index.js';
import { type MediaInfo, probe, readPicture } from '../../media/index.js';
import { differenceHash, hammingDistance } from './difference-hash.js';
import { isLeak, LEAST_TESTED, SHORTCUT_LIMIT, type Shortcut, testShortcuts } from './shortcuts.js';
import type { LabFile } from './types.js';

/** Share of files that may be there twice. */
export const DUPLICATE_LIMIT = 0.02;

/** Pictures whose hashes are compared with each other; the comparison grows with the square. */
const COMPARED = 20_000;

/** Two files that are one. */
export interface Duplicate {
  readonly a: string;
  readonly b: string;
  readonly exact: boolean;
}

/** What the gates found. */
export interface GateFindings {
  readonly shortcuts: readonly Shortcut[];
  readonly duplicates: readonly Duplicate[];
  /** One sentence for each reason to refuse the set as it is; empty for a sound one. */
  readonly refusals: readonly string[];
  /** Whether pictures are in both classes: no re-encoding mends that. */
  readonly crossed: boolean;
  /** Files of each class that could be read. */
  readonly readable: { readonly real: number; readonly fake: number };
  /** What is no reason to refuse it and should be known: a property above the limit that may be chance. */
  readonly remarks: readonly string[];
}

interface Facts {
  readonly file: LabFile;
  readonly info: MediaInfo;
  readonly sha256: string;
  readonly hash: Uint32Array | null;
}

async function factsOf(file: LabFile): Promise<Facts | null> {
  try {
    const info = await probe(file.path);
    const hash = info.kind === 'picture' ? differenceHash(await readPicture(file.path)) : null;
    return { file, info, sha256: await sha256File(file.path), hash };
  } catch (cause) {
    if (cause instanceof LikenessError) return null;
    throw cause;
  }
}

/** Properties that say nothing about how a picture was made. */
const PROPERTIES: Readonly<Record<string, (f: Facts) => number>> = {
  'bytes for each pixel or second': ({ info }) =>
    info.bytes / (info.video === null ? Math.max(0.1, info.duration) : info.video.width * info.video.height),
  'width in pixels': ({ info }) => info.video?.width ?? 0,
  'shape (width by height)': ({ info }) => (info.video === null ? 0 : info.video.width / info.video.height),
  'length in seconds': ({ info }) => info.duration,
  'sample rate': ({ info }) => info.audio[0]?.sampleRate ?? 0,
};

function shortcutsOf(facts: readonly Facts[]): Shortcut[] {
  const list = Object.entries(PROPERTIES).map(([property, value]) => ({ property, values: facts.map(value) }));
  // Formats have no order: each one against all others.
  for (const name of new Set(facts.map((f) => f.info.container)))
    list.push({ property: `format ${name}`, values: facts.map((f) => (f.info.container === name ? 1 : 0)) });
  return testShortcuts(
    facts.map((f) => f.file),
    list,
  );
}

function duplicatesOf(facts: readonly Facts[]): Duplicate[] {
  const pairs: Duplicate[] = [];
  for (const same of groupBy(facts, (f) => f.sha256).values())
    for (const other of same.slice(1)) pairs.push({ a: (same[0] as Facts).file.name, b: other.file.name, exact: true });
  const seen = new Set(pairs.map((p) => p.b));
  const rest = facts.filter((f) => f.hash !== null && !seen.has(f.file.name)).slice(0, COMPARED);
  for (let i = 0; i < rest.length; i++)
    for (let j = i + 1; j < rest.length; j++) {
      const [a, b] = [rest[i] as Facts, rest[j] as Facts];
      if (seen.has(b.file.name) || !alike(a, b)) continue;
      seen.add(b.file.name);
      pairs.push({ a: a.file.name, b: b.file.name, exact: false });
    }
  return pairs;
}

/** Bits of 256 in which two copies of one picture may differ. */
const SAME_PICTURE = 24;

const alike = ({ hash: a }: Facts, { hash: b }: Facts): boolean =>
  a !== null && b !== null && hammingDistance(a, b) <= SAME_PICTURE;

/** Looks at a set before it is measured on. Files that cannot be read are left to the measurement to name. */
export async function gateSet(files: readonly LabFile[], work: LongWork = {}): Promise<GateFindings> {
  const facts: Facts[] = [];
  for (const [i, file] of files.entries()) {
    work.signal?.throwIfAborted();
    const one = await factsOf(file);
    if (one !== null) facts.push(one);
    work.onProgress?.({ stage: 'looking for leaks', done: i + 1, total: files.length, unit: 'files' });
  }
  const duplicates = duplicatesOf(facts);
  const shortcuts = shortcutsOf(facts);
  const refusals: string[] = [];
  const classOf = new Map(files.map((f) => [f.name, f.fake]));
  const crossed = duplicates.filter((d) => classOf.get(d.a) !== classOf.get(d.b));
  if (crossed.length > 0)
    refusals.push(`${crossed.length} pictures are in both classes, such as ${crossed[0]?.a} and ${crossed[0]?.b}.`);
  if (duplicates.length > DUPLICATE_LIMIT * facts.length)
    refusals.push(`${duplicates.length} of ${facts.length} files are there twice, such as ${duplicates[0]?.b}.`);
  for (const s of shortcuts.filter(isLeak))
    refusals.push(
      `The ${s.property} alone tells real from fake (AUC ${s.auc.toFixed(2)}, the limit is ${SHORTCUT_LIMIT}; p ${s.p.toFixed(3)}).`,
    );
  const remarks = shortcuts
    .filter((s) => s.auc > SHORTCUT_LIMIT && !isLeak(s))
    .map(
      (s) =>
        `The ${s.property} tells real from fake with an AUC of ${s.auc.toFixed(2)} here, which in so few files may be chance (p ${s.p.toFixed(2)}).`,
    );
  const fakes = facts.filter((f) => f.file.fake).length;
  const readable = { real: facts.length - fakes, fake: fakes };
  if (Math.min(readable.real, readable.fake) < LEAST_TESTED)
    remarks.push(
      `Fewer than ${LEAST_TESTED} files of a class can be read: whether the set has shortcuts was not tested.`,
    );
  return { shortcuts, duplicates, refusals, crossed: crossed.length > 0, readable, remarks };
}

/**
 * Stops where a set gives the answer away.
 *
 * @param set what it is called
 * @param equalise whether only re-encoded copies will be looked at: then a leak passes, but not what is in both classes
 * @throws LikenessError `lab.leak`, `lab.crossed`
 */
export function refuseLeaks(set: string, { refusals, crossed }: GateFindings, equalise: boolean): void {
  if (refusals.length === 0 || (equalise && !crossed)) return;
  throw new LikenessError(crossed ? 'lab.crossed' : 'lab.leak', `${set} gives the answer away: ${refusals.join(' ')}`, {
    hint: crossed
      ? 'Take out what is in both classes.'
      : 'Encode both classes the same way, or look at re-encoded copies only (--equalise; in the studio the box beside the folder).',
  });
}
