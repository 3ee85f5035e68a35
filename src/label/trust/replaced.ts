/** What is lost where one list takes the place of another of its name. */
import { isShipped } from './shipped.js';
import { type TrustedList, titleOf } from './types.js';

/**
 * What is to be said where a list took the place of another of its name that is newer, or that named signers no longer to be
 * believed which this one believes again.
 *
 * @param before the list that counted under this name until then, and the one that comes with this version, where there are any
 */
export function replacedListRemarks(list: TrustedList, before: readonly TrustedList[]): string[] {
  const named = new Set(list.distrusted);
  const believed = new Set(list.certificates);
  const newer = before.filter(
    ({ origin }) => origin !== null && list.origin !== null && new Date(origin.issued) > new Date(list.origin.issued),
  );
  const again = new Set(
    before.flatMap(({ distrusted }) => distrusted.filter((pem) => believed.has(pem) && !named.has(pem))),
  );
  const back = isShipped(list.name)
    ? ` likeness label trust restore ${list.name} lets the list that comes with Likeness count again.`
    : '';
  return [
    ...[...new Set(newer.map(titleOf))].map(
      (title) =>
        `This list is older than the one it took the place of (${title}): signers named since are not known any more.${back}`,
    ),
    ...(again.size === 0
      ? []
      : [
          `${again.size} ${again.size === 1 ? 'certificate' : 'certificates'} that the list before named as no longer trusted count again.${back}`,
        ]),
  ];
}
