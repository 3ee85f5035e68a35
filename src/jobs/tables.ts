/** The table of jobs. */
import type { Migration } from './database/migrate.js';

/** Steps of the part `jobs`. */
export const JOB_TABLES: readonly Migration[] = [
  {
    name: 'jobs',
    script: `
CREATE SEQUENCE studio_job_changes;
CREATE TABLE studio_jobs (
  id text PRIMARY KEY,
  kind text NOT NULL,
  state text NOT NULL,
  title text NOT NULL,
  owner text NOT NULL,
  project text,
  media text,
  priority integer NOT NULL DEFAULT 0,
  input jsonb NOT NULL,
  progress jsonb,
  result jsonb,
  error jsonb,
  files jsonb NOT NULL DEFAULT '[]',
  attempts integer NOT NULL DEFAULT 0,
  reason text,
  wanted text,
  ticket integer NOT NULL DEFAULT 0,
  worker text,
  change integer NOT NULL DEFAULT nextval('studio_job_changes'),
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  ended_at timestamptz
);
CREATE INDEX studio_jobs_state ON studio_jobs (state);
CREATE INDEX studio_jobs_change ON studio_jobs (change);
CREATE INDEX studio_jobs_media ON studio_jobs (media);
`,
  },
  {
    name: 'parts',
    script: `
ALTER TABLE studio_jobs ADD COLUMN plan jsonb;
ALTER TABLE studio_jobs ADD COLUMN shared_at timestamptz;
CREATE TABLE studio_parts (
  job text NOT NULL REFERENCES studio_jobs (id) ON DELETE CASCADE,
  part integer NOT NULL,
  state text NOT NULL,
  turn integer NOT NULL DEFAULT 0,
  frames integer NOT NULL,
  found integer NOT NULL DEFAULT 0,
  done integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL DEFAULT 0,
  worker text,
  PRIMARY KEY (job, part)
);
`,
  },
  {
    name: 'guests',
    script: `
CREATE TABLE studio_render_keys (
  job text PRIMARY KEY REFERENCES studio_jobs (id) ON DELETE CASCADE,
  locked text NOT NULL
);
CREATE TABLE studio_presence (
  name text PRIMARY KEY,
  guest boolean NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE studio_questions (
  id text PRIMARY KEY,
  job text NOT NULL REFERENCES studio_jobs (id) ON DELETE CASCADE,
  ticket integer NOT NULL,
  part integer NOT NULL,
  turn integer NOT NULL,
  worker text NOT NULL,
  step text NOT NULL,
  public_key text NOT NULL,
  desk text,
  answer jsonb,
  asked_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE studio_parts ADD COLUMN guest boolean NOT NULL DEFAULT false;
ALTER TABLE studio_parts ADD COLUMN guest_tries integer NOT NULL DEFAULT 0;
ALTER TABLE studio_parts ADD COLUMN seen_at timestamptz;
ALTER TABLE studio_parts ADD COLUMN desk text;
`,
  },
  {
    name: 'courses',
    script: `
ALTER TABLE studio_jobs ADD COLUMN spent jsonb DEFAULT '{}';
ALTER TABLE studio_jobs ADD COLUMN course text DEFAULT '';
CREATE INDEX studio_jobs_course ON studio_jobs (course);
`,
  },
];
