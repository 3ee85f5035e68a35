/** The tables of the server beside those of jobs and of signing in. */
import type { Migration } from '../jobs/index.js';

/** Steps of the part `server`. */
export const SERVER_TABLES: readonly Migration[] = [
  {
    name: 'media',
    script: `
CREATE TABLE studio_media (
  id text PRIMARY KEY,
  name text NOT NULL,
  kind text NOT NULL,
  origin text NOT NULL,
  bytes double precision NOT NULL,
  sha256 text NOT NULL,
  path text NOT NULL,
  container text NOT NULL,
  width integer,
  height integer,
  seconds double precision,
  frame_rate double precision,
  owner text NOT NULL,
  project text,
  job text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX studio_media_sha256 ON studio_media (sha256);
`,
  },
  {
    name: 'projects',
    script: `
CREATE TABLE studio_projects (
  id text PRIMARY KEY,
  name text NOT NULL,
  owner text NOT NULL,
  file jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now()
);
`,
  },
  {
    name: 'people',
    script: `
CREATE TABLE studio_api_keys (
  id text PRIMARY KEY,
  name text NOT NULL,
  hash text NOT NULL UNIQUE,
  owner text NOT NULL,
  expires_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE studio_invitations (
  id text PRIMARY KEY,
  hash text NOT NULL UNIQUE,
  role text NOT NULL,
  email text,
  consents jsonb NOT NULL DEFAULT '[]',
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  used_by text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE studio_subjects (
  consent text NOT NULL,
  person text NOT NULL,
  PRIMARY KEY (consent, person)
);
CREATE TABLE studio_made_under (
  media text NOT NULL,
  consent text NOT NULL,
  PRIMARY KEY (media, consent)
);
CREATE TABLE studio_decisions (
  n serial PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  person text,
  action text NOT NULL,
  about text,
  facts jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE studio_settings (name text PRIMARY KEY, value jsonb NOT NULL);
CREATE TABLE studio_captures (
  id text PRIMARY KEY,
  hash text NOT NULL UNIQUE,
  name text NOT NULL,
  terms jsonb NOT NULL,
  challenge jsonb,
  media text,
  report jsonb,
  consent text,
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
`,
  },
  {
    name: 'media in order',
    script: 'CREATE INDEX studio_media_order ON studio_media (created_at DESC, id DESC);',
  },
];
