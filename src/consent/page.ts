/**
 * A record as a page to print: what it allows in plain words, who signed, and a QR code of its digest and of where to
 * ask whether it still stands. One HTML file without scripts that loads nothing.
 */
import { correction, generate } from 'lean-qr';
import { toSvgSource } from 'lean-qr/extras/svg';
import { describeRecord, legalWords, payWords, withdrawalWords } from './describe.js';
import { plainText } from './plain-text.js';
import type { ConsentEnvelope } from './record.js';
import type { RecordVerification } from './verify.js';

/** Text that cannot become markup. */
const html = (text: string, limit = 2000): string =>
  plainText(text, limit).replace(
    /[&<>"']/g,
    (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign] as string,
  );

/** What the QR code says: id, digest, and where the status is published. */
export function pageCode({ record, digest }: ConsentEnvelope): string {
  const status = record.revocation.status[0]?.statusListCredential ?? record.revocation.endpoint;
  const index = record.revocation.status[0]?.statusListIndex;
  return [
    `likeness-consent:${record.id.slice('urn:uuid:'.length)}`,
    digest,
    ...(status === null ? [] : [`${status}${index === undefined ? '' : `#${index}`}`]),
  ].join('\n');
}

const STYLE = `
  @page { size: A4; margin: 18mm }
  body { font: 11pt/1.45 Georgia, 'Times New Roman', serif; color: #111; background: #fff; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
  h1 { font-size: 17pt; margin: 0 0 .2rem } h2 { font-size: 12pt; margin: 1.4rem 0 .3rem }
  header { display: flex; gap: 1.5rem; justify-content: space-between; align-items: flex-start; border-bottom: 1px solid #111; padding-bottom: .8rem }
  svg { width: 38mm; height: 38mm; flex: none }
  table { border-collapse: collapse; width: 100% } th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #ccc; overflow-wrap: anywhere }
  th { width: 11rem; font-weight: normal; color: #444 } code { font-size: 9pt; overflow-wrap: anywhere }
  .stands { border: 1px solid #111; padding: .5rem .8rem; margin: 1rem 0 } .no { border-width: 3px }
  .line { border-bottom: 1px solid #111; height: 2.4rem } footer { margin-top: 1.5rem; font-size: 9pt; color: #444 }
  tr, .stands, .sign { break-inside: avoid }`;

const rows = (pairs: readonly (readonly [string, string])[]): string =>
  pairs.map(([name, value]) => `<tr><th scope="row">${html(name)}</th><td>${html(value)}</td></tr>`).join('\n');

const list = (items: readonly string[], none: string): string => (items.length === 0 ? none : items.join(', '));

/**
 * The page.
 *
 * @param verification whether the record stood when the page was made
 * @param at when that was
 */
export function consentPage(envelope: ConsentEnvelope, verification: RecordVerification, at: Date): string {
  const { record, digest, signatures } = envelope;
  const { subject, licensee, scope, term, evidence } = record;
  const code = toSvgSource(generate(pageCode(envelope), { minCorrectionLevel: correction.M }), {
    on: '#000',
    off: '#fff',
    padX: 4,
    padY: 4,
  });
  const failed = verification.checks.filter((check) => !check.passed).map((check) => check.found);
  const sentences = describeRecord(envelope).trim().split('\n').slice(1);
  const details: readonly (readonly [string, string])[] = [
    ['Subject', `${subject.displayName}, ${subject.adult ? 'of age' : 'a minor'} (${subject.ageAssurance})`],
    [
      'Represented by',
      subject.representative === null
        ? 'nobody'
        : `${subject.representative.name} (${subject.representative.relation})`,
    ],
    ['Given to', licensee === null ? 'nobody; it allows nothing' : licensee.name],
    ['Project', record.project.title],
    ['Operations', list(scope.operations, 'none')],
    ['Uses', list(scope.uses, 'none')],
    ['Never for', list(scope.prohibitedUses, 'sexual and deceptive uses in any case')],
    ['Media, languages', `${list(scope.media, 'none')}; ${list(scope.languages, 'any language')}`],
    ['Territories, channels', `${list(scope.territories, 'none')}; ${list(scope.channels, 'any channel')}`],
    ['Number of renders', scope.count === null ? 'any' : String(scope.count)],
    ['Term', `${term.notBefore} to ${term.notAfter}`],
    ['Approval of single items', scope.scriptApproval === 'perItem' ? 'each, before it is changed' : 'not asked for'],
    ['Pay', payWords(record.compensation) ?? 'none agreed here'],
    ['Legal basis', legalWords(record)],
    ['After a withdrawal', ['Nothing new is made.', ...withdrawalWords(record.revocation)].join(' ')],
    [
      'Evidence',
      evidence === null
        ? 'none'
        : evidence.method === 'referenceFootage'
          ? 'reference footage'
          : `live capture of ${evidence.challenge?.recordedAt ?? '?'}, ${evidence.review?.accepted === true ? `reviewed on ${evidence.review.at}` : 'review pending'}`,
    ],
    ['Recording kept until', evidence?.retentionUntil ?? 'none is kept'],
    ['Replaces', record.supersedes ?? 'no other record'],
  ];
  const signed = signatures.map((s) => [`${s.role}, ${s.created}`, s.kid] as const);
  return `<!doctype html>
<html lang="${html(record.language, 35)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Consent of ${html(subject.displayName, 120)}</title>
<style>${STYLE}
</style>
</head>
<body>
<header>
<div>
<h1>Consent of ${html(subject.displayName, 120)}</h1>
<p>${html(record.id)}<br><code>${html(digest)}</code></p>
</div>
${code.replace('<svg', '<svg role="img" aria-label="QR code of the digest and the status address of this record"')}
</header>
<p class="stands${verification.stands ? '' : ' no'}">${
    verification.stands
      ? `Checked on ${html(at.toISOString())}: it stands.`
      : `Checked on ${html(at.toISOString())}: it does not stand. ${html(failed.join('; '))}.`
  }</p>
<h2>In plain words</h2>
${sentences.map((sentence) => `<p>${html(sentence)}</p>`).join('\n')}
<h2>In detail</h2>
<table>
${rows(details)}
</table>
<h2>Signatures</h2>
<table>
${signed.length === 0 ? '<tr><td>Nobody has signed yet: it allows nothing.</td></tr>' : rows(signed)}
</table>
<div class="sign">
<h2>Read and understood, by hand</h2>
<table><tr><td class="line"></td><td class="line"></td></tr><tr><td>Subject or representative</td><td>Place and date</td></tr></table>
</div>
<footer>This page is a reading of the record; what counts is the signed file with the digest above. The QR code holds the
id, the digest and, where there is one, the address of the status list.</footer>
</body>
</html>
`;
}
