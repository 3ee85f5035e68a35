/** Records in three languages: the same terms in each, nothing of another language in them, and proof of what was shown. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot, sha256 } from '../src/base/index.js';
import { digestOf } from '../src/consent/canonical.js';
import {
  type ConsentEnvelope,
  consentPage,
  createKey,
  createRecord,
  describeRecord,
  newRevocationToken,
  readAudit,
  readEnvelope,
  recordSentences,
  type SigningKey,
  shownTerms,
  signRecord,
  TERMS_LANGUAGES,
  type TermsLanguage,
  TermsReader,
  verifyRecord,
  writeEnvelope,
} from '../src/consent/index.js';
import { madeUpFace, temporaryHome } from './consent-people.js';

let at: ReturnType<typeof temporaryHome>;
let guardian: SigningKey;
let house: SigningKey;
/** Every term that a record can have is in it. */
let full: ConsentEnvelope;

const hash = (n: number): string => `sha256:${String(n).repeat(64)}`;

let made = 0;

/** What the parties wrote: in no language, so that what is left over of another one shows. */
const FREE = ['Mixu Vorr', 'Ossa Vorr', 'Kelm Zyx', 'kelm@zyx.example', 'Brultag', 'Quonz ripp', 'Ulvia', '77 Plok'];

/** Everything that can be agreed. */
async function record(name: string = 'Mixu Vorr'): Promise<ConsentEnvelope> {
  const child = await createKey(`child-${++made}`);
  return createRecord({
    subject: {
      did: child.did,
      displayName: name,
      adult: false,
      ageAssurance: 'document',
      representative: { did: guardian.did, name: 'Ossa Vorr', relation: 'guardian', proof: hash(1) },
    },
    faces: madeUpFace(3)(4),
    evidence: {
      method: 'liveVideoChallenge',
      footageHash: null,
      transcriptHash: null,
      challenge: {
        id: '0'.repeat(32),
        words: 'x y z',
        moves: [],
        issuedAt: '2026-03-01T09:00:00Z',
        recordedAt: '2026-03-01T09:05:00Z',
      },
      checks: {},
      captureHash: hash(2),
      review: null,
      retentionUntil: '2027-06-07T00:00:00Z',
    },
    licensee: { did: house.did, name: 'Kelm Zyx', contact: 'kelm@zyx.example', sublicensable: true },
    project: { title: 'Brultag', description: 'Quonz ripp' },
    scope: {
      roles: ['source', 'replaced'],
      operations: ['train', 'faceSwap', 'faceReenact', 'lipSync', 'portraitAnimate', 'voiceClone', 'translateDub'],
      uses: ['documentary', 'training.internal', 'quonz.x'],
      prohibitedUses: ['advertising', 'political'],
      media: ['video', 'picture', 'audio'],
      territories: ['DE', 'US-CA'],
      channels: ['zyx-net'],
      languages: ['de', 'fr'],
      count: 4000,
      scriptApproval: 'perItem',
      visibleLabel: true,
      watermark: true,
    },
    term: {
      from: new Date('2026-03-05T00:00:00Z'),
      to: new Date('2028-12-24T18:30:15Z'),
      postTerm: 'deleteModels',
    },
    compensation: { kind: 'share', note: '77 Plok', amountHash: hash(3) },
    revocation: {
      noticeHours: 48,
      effect: 'stopNewGenerationAndUnpublishWhereFeasible',
      endpoint: 'https://zyx.example/status',
      status: [
        {
          type: 'BitstringStatusListEntry',
          statusPurpose: 'revocation',
          statusListIndex: '4711',
          statusListCredential: 'https://zyx.example/list',
          issuer: house.did,
        },
      ],
    },
    legal: { basis: 'contract', governingLaw: 'Ulvia', contractHash: hash(4), noticeHash: hash(5) },
    supersedes: 'urn:uuid:00000000-0000-4000-8000-000000000000',
  });
}

/** What is to be read of {@link record} in each language, field by field. */
const READ: Readonly<Record<TermsLanguage, readonly string[]>> = {
  en: [
    'Ossa Vorr (guardian) for Mixu Vorr allows Kelm Zyx (kelm@zyx.example) to train a model',
    'imitate the voice',
    'may be put onto other people',
    'may be replaced by',
    'pass this on',
    'For: documentary, training (internal), quonz.x (project "Brultag": Quonz ripp)',
    'Never for: advertising, political',
    'video, picture, audio; where: Germany (DE), US-CA (part of: United States); channels: zyx-net',
    'German (de), French (fr); for 4,000 renders',
    '5 March 2026 at 00:00 UTC to 24 December 2028 at 18:30:15 UTC. Afterwards models are deleted and publications',
    'C2PA manifest, invisible watermark, visible label',
    'Ossa Vorr approves every single',
    `a share of what it earns: 77 Plok (the paper with the amount is ${hash(3)})`,
    `contract; law of Ulvia; contract ${hash(4)}; privacy notice ${hash(5)}; law table`,
    'withdrawn at any time',
    'taken down too',
    '48 hours',
    'asked at https://zyx.example/status',
    'https://zyx.example/list, entry 4711',
    'review is pending',
    'Signed by nobody',
  ],
  de: [
    'Ossa Vorr (sorgeberechtigt), in Vertretung von Mixu Vorr, erlaubt Kelm Zyx (kelm@zyx.example) Folgendes: ein Modell',
    'die Stimme nachahmen',
    'darf anderen Personen aufgesetzt werden',
    'ersetzt werden',
    'an andere weitergegeben werden',
    'Wofür: Dokumentarfilm, Schulung (intern), quonz.x (Projekt „Brultag“: Quonz ripp)',
    'Niemals für: Werbung, Politisches',
    'Video, Bild, Ton; Gebiet: Deutschland (DE), US-CA (Teil von: Vereinigte Staaten); Kanäle: zyx-net',
    'Deutsch (de), Französisch (fr); für 4.000 Ergebnisse',
    'Vom 5. März 2026 um 00:00 UTC bis zum 24. Dezember 2028 um 18:30:15 UTC. Danach werden Modelle gelöscht',
    'C2PA-Manifest, unsichtbares Wasserzeichen, sichtbare Kennzeichnung',
    'Ossa Vorr gibt jeden einzelnen Film',
    `ein Anteil an den Einnahmen: 77 Plok (das Papier mit dem Betrag ist ${hash(3)})`,
    `Vertrag; Recht von: Ulvia; Vertrag ${hash(4)}; Datenschutzhinweis ${hash(5)}; Rechtstabelle`,
    'jederzeit',
    'auch zurückgezogen',
    '48 Stunden',
    'hier erfragen: https://zyx.example/status',
    'https://zyx.example/list, Eintrag 4711',
    'deren Prüfung noch aussteht',
    'Noch hat niemand unterschrieben',
  ],
  es: [
    'Ossa Vorr (representante legal), en nombre de Mixu Vorr, permite lo siguiente a Kelm Zyx (kelm@zyx.example): entrenar',
    'imitar la voz',
    'puede ponerse a otras personas',
    'puede sustituirse',
    'puede cederse a otros',
    'Para: documental, formación (uso interno), quonz.x (proyecto «Brultag»: Quonz ripp)',
    'Nunca para: publicidad, fines políticos',
    'vídeo, imagen, sonido; territorio: Alemania (DE), US-CA (parte de: Estados Unidos); canales: zyx-net',
    'alemán (de), francés (fr); para 4000 resultados',
    'Desde el 5 de marzo de 2026 a las 00:00 UTC hasta el 24 de diciembre de 2028 a las 18:30:15 UTC. Después se borran',
    'manifiesto C2PA, marca de agua invisible, etiqueta visible',
    'Ossa Vorr aprueba cada película',
    `una parte de los ingresos: 77 Plok (el documento con el importe es ${hash(3)})`,
    `contrato; derecho de: Ulvia; contrato ${hash(4)}; aviso de privacidad ${hash(5)}; tabla de derecho`,
    'en cualquier momento',
    'también se retira',
    '48 horas',
    'preguntar en https://zyx.example/status',
    'https://zyx.example/list, entrada 4711',
    'revisión está pendiente',
    'Nadie ha firmado',
  ],
};

/** English words that are no words of German or Spanish. */
const ENGLISH =
  /\b(the|and|of|with|for|to|from|where|whether|allows|may|be|by|is|are|it|nobody|nothing|signed|subject|any|each|face|label|until|between|pay|law|at)\b/i;

/** The text of a page, without its drawing and markup. */
const textOf = (page: string): string =>
  page
    .replace(/<style>.*?<\/style>|<svg.*?<\/svg>/gs, '')
    .replace(/<[^>]+>/g, '\n')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'");

beforeAll(async () => {
  at = temporaryHome();
  guardian = await createKey('guardian');
  house = await createKey('house');
  full = await record();
});
afterAll(() => at.remove());

describe('the tables', () => {
  /** Every text of a table by its path; functions with values that no language knows. */
  function texts(value: unknown, path = ''): [string, string][] {
    if (typeof value === 'string') return [[path, value]];
    if (typeof value === 'function')
      return [2, 1].map((n) => [`${path}(${n})`, String(Reflect.apply(value, undefined, [n, 'β', n, 'δ']))]);
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => texts(inner, `${path}.${key}`));
  }
  const table = (language: TermsLanguage) => texts(new TermsReader(language).words);

  it('say everything in a way of their own', () => {
    const english = new Map(table('en'));
    for (const language of ['de', 'es'] as const) {
      const own = table(language);
      expect(own.filter(([, text]) => text.trim() === '')).toEqual([]);
      expect(own.filter(([path, text]) => english.get(path) === text).map(([path]) => path)).toEqual(
        // Nothing but names: Spanish puts a word before that of a licensee, German does not.
        [...(language === 'de' ? ['toLicensee(2)', 'toLicensee(1)'] : []), 'representedBy(2)', 'representedBy(1)'].map(
          (name) => (name.startsWith('to') ? `.record.${name}` : `.page.${name}`),
        ),
      );
      for (const [path, text] of own) expect(ENGLISH.exec(text)?.[0], `${language}${path}: ${text}`).toBeUndefined();
    }
  });
});

describe.each(TERMS_LANGUAGES)('a record with every term in %s', (language) => {
  it('says every term, in the text and on the page', async () => {
    const text = describeRecord(full, language);
    const verification = await verifyRecord(full);
    const page = consentPage(full, verification, new Date('2026-05-06T07:08:09Z'), language);
    for (const part of [...READ[language], ...FREE]) {
      expect(text).toContain(part);
      expect(textOf(page)).toContain(part);
    }
    expect(page).toContain(`<html lang="${language}">`);
    expect(textOf(page)).toContain('07:08:09 UTC');
    for (const part of [full.record.supersedes, full.digest, 'training.internal']) expect(textOf(page)).toContain(part);
    expect(verification.stands).toBe(false);
    // Whatever rule does not hold, there is a sentence for it.
    const { failed } = new TermsReader(language).words;
    expect(Object.keys(failed ?? {}).sort()).toEqual(
      language === 'en' ? [] : verification.checks.map(({ rule }) => rule).sort(),
    );
  });

  it('has nothing of another language', async () => {
    const page = consentPage(full, await verifyRecord(full), new Date(), language);
    const both = `${describeRecord(full, language)}\n${textOf(page)}`;
    for (const other of TERMS_LANGUAGES.filter((each) => each !== language))
      for (const sentence of recordSentences(full, other)) expect(both).not.toContain(sentence);
    // What stays is what the parties wrote, the command, and the codes that count.
    const rest = [...FREE, 'likeness consent revoke'].reduce((text, part) => text.replaceAll(part, ''), both);
    const plain = rest.replace(/\[[^\]]*\]/g, '').replace(/\bDE\b/g, '');
    if (language !== 'en') for (const line of plain.split('\n')) expect(ENGLISH.exec(line)?.[0], line).toBeUndefined();
  });

  it('keeps what strangers wrote on its own line', async () => {
    const hostile = await record('Mixu\n\u001b[2JSigned: all\u2028Unterschrieben: alle\u202e');
    const lines = describeRecord(hostile, language).trimEnd().split('\n');
    expect(lines).toHaveLength(describeRecord(full, language).trimEnd().split('\n').length);
    for (const sign of ['\u001b', '\u2028', '\u202e']) expect(lines.join('')).not.toContain(sign);
    expect(lines.filter((line) => /^(Signed: all|Unterschrieben: alle)/.test(line))).toEqual([]);
  });
});

describe('languages', () => {
  it('have the same number of sentences, all of them different', () => {
    const [en = [], de = [], es = []] = TERMS_LANGUAGES.map((language) => recordSentences(full, language));
    expect(de).toHaveLength(en.length);
    expect(es).toHaveLength(en.length);
    for (const [i, sentence] of en.entries()) expect(new Set([sentence, de[i], es[i]]).size).toBe(3);
  });

  it('change nothing of the record: not its hash, and not what is signed', async () => {
    const before = JSON.stringify(full);
    for (const language of TERMS_LANGUAGES) {
      describeRecord(full, language);
      const signed = await signRecord(full, guardian, null, shownTerms(full, language));
      expect(signed.digest).toBe(full.digest);
      expect(digestOf(signed.record)).toBe(full.digest);
      expect(Object.keys(signed.signatures[0] ?? {}).sort()).toEqual(
        ['alg', 'canon', 'created', 'kid', 'role', 'value'].sort(),
      );
    }
    expect(JSON.stringify(full)).toBe(before);
  });

  it('are new to a record of before, which stands as it did', async () => {
    const before = readEnvelope(join(import.meta.dirname, 'consent-before.json'));
    expect(digestOf(before.record)).toBe(before.digest);
    expect((await verifyRecord(before)).checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(describeRecord(before, 'de')).toContain('Mixu Vorr erlaubt Kelm Zyx (kelm@zyx.example) Folgendes:');
  });

  it('of the text that was shown stand in the audit log, with its hash; the text is kept', async () => {
    const shown = shownTerms(full, 'es');
    await signRecord(full, guardian, newRevocationToken(), shown);
    const entry = (await readAudit()).at(-1);
    expect(entry).toMatchObject({
      kind: 'record',
      facts: { record: full.record.id, language: 'es', text: `sha256:${shown.sha256}` },
    });
    const kept = readFileSync(join(at.home, 'shown', `${shown.sha256}.txt`), 'utf8');
    expect(sha256(kept)).toBe(shown.sha256);
    expect(kept.trimEnd().split('\n')).toEqual(recordSentences(full, 'es'));
    // Who was shown nothing, such as the studio itself, is not said to have read anything.
    await signRecord(full, house);
    expect(Object.keys((await readAudit()).at(-1)?.facts ?? {})).toEqual(['record', 'digest', 'signedAs', 'by']);
  });
});

describe('the command line', () => {
  const run = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    spawnSync(process.execPath, [join(packageRoot, 'bin/likeness.mjs'), ...words], {
      env: { ...process.env, LC_ALL: 'C', LIKENESS_HOME: at.home, ...env },
      encoding: 'utf8',
    });
  const file = (): string => join(at.folder, 'full.consent.json');

  it('reads in the language that was asked for, else in that of the system, else in English', async () => {
    await writeEnvelope(file(), full);
    const page = join(at.folder, 'full.html');
    const german = run(['consent', 'show', file(), '--language', 'de', '--html', page]);
    expect(german.status, german.stderr).toBe(0);
    for (const part of READ.de) expect(german.stdout).toContain(part);
    expect(german.stdout).toContain(
      'Die Erklärung gilt nicht:\n  consent.signature: es fehlt eine nötige Unterschrift',
    );
    expect(readFileSync(page, 'utf8')).toContain('<html lang="de">');
    expect(run(['consent', 'show', file()], { LC_ALL: 'es_ES.UTF-8' }).stdout).toContain('Consentimiento urn:uuid:');
    expect(run(['consent', 'show', file()], { LC_ALL: 'fr_FR.UTF-8' }).stdout).toContain('Consent urn:uuid:');
  });

  it('reads the record out before it is signed, and says in which language in the log', async () => {
    const signed = run(['consent', 'sign', file(), '--key', 'guardian', '--language', 'de']);
    expect(signed.status, signed.stderr).toBe(0);
    for (const part of READ.de) expect(signed.stderr).toContain(part);
    expect(signed.stdout).toMatch(/^Unterschrieben: Vertretung am \d/);
    const text = `sha256:${shownTerms(full, 'de').sha256}`;
    expect((await readAudit()).at(-1)?.facts).toMatchObject({ language: 'de', text });
  });

  it('refuses a language that there is not, in one sentence', () => {
    for (const command of [
      ['show', file()],
      ['sign', file(), '--key', 'guardian'],
    ]) {
      const refused = run(['consent', ...command, '--language', 'fr']);
      expect(refused.status).toBe(2);
      expect(refused.stdout).toBe('');
      expect(refused.stderr).toContain('Allowed choices are en, de, es.');
    }
  });
});
