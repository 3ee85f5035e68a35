/**
 * A live capture: a recording made in answer to a challenge, checked, kept encrypted, and written down as a report whose
 * digest goes into the record. What cannot be measured stays pending until a person has looked.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { fileError, LikenessError, type LongWork, witnessFile, writeAtomic } from '../../base/index.js';
import { analyzeFile, analyzeVideo, type Identity } from '../../faces/index.js';
import { probe, readSound } from '../../media/index.js';
import { openModel } from '../../models/index.js';
import { SPEECH_RATE, speechActivity, spokenSeconds } from '../../speech/index.js';
import { decideInAudit } from '../audit.js';
import { digestOf } from '../canonical.js';
import { parseJson } from '../json.js';
import type { ConsentRecord } from '../record.js';
import { knownReview } from '../review.js';
import { type Challenge, MOVES } from './challenge.js';
import { CAPTURE_CHECKS, type CaptureMeasures, captureChecks } from './checks.js';
import { storeEvidence } from './evidence.js';
import { sketches } from './footage.js';

/** A recording may take this many seconds. */
const LONGEST = 120;
const SHORTEST = 3;
const DAY = 86_400_000;

const checkSchema = z.strictObject({
  name: z.enum(Object.keys(CAPTURE_CHECKS) as [keyof typeof CAPTURE_CHECKS]),
  asks: z.string(),
  score: z.number().nullable(),
  threshold: z.number().nullable(),
  better: z.enum(['high', 'low']),
  outcome: z.enum(['passed', 'failed', 'review']),
  found: z.string(),
});

const reportSchema = z.strictObject({
  type: z.literal('LikenessCapture'),
  version: z.literal('1.0.0'),
  challenge: z.strictObject({
    id: z.string().regex(/^[0-9a-f]{32}$/),
    words: z.array(z.string()).length(3),
    moves: z.array(z.enum(MOVES)),
    issuedAt: z.iso.datetime(),
  }),
  recording: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), seconds: z.number() }),
  /** SHA-256 of the material whose person it was compared with. */
  material: z.string().regex(/^[0-9a-f]{64}$/),
  capturedAt: z.iso.datetime(),
  checks: z.array(checkSchema),
  /** `failed`: a check did. `pending`: nothing did, and a person has to look. There is no third word. */
  outcome: z.enum(['failed', 'pending']),
  retentionUntil: z.iso.datetime(),
});

/** A capture as it lies in a `*.capture.json` file; its digest is what a review and a record are about. */
export type CaptureReport = z.infer<typeof reportSchema>;

/** What {@link captureConsent} takes. */
export interface CaptureOptions extends LongWork {
  /** The recording. */
  readonly recording: string;
  readonly challenge: Challenge;
  /** The picture or video that the record will be about, and whose person it shows. */
  readonly material: { readonly path: string; readonly faces: readonly Identity[] };
  /** Days the recording is kept; 365 unless told. */
  readonly retentionDays?: number;
  /** True for a camera that shows people as in a mirror. */
  readonly mirrored?: boolean;
}

/** Faces of the one person that a picture or video shows, as {@link CaptureOptions.material} takes them. */
export async function onlyPerson(path: string, work: LongWork = {}): Promise<Identity[]> {
  const { tracks } = await analyzeFile(path, work);
  const [track] = tracks;
  if (track === undefined || tracks.length > 1)
    throw new LikenessError('consent.capture.material', `${path} shows ${tracks.length} people, one was expected.`, {
      hint: 'Give a picture or clip of the person alone.',
    });
  return track.faces.flatMap((face) => (face.identity === null ? [] : [face.identity]));
}

async function secondsSpoken(sound: Float32Array): Promise<number> {
  const net = await openModel('voice-activity');
  try {
    return spokenSeconds(await speechActivity(net, sound));
  } finally {
    await net.close();
  }
}

/** Measures a recording. */
export async function measureCapture(
  recording: string,
  material: readonly Identity[],
  work: LongWork = {},
): Promise<CaptureMeasures> {
  const analysis = await analyzeVideo(recording, { ...work, small: false, masks: false });
  const frames = await sketches(recording, work);
  const sound = await readSound(recording, SPEECH_RATE);
  return { analysis, frames, speech: sound === null ? null : await secondsSpoken(sound), material };
}

/**
 * Checks a recording against its challenge and keeps it. A challenge is good for one capture, whatever comes of it.
 *
 * @throws LikenessError `consent.challenge.used`, `consent.capture.replayed`, `consent.capture.length`, those of the
 *   media room
 */
export async function captureConsent(options: CaptureOptions): Promise<CaptureReport> {
  const { recording, challenge, material, retentionDays = 365, mirrored = false } = options;
  const info = await probe(recording);
  if (info.kind !== 'video')
    throw new LikenessError('consent.capture.video', `${recording} is not a video.`, {
      hint: 'Film the person while they answer the challenge.',
    });
  const seconds = info.duration;
  if (!(seconds >= SHORTEST && seconds <= LONGEST))
    throw new LikenessError('consent.capture.length', `${recording} has ${seconds.toFixed(1)} s.`, {
      hint: `A capture takes ${SHORTEST} to ${LONGEST} s.`,
    });
  const witness = await witnessFile(recording);
  const source = await witnessFile(material.path);
  if (witness.sha256 === source.sha256)
    throw new LikenessError('consent.capture.material', 'The recording cannot be its own material.', {
      hint: 'Name the picture or clip that the record will be about.',
    });
  const checks = captureChecks(await measureCapture(witness.path, material.faces, options), challenge.moves, mirrored);
  const now = new Date();
  const until = new Date(now.getTime() + retentionDays * DAY);
  const report = reportSchema.parse({
    type: 'LikenessCapture',
    version: '1.0.0',
    challenge: {
      id: challenge.id,
      words: challenge.words,
      moves: challenge.moves,
      issuedAt: challenge.issuedAt,
    },
    recording: { sha256: witness.sha256, seconds },
    material: source.sha256,
    capturedAt: now.toISOString(),
    checks,
    outcome: checks.some((check) => check.outcome === 'failed') ? 'failed' : 'pending',
    retentionUntil: `${until.toISOString().slice(0, 19)}Z`,
  });
  await decideInAudit('capture', (entries) => {
    for (const { kind, facts, at } of entries) {
      if (kind !== 'capture') continue;
      if (facts['challenge'] === challenge.id)
        throw new LikenessError(
          'consent.challenge.used',
          `This challenge was answered on ${at}; it is good for once.`,
          {
            hint: 'Ask for a new one: likeness consent challenge.',
          },
        );
      if (facts['recording'] === witness.sha256)
        throw new LikenessError('consent.capture.replayed', `${recording} was handed in before, on ${at}.`, {
          hint: 'Record an answer to the challenge that was given now.',
        });
    }
    return {
      challenge: challenge.id,
      recording: witness.sha256,
      capture: digestOf(report),
      outcome: report.outcome,
      failed: checks.filter((check) => check.outcome === 'failed').map((check) => check.name),
    };
  });
  if (report.outcome === 'pending') await storeEvidence(witness.path, challenge.id, witness.sha256, until);
  return report;
}

/** What a review is about and a record names: the digest of a report. */
export function captureDigest(report: CaptureReport): string {
  return digestOf(report);
}

/** Writes a report to a `*.capture.json` file. */
export async function writeCapture(path: string, report: CaptureReport): Promise<void> {
  await writeAtomic(path, `${JSON.stringify(report, null, 2)}\n`);
}

/** Reads a `*.capture.json` file. */
export function readCapture(path: string): CaptureReport {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading a capture', cause);
  }
  const parsed = reportSchema.safeParse(parseJson(text, path));
  if (!parsed.success)
    throw new LikenessError('consent.capture.damaged', `${path} is not a capture report.`, {
      hint: 'Make one with "likeness consent capture".',
      cause: parsed.error,
    });
  return parsed.data;
}

/** What a record says of a capture. A failed one is no evidence. */
export function evidenceOf(report: CaptureReport): NonNullable<ConsentRecord['evidence']> {
  if (report.outcome === 'failed')
    throw new LikenessError('consent.capture.failed', 'This capture failed its checks; no record can rest on it.', {
      hint: 'Ask for a new challenge and record again.',
    });
  const captureHash = digestOf(report);
  return {
    method: 'liveVideoChallenge',
    footageHash: `sha256:${report.recording.sha256}`,
    transcriptHash: null,
    challenge: {
      id: report.challenge.id,
      words: report.challenge.words.join(' '),
      moves: [...report.challenge.moves],
      issuedAt: report.challenge.issuedAt,
      recordedAt: report.capturedAt,
    },
    checks: Object.fromEntries(
      report.checks.flatMap(({ name, score }) => (score === null ? [] : [[name, score] as const])),
    ),
    captureHash,
    review: knownReview(captureHash),
    retentionUntil: report.retentionUntil,
  };
}
