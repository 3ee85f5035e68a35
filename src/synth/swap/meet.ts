/** The two people of a job before anything is done: looked at, and asked for. */
import { join, resolve } from 'node:path';
import { type FileWitness, type LongWork, likenessHome, witnessFile } from '../../base/index.js';
import { authorize, type Grant, readEnvelope, refuseExplicit } from '../../consent/index.js';
import { type Analysis, type AnalyzedTrack, cachedAnalysis } from '../../faces/index.js';
import type { Facts } from '../../law/index.js';
import { chooseTrack, identitiesOf, requireSwappable } from './people.js';

/** Where analyses are kept from run to run. */
export const analysisFolder = (): string => join(likenessHome(), 'analysis');

/** Purpose of the work, as the consent records speak of it. */
export interface Purpose {
  /** Dotted, from wide to narrow: `film.short`. */
  readonly use: string;
  /** ISO 3166 code. */
  readonly territory?: string | undefined;
  /** Through what it will be shown: `intranet`. */
  readonly channel?: string | undefined;
  /** What is known where the law of the territory asks. */
  readonly facts?: Facts | undefined;
}

/** One side of the work. */
export interface Side {
  /** The clip (or, for a target, the picture). */
  readonly path: string;
  /** Which person of it; may be left out where there is one. */
  readonly person?: number | undefined;
  /** That person's `*.consent.json`. */
  readonly consent: string;
}

/** A side that was looked at. */
export interface Met {
  readonly path: string;
  readonly sha256: string;
  /** The file as it was before anybody looked at it. */
  readonly witness: FileWitness;
  readonly analysis: Analysis;
  readonly track: AnalyzedTrack;
}

/** What asking for consent has to know of a side. */
export type SeenSide = Pick<Met, 'path' | 'sha256' | 'analysis' | 'track'>;

/** Looks at a side. @throws LikenessError of the rooms it calls */
export async function meet(side: Side, what: 'source' | 'target', work: LongWork): Promise<Met> {
  const witness = await witnessFile(resolve(side.path));
  const { path, sha256 } = witness;
  const analysis = await cachedAnalysis(path, analysisFolder(), {
    signal: work.signal,
    onProgress: (e) => work.onProgress?.({ ...e, stage: `looking at the ${what}: ${e.stage}` }),
  });
  const track = chooseTrack(analysis, side.person, what);
  requireSwappable(track, side.path);
  await refuseExplicit(witness, what, work);
  return { path, sha256, witness, analysis, track };
}

/**
 * Asks for consent.
 *
 * @param work id of the piece of work that several processes share
 * @throws ConsentRefusedError
 */
export async function allow(
  operation: readonly ('train' | 'faceSwap')[],
  source: SeenSide,
  sourceConsent: string,
  target: SeenSide,
  targetConsent: string,
  purpose: Purpose,
  work?: string | undefined,
): Promise<Grant> {
  return authorize({
    work,
    operation,
    use: purpose.use,
    medium: target.analysis.media.kind === 'picture' ? 'picture' : 'video',
    territory: purpose.territory,
    channel: purpose.channel,
    facts: purpose.facts,
    source: {
      envelope: await readEnvelope(sourceConsent),
      identities: identitiesOf(source.track, source.path),
      footageSha256: source.sha256,
    },
    replaced: {
      envelope: await readEnvelope(targetConsent),
      identities: identitiesOf(target.track, target.path),
      footageSha256: target.sha256,
    },
  });
}
