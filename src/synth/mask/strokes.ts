/**
 * What somebody painted to correct a mask: strokes on the flattened face, so that they move with the head. The file of
 * `likeness swap --mask-edits` and the routes of a project hold the same strokes.
 */
import { z } from 'zod';
import { LikenessError, parseJsonAs } from '../../base/index.js';

/** Version of the file that this program reads. */
export const MASK_EDITS_VERSION = 'likeness-mask-edits/1';

/** Most strokes of one person. */
export const MOST_STROKES = 300;
/** Most points of one stroke. */
export const MOST_POINTS = 400;
/** Smallest and largest brush: radius in centimetres of the canonical face, which is 17.7 cm high. */
export const BRUSH = { least: 0.2, most: 6 } as const;

const centimetres = z.number().min(-16, 'lies off the face').max(16, 'lies off the face');

/** Zod schema of a {@link MaskStroke}. */
export const maskStrokeSchema = z.strictObject({
  /** Frame of the target on which it was painted, from 0. */
  frame: z.int().min(0).max(100_000_000),
  /** `frame`: this one alone; `forward`: from it to the next cut; `shot`: from cut to cut. */
  reach: z.enum(['frame', 'forward', 'shot']).default('shot'),
  /** `add` shows the new face there, `remove` keeps the filmed one. */
  mode: z.enum(['add', 'remove']),
  /** Centimetres of the canonical face. */
  radius: z.number().min(BRUSH.least).max(BRUSH.most),
  /** The line of the brush: x to the right of the picture and y down, centimetres of the canonical face. */
  points: z
    .array(z.tuple([centimetres, centimetres]))
    .min(1)
    .max(MOST_POINTS),
});

/** One stroke of the brush. Later ones go over earlier ones. */
export type MaskStroke = z.infer<typeof maskStrokeSchema>;

/** Zod schema of all strokes of one person. */
export const maskStrokesSchema = z.array(maskStrokeSchema).max(MOST_STROKES, `are more than ${MOST_STROKES}`);

const fileSchema = z.strictObject({
  likeness: z.literal(MASK_EDITS_VERSION),
  edits: z
    .array(
      z.strictObject({
        /** Person of the target; `null` where one alone is routed. */
        person: z.int().min(1).max(10_000).nullable().default(null),
        strokes: maskStrokesSchema,
      }),
    )
    .max(32),
});

/** Strokes of one person, as the file of `--mask-edits` names them. */
export type PersonEdits = z.infer<typeof fileSchema>['edits'][number];

/**
 * Reads a file of mask corrections.
 *
 * @param where for messages: its path
 * @throws LikenessError `mask.edits`
 */
export function parseMaskEdits(text: string, where: string): PersonEdits[] {
  const wrong = (what: string, cause: unknown): LikenessError =>
    new LikenessError('mask.edits', `${where} holds no mask corrections: ${what}.`, {
      hint: 'docs/compositing.md shows such a file; a project of the studio has the same strokes in its routes.',
      cause,
    });
  return parseJsonAs(text, fileSchema, wrong).edits;
}
