/** The commands `consent` and `inspect`, with drawn people. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, expressionOf, renderActor, restState } from '../src/actors/index.js';
import { writePicture } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { likeness } from './command.js';
import { temporaryHome } from './consent-people.js';

let at: ReturnType<typeof temporaryHome>;
const path = (name: string): string => join(at.folder, name);

/** A portrait of a drawn person. */
async function portrait(name: string, seed: number, yaw: number, jawOpen: number): Promise<void> {
  const state = restState({ pose: { yaw, pitch: 0, roll: 0 }, expression: expressionOf({ jawOpen }) });
  await writePicture(path(name), renderActor(createActor(seed), state, { width: 480, height: 480 }).frame);
}

beforeAll(async () => {
  at = temporaryHome();
  delete process.env['LIKENESS_PASSPHRASE'];
  await portrait('me.png', 1, 0, 0);
  await portrait('me-again.png', 1, 12, 0.4);
  await portrait('other.png', 4, 0, 0);
});
afterAll(async () => {
  await stopModels();
  at.remove();
});

const asked = ['--name', 'Drawn Person', '--key', 'drawn', '--age', 'adult', '--use', 'film', '--project', 'Test'];

describe('likeness consent', () => {
  it('goes from a key to a signed record that knows its face', async () => {
    const key = await likeness('consent', 'keygen', 'drawn', '--json');
    expect(key.code).toBe(0);
    expect(JSON.parse(key.out)).toMatchObject({ name: 'drawn', lockedBy: 'machine' });

    const made = await likeness(
      'consent',
      'new',
      path('me.png'),
      ...asked,
      '--show-language',
      'en',
      '--out',
      path('r.consent.json'),
    );
    expect(made.err + made.out).toContain('Signed by nobody yet: it allows nothing.');
    expect(made.code).toBe(0);
    const unsigned = await likeness('consent', 'check', path('r.consent.json'));
    expect(unsigned.code).toBe(4);
    expect(unsigned.err).toContain('consent.signature');

    expect((await likeness('consent', 'sign', path('r.consent.json'), '--key', 'drawn')).code).toBe(0);
    const shown = await likeness('consent', 'show', path('r.consent.json'), '--language', 'en');
    expect(shown.out).toContain('Drawn Person allows');
    expect(shown.out).toContain('It stands.');

    const again = await likeness(
      'consent',
      'check',
      path('r.consent.json'),
      '--footage',
      path('me-again.png'),
      '--json',
    );
    expect(again.code, again.err).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({ stands: true, match: { matches: true } });
    const other = await likeness('consent', 'check', path('r.consent.json'), '--footage', path('other.png'));
    expect(other.code).toBe(4);
    expect(other.err).toContain('consent.face.source');
  });

  it('never writes over a record, and needs a key that exists', async () => {
    const before = readFileSync(path('r.consent.json'));
    const twice = await likeness('consent', 'new', path('me.png'), ...asked, '--out', path('r.consent.json'));
    expect(twice.code).toBe(3);
    expect(readFileSync(path('r.consent.json')).equals(before)).toBe(true);
    const words = asked.map((w) => (w === 'drawn' ? 'nobody' : w));
    const nobody = await likeness('consent', 'new', path('me.png'), ...words, '--out', path('n.consent.json'));
    expect(nobody.err).toContain('no key called "nobody"');
    expect(existsSync(path('n.consent.json'))).toBe(false);
  });

  it('says by name what is missing: a face, a guardian, a passphrase, a word that is not allowed', async () => {
    writeFileSync(path('no-face.png'), readFileSync(path('me.png')));
    const grey = { width: 64, height: 64, pixels: new Uint8Array(64 * 64 * 4).fill(128) };
    const { rgbaFrame } = await import('../src/media/index.js');
    await writePicture(path('no-face.png'), rgbaFrame(grey.pixels, 64, 64));
    const noFace = await likeness('consent', 'new', path('no-face.png'), ...asked, '--out', path('x.consent.json'));
    expect(noFace).toMatchObject({ code: 3, err: expect.stringContaining('No face was found') });
    const minor = asked.map((w) => (w === 'adult' ? 'minor' : w));
    expect((await likeness('consent', 'new', path('me.png'), ...minor, '--out', path('x.consent.json'))).err).toContain(
      'guardian',
    );
    const age = asked.map((w) => (w === 'adult' ? 'ancient' : w));
    expect((await likeness('consent', 'new', path('me.png'), ...age)).code).toBe(2);
    expect((await likeness('consent', 'keygen', 'locked', '--passphrase')).err).toContain('LIKENESS_PASSPHRASE');
    expect(existsSync(path('x.consent.json'))).toBe(false);
  });

  it('takes the passphrase from the environment', async () => {
    process.env['LIKENESS_PASSPHRASE'] = 'a longer passphrase';
    try {
      expect((await likeness('consent', 'keygen', 'locked', '--passphrase')).code).toBe(0);
      expect((await likeness('consent', 'keygen', '--list')).out).toMatch(/locked .*locked by passphrase/);
      process.env['LIKENESS_PASSPHRASE'] = 'another passphrase';
      expect((await likeness('consent', 'sign', path('r.consent.json'), '--key', 'locked')).code).toBe(4);
    } finally {
      delete process.env['LIKENESS_PASSPHRASE'];
    }
  });

  it('shows a word and the command that withdraws with it, and both do', async () => {
    const file = path('word.consent.json');
    expect((await likeness('consent', 'new', path('me.png'), ...asked, '--out', file)).code).toBe(0);
    const signed = await likeness('consent', 'sign', file, '--key', 'drawn', '--word');
    const [word = ''] = /^[\w-]{43}$/m.exec(signed.out.replace(/^ {2}/gm, '')) ?? [];
    expect(word).not.toBe('');
    expect(signed.out).toContain(`likeness consent revoke ${file} --word <word>`);
    // What was printed once with a "#" led to no page.
    expect(signed.out).not.toContain('#');
    const wrong = await likeness('consent', 'revoke', file, '--word', 'A'.repeat(43));
    expect(wrong.err).toContain('This word does not withdraw');
    // A link of the studio holds the same word.
    const link = `https://studio.example/withdraw#record=x&word=${word}`;
    expect(await likeness('consent', 'revoke', file, '--word', link)).toMatchObject({ code: 0 });
    expect((await likeness('consent', 'revoke', file, '--word', word)).err).toContain('is withdrawn already');
  });

  it('withdraws, and proves its log', async () => {
    const gone = await likeness(
      'consent',
      'revoke',
      path('r.consent.json'),
      '--key',
      'drawn',
      '--out',
      path('gone.json'),
    );
    expect(gone.code).toBe(0);
    expect(existsSync(path('gone.json'))).toBe(true);
    expect((await likeness('consent', 'check', path('r.consent.json'))).err).toContain('withdrawn');
    const log = await likeness('consent', 'log', '--verify');
    expect(log).toMatchObject({ code: 0, out: expect.stringContaining('unbroken') });
    const file = join(at.home, 'audit.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"revocation"', '"record"'));
    const broken = await likeness('consent', 'log', '--verify');
    expect(broken.code).toBe(4);
    expect(broken.err).toMatch(/broken at line \d/);
  });
});

describe('likeness inspect', () => {
  it('says that there is no label, and what that means', async () => {
    const said = await likeness('inspect', path('me.png'));
    expect(said.code).toBe(0);
    expect(said.out).toContain('No label was found.');
    expect(JSON.parse((await likeness('inspect', path('me.png'), '--json')).out)).toMatchObject({ found: 'none' });
    expect((await likeness('inspect', path('nowhere.png'))).code).toBe(3);
  });
});
