/** The JSON shape of an analysis (`docs/analyze.md` explains every field), and the way there and back. */
import { z } from 'zod';
import { EXPRESSION_NAMES, LikenessError } from '../../base/index.js';
import type { MediaInfo } from '../../media/index.js';
import { LANDMARK_COUNT } from '../geometry/index.js';
import type { TrackedFace } from '../types.js';
import type { Analysis, AnalyzedTrack, TrackMask } from './types.js';

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);
const box = z.tuple([z.number(), z.number(), z.number().nonnegative(), z.number().nonnegative()]);
const pair = z.tuple([count, count]);

const color = z.object({
  matrix: z.enum(['bt601', 'bt709', 'bt2020', 'rgb']),
  range: z.enum(['limited', 'full']),
  primaries: z.string(),
  transfer: z.string(),
});

const media = z.looseObject({
  path: z.string(),
  container: z.string(),
  bytes: count,
  kind: z.enum(['video', 'picture', 'audio']),
  duration: z.number().nonnegative(),
  video: z
    .looseObject({
      codec: z.string(),
      width: count,
      height: count,
      rotation: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
      frameRate: z.number().nonnegative(),
      variableFrameRate: z.boolean(),
      frameCount: count,
      bitDepth: count,
      alpha: z.boolean(),
      color,
    })
    .nullable(),
  audio: z.array(z.looseObject({ codec: z.string(), sampleRate: count, channels: count, language: z.string() })),
});

const face = z.object({
  frame: count,
  timestamp: z.number(),
  box,
  pose: z.tuple([z.number(), z.number(), z.number()]),
  expression: z.array(share).length(EXPRESSION_NAMES.length),
  confidence: share,
  occlusion: share,
  interpolated: z.boolean(),
  landmarks: z
    .array(z.number())
    .length(3 * LANDMARK_COUNT)
    .optional(),
});

const mask = z.object({ frame: count, box, width: count, height: count, data: z.base64() });

const track = z.object({
  id: z.number().int().positive(),
  span: pair,
  runs: z.array(pair).min(1),
  faces: z.array(face).min(1),
  masks: z.array(mask),
  identity: z.object({ a: z.array(z.number()).min(1), b: z.array(z.number()).min(1) }).optional(),
});

/** The JSON document as a zod schema. */
export const analysisSchema = z.object({
  version: z.literal(1),
  media,
  frames: count,
  cuts: z.array(count),
  remarks: z.array(z.string()),
  expressionNames: z.array(z.string()),
  tracks: z.array(track),
});

/** An analysis as JSON. */
export type AnalysisDocument = z.infer<typeof analysisSchema>;

/** What goes into the JSON. */
export interface DocumentOptions {
  /** The 478 points of every face, rounded to 2 decimals, and the person masks; without them a document is some twenty times smaller. Default true. */
  readonly landmarks?: boolean;
  /**
   * Also the two mean embeddings of each person. They are biometric templates: whoever has them can recognise the person
   * elsewhere. Default false.
   */
  readonly embeddings?: boolean;
}

const round = (value: number, digits: number): number => {
  const f = 10 ** digits;
  return Math.round(value * f) / f;
};

const boxOf = (b: TrackedFace['box']): [number, number, number, number] => [
  round(b.x, 2),
  round(b.y, 2),
  round(b.width, 2),
  round(b.height, 2),
];

/** One face as JSON. */
export function faceDocument(f: TrackedFace, landmarks: boolean): AnalysisDocument['tracks'][number]['faces'][number] {
  return {
    frame: f.frame,
    timestamp: f.timestamp,
    box: boxOf(f.box),
    pose: [round(f.pose.yaw, 2), round(f.pose.pitch, 2), round(f.pose.roll, 2)],
    expression: Array.from(f.expression, (v) => round(v, 3)),
    confidence: round(f.confidence, 3),
    occlusion: round(f.occlusion, 3),
    interpolated: f.interpolated,
    ...(landmarks ? { landmarks: Array.from(f.landmarks, (v) => round(v, 2)) } : {}),
  };
}

/** One mask as JSON: its bytes as base64. */
export function maskDocument(m: TrackMask): AnalysisDocument['tracks'][number]['masks'][number] {
  const data = Buffer.from(m.data.buffer, m.data.byteOffset, m.data.byteLength).toString('base64');
  return { frame: m.frame, box: boxOf(m.box), width: m.width, height: m.height, data };
}

/** Everything of a track but its faces and masks. */
export function trackHead(t: AnalyzedTrack, options: DocumentOptions): Record<string, unknown> {
  const identity = { a: Array.from(t.identity.a, (v) => round(v, 5)), b: Array.from(t.identity.b, (v) => round(v, 5)) };
  return { id: t.id, span: t.span, runs: t.runs, ...(options.embeddings === true ? { identity } : {}) };
}

/** An analysis as one JSON value. For long clips `writeAnalysis` writes the same without holding it in memory. */
export function toDocument(analysis: Analysis, options: DocumentOptions = {}): AnalysisDocument {
  const { version, media: info, frames, cuts, remarks } = analysis;
  return {
    version,
    media: info as unknown as AnalysisDocument['media'],
    frames,
    cuts: [...cuts],
    remarks: [...remarks],
    expressionNames: [...EXPRESSION_NAMES],
    tracks: analysis.tracks.map((t) => ({
      ...(trackHead(t, options) as Pick<AnalysisDocument['tracks'][number], 'id' | 'span' | 'runs'>),
      faces: t.faces.map((f) => faceDocument(f, options.landmarks ?? true)),
      masks: options.landmarks === false ? [] : t.masks.map(maskDocument),
    })),
  };
}

const boxFrom = ([x, y, width, height]: readonly [number, number, number, number]) => ({ x, y, width, height });

/**
 * The analysis that a document holds.
 *
 * @throws LikenessError `analysis.partial` where landmarks or embeddings were left out when it was written
 */
export function fromDocument(document: AnalysisDocument): Analysis {
  const tracks = document.tracks.map((t): AnalyzedTrack => {
    if (t.identity === undefined)
      throw new LikenessError(
        'analysis.partial',
        `The analysis of ${document.media.path} was written without embeddings.`,
        {
          hint: 'Run likeness analyze again; what other commands need is kept in the encrypted cache, not in the JSON.',
        },
      );
    return {
      id: t.id,
      span: t.span,
      runs: t.runs,
      identity: { a: Float32Array.from(t.identity.a), b: Float32Array.from(t.identity.b) },
      masks: t.masks.map((m) => ({ ...m, box: boxFrom(m.box), data: new Uint8Array(Buffer.from(m.data, 'base64')) })),
      faces: t.faces.map((f): TrackedFace => {
        if (f.landmarks === undefined)
          throw new LikenessError(
            'analysis.partial',
            `The analysis of ${document.media.path} was written without landmarks.`,
            {
              hint: 'Write it again with landmarks.',
            },
          );
        const [yaw, pitch, roll] = f.pose;
        return {
          ...f,
          box: boxFrom(f.box),
          pose: { yaw, pitch, roll },
          expression: Float32Array.from(f.expression),
          landmarks: Float32Array.from(f.landmarks),
          identity: null,
        };
      }),
    };
  });
  const { version, frames, cuts, remarks } = document;
  return { version, media: document.media as unknown as MediaInfo, frames, cuts, remarks, tracks, waypoints: [] };
}
