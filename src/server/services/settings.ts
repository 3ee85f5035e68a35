/** What the owner may set. Values that were never set have their defaults. */
import { z } from '@hono/zod-openapi';
import type { Database } from '../../jobs/index.js';

const GB = 1024 ** 3;

/** The settings and their limits. */
export const settingsSchema = z
  .strictObject({
    /** Largest file that may be uploaded, in bytes. */
    maxUploadBytes: z
      .int()
      .min(1024)
      .max(1024 * GB),
    /** What all files of one person may take together, in bytes. */
    personQuotaBytes: z
      .int()
      .min(0)
      .max(1024 * GB),
    /** What the files of one project may take together, in bytes. */
    projectQuotaBytes: z
      .int()
      .min(0)
      .max(1024 * GB),
    /**
     * Where others reach the studio, without a path. Records by link then stand in a list that says, below this address,
     * which of them were withdrawn.
     */
    publicAddress: z
      .string()
      .max(300)
      // As a browser writes it: in small letters, with a port that there is.
      .refine((value) => URL.canParse(value) && /^https?:/.test(value) && new URL(value).origin === value, {
        message: 'must be an address such as https://studio.example, without anything behind it',
      })
      .nullable(),
  })
  .openapi('Settings');

/** See {@link settingsSchema}. */
export type Settings = z.infer<typeof settingsSchema>;

const DEFAULTS: Settings = {
  maxUploadBytes: 16 * GB,
  personQuotaBytes: 200 * GB,
  projectQuotaBytes: 100 * GB,
  publicAddress: null,
};

/** The settings as they are. */
export async function readSettings(db: Database): Promise<Settings> {
  const rows = await db.query<{ name: string; value: unknown }>('SELECT name, value FROM studio_settings');
  const parsed = settingsSchema.safeParse({
    ...DEFAULTS,
    ...Object.fromEntries(rows.filter(({ name }) => name in DEFAULTS).map(({ name, value }) => [name, value])),
  });
  return parsed.success ? parsed.data : DEFAULTS;
}

/** Changes what is given. */
export async function changeSettings(db: Database, change: Readonly<Record<string, unknown>>): Promise<Settings> {
  await db.transaction(async (sql) => {
    for (const [name, value] of Object.entries(change))
      if (value !== undefined)
        await sql.query(
          `INSERT INTO studio_settings (name, value) VALUES ($1, $2::jsonb)
           ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
          [name, JSON.stringify(value)],
        );
  });
  return readSettings(db);
}
