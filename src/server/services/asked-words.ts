/** What an invitation asks, in sentences to the person who is asked: before there is a record to read. */
import { plainText, type TermsLanguage, TermsReader } from '../../consent/index.js';
import { type CaptureTerms, captureTermsSchema } from '../../jobs/index.js';

/** See the head of this file. Names, titles and notes stay as they were written. */
export function askedWords(name: string, terms: CaptureTerms, language: TermsLanguage): string[] {
  const { roles, uses, days, territories, media, count, project, description, scriptApproval, pay, signer, ...more } =
    // An invitation of before an update may lack what can be agreed since.
    captureTermsSchema.parse(terms);
  const reader = new TermsReader(language);
  const { words } = reader;
  const { asked } = words;
  const paid = pay === null ? null : reader.pay({ ...pay, amountHash: null });
  const basis = reader.basis({
    basis: more.legalBasis,
    governingLaw: more.governingLaw,
    contractHash: null,
    noticeHash: null,
    rulesetVersion: null,
  });
  return [
    ...(signer === null ? [] : [asked.signs(name, signer.name, signer.relation)]),
    ...(roles.includes('source') ? [asked.source(reader.media(media))] : []),
    ...(roles.includes('replaced') ? [asked.replaced] : []),
    asked.uses(reader.uses(uses), project, description),
    asked.where(reader.places(territories)),
    count === null
      ? asked.days(days, reader.number(days))
      : asked.daysAndRenders(days, reader.number(days), count, reader.number(count)),
    words.afterwards[more.postTerm],
    ...(scriptApproval === 'perItem' ? [asked.approves] : []),
    paid === null ? asked.unpaid : words.paid(paid),
    words.basis(basis),
    asked.labelled,
    asked.withdraw(signer?.name ?? name),
    ...reader.withdrawal({ ...more, endpoint: null }),
  ].map((line) => plainText(line, 2000));
}
