/** A record in plain language, for the person who signs it: in English, German or Spanish, saying the same in each. */
import { sha256 } from '../base/index.js';
import { plainText } from './plain-text.js';
import type { ConsentEnvelope } from './record.js';
import { TermsReader } from './terms/reader.js';
import { HOUSE_NAME, type TermsLanguage } from './terms/words.js';

/**
 * The sentences of a record, as pages show them. Says nothing about whether it stands: see `verifyRecord`.
 *
 * @param language what it is read in; names, titles and notes stay as the parties wrote them
 */
export function recordSentences(envelope: ConsentEnvelope, language: TermsLanguage): string[] {
  const { record, signatures } = envelope;
  const { subject, licensee, scope, term, evidence } = record;
  const reader = new TermsReader(language);
  const { words } = reader;
  const said = words.record;
  const { representative } = subject;
  const who =
    representative === null
      ? subject.displayName
      : said.represented(representative.name, words.relations[representative.relation], subject.displayName);
  const decider = representative?.name ?? subject.displayName;
  const to = (): string => {
    if (licensee === null) return said.toNobody;
    if (licensee.did === (representative?.did ?? subject.did)) return said.toHolder(decider);
    if (licensee.name === HOUSE_NAME) return said.toHouse;
    return said.toLicensee(`${licensee.name}${licensee.contact === null ? '' : ` (${licensee.contact})`}`);
  };
  const pay = reader.pay(record.compensation);
  const { watermark, visible } = scope.labelRequired;
  const marks = [
    words.marks.c2pa,
    ...(watermark ? [words.marks.watermark] : []),
    ...(visible ? [words.marks.visible] : []),
  ];
  const where = said.where(
    reader.media(scope.media),
    reader.places(scope.territories),
    reader.channels(scope.channels),
    reader.languages(scope.languages),
  );
  const review = evidence?.review?.accepted === true ? evidence.review : null;
  const recordedAt = evidence?.challenge?.recordedAt;
  const lines = [
    said.allows(who, to(), reader.operations(scope.operations)),
    [
      ...(scope.roles.includes('source') ? [said.source(subject.displayName)] : []),
      ...(scope.roles.includes('replaced') ? [said.replaced(subject.displayName)] : []),
    ].join(' '),
    ...(licensee?.sublicensable === true ? [said.passOn] : []),
    said.uses(reader.uses(scope.uses), record.project.title, record.project.description),
    scope.prohibitedUses.length === 0 ? said.neverUnnamed : said.never(reader.uses(scope.prohibitedUses)),
    `${where}${scope.count === null ? '' : `; ${said.renders(scope.count, reader.number(scope.count))}`}.`,
    `${said.term(reader.at(term.notBefore), reader.at(term.notAfter))} ${words.afterwards[term.postTerm]}`,
    said.labelled(marks.join(', ')),
    ...(scope.scriptApproval === 'perItem' ? [said.approves(decider)] : []),
    pay === null ? said.unpaid : words.paid(pay),
    words.basis(reader.basis(record.legal)),
    signatures.some((s) => s.tokenHash !== undefined) ? said.withdrawWithWord : said.withdraw,
    ...reader.withdrawal(record.revocation),
    ...record.revocation.status.map((entry) => said.listed(entry.statusListCredential, entry.statusListIndex)),
    ...(evidence?.method === 'liveVideoChallenge'
      ? [
          review === null
            ? said.captureUnreviewed
            : said.captured(recordedAt === undefined ? '?' : reader.at(recordedAt), reader.at(review.at)),
        ]
      : []),
    signedSentence(envelope, language),
    said.noFace,
  ];
  // Names and titles come from whoever wrote the file: none of them may look like a line of its own.
  return lines.map((line) => plainText(line, 2000));
}

/** Who has signed, and when. */
export function signedSentence({ signatures }: ConsentEnvelope, language: TermsLanguage): string {
  const reader = new TermsReader(language);
  const { record, roles } = reader.words;
  return signatures.length === 0
    ? record.unsigned
    : record.signed(signatures.map((s) => record.signature(roles[s.role], reader.at(s.created))).join('; '));
}

/** The record as lines of plain text: its number, then {@link recordSentences}. */
export function describeRecord(envelope: ConsentEnvelope, language: TermsLanguage = 'en'): string {
  const { heading } = new TermsReader(language).words.record;
  return `${[plainText(heading(envelope.record.id)), ...recordSentences(envelope, language)].join('\n')}\n`;
}

/** A text that was shown to somebody before they signed: its language, and the SHA-256 (hex) of its lines. */
export interface ShownTerms {
  readonly language: TermsLanguage;
  readonly sha256: string;
  /** The sentences, each on a line of its own. */
  readonly text: string;
}

/** What a person reads who is about to sign a record. */
export function shownTerms(envelope: ConsentEnvelope, language: TermsLanguage): ShownTerms {
  const text = `${recordSentences(envelope, language).join('\n')}\n`;
  return { language, text, sha256: sha256(text) };
}
