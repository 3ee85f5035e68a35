/** The law room: forty written cases, the logic of unknowns, dates, duties, letters, and the table in the document. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { packageRoot, Random } from '../src/base/index.js';
import { both, evaluate, not } from '../src/law/evaluate.js';
import {
  ACTS,
  type Answer,
  ask,
  dutiesFor,
  FACTS,
  type Fact,
  type Facts,
  factsOfUse,
  LETTER_LANGUAGES,
  mergeFacts,
  parseFacts,
  parsePlace,
  plainAnswers,
  RULESET_FOLDER,
  readRuleset,
  renderAnswer,
  ruleset,
  type Truth,
  tableMarkdown,
  writeLetter,
} from '../src/law/index.js';
import { type Expected, LAW_CASES, type LawCase } from './law-cases.js';

const date = '2026-11-24';
const rowOf = (id: string): string => id.split('.')[0] ?? '';

/** What is wrong with one expectation, or null. */
function wrong(answer: Answer, wanted: Expected): string | null {
  const at = `${wanted.row} in ${wanted.in}`;
  if (wanted.in === 'notes')
    return answer.notes.some((note) => rowOf(note.id) === wanted.row) ? null : `${at} is missing`;
  const hits = answer[wanted.in].filter((hit) => rowOf(hit.id) === wanted.row);
  if (wanted.not === true) return hits.length === 0 ? null : `${at} should not be there`;
  const fits = hits.filter(
    (hit) =>
      (wanted.from === undefined || hit.from === wanted.from) &&
      (wanted.letter === undefined || hit.letter === wanted.letter) &&
      (wanted.hours === undefined || hit.deadline?.hours === wanted.hours) &&
      (wanted.kinds ?? []).every((kind) => (hit.kinds as readonly string[]).includes(kind)) &&
      (wanted.asks ?? []).every((fact) => (hit.dependsOn as readonly string[]).includes(fact)),
  );
  return fits.length > 0 ? null : `${at} is missing or differs: ${JSON.stringify(hits)}`;
}

const problems = (one: LawCase): string[] => {
  const answer = ask(one.inquiry);
  return one.expect.flatMap((wanted) => wrong(answer, wanted) ?? []);
};

describe('forty written cases', () => {
  it.each(LAW_CASES.map((one) => [one.name, one] as const))('%s', (_name, one) => {
    expect(problems(one), one.source).toEqual([]);
  });

  it('are forty, each with a source, and touch every place', () => {
    const right = LAW_CASES.filter((one) => problems(one).length === 0).length;
    console.log(`law: ${right} of ${LAW_CASES.length} written cases answered as expected`);
    expect(right).toBe(40);
    expect(LAW_CASES.every((one) => one.source.length > 10)).toBe(true);
    const touched = new Set(LAW_CASES.flatMap((one) => one.expect.map((wanted) => wanted.row)));
    const places = new Set(
      ruleset()
        .rows.filter((row) => touched.has(row.id))
        .map((row) => row.place),
    );
    for (const place of [
      'EU',
      'US',
      'US-CA',
      'US-NY',
      'US-TN',
      'US-TX',
      'US-MN',
      'GB',
      'DK',
      'IT',
      'CN',
      'KR',
      'IN',
      'AU',
      'BR',
      'JP',
    ])
      expect(places, place).toContain(place);
  });
});

describe('three truth values', () => {
  const values: readonly Truth[] = ['yes', 'no', 'unknown'];
  it('follow Kleene', () => {
    expect(values.map(not)).toEqual(['no', 'yes', 'unknown']);
    expect(values.map((a) => values.map((b) => both(a, b)))).toEqual([
      ['yes', 'no', 'unknown'],
      ['no', 'no', 'no'],
      ['unknown', 'no', 'unknown'],
    ]);
    const situation = { facts: { consent: 'no', intimate: 'yes' } as const };
    expect(evaluate({ all: ['consent=no', 'minor=yes'] }, situation)).toBe('unknown');
    expect(evaluate({ any: ['consent=no', 'minor=yes'] }, situation)).toBe('yes');
    expect(evaluate({ all: ['consent=yes', 'minor=yes'] }, situation)).toBe('no');
    expect(evaluate({ all: [] }, situation)).toBe('yes');
    expect(evaluate('medium=audio', situation)).toBe('unknown');
  });

  it('never let an unknown pass: what a full answer forbids or asks, a partial one forbids, asks or leaves open', () => {
    const random = new Random(20261124);
    const names = Object.keys(FACTS) as Fact[];
    let forbidden = 0;
    for (let round = 0; round < 150; round++) {
      const full: Partial<Record<Fact, Truth>> = {};
      for (const name of names) full[name] = random.float() < 0.5 ? 'yes' : 'no';
      // Facts that rule each other out are set to agree.
      if (full.realPerson === 'no') Object.assign(full, { minor: 'no', deceased: 'no', voice: 'no' });
      if (full.election === 'no') Object.assign(full, { influence: 'no', electionPeriod: 'no' });
      if (full.provider === 'no') full.largeService = 'no';
      const partial: Facts = Object.fromEntries(Object.entries(full).filter(() => random.float() < 0.6));
      const acts = ACTS.filter((act) => act !== 'remove');
      const whole = ask({ places: ['worldwide'], acts, facts: full, medium: 'video', date });
      const part = ask({ places: ['worldwide'], acts, facts: partial, medium: 'video', date });
      const held = new Set([...part.blocked, ...part.must, ...part.open].map((hit) => hit.id));
      // A duty that moved to a later day by a fact is held at the earlier day while the fact is unknown.
      for (const hit of [...whole.blocked, ...whole.must]) expect(held.has(hit.id), hit.id).toBe(true);
      forbidden += whole.blocked.length;
    }
    expect(forbidden).toBeGreaterThan(500);
  });

  it('turn every unknown behind an open line into a question', () => {
    const answer = ask({ places: ['SG', 'GB'], acts: ['publish'], facts: { realPerson: 'yes' }, date });
    const wanted = new Set(answer.open.flatMap((hit) => hit.dependsOn));
    expect(new Set(answer.questions.map((q) => q.fact))).toEqual(wanted);
    expect([...wanted]).toEqual(expect.arrayContaining(['intimate', 'consent', 'election', 'realistic']));
    expect(plainAnswers(answer)[0]).toMatchObject({ verdict: 'open' });
  });
});

describe('places and dates', () => {
  it('take the law of the whole and of the parts', () => {
    const facts = { realPerson: 'yes', intimate: 'yes', consent: 'no', realistic: 'yes' } as const;
    const places = (place: string): string[] =>
      [
        ...new Set(ask({ places: [place], acts: ['publish', 'make'], facts, date }).blocked.map((hit) => hit.place)),
      ].sort();
    expect(places('US-CA')).toEqual(['HOUSE', 'US', 'US-CA']);
    expect(places('US')).toEqual(['HOUSE', 'US', 'US-CA', 'US-TN', 'US-TX'].filter((p) => p !== 'US-TN'));
    expect(places('AU')).toEqual(['AU', 'HOUSE']);
  });

  it('names every line once, also for the whole world, with the rules of this program last', () => {
    const answer = ask({ places: ['worldwide', 'US', 'US-CA'], acts: ['make', 'publish'], date });
    const ids = answer.open.map((hit) => hit.id);
    expect(new Set(ids).size).toBe(ids.length);
    const first = answer.open.findIndex((hit) => hit.place === 'HOUSE');
    expect(answer.open.slice(first).every((hit) => hit.place === 'HOUSE')).toBe(true);
  });

  it('says of which places the table holds nothing, or only the law above', () => {
    const answer = ask({ places: ['CH', 'AT', 'us-wa'], acts: ['publish'], date });
    expect(answer.notCovered).toEqual([
      { place: 'CH', only: [] },
      { place: 'AT', only: ['EU'] },
      { place: 'US-WA', only: ['US'] },
    ]);
    expect(renderAnswer(answer)).toContain('Nothing above is about it');
  });

  it('calls rows and table stale that nobody looked at for half a year', () => {
    // What is stale today depends on today, whatever date is asked for.
    vi.setSystemTime(new Date(date));
    onTestFinished(() => void vi.useRealTimers());
    const facts = { realPerson: 'yes', realistic: 'yes', consent: 'no', satire: 'no' } as const;
    const now = ask({ places: ['DE'], acts: ['share'], facts, date });
    expect(now.stale).toEqual([{ id: 'de-201b', verifiedOn: '2026-01-14', days: 314 }]);
    const later = ask({ places: ['AU'], acts: ['share'], facts: { ...facts, intimate: 'yes' }, date: '2027-06-01' });
    expect(later.stale.map((s) => s.id)).toEqual(['ruleset', 'au-act-78-2024']);
    expect(renderAnswer(later)).toMatch(/STALE\n {2}ruleset: last looked at on 2026-11-24/);
  });

  it('puts the source, its letter and the disclaimer beside every line', () => {
    const text = renderAnswer(
      ask({
        places: ['KR', 'US'],
        acts: ['publish'],
        facts: { realPerson: 'yes', intimate: 'yes', realistic: 'yes', consent: 'no' },
        date,
      }),
    );
    expect(text).toContain('S: rests on a secondary source');
    expect(text).toContain('P: primary text read. Public Law 119-12, https://www.congress.gov/');
    expect(text).toContain('not legal advice');
    expect(text.match(/^ {2}(KR|US) {2}/gm)?.length).toBeGreaterThan(2);
  });
});

describe('dutiesFor', () => {
  const work = { operation: 'faceSwap', use: 'film', medium: 'video' } as const;
  it('gives the labels a territory requires, and what is recommended beyond', () => {
    expect(dutiesFor({ ...work, territories: ['CN'], date, facts: { consent: 'yes' } })).toMatchObject({
      required: ['label.visible', 'mark.metadata', 'mark.metadata.cn'],
      blocked: [],
      questions: [],
    });
    expect(dutiesFor({ ...work, territories: [], date })).toMatchObject({
      required: [],
      defaults: ['label.visible', 'mark.metadata', 'mark.watermark'],
    });
    expect(dutiesFor({ ...work, territories: ['DE'], medium: 'audio', date }).required).toContain('label.audible');
  });
  it('takes a duty as due while its facts are not known', () => {
    const duties = dutiesFor({ ...work, territories: ['EU'], date });
    expect(duties.required).toEqual(expect.arrayContaining(['label.visible', 'mark.metadata', 'mark.watermark']));
    expect(
      dutiesFor({ ...work, territories: ['EU'], date, facts: { professional: 'no', provider: 'no' } }).required,
    ).toEqual([]);
  });
  it('blocks an election deepfake in Brazil and asks where a use does not say', () => {
    expect(dutiesFor({ ...work, use: 'campaign', territories: ['BR'], date }).blocked.map((h) => h.id)).toEqual([
      'br-tse-9c.deepfake',
    ]);
    const open = dutiesFor({ ...work, use: 'something.new', territories: ['BR'], date });
    expect(open.questions.map((q) => q.fact)).toEqual(['election']);
    expect(
      dutiesFor({ ...work, use: 'something.new', territories: ['BR'], date, facts: { election: 'no' } }).questions,
    ).toEqual([]);
  });
  it('asks for age, death and consent where a prohibition hangs on them', () => {
    const asks = (use: string, place: string, facts: Facts): string[] =>
      dutiesFor({ ...work, use, territories: [place], date, facts }).questions.map((q) => q.fact);
    expect(asks('sexual', 'US', { consent: 'yes' })).toEqual(['minor']);
    expect(asks('film', 'US-CA', { consent: 'no', satire: 'no' })).toEqual(['deceased']);
    expect(asks('sexual', 'GB', {})).toEqual(['consent']);
  });
  it('reads from the name of a use what it says, and no more', () => {
    expect(factsOfUse('film.short')).toEqual({ election: 'no', intimate: 'no' });
    expect(factsOfUse('political.satire')).toEqual({ election: 'yes', intimate: 'no', satire: 'yes' });
    expect(factsOfUse('xyz').election).toBe('unknown');
  });
});

describe('the letter', () => {
  const us = { places: ['US'], facts: { intimate: 'yes' } as const, date, urls: ['https://example.com/v/1'] };
  it.each(LETTER_LANGUAGES)('in %s names the act, the deadline and the address', (language) => {
    const letter = writeLetter({ ...us, language, name: 'Alex Morgan', contact: 'alex@example.com' });
    for (const part of ['TAKE IT DOWN Act', '48', 'https://example.com/v/1', 'Alex Morgan', 'alex@example.com', date])
      expect(letter.text).toContain(part);
    expect(letter.text).not.toMatch(/undefined|\[object/);
    expect(letter.rights[0]).toMatchObject({ id: 'us-tida-3.remove', deadline: { hours: 48, after: 'notice' } });
  });
  it('does not claim 48 hours for what is not intimate, nor the law of a state that was not named', () => {
    const plain = writeLetter({ ...us, facts: { intimate: 'no' } });
    expect(plain.text).not.toContain('48');
    expect(plain.warnings[0]).toContain('no removal procedure');
    expect(writeLetter(us).text).not.toContain('Civil Code');
    expect(writeLetter({ ...us, places: ['US-CA'] }).text).toContain('Civil Code § 1708.86');
  });
  it('says in India that the three hours run from an order, not from the letter', () => {
    const letter = writeLetter({ places: ['IN'], facts: { intimate: 'no' }, date });
    expect(letter.text).toContain('you have 3 hours once a court or authority orders removal');
  });
  it('leaves out a deadline whose first day was not found, and says so', () => {
    const letter = writeLetter({ places: ['GB'], facts: { intimate: 'yes' }, date });
    expect(letter.text).not.toContain('48');
    expect(letter.warnings.join(' ')).toContain('is left out: whether it is in force was not found');
  });
  it('leaves blanks for what was not said, in the language of the place', () => {
    expect(writeLetter({ places: ['DE'], facts: { intimate: 'no' }, date }).text).toContain('[Ihr voller Name]');
    expect(writeLetter({ places: ['FR'], facts: { intimate: 'no' }, date }).text).toContain('un mois');
  });
});

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
/** A copy of the table with one file changed. */
function changed(file: string, change: (text: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'likeness-law-'));
  folders.push(folder);
  cpSync(RULESET_FOLDER, folder, { recursive: true });
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  return folder;
}

describe('bad input', () => {
  const cases: [name: string, code: string, says: RegExp, act: () => unknown][] = [
    ['an unknown country', 'law.place', /no country has the code ZZ/, () => parsePlace('ZZ')],
    ['a state that does not exist', 'law.place', /no state ZX/, () => parsePlace('US-ZX')],
    ['UK for GB', 'law.place', /is GB/, () => parsePlace('uk')],
    ['a name for a code', 'law.place', /ISO 3166/, () => ask({ places: ['Germany'], acts: ['make'] })],
    [
      'a day that does not exist',
      'law.date',
      /2026-02-30/,
      () => ask({ places: ['DE'], acts: ['make'], date: '2026-02-30' }),
    ],
    ['a date in another form', 'law.date', /no day/, () => ask({ places: ['DE'], acts: ['make'], date: '24.11.2026' })],
    ['no place', 'law.inquiry', /no place/, () => ask({ places: [], acts: ['make'] })],
    ['nothing that is done', 'law.inquiry', /nothing that is done/, () => ask({ places: ['DE'], acts: [] })],
    [
      'facts that rule each other out',
      'law.facts.contradiction',
      /made-up person/,
      () => ask({ places: ['DE'], acts: ['make'], facts: { realPerson: 'no', minor: 'yes' } }),
    ],
    [
      'one fact said twice',
      'law.facts.contradiction',
      /both yes and no/,
      () => parseFacts(['consent=yes', 'consent=no']),
    ],
    [
      'a use and a fact that disagree',
      'law.facts.contradiction',
      /election/,
      () =>
        dutiesFor({
          operation: 'faceSwap',
          use: 'campaign',
          medium: 'video',
          territories: ['BR'],
          facts: { election: 'no' },
        }),
    ],
    ['an unknown fact', 'law.fact', /no fact "colour"/, () => parseFacts(['colour=yes'])],
    ['a fact without a value', 'law.fact', /does not say/, () => parseFacts(['consent'])],
    [
      'a letter without the fact that decides',
      'law.letter.facts',
      /intimate|nudity/,
      () => writeLetter({ places: ['US'] }),
    ],
    [
      'a letter by someone who agreed',
      'law.letter.consent',
      /did not agree/,
      () => writeLetter({ places: ['US'], facts: { intimate: 'yes', consent: 'yes' } }),
    ],
    [
      'an address that is no address',
      'law.letter.url',
      /no web address/,
      () => writeLetter({ places: ['US'], facts: { intimate: 'yes' }, urls: ['javascript:alert(1)'] }),
    ],
    [
      'a name with a line break',
      'law.letter.text',
      /name cannot stand/,
      () => writeLetter({ places: ['US'], facts: { intimate: 'yes' }, name: 'A\nPlease ignore the above' }),
    ],
    [
      'a table that is no JSON',
      'law.ruleset',
      /no JSON/,
      () => readRuleset(changed('us.json', (t) => t.slice(0, 400))),
    ],
    [
      'a row with an unknown field',
      'law.ruleset',
      /rows\.0/,
      () => readRuleset(changed('us.json', (t) => t.replace('"what"', '"whatever"'))),
    ],
    [
      'a condition on a fact that does not exist',
      'law.ruleset',
      /rows/,
      () => readRuleset(changed('us.json', (t) => t.replace('"intimate=yes"', '"naughty=yes"'))),
    ],
    [
      'a letter P without the passage',
      'law.ruleset',
      /letter P needs/,
      () => readRuleset(changed('au.json', (t) => t.replace(/"read": "[^"]*",/, ''))),
    ],
    [
      'one id twice',
      'law.ruleset',
      /id is taken/,
      () => readRuleset(changed('jp.json', (t) => t.replace('jp-none', 'us-tida-2'))),
    ],
  ];
  it.each(cases)('%s gives %s', (_name, code, says, act) => {
    expect(act).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(says), hint: expect.any(String) }),
    );
  });
  it('does not take two sets of facts that disagree', () => {
    expect(() => mergeFacts({ minor: 'yes' }, { minor: 'no' })).toThrow(/both yes and no/);
    expect(mergeFacts({ minor: 'unknown' }, { minor: 'no' })).toEqual({ minor: 'no' });
  });
});

describe('the document', () => {
  it('holds the table as it stands', () => {
    const text = readFileSync(join(packageRoot, 'docs', 'law.md'), 'utf8');
    for (const line of tableMarkdown(ruleset()).split('\n')) expect(text).toContain(line);
  });
  it('knows every source by name, and P rows by the passage', () => {
    for (const row of ruleset().rows) {
      expect(row.sources.length, row.id).toBeGreaterThan(0);
      if (row.letters.text === 'P') expect(row.read?.length, row.id).toBeGreaterThan(20);
      for (const source of row.sources) expect(source.url ?? source.title, row.id).toMatch(/^https?:|given|docs/);
    }
  });
});
