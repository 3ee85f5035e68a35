/** Reads the table: `ruleset.json` and one JSON file for each place, checked to the last field. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { fileError, LikenessError, messageOf, packageRoot } from '../base/index.js';
import { HOUSE, parsePlace } from './places.js';
import { type LawRow, placeFileSchema, rulesetHeadSchema } from './schema.js';

/** The table. */
export interface Ruleset {
  readonly version: string;
  /** ISO day on which the table was last gone through as a whole. */
  readonly asOf: string;
  readonly note: string;
  readonly rows: readonly LawRow[];
}

/** Where the table of this version lies. */
export const RULESET_FOLDER = join(packageRoot, 'src', 'law', 'data');

const broken = (file: string, what: string, cause?: unknown): LikenessError =>
  new LikenessError('law.ruleset', `The law table ${file} cannot be used: ${what}.`, {
    hint: 'Restore the file; docs/law.md explains its fields.',
    ...(cause === undefined ? {} : { cause }),
  });

function readJson<T>(path: string, schema: z.ZodType<T>): T {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading the law table', cause);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw broken(path, `it is no JSON (${messageOf(cause)})`, cause);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw broken(path, `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}`.trim());
}

/** What the schema cannot say: whether a row's status, dates and letters go together. */
function rowProblem(row: LawRow): string | null {
  if (row.until !== null && row.from !== null && row.until < row.from) return 'it ends before it begins';
  if (row.letters.text === 'P' && row.read === undefined) return 'letter P needs the passage that was read';
  if ((row.status === 'house') !== (row.place === HOUSE)) return 'status house and place HOUSE go together';
  const ids = row.rules.map((rule) => rule.id);
  if (new Set(ids).size !== ids.length) return 'two rules have one id';
  return null;
}

/**
 * The table in a folder.
 *
 * @throws LikenessError `law.ruleset` with file and field, `file.*`
 */
export function readRuleset(folder: string = RULESET_FOLDER): Ruleset {
  const head = readJson(join(folder, 'ruleset.json'), rulesetHeadSchema);
  const rows: LawRow[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.json') || name === 'ruleset.json') continue;
    const path = join(folder, name);
    const file = readJson(path, placeFileSchema);
    const place = file.place === HOUSE ? HOUSE : parsePlace(file.place);
    for (const row of file.rows.map((each) => ({ ...each, place }))) {
      const problem = rowProblem(row) ?? (rows.some((other) => other.id === row.id) ? 'the id is taken' : null);
      if (problem !== null) throw broken(path, `row ${row.id}: ${problem}`);
      rows.push(row);
    }
  }
  if (rows.length === 0) throw broken(folder, 'it holds no rows');
  return { ...head, rows };
}

let shipped: Ruleset | null = null;

/** The table that ships with this version; read once. */
export function ruleset(): Ruleset {
  shipped ??= readRuleset();
  return shipped;
}
