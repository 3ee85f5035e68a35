/** A record in plain language, for the person who signs it. */
import { plainText } from './plain-text.js';
import type { ConsentEnvelope, ConsentRecord } from './record.js';

const OPERATION_WORDS: Record<string, string> = {
  train: 'train a model of the face',
  faceSwap: 'swap faces',
  faceReenact: "move the face by another person's expression",
  lipSync: 'change what the mouth says',
  portraitAnimate: 'make a still portrait move',
  voiceClone: 'imitate the voice',
  translateDub: 'dub into other languages',
};

const PAY_WORDS: Readonly<Record<NonNullable<ConsentRecord['compensation']>['kind'], string>> = {
  none: 'none',
  fee: 'a fee',
  share: 'a share of what it earns',
  other: 'as agreed',
};

/** What is agreed as pay, or `null` where the record says nothing of it. */
export function payWords(compensation: ConsentRecord['compensation']): string | null {
  if (compensation === null) return null;
  const { kind, note, amountHash } = compensation;
  return `${PAY_WORDS[kind]}${note === '' ? '' : `: ${note}`}${amountHash === null ? '' : ` (the paper with the amount is ${amountHash})`}`;
}

/** On what the agreement rests in law, as its two sides wrote it. */
export function legalWords({ legal }: ConsentRecord): string {
  const { basis, governingLaw, contractHash, noticeHash, rulesetVersion } = legal;
  return [
    basis,
    ...(governingLaw === null ? [] : [`law of ${governingLaw}`]),
    ...(contractHash === null ? [] : [`contract ${contractHash}`]),
    ...(noticeHash === null ? [] : [`privacy notice ${noticeHash}`]),
    ...(rulesetVersion === null ? [] : [`law table ${rulesetVersion}`]),
  ].join('; ');
}

/** What follows a withdrawal beyond that nothing new is made, as sentences. */
export function withdrawalWords({
  effect,
  noticeHours,
  endpoint,
}: Pick<ConsentRecord['revocation'], 'effect' | 'noticeHours' | 'endpoint'>): string[] {
  return [
    ...(effect === 'stopNewGenerationAndUnpublishWhereFeasible'
      ? ['What was published is then taken down too, where that can be done.']
      : []),
    ...(noticeHours === 0
      ? []
      : [
          `Both agreed on ${noticeHours} ${noticeHours === 1 ? 'hour' : 'hours'} of notice of a withdrawal; Likeness does not wait for that.`,
        ]),
    ...(endpoint === null ? [] : [`Whether it still stands can be asked at ${endpoint}.`]),
  ];
}

const list = (items: readonly string[], none: string): string => (items.length === 0 ? none : items.join(', '));

/** The record as lines of plain English. Says nothing about whether it stands: see `verifyRecord`. */
export function describeRecord(envelope: ConsentEnvelope): string {
  const { record, signatures } = envelope;
  const { subject, licensee, scope, term } = record;
  const who =
    subject.representative === null
      ? subject.displayName
      : `${subject.representative.name} (${subject.representative.relation}) for ${subject.displayName}`;
  const decider = subject.representative?.name ?? subject.displayName;
  const pay = payWords(record.compensation);
  const signer = subject.representative?.did ?? subject.did;
  const by =
    licensee === null
      ? 'nobody who has signed'
      : licensee.did === signer
        ? `whoever works with the key of ${decider}`
        : `${licensee.name}${licensee.contact === null ? '' : ` (${licensee.contact})`}`;
  const sides = [
    ...(scope.roles.includes('source') ? [`${subject.displayName}'s face may be put onto other people`] : []),
    ...(scope.roles.includes('replaced') ? [`${subject.displayName} may be replaced by somebody else's face`] : []),
  ].join(', and ');
  const lines = [
    `Consent ${record.id}`,
    `${who} allows ${by} to ${list(
      scope.operations.map((o) => OPERATION_WORDS[o] ?? o),
      'do nothing',
    )}.`,
    `${sides}.`,
    ...(licensee?.sublicensable === true ? ['They may pass this on to others.'] : []),
    `For: ${list(scope.uses, 'nothing')} (project "${record.project.title}"${record.project.description === '' ? '' : `: ${record.project.description}`}).`,
    `Never for: ${list(scope.prohibitedUses, 'nothing named in the record; sexual and deceptive uses are refused in any case')}.`,
    `In: ${list(scope.media, 'no medium')}; where: ${list(scope.territories, 'nowhere')}; channels: ${list(scope.channels, 'any')}; languages: ${list(scope.languages, 'any')}${scope.count === null ? '' : `; for ${scope.count} renders`}.`,
    `From ${term.notBefore} to ${term.notAfter}. Afterwards: ${
      {
        deleteModels: 'models are deleted and publications withdrawn',
        deleteModelsKeepPublished: 'models are deleted, what was published may stay',
        keepPublished: 'what was made may stay',
      }[term.postTerm]
    }.`,
    `Everything made is labelled: C2PA manifest${scope.labelRequired.watermark ? ', invisible watermark' : ''}${scope.labelRequired.visible ? ', visible label' : ''}.`,
    ...(scope.scriptApproval === 'perItem'
      ? [`${decider} approves every single film and picture before it is changed; without that nothing is made of it.`]
      : []),
    pay === null ? 'No pay is agreed in this record.' : `Pay: ${pay}.`,
    `Legal basis: ${legalWords(record)}.`,
    `It can be withdrawn at any time with the subject's key${signatures.some((s) => s.tokenHash !== undefined) ? ', or with the word they were given when they signed' : ''} ("likeness consent revoke"); new material is then refused at once.`,
    ...withdrawalWords(record.revocation),
    ...record.revocation.status.map(
      (entry) =>
        `Whether it stands is also published at ${entry.statusListCredential}, entry ${entry.statusListIndex}.`,
    ),
    ...(record.evidence?.method === 'liveVideoChallenge'
      ? [
          record.evidence.review?.accepted === true
            ? `It rests on a live capture of ${record.evidence.challenge?.recordedAt ?? '?'}, reviewed on ${record.evidence.review.at}.`
            : 'It rests on a live capture whose review is pending: until then it allows nothing.',
        ]
      : []),
    signatures.length === 0
      ? 'Signed by nobody yet: it allows nothing.'
      : `Signed by: ${signatures.map((s) => `${s.role} on ${s.created}`).join('; ')}.`,
    'The face itself is not in this record, only a salted hash of its measurements.',
  ];
  // Names and titles come from whoever wrote the file: none of them may look like a line of its own.
  return `${lines.map((line) => plainText(line, 2000)).join('\n')}\n`;
}
