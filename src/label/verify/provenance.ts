/** From what a file was made, as a tree: its label, the labels of its parents, and theirs. */
import { plainText } from '../../consent/index.js';
import type { ManifestIngredient, ManifestStore } from '../c2pa/store.js';
import { actionsOf, agentOf, type LabelReport, whenOf } from '../report.js';

/** One file of the tree. */
export interface ProvenanceNode {
  readonly title: string;
  /** `this file`, `parentOf`, `componentOf`, `inputTo`. */
  readonly relationship: string;
  /** MIME type, as the label says. */
  readonly format: string | null;
  readonly labelled: boolean;
  readonly madeBy: string | null;
  readonly signedBy: string | null;
  readonly when: string | null;
  readonly actions: LabelReport['actions'];
  /** Status codes that speak against it, as recorded when it was taken in. */
  readonly failures: readonly string[];
  readonly parents: readonly ProvenanceNode[];
}

/** Labels may be nested without end, or lead back to themselves. */
const DEEPEST = 12;
const MOST_NODES = 200;

/**
 * The tree of a manifest store. A label that leads back to itself ends there, with `provenance.cycle` among its failures.
 */
export function provenanceOf(store: ManifestStore, title: string): ProvenanceNode | null {
  let nodes = 0;
  const node = (
    label: string | undefined,
    above: readonly string[],
    ingredient: ManifestIngredient | null,
  ): ProvenanceNode => {
    nodes++;
    const manifest = label === undefined ? undefined : store.manifests?.[label];
    const cyclic = label !== undefined && above.includes(label);
    const cut = cyclic || above.length >= DEEPEST || nodes > MOST_NODES;
    const failures = [
      ...new Set((ingredient?.validation_results?.activeManifest?.failure ?? []).map((s) => s.code)),
      ...(cyclic ? ['provenance.cycle'] : cut ? ['provenance.tooDeep'] : []),
    ];
    const path = label === undefined ? above : [...above, label];
    return {
      title: plainText(ingredient?.title ?? manifest?.title ?? title),
      relationship: ingredient === null ? 'this file' : (ingredient.relationship ?? 'unknown'),
      format: ingredient?.format ?? manifest?.format ?? null,
      labelled: manifest !== undefined,
      madeBy: agentOf(manifest?.claim_generator_info?.[0]),
      signedBy: manifest?.signature_info?.common_name ?? manifest?.signature_info?.issuer ?? null,
      when: whenOf(manifest),
      actions: actionsOf(manifest),
      failures,
      parents: cut ? [] : (manifest?.ingredients ?? []).map((i) => node(i.active_manifest, path, i)),
    };
  };
  const { active_manifest: active } = store;
  return active === undefined || store.manifests?.[active] === undefined ? null : node(active, [], null);
}
