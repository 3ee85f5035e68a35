/** A verdict in plain words. */
import { plainText } from '../../consent/index.js';
import type { ConsentFinding } from '../report.js';
import { actionWords } from '../words.js';
import type { StoreFinding, VerifyReport, VerifyVerdict } from './types.js';

/** The verdict as a headline. */
export const VERDICT_TITLES: Readonly<Record<VerifyVerdict, string>> = {
  intact: 'The label holds',
  broken: 'The label does not hold',
  known: 'The label is gone, but this machine knows the file',
  marked: 'A watermark of Likeness, not confirmed',
  none: 'No label and no watermark was found',
};

const consentLine = (c: ConsentFinding): string =>
  `Consent of the ${c.role === 'source' ? 'person shown' : 'person replaced'}: record ${c.id} (${c.digest.slice(0, 19)}...): ${c.note}.`;

const listWords = (name: string, title: string | null): string =>
  title === null ? `trust list "${name}"` : `${title} (${name})`;

function storeLines(store: StoreFinding): string[] {
  const what = `"${store.title}", sealed on this machine on ${store.sealedAt.slice(0, 16).replace('T', ' ')} UTC`;
  const share = store.similarity === null ? '' : ` (${Math.round(100 * store.similarity)} % alike)`;
  if (!store.confirmed)
    return [
      `The watermark leads to ${what}, but the pictures do not match${share}. A watermark can be copied onto other pictures: do not take this as an answer.`,
    ];
  const how = {
    file: `It is ${what}, byte for byte.`,
    content: `It is ${what}, byte for byte, without its label: the label was taken out.`,
    watermark: `It is a copy of ${what}: the watermark leads there and the pictures match${share}. The copy may have been cut, scaled, mirrored or encoded again, and details may have been changed.`,
  };
  const { label } = store;
  return [
    how[store.by],
    ...(label === null
      ? []
      : [
          `Its label as it was kept: made by ${label.madeBy ?? 'an unnamed program'}, signed by ${label.signedBy ?? 'nobody named'}${label.when === null ? '' : `, ${label.when}`}; ${label.state === 'invalid' ? 'but the kept label does not hold' : 'its signature holds'}.`,
          ...label.actions.map(
            (a) => `${actionWords(a.action, a.description)}${a.agent === null ? '' : ` (${a.agent})`} [${a.action}].`,
          ),
          ...label.parents.map((p) => `It was made from "${p.title}".`),
        ]),
    ...store.consent.map(consentLine),
  ];
}

/** All that a reader should know, most important first; safe to print, whoever wrote the label. */
export function verdictSentences(report: Omit<VerifyReport, 'sentences'>): string[] {
  const { verdict, label, store, watermark } = report;
  const lines: string[] = [`${VERDICT_TITLES[verdict]}.`];
  if (report.withdrawn) lines.push('Consent that it rests on does not stand any more: see below.');
  if (label.found !== 'none') lines.push(...label.sentences);
  if (label.signer?.list != null)
    lines.push(`The signer is vouched for by the ${listWords(label.signer.list, label.signer.listTitle)}.`);
  if (label.timestamp !== null) {
    const { authority, list, listTitle } = label.timestamp;
    const known =
      list === null ? 'on no trust list of this machine' : `vouched for by the ${listWords(list, listTitle)}`;
    lines.push(`The time is stamped by ${authority}, who is ${known}.`);
  }
  if (watermark !== null)
    lines.push(
      `A watermark of Likeness was found in the pictures (${watermark.payload}${watermark.mirrored ? ', mirrored' : ''}).`,
    );
  // What an intact label says need not be said twice.
  if (store !== null && (verdict !== 'intact' || !store.confirmed)) lines.push(...storeLines(store));
  if (watermark !== null && store === null)
    lines.push('This machine did not seal it, so what the watermark leads to is not known here.');
  if (verdict === 'none')
    lines.push(
      'That says nothing about how the file was made: labels are lost when a file is re-encoded or passed through most services, and many programs write none.',
    );
  return [...lines, ...report.remarks].map((line) => plainText(line, 800));
}
