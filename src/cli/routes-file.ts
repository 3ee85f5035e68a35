/** The routing table of a swap with several people, as a JSON file: who is replaced by whom, on whose consent. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { fileError, LikenessError, parseJsonAs } from '../base/index.js';
import type { Route } from '../synth/swap/index.js';

const person = z.int().min(1);
const schema = z
  .array(
    z.strictObject({
      person,
      engine: z.string().default('gan'),
      project: z.string().optional(),
      reverse: z.boolean().optional(),
      model: z.string().optional(),
      source: z.string().optional(),
      sourcePerson: person.optional(),
      sourceConsent: z.string(),
      targetConsent: z.string(),
    }),
  )
  .min(1);

/**
 * Reads a routing table; paths in it are relative to the file.
 *
 * @throws LikenessError `usage.routes` where it is no such table, `file.*`
 */
export async function readRoutes(path: string): Promise<Route[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading the routing table', cause);
  }
  const wrong = (what: string, cause: unknown): LikenessError =>
    new LikenessError('usage.routes', `${path} is no routing table: ${what}.`, {
      hint: 'likeness swap --help shows one.',
      cause,
    });
  const rows = parseJsonAs(text, schema, wrong);
  const at = (file: string): string => resolve(dirname(path), file);
  return rows.map((row) => ({
    ...row,
    sourceConsent: at(row.sourceConsent),
    targetConsent: at(row.targetConsent),
    project: row.project === undefined ? undefined : at(row.project),
    source: row.source === undefined ? undefined : at(row.source),
    model: row.model === undefined ? undefined : at(row.model),
  }));
}
