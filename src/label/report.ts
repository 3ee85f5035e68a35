/** What a reader learns from a label: the shape of the report, and the parts that are read from the manifest alone. */
import type { Manifest, ManifestStore, ValidationStatus } from './c2pa/store.js';
import type { ConsentReference } from './manifest.js';

/** A consent record that a label names, and what is known of it here. */
export interface ConsentFinding extends ConsentReference {
  /** Whether this machine has the record. */
  readonly known: boolean;
  /** Whether it still stands; `null` where it is not known here. */
  readonly stands: boolean | null;
  /** Why it does not, or what is not known. */
  readonly note: string;
}

/** A trust list that vouches for somebody. */
export interface ListFinding {
  /** `this machine` for our own. */
  readonly name: string;
  /** What it calls itself, with its day, such as `C2PA Trust List of 5 August 2026`; `null` where it says neither. */
  readonly title: string | null;
}

/** Who signed, by the certificate in the label. */
export interface LabelSignerFinding {
  readonly name: string;
  readonly issuer: string;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly validFrom: string;
  readonly validTo: string;
  /** The trust list that vouches for it (`this machine` for our own), or `null`. */
  readonly list: string | null;
  /** What that list calls itself, with its day; `null` where it says neither. */
  readonly listTitle: string | null;
}

/** A time stamp in a label. */
export interface TimestampFinding {
  /** ISO 8601. */
  readonly time: string;
  /** Who stamped it. */
  readonly authority: string;
  /** Whether that authority is on a trust list here. */
  readonly trusted: boolean;
  /** The trust list that vouches for it, or `null`. */
  readonly list: string | null;
  /** What that list calls itself, with its day; `null` where it says neither. */
  readonly listTitle: string | null;
}

/** What {@link inspect} found. */
export interface LabelReport {
  readonly file: string;
  readonly container: string;
  /** `none` is no statement about how the file was made. */
  readonly found: 'label' | 'none' | 'damaged';
  readonly where: 'embedded' | 'sidecar' | null;
  /** `trusted`: intact, by a signer on a trust list here; `valid`: intact, signer on no list; `invalid`: do not believe it. */
  readonly state: 'trusted' | 'valid' | 'invalid' | null;
  /** True where the file, or the label, was changed after it was sealed. */
  readonly changed: boolean;
  /** The program that wrote the label. */
  readonly madeBy: string | null;
  /** Who signed, by their certificate. */
  readonly signedBy: string | null;
  /** When, by the signer's own clock unless a time stamp is in the label. */
  readonly when: string | null;
  /** The certificate that signed, where it can be read. */
  readonly signer: LabelSignerFinding | null;
  /** The time stamp of the signature, where it holds. */
  readonly timestamp: TimestampFinding | null;
  readonly title: string | null;
  readonly actions: readonly {
    readonly action: string;
    readonly sourceType: string | null;
    readonly description: string | null;
    readonly agent: string | null;
  }[];
  readonly parents: readonly { readonly title: string; readonly relationship: string; readonly labelled: boolean }[];
  readonly consent: readonly ConsentFinding[];
  /** All status codes of the validation. */
  readonly codes: {
    readonly success: readonly string[];
    readonly informational: readonly string[];
    readonly failure: readonly string[];
    /** What does not hold in the labels of the files it was made from; says nothing against this file. */
    readonly parents: readonly string[];
  };
  /** The report in plain sentences. */
  readonly sentences: readonly string[];
}

/** Status codes of the file's own label, and what does not hold in those of its parents. */
export function codesOf(store: ManifestStore): { -readonly [K in keyof LabelReport['codes']]: string[] } {
  const unique = (statuses: readonly ValidationStatus[]): string[] => [...new Set(statuses.map((s) => s.code))];
  const results = store.validation_results;
  const active = results?.activeManifest;
  // What was found when the parent was taken in, and what has changed since; who is trusted depends on the reader.
  const recorded = (store.manifests?.[store.active_manifest ?? '']?.ingredients ?? []).flatMap(
    (i) => i.validation_results?.activeManifest?.failure ?? [],
  );
  const later = (results?.ingredientDeltas ?? []).flatMap((d) => d.validationDeltas?.failure ?? []);
  return {
    success: unique(active?.success ?? []),
    informational: unique(active?.informational ?? []),
    failure: unique(active?.failure ?? []),
    parents: unique([...recorded, ...later]).filter((code) => code !== 'signingCredential.untrusted'),
  };
}

/** Name and version of a program, or `null`. */
export function agentOf(agent: unknown): string | null {
  if (typeof agent === 'string') return agent;
  const { name, version } = (agent ?? {}) as { name?: unknown; version?: unknown };
  return typeof name === 'string' ? `${name}${typeof version === 'string' ? ` ${version}` : ''}` : null;
}

/** All actions of a manifest, in order. */
export function actionsOf(manifest: Manifest | undefined): LabelReport['actions'] {
  const list = (manifest?.assertions ?? [])
    .filter((a) => a.label.startsWith('c2pa.actions'))
    .flatMap((a) => {
      const { actions } = (a.data ?? {}) as { actions?: unknown };
      return Array.isArray(actions) ? (actions as Record<string, unknown>[]) : [];
    });
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  return list.map((a) => ({
    action: text(a['action']) ?? 'unknown',
    sourceType: text(a['digitalSourceType'])?.split('/').at(-1) ?? null,
    description: text(a['description']),
    agent: agentOf(a['softwareAgent']),
  }));
}

/** The time stamp of the signature, else the latest date among the actions. */
export function whenOf(manifest: Manifest | undefined): string | null {
  if (manifest?.signature_info?.time !== undefined) return manifest.signature_info.time;
  for (const a of manifest?.assertions ?? []) {
    const { actions } = (a.data ?? {}) as { actions?: { when?: unknown }[] };
    if (!a.label.startsWith('c2pa.actions') || !Array.isArray(actions)) continue;
    for (const { when } of [...actions].reverse()) if (typeof when === 'string') return when;
  }
  return null;
}
