/** Shapes of projects: what is made of what, with whose consent, and how. */

import type { ConsentStatus } from './consent-types';
import type { MaskStroke } from './mask-types';

/** A file named by its content. */
export interface MediaName {
  readonly sha256: string;
  readonly name: string;
}

/** One row of the routing table: who gives way to whom. */
export interface Route {
  readonly person: number | null;
  readonly engine: 'mesh' | 'gan';
  readonly source: MediaName | null;
  readonly sourcePerson: number | null;
  readonly sourceConsent: string | null;
  readonly targetConsent: string | null;
  readonly training: {
    readonly preset: 'draft' | 'standard' | 'fine';
    readonly seed: number;
    readonly steps: number | null;
    readonly minutes: number | null;
  } | null;
  /** What is painted on the mask of the person who is replaced. */
  readonly strokes: readonly MaskStroke[];
}

/** How it is rendered and labelled. */
export interface ProjectSettings {
  readonly quality: 'draft' | 'good' | 'high';
  readonly outline: number;
  readonly enhance: boolean;
  readonly label: 'corner' | 'lower-third' | 'credits';
  readonly labelLanguage: string | null;
  readonly soundNotice: 'off' | 'start' | 'minute';
  readonly use: string;
  readonly territory: string | null;
  readonly channel: string | null;
  readonly facts: Readonly<Record<string, 'yes' | 'no' | 'unknown'>>;
}

/** A project, whole. */
export interface ProjectFile {
  readonly likeness: string;
  readonly name: string;
  readonly target: MediaName | null;
  readonly routes: readonly Route[];
  readonly settings: ProjectSettings;
}

/** What is missing before a project can be rendered, or wrong with it. */
export interface Problem {
  readonly field: string;
  readonly message: string;
  /** A record that is named and nothing can be made with now. */
  readonly record?: {
    readonly id: string;
    readonly name: string | null;
    readonly status: Exclude<ConsentStatus, 'stands'> | 'unknown';
  };
}

/** A project of the studio. */
export interface Project {
  readonly id: string;
  readonly name: string;
  /** Who made it. */
  readonly owner: string;
  readonly createdAt: string;
  readonly changedAt: string;
  readonly file: ProjectFile;
  /** What is missing before it can be rendered. */
  readonly problems: readonly Problem[];
}
