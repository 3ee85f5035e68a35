/**
 * Forty written cases: a situation, what the answer must be, and the source it was taken from. They were written from the
 * table of law as a person reads it (ruleset of 2026-11-22, and the passages read on 2026-11-24), not from what the
 * program says. `in` names the list of the answer and `row` the row that must stand there; with `not`, must not.
 */
import type { Inquiry } from '../src/law/index.js';

/** Where in an answer a row is looked for. */
export type Place = 'blocked' | 'must' | 'should' | 'open' | 'rights' | 'upcoming' | 'notes';

/** One expectation. */
export interface Expected {
  readonly in: Place;
  readonly row: string;
  readonly not?: true;
  /** First day it must name. */
  readonly from?: string;
  readonly kinds?: readonly string[];
  readonly hours?: number;
  readonly letter?: 'P' | 'S' | 'U';
  /** Facts it must wait for. */
  readonly asks?: readonly string[];
}

/** One case. */
export interface LawCase {
  readonly name: string;
  readonly inquiry: Inquiry;
  readonly expect: readonly Expected[];
  readonly source: string;
}

const person = { realPerson: 'yes', realistic: 'yes' } as const;
const fake = { ...person, intimate: 'yes', consent: 'no', minor: 'no' } as const;
const date = '2026-11-24';

/** The cases. */
export const LAW_CASES: readonly LawCase[] = [
  {
    name: 'a provider marks its output in Germany',
    inquiry: { places: ['DE'], acts: ['make'], facts: { ...person, provider: 'yes', assistive: 'no' }, date },
    expect: [{ in: 'must', row: 'eu-aia-50-2', kinds: ['mark.metadata', 'mark.watermark'], from: '2026-08-02' }],
    source: 'AI Act Art. 50(2): machine-readable mark by the provider; applies 2026-08-02',
  },
  {
    name: 'a system from before August 2026 has grace until December',
    inquiry: {
      places: ['EU'],
      acts: ['make'],
      facts: { ...person, provider: 'yes', assistive: 'no', oldSystem: 'yes' },
      date,
    },
    expect: [
      { in: 'upcoming', row: 'eu-aia-50-2', from: '2026-12-02' },
      { in: 'must', row: 'eu-aia-50-2', not: true },
    ],
    source: 'Art. 50(2) grace to 2026-12-02 only for systems on the market before 2026-08-02',
  },
  {
    name: 'the grace has ended on 2 December 2026',
    inquiry: {
      places: ['EU'],
      acts: ['make'],
      facts: { ...person, provider: 'yes', assistive: 'no', oldSystem: 'yes' },
      date: '2026-12-02',
    },
    expect: [{ in: 'must', row: 'eu-aia-50-2', from: '2026-12-02' }],
    source: 'Art. 50(2) grace to 2026-12-02',
  },
  {
    name: 'a studio publishes a deepfake in France',
    inquiry: {
      places: ['FR'],
      acts: ['publish'],
      facts: { ...person, professional: 'yes', satire: 'no', consent: 'yes' },
      medium: 'video',
      date,
    },
    expect: [{ in: 'must', row: 'eu-aia-50-4', kinds: ['label.visible'], letter: 'S' }],
    source: 'AI Act Art. 50(4): deployer labels deepfakes; letter S',
  },
  {
    name: 'evident satire is labelled more lightly',
    inquiry: {
      places: ['IT'],
      acts: ['publish'],
      facts: { ...person, professional: 'yes', satire: 'yes', consent: 'yes' },
      medium: 'video',
      date,
    },
    expect: [{ in: 'must', row: 'eu-aia-50-4', kinds: ['label.light'] }],
    source: 'AI Act Art. 50(4): lighter for evident art and satire',
  },
  {
    name: 'sound alone is labelled so that it can be heard',
    inquiry: {
      places: ['DE'],
      acts: ['publish'],
      facts: { ...person, professional: 'yes', satire: 'no', voice: 'yes' },
      medium: 'audio',
      date,
    },
    expect: [{ in: 'must', row: 'eu-aia-50-4', kinds: ['label.audible'] }],
    source: 'AI Act Art. 50(4) covers image, audio and video (recital 134)',
  },
  {
    name: 'what nobody could take for real is no deepfake',
    inquiry: {
      places: ['DE'],
      acts: ['publish'],
      facts: { realPerson: 'yes', realistic: 'no', professional: 'yes' },
      date,
    },
    expect: [
      { in: 'must', row: 'eu-aia-50-4', not: true },
      { in: 'open', row: 'eu-aia-50-4', not: true },
    ],
    source: 'Recital 134: would falsely appear to a person to be authentic or truthful',
  },
  {
    name: 'whether it could be taken for real decides, and is asked',
    inquiry: {
      places: ['DE'],
      acts: ['publish'],
      facts: { realPerson: 'yes', professional: 'yes', satire: 'no' },
      date,
    },
    expect: [
      { in: 'open', row: 'eu-aia-50-4', asks: ['realistic'] },
      { in: 'must', row: 'eu-aia-50-4', not: true },
    ],
    source: 'AI Act Art. 50(4), and the rule that unknown becomes a question',
  },
  {
    name: 'the European ban on intimate AI fakes is coming',
    inquiry: { places: ['FR'], acts: ['make'], facts: fake, date },
    expect: [
      { in: 'upcoming', row: 'eu-aia-5', from: '2026-12-02', letter: 'S' },
      { in: 'blocked', row: 'eu-aia-5', not: true },
    ],
    source: 'AI omnibus, Art. 5: from 2026-12-02; letter S',
  },
  {
    name: 'the European ban holds on its first day',
    inquiry: { places: ['PL'], acts: ['make'], facts: fake, date: '2026-12-02' },
    expect: [{ in: 'blocked', row: 'eu-aia-5' }],
    source: 'AI omnibus, Art. 5: ban on non-consensual intimate AI from 2026-12-02',
  },
  {
    name: 'the code of practice is voluntary',
    inquiry: { places: ['EU'], acts: ['make'], facts: person, date },
    expect: [
      { in: 'should', row: 'eu-cop-marking', kinds: ['mark.metadata', 'mark.watermark', 'detector.free'] },
      { in: 'must', row: 'eu-cop-marking', not: true },
    ],
    source: 'Code of Practice: signed metadata + imperceptible watermark, free detector; voluntary',
  },
  {
    name: 'publishing an intimate fake in the United States',
    inquiry: { places: ['US'], acts: ['publish'], facts: fake, date },
    expect: [{ in: 'blocked', row: 'us-tida-2', letter: 'P' }],
    source: 'TAKE IT DOWN Act, Pub. L. 119-12: publishing intimate deepfakes a crime, 2025-05-19; letter P',
  },
  {
    name: 'the federal crime did not exist the day before',
    inquiry: { places: ['US'], acts: ['publish'], facts: fake, date: '2025-05-18' },
    expect: [
      { in: 'blocked', row: 'us-tida-2', not: true },
      { in: 'upcoming', row: 'us-tida-2', from: '2025-05-19' },
    ],
    source: 'TAKE IT DOWN Act: 2025-05-19',
  },
  {
    name: 'a platform in the United States removes within 48 hours',
    inquiry: { places: ['US'], acts: ['host'], date },
    expect: [{ in: 'must', row: 'us-tida-3', hours: 48 }],
    source: 'TAKE IT DOWN Act: 48 h removal; platforms 2026-05-19',
  },
  {
    name: 'an American has an intimate fake removed within 48 hours',
    inquiry: { places: ['US-NY'], acts: ['remove'], facts: fake, date },
    expect: [{ in: 'rights', row: 'us-tida-3', hours: 48, letter: 'P' }],
    source: 'TAKE IT DOWN Act: 48 h removal',
  },
  {
    name: 'platforms had a year to prepare',
    inquiry: { places: ['US'], acts: ['remove'], facts: fake, date: '2026-05-18' },
    expect: [
      { in: 'rights', row: 'us-tida-3', not: true },
      { in: 'upcoming', row: 'us-tida-3', from: '2026-05-19' },
    ],
    source: 'TAKE IT DOWN Act: platforms 2026-05-19',
  },
  {
    name: 'NO FAKES is a bill',
    inquiry: { places: ['US-CA'], acts: ['make'], facts: person, date },
    expect: [
      { in: 'upcoming', row: 'us-nofakes', letter: 'P' },
      { in: 'must', row: 'us-nofakes', not: true },
    ],
    source: 'NO FAKES S. 4591: likeness right; bill; letter P',
  },
  {
    name: 'the executive order is said and changes nothing',
    inquiry: { places: ['US-TX'], acts: ['publish'], facts: person, date },
    expect: [{ in: 'notes', row: 'us-eo-14365' }],
    source: 'EO 14365: seeks to curb state AI laws, 2025-12-11',
  },
  {
    name: 'California: a dead personality without their estate',
    inquiry: {
      places: ['US-CA'],
      acts: ['make'],
      facts: { ...person, deceased: 'yes', consent: 'no', satire: 'no' },
      date,
    },
    expect: [{ in: 'blocked', row: 'us-ca-ab1836' }],
    source: 'AB 1836: deceased',
  },
  {
    name: 'California: whether the person is dead is asked',
    inquiry: { places: ['US-CA'], acts: ['make'], facts: { ...person, consent: 'no', satire: 'no' }, date },
    expect: [{ in: 'open', row: 'us-ca-ab1836', asks: ['deceased'] }],
    source: 'AB 1836, and the rule that unknown becomes a question',
  },
  {
    name: 'California: sexual fakes, and those who enable them',
    inquiry: { places: ['US-CA'], acts: ['make', 'offerTool'], facts: { ...fake, nudifier: 'yes' }, date },
    expect: [{ in: 'blocked', row: 'us-ca-ab621' }],
    source: 'AB 621: sexual deepfakes and enablers',
  },
  {
    name: 'California: a large provider marks and gives a detector',
    inquiry: {
      places: ['US-CA'],
      acts: ['offerTool'],
      facts: { provider: 'yes', largeService: 'yes' },
      medium: 'picture',
      date,
    },
    expect: [{ in: 'must', row: 'us-ca-sb942', kinds: ['mark.metadata', 'detector.free'] }],
    source: 'SB 942 + AB 853: large providers mark and give a detector (2026-08-02)',
  },
  {
    name: 'California: the election acts were struck down or enjoined',
    inquiry: {
      places: ['US-CA'],
      acts: ['publish'],
      facts: { ...person, election: 'yes', consent: 'no', influence: 'yes', electionPeriod: 'yes', satire: 'no' },
      date,
    },
    expect: [
      { in: 'notes', row: 'us-ca-ab2655-2839' },
      { in: 'blocked', row: 'us-ca-ab2655-2839', not: true },
    ],
    source: 'AB 2655/2839: election acts struck/enjoined',
  },
  {
    name: 'New York: a vague clause for work done by a replica',
    inquiry: {
      places: ['US-NY'],
      acts: ['make'],
      facts: { ...person, replacesWork: 'yes', specificTerms: 'no', represented: 'no' },
      date,
    },
    expect: [{ in: 'must', row: 'us-ny-gol-5-302', kinds: ['contract.specific'], letter: 'P' }],
    source: 'GOL 5-302: vague replica clauses void (2025-01-01); letter P',
  },
  {
    name: 'New York: counsel heals the vague clause',
    inquiry: {
      places: ['US-NY'],
      acts: ['make'],
      facts: { ...person, replacesWork: 'yes', specificTerms: 'no', represented: 'yes' },
      date,
    },
    expect: [
      { in: 'must', row: 'us-ny-gol-5-302', not: true },
      { in: 'notes', row: 'us-ny-gol-5-302' },
    ],
    source: 'GOL 5-302(1)(c): represented by counsel or a labor organization',
  },
  {
    name: 'New York: a synthetic performer in an advertisement',
    inquiry: {
      places: ['US-NY'],
      acts: ['advertise'],
      facts: { realPerson: 'no', realistic: 'yes' },
      medium: 'video',
      date,
    },
    expect: [{ in: 'must', row: 'us-ny-gbl-396-b', kinds: ['disclose.ad'], letter: 'S' }],
    source: 'GBL 396-b: synthetic performer in ads disclosed (2026-06-09); letter S',
  },
  {
    name: 'New York: a dead performer without their heirs',
    inquiry: {
      places: ['US-NY'],
      acts: ['publish'],
      facts: { ...person, deceased: 'yes', performer: 'yes', consent: 'no' },
      date,
    },
    expect: [{ in: 'blocked', row: 'us-ny-s8391', from: '2025-12-11' }],
    source: 'S.8391: deceased (2025-12-11)',
  },
  {
    name: 'Tennessee: a voice published without leave',
    inquiry: {
      places: ['US-TN'],
      acts: ['publish'],
      facts: { ...person, voice: 'yes', consent: 'no', satire: 'no' },
      medium: 'audio',
      date,
    },
    expect: [{ in: 'blocked', row: 'us-tn-elvis', from: '2024-07-01' }],
    source: 'ELVIS Act (2024-07-01): voice and likeness',
  },
  {
    name: 'Texas: making a sexual fake is enough',
    inquiry: { places: ['US-TX'], acts: ['make'], facts: fake, date },
    expect: [{ in: 'blocked', row: 'us-tx-hb449' }],
    source: 'HB 449, § 21.165(b): knowingly produces or distributes',
  },
  {
    name: 'Minnesota: a fake to sway a vote, in the time before it',
    inquiry: {
      places: ['US-MN'],
      acts: ['publish'],
      facts: { ...person, consent: 'no', election: 'yes', influence: 'yes', electionPeriod: 'yes' },
      date,
    },
    expect: [{ in: 'blocked', row: 'us-mn-609-771' }],
    source: '609.771 subd. 2(a)(1) to (3)',
  },
  {
    name: 'Britain: creating an intimate fake is an offence, sharing it too',
    inquiry: { places: ['GB'], acts: ['make', 'share'], facts: fake, date },
    expect: [
      { in: 'blocked', row: 'gb-dua-138', from: '2026-02-06' },
      { in: 'blocked', row: 'gb-osa-188', from: '2024-01-31' },
    ],
    source: 'DUA Act 2025 s.138: creating or requesting (2026-02-06); Online Safety Act s.188: sharing (2024-01-31)',
  },
  {
    name: 'Britain: creating it was no offence in January 2026',
    inquiry: { places: ['GB'], acts: ['make'], facts: fake, date: '2026-01-31' },
    expect: [
      { in: 'blocked', row: 'gb-dua-138', not: true },
      { in: 'upcoming', row: 'gb-dua-138', from: '2026-02-06' },
    ],
    source: 'DUA Act 2025 s.138: 2026-02-06',
  },
  {
    name: 'Britain: supplying a nudify tool',
    inquiry: { places: ['GB'], acts: ['offerTool'], facts: { nudifier: 'yes' }, date },
    expect: [{ in: 'blocked', row: 'gb-cpa-99', from: '2026-06-29' }],
    source: 'Crime and Policing Act 2026 s.99: supplying nudify tools (2026-06-29)',
  },
  {
    name: 'Denmark: still a bill',
    inquiry: { places: ['DK'], acts: ['share'], facts: { ...person, consent: 'no', satire: 'no' }, date },
    expect: [
      { in: 'upcoming', row: 'dk-65a-73a' },
      { in: 'blocked', row: 'dk-65a-73a', not: true },
    ],
    source: 'Copyright bill 65a, 73a: no adoption found: bill',
  },
  {
    name: 'Italy: harmful distribution',
    inquiry: { places: ['IT'], acts: ['publish'], facts: { ...person, consent: 'no', harm: 'yes' }, date },
    expect: [{ in: 'blocked', row: 'it-612-quater', from: '2025-10-10' }],
    source: 'Law 132/2025: harmful distribution, 1-5 years (2025-10-10)',
  },
  {
    name: 'China: consent to edit a face, two kinds of labels',
    inquiry: { places: ['CN'], acts: ['make'], facts: { ...person, consent: 'no' }, medium: 'video', date },
    expect: [
      { in: 'blocked', row: 'cn-deep-synthesis' },
      { in: 'must', row: 'cn-labelling', kinds: ['label.visible', 'mark.metadata.cn'], from: '2025-09-01' },
    ],
    source:
      'Deep Synthesis Provisions: consent to edit face or voice; Labelling Measures + GB 45438-2025: visible and metadata labels',
  },
  {
    name: 'Korea: downloading a sexual fake is punishable',
    inquiry: { places: ['KR'], acts: ['possess'], facts: fake, date },
    expect: [{ in: 'blocked', row: 'kr-sexual-violence', letter: 'S' }],
    source: 'sexual violence act 2024: possessing, buying, storing, viewing <=3 y; letter S',
  },
  {
    name: 'India: label, metadata, and orders within 3 hours',
    inquiry: {
      places: ['IN'],
      acts: ['publish', 'remove'],
      facts: { ...person, intimate: 'no' },
      medium: 'video',
      date,
    },
    expect: [
      { in: 'must', row: 'in-gsr-120e', kinds: ['label.visible', 'mark.metadata'], letter: 'P' },
      { in: 'rights', row: 'in-gsr-120e', hours: 3 },
    ],
    source: 'G.S.R. 120(E): label + metadata; 3 h orders (2026-02-20); letter P',
  },
  {
    name: 'Australia: sharing is the offence; a question where consent is not known',
    inquiry: { places: ['AU'], acts: ['share'], facts: { ...person, intimate: 'yes' }, date },
    expect: [
      { in: 'open', row: 'au-act-78-2024', asks: ['consent'], letter: 'P' },
      { in: 'blocked', row: 'au-act-78-2024', not: true },
    ],
    source: 'Act 78 of 2024: sharing; worse if you made it (2024-09-03); letter P',
  },
  {
    name: 'Brazil: no deepfakes in campaigns, whoever agreed; Japan: nothing found',
    inquiry: { places: ['BR', 'JP'], acts: ['publish'], facts: { ...person, election: 'yes', consent: 'yes' }, date },
    expect: [
      { in: 'blocked', row: 'br-tse-9c' },
      { in: 'notes', row: 'jp-none' },
    ],
    source: 'TSE 23.732/2024: election deepfakes; JP: no specific act found',
  },
];
