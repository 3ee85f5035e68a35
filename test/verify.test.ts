/** `likeness verify`: labels, lost labels, copies, withdrawn consent, folders, pages. */
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import { revoke } from '../src/consent/index.js';
import {
  embedWatermark,
  folderPage,
  inspect,
  type VerifyReport,
  verifyFile,
  verifyFolder,
  verifyPage,
} from '../src/label/index.js';
import { readPicture, writePicture } from '../src/media/index.js';
import { cli } from './label-cli.js';
import { realFile } from './label-files.js';
import { openStudio, type Studio } from './label-made.js';

let studio: Studio;
let out: string;
const payload = Uint8Array.from([9, 8, 7, 6, 5, 4, 3, 200]);
const hex = Buffer.from(payload).toString('hex');

/** A picture of many shapes, with the grain of a camera. */
async function shapes(path: string, seed: number): Promise<void> {
  const random = new Random(seed);
  const color = (): string => `rgb(${random.int(256)},${random.int(256)},${random.int(256)})`;
  const marks = Array.from({ length: 90 }, () =>
    random.float() < 0.5
      ? `<circle cx="${random.int(960)}" cy="${random.int(540)}" r="${5 + random.int(70)}" fill="${color()}" opacity=".7"/>`
      : `<rect x="${random.int(960)}" y="${random.int(540)}" width="${10 + random.int(200)}" height="${10 + random.int(90)}" fill="${color()}" opacity=".6"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="960" height="540"><rect width="960" height="540" fill="#888"/>${marks.join('')}</svg>`;
  const { data, info } = await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const grainy = data.map((value) => Math.max(0, Math.min(255, value + random.int(21) - 10)));
  await sharp(grainy, { raw: info }).png().toFile(path);
}

async function marked(from: string, to: string): Promise<void> {
  const frame = await readPicture(from);
  embedWatermark(frame, payload);
  await writePicture(to, frame);
}

beforeAll(async () => {
  studio = await openStudio();
  await shapes(studio.path('plain.png'), 3);
  await marked(studio.path('plain.png'), studio.path('tmp.png'));
  copyFileSync(studio.path('tmp.png'), studio.path('before-label.png'));
  out = await studio.made('out.png', studio.path('tmp.png'), {
    softBinding: { algorithm: 'org.likeness.watermark.1', payload: hex },
    actions: [{ action: 'c2pa.watermarked', description: 'Invisible watermark put in' }],
  });
});
afterAll(() => studio.remove());

const verify = async (path: string): Promise<VerifyReport> => (await verifyFile(path)).report;

describe('verify', () => {
  it('says all of a label that holds', async () => {
    const { report, thumbnail } = await verifyFile(out);
    expect(report).toMatchObject({
      verdict: 'intact',
      withdrawn: false,
      watermark: { payload: hex, mirrored: false },
      store: { by: 'file', confirmed: true },
      label: { signer: { list: 'this machine' } },
    });
    expect(report.provenance?.parents[0]).toMatchObject({
      title: 'original.mp4',
      relationship: 'parentOf',
      labelled: false,
    });
    const codes = report.statuses.map((s) => s.code);
    for (const code of ['claimSignature.validated', 'assertion.dataHash.match', 'signingCredential.trusted'])
      expect(codes).toContain(code);
    expect(report.statuses.every((s) => s.words.length > 10)).toBe(true);
    expect((await sharp(thumbnail ?? Buffer.alloc(0)).metadata()).width).toBe(480);
  });

  it('finds the change in a label that does not hold, and names every code', async () => {
    const bad = readFileSync(out);
    bad[bad.length - 3000] = (bad[bad.length - 3000] ?? 0) ^ 1;
    writeFileSync(studio.path('bad.png'), bad);
    const report = await verify(studio.path('bad.png'));
    expect(report).toMatchObject({ verdict: 'broken', label: { changed: true } });
    expect(report.statuses.filter((s) => s.kind === 'failure').map((s) => s.code)).toContain(
      'assertion.dataHash.mismatch',
    );
  });

  it('answers for a file whose label was taken out, by its bytes', async () => {
    const report = await verify(studio.path('before-label.png'));
    expect(report).toMatchObject({
      verdict: 'known',
      label: { found: 'none' },
      store: { by: 'content', confirmed: true },
    });
    expect(report.sentences.join(' ')).toMatch(
      /the label was taken out.*Face replaced.*original\.mp4.*it stands until/,
    );
    expect(report.store?.label?.signedBy).toBe('Likeness label signer');
  });

  it('answers for copies by watermark and looks, and not where only the watermark is the same', async () => {
    const copies = [
      ['small.jpg', sharp(out).resize(640).jpeg({ quality: 70 })],
      ['mirror.webp', sharp(out).flop().webp({ quality: 80 })],
      ['cut.jpg', sharp(out).extract({ left: 60, top: 30, width: 860, height: 484 }).jpeg({ quality: 92 })],
    ] as const;
    for (const [name, copy] of copies) {
      await copy.toFile(studio.path(name));
      const report = await verify(studio.path(name));
      expect(report, name).toMatchObject({
        verdict: 'known',
        watermark: { payload: hex },
        store: { by: 'watermark', confirmed: true },
      });
      expect(report.watermark?.mirrored).toBe(name === 'mirror.webp');
      expect(report.sentences.join(' ')).toContain('It is a copy of "out.png"');
    }
    await shapes(studio.path('other.png'), 77);
    await marked(studio.path('other.png'), studio.path('copied.png'));
    const copied = await verify(studio.path('copied.png'));
    expect(copied).toMatchObject({ verdict: 'marked', store: { by: 'watermark', confirmed: false } });
    expect(copied.sentences.join(' ')).toContain('can be copied onto other pictures');
    const plain = await verify(studio.path('other.png'));
    expect(plain).toMatchObject({ verdict: 'none', watermark: null, store: null });
  });

  it('says it where consent was withdrawn, also for what lost its label', async () => {
    await realFile('gif', studio.path('tmp.gif'), 4);
    copyFileSync(studio.path('tmp.gif'), studio.path('bare.gif'));
    const gif = await studio.made('w.gif', studio.path('tmp.gif'));
    const elsewhere = await openStudio();
    try {
      expect(await verify(gif)).toMatchObject({
        verdict: 'intact',
        withdrawn: false,
        store: null,
        label: { state: 'valid' },
      });
      await realFile('png', elsewhere.path('t.png'), 5);
      copyFileSync(elsewhere.path('t.png'), elsewhere.path('bare.png'));
      const made = await elsewhere.made('x.png', elsewhere.path('t.png'));
      await revoke(elsewhere.ann.envelope, elsewhere.ann.key);
      for (const [path, verdict] of [
        [made, 'intact'],
        [elsewhere.path('bare.png'), 'known'],
      ] as const) {
        const report = await verify(path);
        expect(report).toMatchObject({ verdict, withdrawn: true });
        expect(report.sentences[1]).toContain('does not stand any more');
      }
      expect(await cli(['verify', made])).toMatchObject({ code: 6, stdout: expect.stringContaining('withdrawn') });
    } finally {
      elsewhere.remove();
      process.env['LIKENESS_HOME'] = studio.home;
    }
  });

  it('tells the same as inspect, and shows the tree of labelled parents', async () => {
    await realFile('mp4', studio.path('tmp.mp4'), 2);
    const first = await studio.made('first.mp4', studio.path('tmp.mp4'));
    await realFile('mp4', studio.path('tmp.mp4'), 3);
    const second = await studio.made('second.mp4', studio.path('tmp.mp4'), { parent: first });
    const { report } = await verifyFile(second);
    expect(report.label).toEqual(await inspect(second));
    expect(report.provenance?.parents[0]).toMatchObject({
      title: 'first.mp4',
      labelled: true,
      parents: [{ title: 'original.mp4', labelled: false }],
    });
    const page = verifyPage({ report, thumbnail: null });
    expect(page.match(/class="node"/g)).toHaveLength(3);
    expect(page).not.toMatch(/<script|src="http|href="http/);
  });

  it('shows text of others as text', async () => {
    const { report } = await verifyFile(out, { labelOnly: true });
    const evil = '<img src=x onerror=alert(1)>';
    const provenance = { ...(report.provenance as NonNullable<VerifyReport['provenance']>), title: evil };
    const page = verifyPage({
      report: { ...report, file: `/x/${evil}`, sentences: ['a', evil], provenance },
      thumbnail: null,
    });
    expect(page).not.toContain('<img');
    expect(page).toContain('&#60;img');
  });
});

describe('a file that holds nothing to verify', () => {
  it.each([
    ['empty.jpg', '', 'media.empty'],
    ['one-byte.jpg', 'x', 'label.verify.unreadable'],
    ['text.mp4', 'this is no film', 'label.verify.unreadable'],
  ])('%s is an error, not a finding', async (name, content, code) => {
    writeFileSync(studio.path(name), content);
    await expect(verifyFile(studio.path(name))).rejects.toMatchObject({ code });
    const shown = await cli(['verify', studio.path(name)]);
    expect(shown.code).toBe(3);
    expect(shown.stderr).toContain(name);
  });
});

describe('a folder', () => {
  it('is verified as a whole: errors of one file stop no other', async () => {
    const folder = studio.path('many');
    mkdirSync(`${folder}/deep`, { recursive: true });
    copyFileSync(out, `${folder}/a.png`);
    copyFileSync(studio.path('bad.png'), `${folder}/deep/b.png`);
    writeFileSync(`${folder}/note.txt`, 'hello');
    symlinkSync('nowhere', `${folder}/dangling.png`);
    symlinkSync('../..', `${folder}/deep/loop`);
    symlinkSync('round2', `${folder}/round1`);
    symlinkSync('round1', `${folder}/round2`);
    const inner = `${folder}/deep/loop/many`;
    expect(readFileSync(`${inner}/note.txt`, 'utf8')).toBe('hello');
    const findings = await verifyFolder(folder, { labelOnly: true });
    const verdicts = Object.fromEntries(
      findings.map((f) => [f.name, f.error === null ? f.report.verdict : f.error.code]),
    );
    expect(verdicts).toMatchObject({
      'a.png': 'intact',
      'deep/b.png': 'broken',
      'note.txt': 'none',
      'dangling.png': 'file.permission',
      round1: 'file.permission',
    });
    expect(findings.filter((f) => basename(f.name) === 'note.txt')).toHaveLength(1);
    const page = folderPage(folder, findings);
    expect(page).toContain('deep/b.png');
    expect(page).toContain('cannot be verified');
  });

  it('comes as a table, as JSON and as a page from the command line', async () => {
    const folder = studio.path('few');
    mkdirSync(folder);
    copyFileSync(out, `${folder}/a.png`);
    writeFileSync(`${folder}/note.txt`, 'hello');
    const html = studio.path('page.html');
    const table = await cli(['verify', folder, '--label-only', '--html', html]);
    expect(table).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/a\.png +label holds +\(Likeness label signer\)\nnote\.txt +nothing found/),
    });
    expect(readFileSync(html, 'utf8')).toContain('The label holds');
    // The same in German, but for what others wrote.
    await cli(['verify', folder, '--label-only', '--html', html, '--language', 'de']);
    const german = readFileSync(html, 'utf8');
    expect(german).toContain('<html lang="de">');
    const text = german.replace(/<style>[\s\S]*?<\/style>|<code>[^<]*<\/code>|<[^>]*>/g, '\n');
    // What this file says of itself, and who signed it, are words of others.
    const others = /Face replaced with documented consent|label authority of this machine/g;
    const left = text.split('\n').filter((line) => /\b(the|of|and|is|are|with)\b/.test(line.replace(others, '')));
    expect(left).toEqual([]);
    copyFileSync(studio.path('bad.png'), `${folder}/b.png`);
    const json = await cli(['verify', folder, '--label-only', '--json']);
    expect(json.code).toBe(6);
    const { files } = JSON.parse(json.stdout) as { files: { name: string; verdict: string }[] };
    expect(files.map((f) => f.verdict)).toEqual(['intact', 'broken', 'none']);
  });
});
