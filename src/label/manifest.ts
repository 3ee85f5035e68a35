/** What a label says, in C2PA 2.x terms. */
import type { Grant, GrantedParty } from '../consent/index.js';
import { CONTAINER_ASSERTION } from './container.js';

/** Label of the assertion that names the consent records by id and hash. */
export const CONSENT_ASSERTION = 'org.likeness.consent';

/** IPTC digital source type of real footage with a generated part. */
export const COMPOSITE_SOURCE = 'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';

/** What was done, as a label tells it. */
export interface SealDetails {
  /** Name of the finished file, without folder. */
  readonly title: string;
  /** One sentence: `Face replaced with documented consent`. */
  readonly description: string;
  /** Name and version of what made the pixels: an engine, a preset. */
  readonly agent: { readonly name: string; readonly version: string };
  /** Parts that were changed: `face`. */
  readonly changes?: readonly string[];
  /** What else was done afterwards, in order: `c2pa.watermarked`, or a visible label as `c2pa.edited`. */
  readonly actions?: readonly FurtherAction[];
  /** The invisible watermark in the pixels, by which a file that lost its label can be looked up. */
  readonly softBinding?: SoftBinding;
}

/** One more thing that was done to the file, after the edit that made it. */
export interface FurtherAction {
  /** Name in C2PA's list: `c2pa.watermarked`. */
  readonly action: string;
  readonly description: string;
  readonly agent?: { readonly name: string; readonly version: string };
}

/** A watermark as `c2pa.soft-binding` names it. */
export interface SoftBinding {
  /** Name of the algorithm. */
  readonly algorithm: string;
  /** The payload, as lower-case hex. */
  readonly payload: string;
}

/** One consent record, as named in a label: nothing personal, no biometrics. */
export interface ConsentReference {
  readonly role: 'source' | 'replaced';
  readonly id: string;
  /** `sha256:<hex>` of the record. */
  readonly digest: string;
  /** Where to ask whether it still stands, or `null`. */
  readonly status: string | null;
}

function references(grants: readonly Grant[]): ConsentReference[] {
  const all = grants.flatMap(({ terms }) => {
    const of = (role: ConsentReference['role'], party: GrantedParty): ConsentReference => ({
      role,
      id: party.recordId,
      digest: party.recordDigest,
      status: party.status,
    });
    return [of('source', terms.source), ...(terms.replaced === null ? [] : [of('replaced', terms.replaced)])];
  });
  return all.filter((r, i) => all.findIndex((o) => o.role === r.role && o.id === r.id) === i);
}

/** The manifest definition of a picture that was made from several files, none of which it is an edit of. */
export const createdManifest = (details: SealDetails, grants: readonly Grant[], version: string): object =>
  manifestOf('c2pa.created', details, grants, version, null);

/**
 * The manifest definition of an edited file. The library adds the parent and the `c2pa.opened` action in front.
 *
 * @param ftyp SHA-256 of the file's `ftyp` box, where it has one
 */
export const editManifest = (
  details: SealDetails,
  grants: readonly Grant[],
  version: string,
  ftyp: string | null,
): object => manifestOf('c2pa.edited', details, grants, version, ftyp);

function manifestOf(
  action: 'c2pa.created' | 'c2pa.edited',
  details: SealDetails,
  grants: readonly Grant[],
  version: string,
  ftyp: string | null,
): object {
  const notAllowed = { use: 'notAllowed' };
  const when = new Date().toISOString();
  const binding = details.softBinding;
  return {
    claim_generator_info: [{ name: 'Likeness', version, specVersion: '2.2.0' }],
    title: details.title,
    assertions: [
      {
        label: 'c2pa.actions.v2',
        created: true,
        data: {
          actions: [
            {
              action,
              when,
              digitalSourceType: COMPOSITE_SOURCE,
              softwareAgent: details.agent,
              description: details.description,
              ...(details.changes === undefined
                ? {}
                : {
                    changes: details.changes.map((what) => ({
                      description: what,
                      region: [{ type: 'identified', item: { identifier: 'part', value: what } }],
                    })),
                  }),
            },
            ...(details.actions ?? []).map(({ action: further, description, agent }) => ({
              action: further,
              when,
              description,
              ...(agent === undefined ? {} : { softwareAgent: agent }),
            })),
          ],
          allActionsIncluded: true,
        },
      },
      {
        label: 'cawg.training-mining',
        created: true,
        data: {
          entries: {
            'cawg.ai_generative_training': notAllowed,
            'cawg.ai_inference': notAllowed,
            'cawg.ai_training': notAllowed,
            'cawg.data_mining': notAllowed,
          },
        },
      },
      { label: CONSENT_ASSERTION, kind: 'Json', created: true, data: { version: 1, records: references(grants) } },
      ...(binding === undefined
        ? []
        : [
            {
              label: 'c2pa.soft-binding',
              created: true,
              data: { alg: binding.algorithm, blocks: [{ scope: {}, value: binding.payload }], pad: [] },
            },
          ]),
      { label: CONTAINER_ASSERTION, kind: 'Json', created: true, data: { ftyp } },
    ],
  };
}
