/** The card of a detector that a user brings: what its net takes and what its answer means. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fileError, LikenessError, parseJsonAs } from '../../base/index.js';

const three = z.tuple([z.number(), z.number(), z.number()]);

const schema = z.strictObject({
  /** Kebab case; must not be that of a detector that ships. */
  id: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/),
  title: z.string().min(1).max(80),
  /** What it looks for, one sentence. */
  asks: z.string().min(1).max(300),
  licence: z.string().min(1),
  /** The ONNX file, beside the card. */
  model: z.string().min(1),
  speaksFor: z.enum(['swap', 'generated']),
  input: z.strictObject({
    name: z.string().min(1),
    width: z.number().int().min(16).max(1024),
    height: z.number().int().min(16).max(1024),
    layout: z.enum(['nchw', 'nhwc']),
    /** `bgr`: blue first. */
    colour: z.enum(['rgb', 'bgr']),
    /** value = (rgb / 255 - mean) / std, for R, G, B. */
    mean: three,
    std: three.refine((s) => s.every((v) => v !== 0), 'must not be 0'),
    /** `face`: an upright square round each face; `picture`: the whole of it, squeezed. */
    crop: z.enum(['face', 'picture']),
    /** Side of the square against the longer side of the face's box. */
    margin: z.number().min(1).max(4).optional(),
  }),
  output: z.strictObject({
    name: z.string().min(1),
    /** Which number of the output counts. */
    index: z.number().int().min(0),
    /** `probability` becomes a logit first. */
    means: z.enum(['logit', 'probability']),
    /** Whether a high number speaks for synthetic or for genuine. */
    high: z.enum(['synthetic', 'genuine']),
  }),
  limits: z.array(z.string().min(1)).min(1),
});

/** A valid card. */
export type OwnCard = z.infer<typeof schema>;

/**
 * Reads a card.
 *
 * @throws LikenessError `detect.card` with the field that is wrong, `file.*`
 */
export async function readOwnCard(path: string): Promise<OwnCard> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw fileError(path, 'reading the card of a detector', cause);
  });
  return parseJsonAs(
    text,
    schema,
    (what, cause) =>
      new LikenessError('detect.card', `${path} is no card of a detector: ${what}.`, {
        hint: 'docs/lab.md shows a card and explains every field.',
        cause,
      }),
  );
}
