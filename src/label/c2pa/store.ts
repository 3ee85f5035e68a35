/** The part of the library's manifest store JSON that is read here. Everything may be missing: files come from anywhere. */

/** One status of a validation. */
export interface ValidationStatus {
  readonly code: string;
  readonly url?: string;
  readonly explanation?: string;
}

/** Statuses of one manifest. */
export interface StatusCodes {
  readonly success?: readonly ValidationStatus[];
  readonly informational?: readonly ValidationStatus[];
  readonly failure?: readonly ValidationStatus[];
}

/** One thing that was done to the asset. */
export interface ManifestAction {
  readonly action?: string;
  readonly digitalSourceType?: string;
  readonly description?: string;
  readonly when?: string;
  readonly softwareAgent?: string | { readonly name?: string; readonly version?: string };
}

/** A file that went into the asset. */
export interface ManifestIngredient {
  readonly title?: string;
  readonly format?: string;
  readonly relationship?: string;
  readonly active_manifest?: string;
  /** What was found when it was taken in. */
  readonly validation_results?: { readonly activeManifest?: StatusCodes };
}

/** One manifest. */
export interface Manifest {
  readonly title?: string;
  readonly format?: string;
  readonly claim_generator_info?: readonly { readonly name?: string; readonly version?: string }[];
  readonly ingredients?: readonly ManifestIngredient[];
  readonly assertions?: readonly { readonly label: string; readonly data?: unknown }[];
  readonly signature_info?: {
    readonly alg?: string;
    readonly issuer?: string;
    readonly common_name?: string;
    readonly time?: string;
  };
}

/** All manifests of an asset, and what became of their validation. */
export interface ManifestStore {
  readonly active_manifest?: string;
  readonly manifests?: Readonly<Record<string, Manifest>>;
  readonly validation_state?: string;
  readonly validation_status?: readonly ValidationStatus[];
  readonly validation_results?: {
    readonly activeManifest?: StatusCodes;
    readonly ingredientDeltas?: readonly { readonly validationDeltas?: StatusCodes }[];
  };
}
