/** The questions people come with, answered in a sentence each from an {@link Answer}. Never a plain yes. */
import type { Answer, Hit, ResolvedKind } from './ask.js';
import { HOUSE } from './places.js';
import type { Act } from './schema.js';

/** One plain answer. */
export interface PlainAnswer {
  readonly question: string;
  /** `no`: forbidden; `open`: depends on what is not known; `duties`: not forbidden, but something is asked; `none`: nothing found. */
  readonly verdict: 'no' | 'open' | 'duties' | 'none';
  readonly text: string;
  /** Lines it rests on. */
  readonly because: readonly string[];
}

const VERBS: Partial<Record<Act, string>> = {
  possess: 'download, keep or view this',
  make: 'make this',
  train: 'train a model on this',
  share: 'share this',
  publish: 'publish this',
  advertise: 'advertise with this',
  offerTool: 'offer such a tool',
  host: 'host this',
};

const KIND_WORDS: Record<ResolvedKind, string> = {
  'label.visible': 'a label that can be seen',
  'label.audible': 'a notice that can be heard',
  'label.light': 'a notice that does not hamper the work, such as a line in the credits',
  'label.icon': 'the common AI icon',
  'mark.metadata': 'signed metadata (C2PA)',
  'mark.metadata.cn': 'the implicit label of GB 45438-2025 in the metadata',
  'mark.watermark': 'an invisible watermark',
  'disclose.ad': 'a disclosure in the advertisement',
  'declare.upload': 'a declaration on upload',
  'consent.written': 'a written licence',
  'consent.guardian': "a guardian's signature",
  'consent.estate': "the estate's signature",
  'contract.specific': 'a contract that describes the uses',
  'detector.free': 'a free detector',
  takedown: 'removal on request',
};

/** A duty in words: `an invisible watermark`. */
export function kindWords(kind: ResolvedKind): string {
  return KIND_WORDS[kind];
}

const isLabel = (kind: ResolvedKind): boolean => /^(label|mark|disclose|declare)\b/.test(kind);
/** `GB, US-CA and by the rules of Likeness`: what stands after `in`. */
function places(hits: readonly Hit[]): string {
  const law = [...new Set(hits.map((hit) => hit.place))].filter((place) => place !== HOUSE).join(', ');
  const house = hits.some((hit) => hit.place === HOUSE);
  return house ? `${law === '' ? '' : `${law} and by `}the rules of Likeness` : law;
}
const ids = (hits: readonly Hit[]): string[] => hits.map((hit) => hit.id);

function mayI(answer: Answer, act: Act, verb: string): PlainAnswer {
  const of = (hits: readonly Hit[]): Hit[] => hits.filter((hit) => hit.acts.includes(act));
  const question = `May I ${verb}?`;
  const blocked = of(answer.blocked);
  if (blocked.length > 0)
    return { question, verdict: 'no', text: `No: forbidden in ${places(blocked)}.`, because: ids(blocked) };
  const open = of(answer.open).filter((hit) => hit.effect === 'prohibit');
  if (open.length > 0) {
    const facts = [...new Set(open.flatMap((hit) => hit.dependsOn))].join(', ');
    return {
      question,
      verdict: 'open',
      text: `Not known yet: in ${places(open)} it depends on ${facts}. Do not go on before that is clear.`,
      because: ids(open),
    };
  }
  const must = of(answer.must);
  const soon = of(answer.upcoming).filter((hit) => hit.effect === 'prohibit');
  const later = soon.length === 0 ? '' : ` Something is coming in ${places(soon)}; see below.`;
  return must.length > 0
    ? {
        question,
        verdict: 'duties',
        text: `Nothing in the table forbids it, with the duties below.${later}`,
        because: ids(must),
      }
    : {
        question,
        verdict: 'none',
        text: `Nothing in the table forbids it. That is no permission: the table is small.${later}`,
        because: ids(soon),
      };
}

function labels(answer: Answer): PlainAnswer {
  const question = 'Must I label it, and how?';
  const withLabels = (hits: readonly Hit[]): Hit[] => hits.filter((hit) => hit.kinds.some(isLabel));
  const words = (hits: readonly Hit[]): string =>
    [...new Set(hits.flatMap((hit) => hit.kinds.filter(isLabel)))].map(kindWords).join('; ');
  const must = withLabels(answer.must);
  const open = withLabels(answer.open);
  const maybe =
    open.length === 0 ? '' : ` Treat as due until its question is answered (${places(open)}): ${words(open)}.`;
  if (must.length > 0)
    return {
      question,
      verdict: 'duties',
      text: `Yes, something is due (${places(must)}): ${words(must)}.${maybe}`,
      because: ids([...must, ...open]),
    };
  if (open.length > 0) return { question, verdict: 'open', text: `Perhaps.${maybe}`, because: ids(open) };
  const should = withLabels(answer.should);
  return {
    question,
    verdict: 'none',
    text: `No duty was found for these acts.${should.length === 0 ? '' : ` Recommended: ${words(should)}.`}`,
    because: ids(should),
  };
}

function removal(answer: Answer): PlainAnswer {
  const question = 'If it shows me: where and how do I have it removed?';
  const waiting = answer.open.filter((hit) => hit.effect === 'right');
  const hits = [...answer.rights, ...waiting];
  if (hits.length === 0)
    return {
      question,
      verdict: 'none',
      text: 'The table has no procedure for these places. Write to whoever hosts it all the same: "likeness law letter".',
      because: [],
    };
  const lines = hits.map((hit) => {
    const clock = hit.deadline === null ? 'no fixed time' : deadlineWords(hit.deadline);
    const where = hit.where ?? 'The service.';
    return waiting.includes(hit)
      ? `${hit.place}: ${where} Deadline: ${clock}, if this fits: ${hit.dependsOn.join(', ')}.`
      : `${hit.place}: ${where} Deadline: ${clock}.`;
  });
  return {
    question,
    verdict: waiting.length === hits.length ? 'open' : 'duties',
    text: `${lines.join(' ')} The command "likeness law letter" writes the letter.`,
    because: ids(hits),
  };
}

/** What a line rests on, as a citation: instrument and article. */
export function citation({ instrument, article }: Hit): string {
  return instrument.includes(article) ? instrument : `${instrument}, ${article}`;
}

/** A deadline in words: `48 hours after a valid notice`. */
export function deadlineWords({ hours, after }: NonNullable<Hit['deadline']>): string {
  const months = hours / 720;
  const time = months === 1 ? '1 month' : Number.isInteger(months) ? `${months} months` : `${hours} hours`;
  const start = {
    notice: 'a valid notice',
    order: 'an order of a court or authority',
    regulator: "the regulator's notice",
    request: 'the request',
  }[after];
  return `${time} after ${start}`;
}

/** The answers in the order people ask: may I, must I label it, how do I have it removed. */
export function plainAnswers(answer: Answer): PlainAnswer[] {
  const { acts } = answer.asked;
  const may = (Object.entries(VERBS) as [Act, string][])
    .filter(([act]) => acts.includes(act))
    .map(([act, verb]) => mayI(answer, act, verb));
  const makes = acts.some((act) => ['make', 'share', 'publish', 'advertise'].includes(act));
  return [...may, ...(makes ? [labels(answer)] : []), ...(acts.includes('remove') ? [removal(answer)] : [])];
}
