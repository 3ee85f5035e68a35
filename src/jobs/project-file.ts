/**
 * A project as one file: what is made of what, with whose consent, and how. The same project always gives the same bytes:
 * fields stand in one order, what is left out is written with its default. Media are named by their content.
 */
import { z } from 'zod';
import { LikenessError, parseJsonAs } from '../base/index.js';
import { plainName } from '../consent/index.js';
import { maskStrokesSchema } from '../synth/mask/index.js';

/** Version that this program reads and writes. */
export const PROJECT_VERSION = 'likeness-project/1';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hex digits');
const fileName = z
  .string()
  .overwrite((name) => plainName(name) || 'file')
  .max(200);
const media = z.strictObject({ sha256, name: fileName }).nullable();
const person = z.int().min(1, 'starts at 1').max(10_000).nullable();
const consent = z.uuid('is no id of a consent record').nullable();
const word = z.string().max(100);

const training = z.strictObject({
  preset: z.enum(['draft', 'standard', 'fine']).default('standard'),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31)
    .default(1),
  steps: z.int().min(1).max(10_000_000).nullable().default(null),
  minutes: z.number().min(0.1).max(100_000).nullable().default(null),
});

const route = z.strictObject({
  /** Person of the target; `null` where there is one alone. */
  person: person.default(null),
  engine: z.enum(['mesh', 'gan']).default('mesh'),
  source: media.default(null),
  sourcePerson: person.default(null),
  sourceConsent: consent.default(null),
  targetConsent: consent.default(null),
  training: training.nullable().default(null),
  /** What somebody painted on the mask of the person who is replaced. */
  strokes: maskStrokesSchema.default([]),
});

const settings = z.strictObject({
  quality: z.enum(['draft', 'good', 'high']).default('good'),
  outline: z.number().min(0, 'goes from 0 to 1').max(1, 'goes from 0 to 1').default(1),
  enhance: z.boolean().default(false),
  label: z.enum(['corner', 'lower-third', 'credits']).default('corner'),
  labelLanguage: z.enum(['en', 'de', 'fr', 'es', 'it', 'zh', 'ja', 'ko']).nullable().default(null),
  /** When a notice plays in the sound, in the language of the label. */
  soundNotice: z.enum(['off', 'start', 'minute']).default('off'),
  use: word.min(1, 'is missing').default('film'),
  territory: z
    .string()
    .regex(/^[A-Z]{2}(-[A-Z0-9]{1,3})?$/, 'must be a code such as DE or US-CA')
    .nullable()
    .default(null),
  channel: word.nullable().default(null),
  facts: z.record(z.string().max(60), z.enum(['yes', 'no', 'unknown'])).default({}),
});

/** Zod schema of a project file. */
export const projectFileSchema = z.strictObject({
  likeness: z.literal(PROJECT_VERSION).default(PROJECT_VERSION),
  name: z.string().overwrite(plainName).min(1, 'is missing').max(120, 'is longer than 120 letters'),
  target: media.default(null),
  routes: z.array(route).max(32, 'are more than 32').default([]),
  settings: settings.prefault({}),
});

/** A project, whole. */
export type ProjectFile = z.infer<typeof projectFileSchema>;
/** One row of its routing table. */
export type ProjectRoute = ProjectFile['routes'][number];

/** What is missing before a project can be rendered, by field. */
export interface ProjectGap {
  readonly field: string;
  readonly message: string;
}

function routeGaps(each: ProjectRoute, at: string): ProjectGap[] {
  const missing = (field: string, message: string): ProjectGap => ({ field: `${at}.${field}`, message });
  return [
    ...(each.source === null ? [missing('source', 'names no clip of the person whose face comes in')] : []),
    ...(each.sourceConsent === null
      ? [missing('sourceConsent', 'is missing: consent of the person who comes in')]
      : []),
    ...(each.targetConsent === null
      ? [missing('targetConsent', 'is missing: consent of the person who is replaced')]
      : []),
    ...(each.engine === 'gan' && each.training === null
      ? [missing('training', 'is missing: a trained pair needs a preset')]
      : []),
  ];
}

/** What is missing before a project can be rendered. */
export function projectGaps(file: ProjectFile): ProjectGap[] {
  const people = file.routes.map((each) => each.person);
  const twice = people.some((each, i) => people.indexOf(each) !== i);
  return [
    ...(file.target === null ? [{ field: 'target', message: 'names no video or picture to change' }] : []),
    ...(file.routes.length === 0 ? [{ field: 'routes', message: 'replace nobody yet' }] : []),
    ...(twice ? [{ field: 'routes', message: 'name a person twice' }] : []),
    ...file.routes.flatMap((each, i) => routeGaps(each, `routes.${i}`)),
  ];
}

/** Puts the keys of every object in order, so that the bytes depend on nothing but the content. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, ordered(each)]),
  );
}

/** The bytes of a project file. */
export function writeProjectFile(file: ProjectFile): string {
  return `${JSON.stringify(ordered(projectFileSchema.parse(file)), null, 2)}\n`;
}

/**
 * Reads a project file.
 *
 * @param where for messages: its path
 * @throws LikenessError `project.file`
 */
export function parseProjectFile(text: string, where: string): ProjectFile {
  const wrong = (what: string, cause: unknown): LikenessError =>
    new LikenessError('project.file', `${where} is no project file: ${what}.`, {
      hint: 'The studio exports one; docs/studio.md shows its fields.',
      cause,
    });
  return parseJsonAs(text, projectFileSchema, wrong);
}
