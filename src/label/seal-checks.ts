/** What stands before and behind every label that is written, of a finished file or of a preview. */
import { LikenessError } from '../base/index.js';
import { type Deed, Grant } from '../consent/index.js';
import type { LabelReport } from './report.js';

/**
 * The grants, where each was made by `authorize()`, covers the deed and still stands.
 *
 * @throws ConsentRefusedError, LikenessError `consent.grant.*`
 */
export function coveringGrants(given: Grant | readonly Grant[], deed: Deed): readonly Grant[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const grants = list.map((grant) => {
    if (!Grant.is(grant))
      throw new LikenessError('consent.grant.forged', 'What was given as a grant was not made by authorize().', {
        hint: 'Call authorize() with the consent records of both people.',
      });
    return grant;
  });
  if (grants.length === 0)
    throw new LikenessError('consent.grant.missing', 'Nothing is sealed without a grant.', {
      hint: 'Call authorize() with the consent records of both people.',
    });
  for (const grant of grants) grant.assertCovers(deed);
  return grants;
}

/**
 * Refuses a file whose label does not hold when it is read again.
 *
 * @param rooted whether the signer's root is known here
 * @throws LikenessError `label.readback`
 */
export function assertReadsBack({ state, changed, codes }: LabelReport, rooted: boolean, title: string): void {
  if (!changed && (state === 'trusted' || (state === 'valid' && !rooted))) return;
  throw new LikenessError(
    'label.readback',
    `The label of "${title}" does not read back: ${codes.failure.join(', ') || state || 'no label found'}.`,
    { hint: 'Nothing was published. Please report this with the file format.' },
  );
}
