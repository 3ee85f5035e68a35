/** What a job is: the shapes that the database, the workers and the API share. */
import { z } from 'zod';
import type { MediaInfo } from '../media/index.js';
import { maskStrokesSchema } from '../synth/mask/index.js';
import { captureTermsSchema } from './capture-terms.js';

/** What can be done as a job. */
export const JOB_KINDS = [
  'analyze',
  'train',
  'render',
  'check',
  'report',
  'verify',
  'capture',
  'cast',
  'bench',
] as const;
/** One of {@link JOB_KINDS}. */
export type JobKind = (typeof JOB_KINDS)[number];

/**
 * - `queued`: waits for a worker
 * - `running`
 * - `paused`: by somebody, or because the disk is full; what is done is kept
 * - `done`, `failed`, `cancelled`: ended
 */
export const JOB_STATES = ['queued', 'running', 'paused', 'done', 'failed', 'cancelled'] as const;
/** One of {@link JOB_STATES}. */
export type JobState = (typeof JOB_STATES)[number];

/** States after which nothing happens by itself. */
export const ENDED: readonly JobState[] = ['done', 'failed', 'cancelled'];

/** A file of the studio: its path below the studio's folder, and what it must still be. */
const storedFile = z.strictObject({ path: z.string(), sha256: z.string(), name: z.string() });

/** See {@link storedFile}. */
export type StoredFile = z.infer<typeof storedFile>;

const person = z.int().min(1).nullable();
const consentId = z.string();
/** What the use is, as records and law speak of it. */
const purpose = z.strictObject({
  use: z.string(),
  territory: z.string().nullable(),
  channel: z.string().nullable(),
  facts: z.record(z.string(), z.enum(['yes', 'no', 'unknown'])),
});

const training = z.strictObject({
  preset: z.string(),
  seed: z.int(),
  steps: z.int().nullable(),
  minutes: z.number().nullable(),
});

const route = z.strictObject({
  person,
  engine: z.string(),
  source: storedFile,
  sourcePerson: person,
  sourceConsent: consentId,
  targetConsent: consentId,
  training: training.nullable(),
  /** Jobs of before there was a brush have none. */
  strokes: maskStrokesSchema.default([]),
});

/** One row of a job's routing table. */
export type JobRoute = z.infer<typeof route>;

/** What each kind of job works from. Everything is in it: a project that changes later does not change a job. */
export const jobInputSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('analyze'), media: storedFile }),
  z.strictObject({ kind: z.literal('check'), media: storedFile }),
  z.strictObject({ kind: z.literal('verify'), media: storedFile }),
  z.strictObject({ kind: z.literal('train'), target: storedFile, route, purpose }),
  z.strictObject({
    kind: z.literal('render'),
    target: storedFile,
    routes: z.array(route).min(1),
    purpose,
    /** File name of what is made, without a folder. */
    out: z.string(),
    quality: z.enum(['draft', 'good', 'high']),
    outline: z.number().min(0).max(1),
    enhance: z.boolean(),
    label: z.enum(['corner', 'lower-third', 'credits']),
    labelLanguage: z.string().nullable(),
    /** Seconds, where a part is made to see early what the whole will be like. */
    trial: z.number().positive().optional(),
    /** Jobs of before there was a notice have none. */
    soundNotice: z.enum(['off', 'start', 'minute']).default('off'),
  }),
  z.strictObject({
    kind: z.literal('capture'),
    recording: storedFile,
    /** What the record will be about: a clip or picture of the person. */
    material: storedFile,
    person,
    /** As it was given; the task looks whether it is genuine and still good. */
    challenge: z.unknown(),
    mirrored: z.boolean(),
    subject: z.strictObject({ did: z.string(), name: z.string() }),
    /** Key of whoever signs for them, where the terms name somebody. */
    signer: z.string().nullable().default(null),
    /** Who it is given to. */
    licensee: z.strictObject({ did: z.string(), name: z.string() }),
    /** List that tells others when the record does not stand any more; none where the studio has no address for others. */
    statusList: z.string().nullable().default(null),
    terms: captureTermsSchema,
  }),
  z.strictObject({ kind: z.literal('cast') }),
  z.strictObject({
    kind: z.literal('bench'),
    /** What the set is called. */
    name: z.string(),
    files: z.array(
      z.strictObject({ ...storedFile.shape, fake: z.boolean(), source: z.string(), generator: z.string().nullable() }),
    ),
    levels: z.array(z.enum(['original', 'web', 'hard'])).min(1),
    equalise: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('report'), target: storedFile, output: storedFile, routes: z.array(route).min(1) }),
]);

/** See {@link jobInputSchema}. */
export type JobInput = z.infer<typeof jobInputSchema>;
/** The input of one kind. */
export type InputOf<K extends JobKind> = Extract<JobInput, { kind: K }>;

/** How far a job is. */
export interface JobProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string;
  readonly note: string | null;
  /** 0..1 of this stage, `null` where it is not known. */
  readonly share: number | null;
  /** Of this stage, from its pace so far; `null` where it is not known. */
  readonly secondsLeft: number | null;
  /** Of the whole job; null or left out where no job like it has been done yet, or too little of it. */
  readonly whole?: JobWhole | null;
}

/** What is left of a whole job, about. */
export interface JobWhole {
  /** 0..1 of its time; never falls. */
  readonly share: number;
  /** Rounded; never rises. `null` where it goes on for longer than was said. */
  readonly secondsLeft: number | null;
  /** The least that was said so far. */
  readonly least: number;
}

/** Why a job does not go on. */
export interface JobError {
  readonly code: string;
  readonly detail: string;
  readonly hint: string | null;
}

/** What was packed of a film for guests. */
export interface SharedPack {
  /** Part of the names of all pieces; nothing is locked with it. */
  readonly key: string;
  /** The program that all who take part must be. */
  readonly code: string;
  /** Names in the folder of the segments. */
  readonly files: readonly string[];
}

/** A render that is shared out among workers, stretch by stretch. */
export interface SharedPlan {
  /** Id of the piece of work, the same for all who take part. */
  readonly work: string;
  /** Name of the file that every stretch begins with, in the folder of the segments. */
  readonly file: string;
  readonly stretches: readonly {
    readonly index: number;
    readonly frames: number;
    /** Number of its first segment in the film. */
    readonly first: number;
    /** Names of its segments, once they are finished. */
    readonly files: readonly string[];
  }[];
  /** What guests need beside the film and the file that every stretch begins with; null where none may take part. */
  readonly packed: SharedPack | null;
  /** Numbers of the stretches that are not finished. */
  readonly missing: readonly number[];
}

/** How a part of a job stands. */
export const PART_STATES = ['waiting', 'running', 'done'] as const;

/** One stretch of a render that is shared out. */
export interface JobPart {
  /** Its number, from 0. */
  readonly part: number;
  readonly state: (typeof PART_STATES)[number];
  readonly frames: number;
  /** Frames of it that are done. */
  readonly done: number;
  /** How often it was begun; 0 where it was found finished. */
  readonly attempts: number;
  /** Who has it, or had it last. */
  readonly worker: string | null;
}

/** A file that a job left in its folder. */
export interface JobFile {
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
}

/** A file that a job made, for the media of the studio. */
export interface MadeFile {
  /** Below the studio's folder. */
  readonly path: string;
  readonly info: MediaInfo;
  readonly sha256: string;
  readonly bytes: number;
  readonly name: string;
}

/** What a task hands back. */
export interface TaskResult {
  /** JSON for the API. */
  readonly result: unknown;
  readonly files: readonly JobFile[];
  readonly made: MadeFile | null;
}

/** A job as it lies in the database. */
export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly title: string;
  readonly owner: string;
  readonly project: string | null;
  /** The media it looks at, where it is one. */
  readonly media: string | null;
  readonly priority: number;
  readonly input: JobInput;
  readonly progress: JobProgress | null;
  readonly result: unknown;
  /** What a check or verification that is done came to, in the words of its report; null of all others. */
  readonly verdict: string | null;
  readonly error: JobError | null;
  readonly files: readonly JobFile[];
  readonly attempts: number;
  /** Of a render that workers share, from when it was shared out. */
  readonly plan: SharedPlan | null;
  /** Seconds so far by stage. */
  readonly spent: Readonly<Record<string, number>>;
  /** A word for jobs whose stages take like shares of their time. */
  readonly course: string;
  /** Why it was started again, where somebody said so. */
  readonly reason: string | null;
  /** Rises with every change of any job: the id of its events. */
  readonly change: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}
