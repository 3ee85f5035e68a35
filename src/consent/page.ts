/**
 * A record as a page to print: what it allows in plain words, who signed, and a QR code of its digest and of where to
 * ask whether it still stands. One HTML file without scripts that loads nothing.
 */
import { correction, generate } from 'lean-qr';
import { toSvgSource } from 'lean-qr/extras/svg';
import { recordSentences } from './describe.js';
import { plainText } from './plain-text.js';
import type { ConsentEnvelope } from './record.js';
import { TermsReader } from './terms/reader.js';
import { HOUSE_NAME, type TermsLanguage } from './terms/words.js';
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

/** What a person looks up in a record, row by row. */
function detailsOf({ record }: ConsentEnvelope, reader: TermsReader): (readonly [string, string])[] {
  const { subject, licensee, scope, term, evidence } = record;
  const { words } = reader;
  const { page } = words;
  const { rows: name } = page;
  const { representative } = subject;
  /** In words, and as the record has it: what counts are the codes. */
  const withCodes = (said: string, codes: readonly string[]): string =>
    said === codes.join(', ') ? said : `${said} [${codes.join(', ')}]`;
  const recordedAt = evidence?.challenge?.recordedAt;
  const recorded = recordedAt === undefined ? '?' : reader.at(recordedAt);
  const proof = (): string => {
    if (evidence === null) return page.evidenceNone;
    if (evidence.method === 'referenceFootage') return page.footage;
    return evidence.review?.accepted === true
      ? page.captured(recorded, reader.at(evidence.review.at))
      : page.captureUnreviewed(recorded);
  };
  const retention = evidence?.retentionUntil ?? null;
  return [
    [name.subject, page.subject(subject.displayName, subject.adult, words.ages[subject.ageAssurance])],
    [
      name.representative,
      representative === null
        ? page.nobody
        : page.representedBy(representative.name, words.relations[representative.relation]),
    ],
    [
      name.licensee,
      licensee === null ? page.licenseeNobody : licensee.name === HOUSE_NAME ? words.house : licensee.name,
    ],
    [name.project, record.project.title],
    [name.operations, withCodes(reader.operations(scope.operations), scope.operations)],
    [name.uses, withCodes(reader.uses(scope.uses), scope.uses)],
    [
      name.never,
      scope.prohibitedUses.length === 0
        ? page.neverUnnamed
        : withCodes(reader.uses(scope.prohibitedUses), scope.prohibitedUses),
    ],
    [
      name.media,
      `${reader.media(scope.media)}; ${scope.languages.length === 0 ? page.anyLanguage : reader.languages(scope.languages)}`,
    ],
    [
      name.places,
      `${reader.places(scope.territories)}; ${scope.channels.length === 0 ? page.anyChannel : reader.channels(scope.channels)}`,
    ],
    [name.count, scope.count === null ? page.anyNumber : reader.number(scope.count)],
    [name.term, words.record.term(reader.at(term.notBefore), reader.at(term.notAfter))],
    [name.approval, scope.scriptApproval === 'perItem' ? page.approvalEach : page.approvalNone],
    [name.pay, reader.pay(record.compensation) ?? page.payUnsaid],
    [name.basis, reader.basis(record.legal)],
    [name.withdrawn, [page.nothingNew, ...reader.withdrawal(record.revocation)].join(' ')],
    [name.evidence, proof()],
    [name.kept, retention === null ? page.keptNone : reader.at(retention)],
    [name.replaces, record.supersedes ?? page.replacesNone],
  ];
}

/**
 * The page.
 *
 * @param verification whether the record stood when the page was made
 * @param at when that was
 * @param language what it is read in; the record is the same
 */
export function consentPage(
  envelope: ConsentEnvelope,
  verification: RecordVerification,
  at: Date,
  language: TermsLanguage = 'en',
): string {
  const { record, digest, signatures } = envelope;
  const reader = new TermsReader(language);
  const { page, roles } = reader.words;
  const code = toSvgSource(generate(pageCode(envelope), { minCorrectionLevel: correction.M }), {
    on: '#000',
    off: '#fff',
    padX: 4,
    padY: 4,
  });
  const failed = verification.checks.filter((check) => !check.passed).map((check) => reader.failed(check));
  const checked = reader.at(at.toISOString());
  const title = html(page.title(record.subject.displayName), 160);
  const signed = signatures.map((s) => [`${roles[s.role]}, ${reader.at(s.created)}`, s.kid] as const);
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="generator" content="Likeness">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}
</style>
</head>
<body>
<header>
<div>
<h1>${title}</h1>
<p>${html(record.id)}<br><code>${html(digest)}</code></p>
</div>
${code.replace('<svg', `<svg role="img" aria-label="${html(page.code)}"`)}
</header>
<p class="stands${verification.stands ? '' : ' no'}">${html(verification.stands ? page.stands(checked) : page.fails(checked, failed.join('; ')))}</p>
<h2>${html(page.plain)}</h2>
${recordSentences(envelope, language)
  .map((sentence) => `<p>${html(sentence)}</p>`)
  .join('\n')}
<h2>${html(page.detail)}</h2>
<table>
${rows(detailsOf(envelope, reader))}
</table>
<h2>${html(page.signatures)}</h2>
<table>
${signed.length === 0 ? `<tr><td>${html(page.nobodySigned)}</td></tr>` : rows(signed)}
</table>
<div class="sign">
<h2>${html(page.byHand)}</h2>
<table><tr><td class="line"></td><td class="line"></td></tr><tr><td>${html(page.signHere)}</td><td>${html(page.placeAndDate)}</td></tr></table>
</div>
<footer>${html(page.footer)}</footer>
</body>
</html>
`;
}
