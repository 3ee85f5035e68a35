/**
 * Invitations to consent: a link for one person, who reads what is asked, answers a challenge in front of a camera, and
 * signs. The key they sign with is locked with a word that only they get: the studio cannot sign, or withdraw, for them.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { sha256 } from '../../base/index.js';
import {
  type CaptureReport,
  type Challenge,
  type ConsentEnvelope,
  captureDigest,
  createKey,
  HOUSE_NAME,
  issueChallenge,
  loadKey,
  MOVE_WORDS,
  newRevocationToken,
  type ShownTerms,
  type SigningKey,
  shownTerms,
  signRecord,
  signReview,
  type TermsLanguage,
} from '../../consent/index.js';
import type { CaptureTerms, Database, Job, JobStore } from '../../jobs/index.js';
import type { StudioUser } from '../auth.js';
import { HttpProblem } from '../problem.js';
import { askedWords } from './asked-words.js';
import { shortId } from './consents.js';
import { houseKey, keyCalled } from './house-key.js';
import { analysisOf } from './job-requests.js';
import type { Media, MediaStore } from './media-store.js';
import type { StatusLists } from './status-lists.js';

/** Days a link is good for. */
const LINK_DAYS = 7;
const DAY = 86_400_000;

/** What somebody is asked. */
export interface NewCapture {
  readonly name: string;
  readonly terms: CaptureTerms;
  /** Media id of a clip or picture of them. */
  readonly material: string;
  readonly person: number | null;
}

/** A capture as it lies in the database. */
export interface Capture {
  readonly id: string;
  readonly name: string;
  readonly terms: CaptureTerms & { readonly material: string; readonly person: number | null };
  readonly challenge: Challenge | null;
  readonly report: { readonly job: string; readonly key: string; readonly recording: string } | null;
  readonly consent: string | null;
  readonly expiresAt: Date;
}

/** How far a capture is. */
export type CaptureState = 'open' | 'checking' | 'failed' | 'ready' | 'signed' | 'expired';

const COLUMNS = 'id, name, terms, challenge, report, consent, expires_at AS "expiresAt"';

interface Outcome {
  readonly report: CaptureReport;
  readonly envelope: ConsentEnvelope | null;
}

const outcomeOf = (job: Job | null): Outcome | null => (job?.state === 'done' ? (job.result as Outcome) : null);

/** See the head of this file. */
export class Captures {
  readonly #db: Database;
  readonly #jobs: JobStore;
  readonly #media: MediaStore;
  readonly #statusLists: Pick<StatusLists, 'current'>;

  constructor(db: Database, jobs: JobStore, media: MediaStore, statusLists: Pick<StatusLists, 'current'>) {
    this.#statusLists = statusLists;
    this.#db = db;
    this.#jobs = jobs;
    this.#media = media;
  }

  /** Makes an invitation; its token is shown once. */
  async add(wanted: NewCapture, by: StudioUser): Promise<{ id: string; token: string; expiresAt: Date }> {
    await this.#media.need(wanted.material);
    const id = randomUUID();
    const token = randomBytes(32).toString('base64url');
    const expiresAt = new Date(Date.now() + LINK_DAYS * DAY);
    const { name, terms, material, person } = wanted;
    await this.#db.query(
      `INSERT INTO studio_captures (id, hash, name, terms, created_by, expires_at) VALUES ($1, $2, $3, $4::jsonb, $5, $6)`,
      [id, sha256(token), name, JSON.stringify({ ...terms, material, person }), by.id, expiresAt],
    );
    return { id, token, expiresAt };
  }

  /** All of them, newest first. */
  list(): Promise<Capture[]> {
    return this.#db.query<Capture>(`SELECT ${COLUMNS} FROM studio_captures ORDER BY created_at DESC LIMIT 200`);
  }

  /** @throws HttpProblem `capture.unknown` */
  async need(id: string): Promise<Capture> {
    const rows = await this.#db.query<Capture>(`SELECT ${COLUMNS} FROM studio_captures WHERE id = $1`, [id]);
    if (rows[0] === undefined) throw new HttpProblem(404, 'capture.unknown', 'There is no such invitation.');
    return rows[0];
  }

  /**
   * The invitation that a token is for.
   *
   * @throws HttpProblem `capture.void`
   */
  async byToken(token: string): Promise<Capture> {
    const rows = await this.#db.query<Capture>(
      `SELECT ${COLUMNS} FROM studio_captures WHERE hash = $1 AND expires_at > now()`,
      [sha256(token)],
    );
    if (rows[0] === undefined)
      throw new HttpProblem(403, 'capture.void', 'This link has ended, or is not of this studio.', {
        hint: 'Ask whoever sent it for a new one.',
      });
    return rows[0];
  }

  /**
   * Everything that the person, or the studio, sees of it.
   *
   * @param language of the terms
   */
  async view(capture: Capture, language: TermsLanguage) {
    const { id, name, terms, challenge, report, consent, expiresAt } = capture;
    const job = report === null ? null : await this.#jobs.get(report.job);
    const outcome = outcomeOf(job);
    if (report !== null && job !== null && ['done', 'failed', 'cancelled'].includes(job.state))
      await this.#settle(report);
    const { material: _, person: __, ...asked } = terms;
    const shown = outcome?.envelope == null ? null : shownTerms(outcome.envelope, language);
    const fresh = challenge !== null && report === null && Date.parse(challenge.expiresAt) > Date.now();
    return {
      id,
      name,
      state: this.#stateOf(capture, job, outcome),
      expiresAt: expiresAt.toISOString(),
      consent,
      /** What is asked; once there is a record, the record itself. */
      words: shown === null ? askedWords(name, asked, language) : shown.text.trimEnd().split('\n'),
      wordsLanguage: language,
      /** Of the record that can be signed: comes back with the signature, and into the audit log. */
      wordsSha256: shown?.sha256 ?? null,
      challenge: fresh
        ? {
            words: [...challenge.words],
            moves: challenge.moves.map((move) => ({ id: move as string, words: MOVE_WORDS[move] })),
            expiresAt: challenge.expiresAt,
          }
        : null,
      checks:
        outcome?.report.checks.map(({ name: check, asks, outcome: found, found: words }) => ({
          name: check as string,
          asks,
          outcome: found,
          found: words,
        })) ?? null,
      error: job?.error ?? null,
    };
  }

  /**
   * The same for whoever reviews, who compares the face with the material, and listens for the words: `review` says what to
   * compare and what to hear. The person with the link has no business with the studio's files.
   */
  async viewForReview(capture: Capture, language: TermsLanguage) {
    const outcome = capture.report === null ? null : outcomeOf(await this.#jobs.get(capture.report.job));
    const { material, person } = capture.terms;
    const review = outcome === null ? null : { words: [...outcome.report.challenge.words], material, person };
    return { ...(await this.view(capture, language)), review };
  }

  #stateOf({ consent, report, expiresAt }: Capture, job: Job | null, outcome: Outcome | null): CaptureState {
    if (consent !== null) return 'signed';
    if (expiresAt.getTime() < Date.now()) return 'expired';
    if (report === null) return 'open';
    if (job === null || job.state === 'failed' || job.state === 'cancelled') return 'failed';
    if (job.state !== 'done') return 'checking';
    return outcome?.envelope == null ? 'failed' : 'ready';
  }

  /** The recording is not kept among the media. */
  async #settle({ recording }: NonNullable<Capture['report']>): Promise<void> {
    const [media] = await this.#media.list([recording], true);
    if (media !== undefined) await this.#media.remove(media).catch(() => undefined);
  }

  /** Gives a new challenge, good for ten minutes and one recording. */
  async challenge(capture: Capture): Promise<Capture> {
    if (capture.consent !== null)
      throw new HttpProblem(409, 'capture.signed', 'This record is signed already.', {
        hint: 'Nothing more is needed.',
      });
    await this.#db.query('UPDATE studio_captures SET challenge = $2::jsonb, report = NULL WHERE id = $1', [
      capture.id,
      JSON.stringify(await issueChallenge()),
    ]);
    return this.need(capture.id);
  }

  /**
   * Takes a recording; a job checks it.
   *
   * @returns the word that unlocks the person's key, and later withdraws the record: shown once
   * @throws HttpProblem `capture.challenge`
   */
  async record(capture: Capture, recording: Media, mirrored: boolean): Promise<string> {
    if (capture.challenge === null || capture.report !== null)
      throw new HttpProblem(409, 'capture.challenge', 'There is no open challenge for this recording.', {
        hint: 'Ask for a new one and record again.',
      });
    const material = await this.#media.need(capture.terms.material);
    const { token: word } = newRevocationToken();
    const key = `subject-${capture.id.slice(0, 8)}-${randomBytes(3).toString('hex')}`;
    const own = await createKey(key, word);
    // Whoever signs for somebody has the key; that of the person shown is locked with the same word, and signs nothing.
    const { signer } = capture.terms;
    const shown = signer == null ? own : await createKey(`${key}-shown`, word);
    const licensee = { did: (await houseKey()).did, name: HOUSE_NAME };
    const { material: _, person, ...terms } = capture.terms;
    const stored = ({ path, sha256: hash, name }: Media) => ({ path, sha256: hash, name });
    const job = await this.#jobs.add({
      input: {
        kind: 'capture',
        recording: stored(recording),
        material: stored(material),
        person,
        challenge: capture.challenge,
        mirrored,
        subject: { did: shown.did, name: capture.name },
        signer: signer == null ? null : own.did,
        licensee,
        statusList: await this.#statusLists.current(),
        terms,
      },
      title: `Consent of ${capture.name}`.slice(0, 160),
      owner: `capture:${capture.id}`,
      priority: 5,
    });
    await this.#db.query('UPDATE studio_captures SET report = $2::jsonb WHERE id = $1', [
      capture.id,
      JSON.stringify({ job: job.id, key, recording: recording.id }),
    ]);
    return word;
  }

  /**
   * Signs the record with the key that the word unlocks; from then on the word withdraws it.
   *
   * @param shown which text the person says they read, where they say it
   * @throws HttpProblem `capture.state`, `capture.words` where the text is another one now, LikenessError `consent.secret.locked` for another word
   */
  async sign(
    capture: Capture,
    word: string,
    shown: Pick<ShownTerms, 'language' | 'sha256'> | null = null,
  ): Promise<ConsentEnvelope> {
    const { report } = capture;
    const outcome = report === null ? null : outcomeOf(await this.#jobs.get(report.job));
    if (report === null || outcome?.envelope == null || capture.consent !== null)
      throw new HttpProblem(409, 'capture.state', 'There is nothing to sign now.', { hint: 'Look at its state.' });
    const text = shown === null ? null : shownTerms(outcome.envelope, shown.language);
    if (text?.sha256 !== shown?.sha256)
      throw new HttpProblem(409, 'capture.words', 'The text of the record is not the one that was shown.', {
        hint: 'Load the page again, read it, and sign then.',
      });
    const key = await loadKey(report.key, word);
    const own = await signRecord(outcome.envelope, key, { token: word, hash: `sha256:${sha256(word)}` }, text);
    // The studio takes it on these terms, after the person and never before.
    const signed = await signRecord(own, await houseKey());
    await this.#db.query('UPDATE studio_captures SET consent = $2 WHERE id = $1', [capture.id, shortId(signed)]);
    await this.#lookAt(capture.terms.material);
    return signed;
  }

  /** Has the material of a record analyzed where nobody has: its card shows the face, and it is there to be used. */
  async #lookAt(material: string): Promise<void> {
    const [media] = await this.#media.list([material]);
    if (media === undefined || media.people !== null) return;
    await this.#jobs.addOnce(analysisOf(media, media.owner));
  }

  /**
   * The key that signed a record by link, opened with the word that its person was given.
   *
   * @throws HttpProblem `consent.approval.how` for a record that was not signed here by link, LikenessError
   *   `consent.secret.locked` for another word
   */
  async keyOf(consent: string, word: string): Promise<SigningKey> {
    const rows = await this.#db.query<Capture>(`SELECT ${COLUMNS} FROM studio_captures WHERE consent = $1`, [consent]);
    const key = rows[0]?.report?.key;
    if (key === undefined)
      throw new HttpProblem(422, 'consent.approval.how', 'This record was not signed here by a link.', {
        hint: 'Approve on the machine with the key: likeness consent approve <record> <file> --key <key>.',
        errors: [{ field: 'word', message: 'belongs to no key of this studio' }],
      });
    // A link ends in the word.
    return loadKey(key, word.trim().replace(/^.*[#=]/s, ''));
  }

  /**
   * What a person of the studio says who has looked at the recording.
   *
   * @throws HttpProblem `capture.state`
   */
  async review(capture: Capture, accepted: boolean, note: string, by: StudioUser): Promise<void> {
    const outcome = capture.report === null ? null : outcomeOf(await this.#jobs.get(capture.report.job));
    if (outcome?.envelope == null)
      throw new HttpProblem(409, 'capture.state', 'There is no recording to review.', { hint: 'Look at its state.' });
    const name = `reviewer-${by.id.slice(0, 12)}`;
    const key = await keyCalled(name);
    await signReview(captureDigest(outcome.report), accepted, key, note);
  }

  /** Id of the challenge whose recording a reviewer may see. */
  async evidence(capture: Capture): Promise<string> {
    const outcome = capture.report === null ? null : outcomeOf(await this.#jobs.get(capture.report.job));
    if (outcome?.envelope == null) throw new HttpProblem(404, 'capture.recording', 'There is no recording.');
    return outcome.report.challenge.id;
  }
}
