/** What somebody is asked to agree to by a link. The form of the pages sends it, the record is made of it. */
import { z } from 'zod';
import { MEDIA, OPERATIONS, plainName, ROLES } from '../consent/index.js';

/** Zod schema of the terms; whatever is left out has the careful answer. */
export const captureTermsSchema = z.strictObject({
  project: z.string().overwrite(plainName).min(1, 'is missing').max(200),
  description: z.string().max(2000).default(''),
  roles: z.array(z.enum(ROLES)).min(1, 'name neither side').default(['source', 'replaced']),
  operations: z.array(z.enum(OPERATIONS)).min(1, 'name nothing').default(['train', 'faceSwap']),
  uses: z
    .array(z.string().regex(/^[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*$/, 'must be dotted words such as film.fiction'))
    .min(1),
  media: z.array(z.enum(MEDIA)).min(1).default(['video', 'picture']),
  territories: z
    .array(z.string().regex(/^([A-Z]{2}(-[A-Z0-9]{1,3})?|worldwide)$/, 'must be a code such as DE'))
    .min(1)
    .default(['worldwide']),
  channels: z.array(z.string().max(100)).default([]),
  count: z.int().min(1).max(1_000_000).nullable().default(null),
  /** Whether they approve every film and picture before it is changed. */
  scriptApproval: z.enum(['none', 'perItem']).default('none'),
  /** From the signature on. */
  days: z.int().min(1).max(3650).default(365),
  /** What becomes of it when the days are over. */
  postTerm: z.enum(['deleteModels', 'deleteModelsKeepPublished', 'keepPublished']).default('deleteModelsKeepPublished'),
  /** What is paid, for the two of them to read; `null` says nothing of it. */
  pay: z
    .strictObject({ kind: z.enum(['none', 'fee', 'share', 'other']), note: z.string().trim().max(500).default('') })
    .nullable()
    .default(null),
  /** On what it rests in law, and whose law it is under. */
  legalBasis: z.string().trim().min(1, 'is missing').max(200).default('consent'),
  governingLaw: z.string().trim().min(1, 'is missing').max(200).nullable().default(null),
  /** Agreed notice of a withdrawal; it works at once all the same. */
  noticeHours: z.int().min(0).max(9999).default(0),
  /** Whether what was published is taken down after a withdrawal. */
  effect: z.enum(['stopNewGeneration', 'stopNewGenerationAndUnpublishWhereFeasible']).default('stopNewGeneration'),
  /** Who signs for the person shown: a guardian for a minor, an attorney for an adult who does not decide alone; `null`: nobody. */
  signer: z
    .strictObject({
      name: z.string().overwrite(plainName).min(1, 'is missing').max(120),
      relation: z.enum(['guardian', 'attorney']),
    })
    .nullable()
    .default(null),
});

/** See {@link captureTermsSchema}. */
export type CaptureTerms = z.infer<typeof captureTermsSchema>;
