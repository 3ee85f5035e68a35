/** A live capture: a recording is checked against its challenge, and the record that its person may sign is made. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LikenessError, likenessHome, writeAtomic } from '../../base/index.js';
import {
  type CaptureReport,
  captureConsent,
  createRecord,
  evidenceOf,
  onlyPerson,
  readChallenge,
  reserveStatusEntry,
} from '../../consent/index.js';
import { cachedAnalysis, type Identity } from '../../faces/index.js';
import { captureTermsSchema } from '../capture-terms.js';
import type { InputOf } from '../types.js';
import { openStored, type Task, type TaskContext } from './task.js';

const DAY = 86_400_000;

/** The faces of the person that the record will be about. */
async function facesOf(path: string, person: number | null, work: Omit<TaskContext, 'folder'>): Promise<Identity[]> {
  if (person === null) return onlyPerson(path, work);
  const { tracks } = await cachedAnalysis(path, join(likenessHome(), 'analysis'), work);
  const track = tracks.find(({ id }) => id === person);
  const faces = (track?.faces ?? []).flatMap(({ identity }) => (identity === null ? [] : [identity]));
  if (faces.length === 0)
    throw new LikenessError(
      'consent.capture.material',
      `There is no person ${person} to be recognised in the material.`,
      {
        hint: 'Choose another person or another clip.',
      },
    );
  return faces;
}

/** The unsigned record that rests on a capture. */
function recordOf(input: InputOf<'capture'>, report: CaptureReport, faces: readonly Identity[]) {
  const { subject, licensee, terms, material, statusList } = input;
  const { project, description, days, postTerm, pay, legalBasis, governingLaw, noticeHours, effect, signer, ...scope } =
    // Asked before an update, it may lack what can be agreed since.
    captureTermsSchema.parse(terms);
  const representative =
    signer === null || input.signer === null ? null : { did: input.signer, ...signer, proof: null };
  if ((representative === null) !== (signer === null)) throw new Error('somebody is to sign who has no key');
  return createRecord({
    subject: {
      did: subject.did,
      displayName: subject.name,
      adult: representative?.relation !== 'guardian',
      ageAssurance: 'stated',
      representative,
    },
    faces,
    referenceSha256: material.sha256,
    evidence: evidenceOf(report),
    licensee: { ...licensee, contact: null, sublicensable: false },
    project: { title: project, description },
    scope,
    term: { from: new Date(), to: new Date(Date.now() + days * DAY), postTerm },
    compensation: pay === null ? null : { ...pay, amountHash: null },
    legal: { basis: legalBasis, governingLaw },
    revocation: { noticeHours, effect, status: statusList === null ? [] : [reserveStatusEntry(statusList)] },
  });
}

/** See the head of this file. The recording is deleted: what is kept of it lies encrypted in the consent room. */
export const capture: Task<'capture'> = async (input, { folder, ...work }) => {
  const recording = await openStored(input.recording);
  try {
    const path = join(folder, 'challenge.json');
    await writeAtomic(path, JSON.stringify(input.challenge));
    const challenge = await readChallenge(path);
    const material = await openStored(input.material);
    const faces = await facesOf(material, input.person, work);
    const { mirrored } = input;
    const report = await captureConsent({
      recording,
      challenge,
      material: { path: material, faces },
      mirrored,
      ...work,
    });
    const envelope = report.outcome === 'failed' ? null : await recordOf(input, report, faces);
    return { result: { report, envelope }, files: [], made: null };
  } finally {
    await rm(recording, { force: true });
  }
};
