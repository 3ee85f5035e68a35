/** What the studio says, in the languages of its pages: every template translated, and recognised in a finished sentence. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { translateHtml, translatorTo } from '../src/base/index.js';
import { ask, plainAnswers } from '../src/law/index.js';
import { LAW_CASES } from './law-cases.js';

const root = join(import.meta.dirname, '..');
const LANGUAGES = ['de', 'es'] as const;
type Words = Readonly<Record<string, string>>;
type Translate = (text: string) => { readonly text: string; readonly whole: boolean };

interface Script {
  readonly ROOMS: readonly string[];
  readonly openIn: (room: string, language: string) => string[];
  readonly saidIn: (rooms: readonly string[]) => ReadonlyMap<string, readonly string[]>;
  readonly translationFile: (name: string) => Words;
}

/** The pages and the scripts are checked by settings of their own, so that they are loaded by their path. */
const { ROOMS, openIn, saidIn, translationFile } = (await import(join(root, 'scripts/said.mjs'))) as Script;
const { translator } = (await import(join(root, 'src/base/said/translate.ts'))) as {
  readonly translator: (words: Words) => Translate;
};
const wordsOf = (language: string): Words =>
  Object.assign({}, ...ROOMS.map((room) => translationFile(`${language}/${room}.json`))) as Words;

/** Words of the studio, to be filled in where such are. */
const PHRASE = 'reading the folder';

describe('what the studio says', () => {
  it('is found in the source, with what is filled in', () => {
    const said = saidIn(['media', 'law-data']);
    expect(said.get('{0} holds no bytes.')?.length).toBeGreaterThan(0);
    expect(said.size).toBeGreaterThan(150);
  });

  it.each(LANGUAGES)('is translated to %s, template by template, with the same places', (language) => {
    expect(ROOMS.flatMap((room) => openIn(room, language).map((line) => `${room}: ${line}`))).toEqual([]);
  });

  it.each(LANGUAGES)('is recognised in finished sentences and said in %s', (language) => {
    const words = wordsOf(language);
    const say = translator(words);
    const wrong: string[] = [];
    for (const [template, translation] of Object.entries(words)) {
      // Where words of the studio are filled in, one of its own stands for them.
      const filled = template.replace(/\{(\d+)\}/g, (_, place: string) =>
        translation.includes(`{${place}~}`) ? PHRASE : `q${place}.mp4`,
      );
      const { text, whole } = say(filled);
      const kept = [...filled.matchAll(/q\d\.mp4/g)].every(([each]) => text.includes(each));
      if (!whole || !kept || (text === filled && filled.split(' ').length > 4)) wrong.push(`${filled} -> ${text}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('answers about the law', () => {
  it.each(LANGUAGES)('are said in %s, every sentence of the written cases', (language) => {
    const say = translatorTo(language);
    const said = LAW_CASES.flatMap(({ inquiry }) => {
      const answer = ask(inquiry);
      const hits = [answer.blocked, answer.must, answer.should, answer.open, answer.rights, answer.upcoming].flat();
      return [
        ...plainAnswers(answer).flatMap(({ question, text }) => [question, text]),
        ...hits.flatMap(({ text, penalty, where, unless }) => [text, penalty, where, ...unless]),
        ...answer.notes.map(({ text }) => text),
      ];
    }).filter((text): text is string => typeof text === 'string' && text !== '');
    expect(said.length).toBeGreaterThan(300);
    expect(said.filter((text) => !say(text).whole)).toEqual([]);
  });
});

describe('a page', () => {
  const say = translatorTo('de');

  it('is in the other language between its tags and where pictures are read aloud, and the same everywhere else', () => {
    const page = `<!doctype html>\n<html lang="en"><style>.of{color:red}</style><h2>History of the file</h2>
<img src="data:image/jpeg;base64,AAAA" alt="A frame of &#38;co.mp4"><code>Facts</code><p class="soft">Person 2.</p><p>by hand</p></html>`;
    expect(
      translateHtml(page, say, 'de'),
    ).toBe(`<!doctype html>\n<html lang="de"><style>.of{color:red}</style><h2>Geschichte der Datei</h2>
<img src="data:image/jpeg;base64,AAAA" alt="Ein Bild aus &#38;co.mp4"><code>Facts</code><p class="soft">Person 2.</p><p>by hand</p></html>`);
  });

  it('lets nothing of what was filled in become a tag', () => {
    const made = translateHtml('<p>&#60;b&#62;x&#60;/b&#62;.mp4 holds no bytes.</p>', say, 'de');
    expect(made).not.toContain('<b>');
    expect(made).toContain('&#60;b&#62;x&#60;/b&#62;.mp4');
    expect(made).not.toContain('holds');
  });
});

describe('a translator', () => {
  const say = translator({
    '{0} holds no bytes.': '{0} enthält kein einziges Byte.',
    'Copy it again.': 'Kopieren Sie sie noch einmal.',
    'Writing failed while {0}: {1}.': 'Das Schreiben misslang beim Schritt „{0~}“: {1~}.',
    'reading the folder': 'Ordner lesen',
    'the disk is full': 'der Datenträger ist voll',
    'the face is small': 'das Gesicht ist klein',
    'person {0}': 'Person {0}',
    '{0} holds {1}.': '{0} enthält {1}.',
    'The texture was compared in {0}.': 'Die Textur wurde in {0~} verglichen.',
    '{0} frames': '{0} Bildern',
  });

  it('keeps what was filled in, whatever it is', () => {
    expect(say('clip (1).mp4 holds no bytes.')).toEqual({
      text: 'clip (1).mp4 enthält kein einziges Byte.',
      whole: true,
    });
    expect(say('the disk is full holds no bytes.').text).toBe('the disk is full enthält kein einziges Byte.');
  });

  it('translates words of the studio inside of its sentences', () => {
    expect(say('Writing failed while reading the folder: the disk is full.')).toEqual({
      text: 'Das Schreiben misslang beim Schritt „Ordner lesen“: der Datenträger ist voll.',
      whole: true,
    });
  });

  it('takes the template that says more, and sentences one by one', () => {
    expect(say('a.mp4 holds no bytes. Copy it again.').text).toBe(
      'a.mp4 enthält kein einziges Byte. Kopieren Sie sie noch einmal.',
    );
  });

  it('knows a phrase with a capital letter and a full stop, and in a list', () => {
    expect(say('The disk is full.').text).toBe('Der Datenträger ist voll.');
    expect(say('the face is small; the disk is full').text).toBe('das Gesicht ist klein; der Datenträger ist voll');
  });

  it('keeps the name in front of sentences, and what stands in lists and brackets', () => {
    expect(say('out.mp4: The disk is full. Copy it again.').text).toBe(
      'out.mp4: Der Datenträger ist voll. Kopieren Sie sie noch einmal.',
    );
    expect(say('person 1 (the face is small), person 2').text).toBe('Person 1 (das Gesicht ist klein), Person 2');
  });

  it('lets no phrase in the middle of a sentence swallow the sentences behind it', () => {
    expect(
      say('Writing failed while reading the folder: the disk is full. Copy it again. The disk is full.').text,
    ).toBe(
      'Das Schreiben misslang beim Schritt „Ordner lesen“: der Datenträger ist voll. Kopieren Sie sie noch einmal. Der Datenträger ist voll.',
    );
    expect(say('The texture was compared in 2 frames. Person 1. Copy it again.').text).toBe(
      'Die Textur wurde in 2 Bildern verglichen. Person 1. Kopieren Sie sie noch einmal.',
    );
  });

  it('gives up on what was written to hold it up, and goes on with the next', () => {
    const clause = (i: number): string => `person ${i} (the face is small), the disk is full; person ${i}: the face`;
    const hostile = Array.from({ length: 16 }, (_, i) => `${clause(i)}, ${clause(i + 16)}.`).join(' ');
    expect(say(hostile).whole).toBe(false);
    expect(say('x'.repeat(100_000))).toEqual({ text: 'x'.repeat(100_000), whole: false });
    expect(say('The disk is full.').whole).toBe(true);
  });

  it('leaves what it does not know as it is, and says so', () => {
    expect(say('Something else happened.')).toEqual({ text: 'Something else happened.', whole: false });
    expect(say('Something else happened. Copy it again.')).toEqual({
      text: 'Something else happened. Kopieren Sie sie noch einmal.',
      whole: false,
    });
    expect(say('Writing failed while dreaming deeply: the disk is full.').whole).toBe(false);
  });
});
