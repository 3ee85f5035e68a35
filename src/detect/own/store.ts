/** Detectors that the user brought: kept under LIKENESS_HOME/detectors, one folder each. */
import { copyFile, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileError, hasErrno, LikenessError, likenessHome, sha256File, writeAtomic } from '../../base/index.js';
import { detectors } from '../detector-list.js';
import type { Detector } from '../types.js';
import { type OwnCard, readOwnCard } from './card.js';
import { ownDetector } from './run.js';

/** A detector that was brought. */
export interface OwnDetector {
  readonly card: OwnCard;
  readonly detector: Detector;
  /** Its calibration as JSON, `null` where it was not calibrated and is therefore never weighed. */
  readonly calibration: unknown;
}

const folderOf = (): string => join(likenessHome(), 'detectors');

/** A card and the net that it names, before it is taken in. */
export interface Candidate {
  readonly card: OwnCard;
  readonly model: string;
  readonly sha256: string;
  readonly detector: Detector;
}

/**
 * Reads a card and the net beside it, without taking it in.
 *
 * @throws LikenessError `detect.card`, `detect.own` for an id that is taken, `file.*`
 */
export async function readCandidate(cardPath: string): Promise<Candidate> {
  const card = await readOwnCard(cardPath);
  if ((await detectors()).some((d) => d.id === card.id))
    throw new LikenessError('detect.own', `"${card.id}" is a detector that ships with Likeness.`, {
      hint: 'Give it another id.',
    });
  if (basename(card.model) !== card.model)
    throw new LikenessError('detect.card', `${cardPath}: model must be a file name, beside the card.`, {
      hint: 'Put the ONNX file into the folder of the card.',
    });
  const model = join(dirname(resolve(cardPath)), card.model);
  const sha256 = await sha256File(model).catch((cause: unknown) => {
    throw fileError(model, 'reading the net', cause);
  });
  return { card, model, sha256, detector: ownDetector(card, model, sha256) };
}

/** Keeps a detector, in place of one with the same id. */
export async function keepOwn(candidate: Candidate, calibration: unknown): Promise<string> {
  const { card, model, sha256 } = candidate;
  const target = join(folderOf(), card.id);
  const part = `${target}.${process.pid}.part`;
  try {
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true });
    await copyFile(model, join(part, 'model.onnx'));
    await writeAtomic(join(part, 'card.json'), `${JSON.stringify({ ...card, model: 'model.onnx' }, null, 2)}\n`);
    await writeAtomic(join(part, 'kept.json'), `${JSON.stringify({ sha256, calibration }, null, 2)}\n`);
    await rm(target, { recursive: true, force: true });
    await rename(part, target);
  } catch (cause) {
    await rm(part, { recursive: true, force: true }).catch(() => undefined);
    throw fileError(target, 'keeping the detector', cause);
  }
  return target;
}

/** Forgets a detector. @throws LikenessError `detect.own` where there is none of that name */
export async function removeOwn(id: string): Promise<void> {
  if (!(await ownDetectors()).some((d) => d.card.id === id))
    throw new LikenessError('detect.own', `There is no detector "${id}" here.`, { hint: 'See likeness lab list.' });
  await rm(join(folderOf(), id), { recursive: true, force: true });
}

async function readKept(folder: string): Promise<OwnDetector> {
  const card = await readOwnCard(join(folder, 'card.json'));
  const { sha256, calibration } = JSON.parse(await readFile(join(folder, 'kept.json'), 'utf8')) as {
    sha256: string;
    calibration: unknown;
  };
  return { card, calibration, detector: ownDetector(card, join(folder, 'model.onnx'), sha256) };
}

/**
 * All detectors that were brought, by id.
 *
 * @throws LikenessError `detect.own` for one that is damaged
 */
export async function ownDetectors(): Promise<readonly OwnDetector[]> {
  const names = await readdir(folderOf()).catch((cause: unknown) => {
    if (hasErrno(cause, 'ENOENT')) return [];
    throw fileError(folderOf(), 'reading it', cause);
  });
  return Promise.all(
    names
      .filter((n) => /^[a-z][a-z0-9-]*$/.test(n))
      .sort()
      .map(async (name) => {
        try {
          return await readKept(join(folderOf(), name));
        } catch (cause) {
          throw new LikenessError('detect.own', `The detector "${name}" in ${folderOf()} is damaged.`, {
            hint: `Take it out with \`likeness lab remove ${name}\`, or delete its folder, and add it again.`,
            cause,
          });
        }
      }),
  );
}
