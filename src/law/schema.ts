/** The shape of the table: rows of law with status, dates and sources, and the rules drawn from them. */
import { z } from 'zod';
import { FACTS, type Fact } from './facts.js';

/** What somebody does. `possess` includes downloading and viewing, `remove` is asking others to take something down. */
export const ACTS = [
  'make',
  'possess',
  'share',
  'publish',
  'advertise',
  'train',
  'offerTool',
  'host',
  'remove',
] as const;

/** One of {@link ACTS}. */
export type Act = (typeof ACTS)[number];

/** What the thing is. */
export const LAW_MEDIA = ['video', 'picture', 'audio'] as const;

/** One of {@link LAW_MEDIA}. */
export type LawMedium = (typeof LAW_MEDIA)[number];

/** What a duty asks for. `label` becomes `label.visible` or `label.audible` once the medium is known. */
export const DUTY_KINDS = [
  'label',
  'label.light',
  'label.icon',
  'mark.metadata',
  'mark.metadata.cn',
  'mark.watermark',
  'disclose.ad',
  'declare.upload',
  'consent.written',
  'consent.guardian',
  'consent.estate',
  'contract.specific',
  'detector.free',
  'takedown',
] as const;

const day = z.iso.date();

/** A condition on a fact or the medium: `consent=no`, `medium=audio`. */
const test = z.string().refine((text) => {
  const [name = '', value = ''] = text.split('=');
  return name === 'medium'
    ? (LAW_MEDIA as readonly string[]).includes(value)
    : Object.hasOwn(FACTS, name) && (value === 'yes' || value === 'no');
}, 'is no condition such as consent=no or medium=audio');

/** When a rule applies: a test, or several joined. */
export type Condition = string | { all: Condition[] } | { any: Condition[] };

const condition: z.ZodType<Condition> = z.lazy(() =>
  z.union([test, z.strictObject({ all: z.array(condition) }), z.strictObject({ any: z.array(condition).min(1) })]),
);

const deadline = z.strictObject({
  hours: z.number().positive(),
  /** What starts the clock. */
  after: z.enum(['notice', 'order', 'regulator', 'request']),
});

const rule = z.strictObject({
  /** Unique within the row. */
  id: z.string().regex(/^[a-z0-9-]+$/),
  article: z.string().min(1),
  acts: z.array(z.enum(ACTS)).min(1),
  when: condition,
  unless: z.array(z.strictObject({ label: z.string(), when: condition })).default([]),
  effect: z.enum(['prohibit', 'require', 'recommend', 'right', 'inform']),
  kinds: z.array(z.enum(DUTY_KINDS)).default([]),
  text: z.string().min(10),
  penalty: z.string().optional(),
  deadline: deadline.optional(),
  /** Where a right is used: which mechanism, which authority. */
  where: z.string().optional(),
});

/** How far something was checked: primary text read, secondary source only, unverified; H is a rule of this program. */
const letter = z.enum(['P', 'S', 'U', 'H']);

const row = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  instrument: z.string().min(3),
  what: z.string().min(10),
  status: z.enum(['inForce', 'enacted', 'bill', 'struck', 'voluntary', 'none', 'house']),
  /** First day it applies, or `null` where that was not found. */
  from: day.nullable(),
  until: day.nullable().default(null),
  /** Another first day for some. */
  transitional: z.array(z.strictObject({ label: z.string(), when: condition, from: day })).default([]),
  letters: z.strictObject({ text: letter, dates: letter }),
  /** Day on which somebody last looked whether the row still holds. */
  verifiedOn: day,
  sources: z.array(z.strictObject({ title: z.string().min(3), url: z.url().nullable() })).min(1),
  /** Which passage was read, and where. Needed for P. */
  read: z.string().optional(),
  note: z.string().optional(),
  rules: z.array(rule),
});

/** One file of the table: all rows of one place. */
export const placeFileSchema = z.strictObject({ place: z.string().min(2), rows: z.array(row).min(1) });

/** What the table as a whole says of itself. */
export const rulesetHeadSchema = z.strictObject({
  version: z.string().min(4),
  /** Day the table was last gone through as a whole. */
  asOf: day,
  note: z.string(),
});

/** How far something was checked. */
export type Letter = z.infer<typeof letter>;
/** A rule drawn from a row. */
export type LawRule = z.infer<typeof rule>;
/** A deadline for others. */
export type Deadline = z.infer<typeof deadline>;
/** A row as the table holds it, with its place. */
export type LawRow = z.infer<typeof row> & { readonly place: string };
/** What a duty asks for, as the data writes it. */
export type DutyKind = (typeof DUTY_KINDS)[number];

/** The facts and whether the medium a condition rests on. */
export function namesIn(of: Condition): (Fact | 'medium')[] {
  if (typeof of === 'string') return [of.split('=')[0] as Fact | 'medium'];
  return ('all' in of ? of.all : of.any).flatMap(namesIn);
}
