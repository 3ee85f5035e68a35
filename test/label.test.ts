/** Sealing, publishing and reading labels, on pictures and films made here. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Random, sha256File } from '../src/base/index.js';
import { authorize, type Grant, readAudit, revoke } from '../src/consent/index.js';
import { inspect, publish, seal } from '../src/label/index.js';
import { goodRequest, makePerson, type Person, temporaryHome } from './consent-people.js';
import { filmBytes } from './label-film.js';

let at: ReturnType<typeof temporaryHome>;
let ann: Person;
let bob: Person;
beforeEach(async () => {
  at = temporaryHome();
  ann = await makePerson('ann', 1);
  bob = await makePerson('bob', 2);
});
afterEach(() => at.remove());

const path = (name: string): string => join(at.folder, name);
const picture = (format: 'png' | 'jpeg' | 'webp', seed = 1): Promise<Buffer> => {
  const random = new Random(seed);
  const raw = Uint8Array.from({ length: 96 * 64 * 3 }, (_, i) => (i / 40 + random.int(40)) & 255);
  return sharp(raw, { raw: { width: 96, height: 64, channels: 3 } })
    [format]()
    .toBuffer();
};

/** Leave to change `parent`. */
async function grantFor(parent: string): Promise<Grant> {
  const request = goodRequest(ann, bob);
  return authorize({
    ...request,
    medium: 'video',
    replaced: { envelope: bob.envelope, identities: bob.face(20), footageSha256: await sha256File(parent) },
  });
}

const details = {
  operation: 'faceSwap' as const,
  title: 'out',
  description: 'Face replaced with documented consent',
  agent: { name: 'gan draft', version: '1' },
  changes: ['face'],
};

/** Seals `content` as made from a film and publishes it as `name`. */
async function made(name: string, content: Uint8Array, seed = 7): Promise<string> {
  const parent = path('original.mp4');
  if (!existsSync(parent)) writeFileSync(parent, filmBytes({ bytes: 4000, seed }));
  const file = path(`tmp-${name}`);
  writeFileSync(file, content);
  const sealed = await seal({ ...details, title: name, file, parent, grant: await grantFor(parent) });
  expect(existsSync(file)).toBe(false);
  return (await publish(sealed, path(name))).path;
}

describe('a label', () => {
  it('tells what was done to a film, from what, with whose consent', async () => {
    const out = await made('out.mp4', filmBytes({ bytes: 30_000, seed: 2 }));
    const report = await inspect(out);
    expect(report).toMatchObject({
      found: 'label',
      where: 'embedded',
      state: 'trusted',
      changed: false,
      container: 'mp4',
      title: 'out.mp4',
      signedBy: 'Likeness label signer',
    });
    expect(report.madeBy).toMatch(/^Likeness \d/);
    expect(report.actions.map((a) => a.action)).toEqual(['c2pa.opened', 'c2pa.edited']);
    expect(report.actions[1]).toMatchObject({
      sourceType: 'compositeWithTrainedAlgorithmicMedia',
      agent: 'gan draft 1',
    });
    expect(report.parents).toEqual([{ title: 'original.mp4', relationship: 'parentOf', labelled: false }]);
    expect(report.consent).toMatchObject([
      { role: 'source', id: ann.envelope.record.id, digest: ann.envelope.digest, known: true, stands: true },
      { role: 'replaced', id: bob.envelope.record.id, known: true, stands: true },
    ]);
    expect(report.codes.failure).toEqual([]);
    expect(report.codes.success).toContain('assertion.bmffHash.match');
    expect(report.sentences.join(' ')).toMatch(/intact.*trusted.*Nothing in the file was changed.*original\.mp4/);
  });

  it('holds no names, faces or keys of people', async () => {
    const bytes = readFileSync(await made('out.mp4', filmBytes({ bytes: 3000, seed: 2 }))).toString('latin1');
    for (const word of [ann.key.did, bob.key.did, '"ann"', 'displayName', 'vault:', 'PRIVATE'])
      expect(bytes).not.toContain(word);
    expect(bytes).toContain(ann.envelope.record.id);
  });

  it('names a watermark and what else was done', async () => {
    const parent = path('original.mp4');
    writeFileSync(parent, filmBytes({ bytes: 4000, seed: 7 }));
    writeFileSync(path('tmp'), filmBytes({ bytes: 4100, seed: 8 }));
    const sealed = await seal({
      ...details,
      actions: [{ action: 'c2pa.watermarked', description: 'Marked', agent: { name: 'mark', version: '2' } }],
      softBinding: { algorithm: 'org.likeness.test', payload: '00ff00ff00ff00ff' },
      file: path('tmp'),
      parent,
      grant: await grantFor(parent),
    });
    const out = (await publish(sealed, path('out.mp4'))).path;
    const report = await inspect(out);
    expect(report).toMatchObject({ state: 'trusted', changed: false });
    expect(report.actions.map((a) => a.action)).toEqual(['c2pa.opened', 'c2pa.edited', 'c2pa.watermarked']);
    expect(report.actions[2]).toMatchObject({ description: 'Marked', agent: 'mark 2' });
    expect(readFileSync(out).toString('latin1')).toContain('c2pa.soft-binding');
  });

  it('cannot move the cursor of whoever reads it', async () => {
    const parent = path('original.mp4');
    writeFileSync(parent, filmBytes({ bytes: 4000, seed: 7 }));
    writeFileSync(path('tmp'), filmBytes({ bytes: 4100, seed: 8 }));
    const description = 'Nothing\n\u001b[2Jwas done';
    const grant = await grantFor(parent);
    const sealed = await seal({ ...details, description, file: path('tmp'), parent, grant });
    const { sentences } = await inspect((await publish(sealed, path('out.mp4'))).path);
    expect(sentences.join(' ')).toContain('was done');
    for (const sign of ['\n', '\u001b']) expect(sentences.join('')).not.toContain(sign);
  });

  it('says when consent was withdrawn afterwards', async () => {
    const out = await made('out.mp4', filmBytes({ bytes: 3000, seed: 2 }));
    await revoke(ann.envelope, ann.key);
    expect((await inspect(out)).consent[0]).toMatchObject({
      known: true,
      stands: false,
      note: expect.stringContaining('withdrawn'),
    });
  });

  it('is valid but not trusted on another machine, which knows no records', async () => {
    const out = await made('out.mp4', filmBytes({ bytes: 3000, seed: 2 }));
    const elsewhere = temporaryHome();
    try {
      const report = await inspect(out);
      expect(report).toMatchObject({ state: 'valid', changed: false });
      expect(report.consent[0]).toMatchObject({ known: false, stands: null });
      expect(existsSync(elsewhere.home)).toBe(false);
    } finally {
      elsewhere.remove();
      process.env['LIKENESS_HOME'] = at.home;
    }
  });

  it.each(['png', 'jpeg', 'webp'] as const)('goes into %s, and changes no pixel', async (format) => {
    const content = await picture(format);
    const out = await made(`out.${format}`, content);
    expect(await inspect(out)).toMatchObject({
      found: 'label',
      where: 'embedded',
      state: 'trusted',
      container: format,
    });
    const [before, after] = await Promise.all([content, out].map((p) => sharp(p).raw().toBuffer()));
    expect(after?.equals(before ?? Buffer.alloc(0))).toBe(true);
  });

  it('goes beside what cannot carry it, and is bound to it', async () => {
    const webm = Buffer.concat([
      Buffer.from('1a45dfa3', 'hex'),
      Buffer.from(new Random(3).shuffle([...Array(5000).keys()]).map((x) => x & 255)),
    ]);
    const out = await made('out.webm', webm);
    expect(readFileSync(out).equals(webm)).toBe(true);
    expect(await inspect(out)).toMatchObject({ found: 'label', where: 'sidecar', state: 'trusted', changed: false });
    const changed = Buffer.from(webm);
    changed[2000] = (changed[2000] ?? 0) ^ 1;
    writeFileSync(out, changed);
    expect(await inspect(out)).toMatchObject({ state: 'invalid', changed: true });
    writeFileSync(out, webm);
    const label = readFileSync(`${out}.c2pa`);
    label[label.length - 300] = (label[label.length - 300] ?? 0) ^ 1;
    writeFileSync(`${out}.c2pa`, label);
    expect((await inspect(out)).state).toBe('invalid');
  });

  it('is missing where there is none, and that is said to mean nothing', async () => {
    writeFileSync(path('plain.mp4'), filmBytes({ bytes: 100, seed: 1 }));
    writeFileSync(path('plain.txt'), 'hello');
    writeFileSync(path('empty.mp4'), '');
    for (const name of ['plain.mp4', 'plain.txt', 'empty.mp4']) {
      const report = await inspect(path(name));
      expect(report).toMatchObject({ found: 'none', state: null, changed: false });
      expect(report.sentences.join(' ')).toContain('says nothing about how the file was made');
    }
    await expect(inspect(path('nowhere.mp4'))).rejects.toMatchObject({ code: 'file.missing' });
  });

  it.each(['mp4', 'png', 'jpeg', 'webp'] as const)(
    'shows 40 of 40 random changes of one byte in %s',
    async (format) => {
      const content = format === 'mp4' ? filmBytes({ bytes: 20_000, seed: 5 }) : await picture(format);
      const good = readFileSync(await made(`out.${format}`, content));
      const random = new Random(11);
      const missed: number[] = [];
      for (let i = 0; i < 40; i++) {
        const where = random.int(good.length);
        const bad = Buffer.from(good);
        bad[where] = (bad[where] ?? 0) ^ (1 + random.int(255));
        writeFileSync(path('bad'), bad);
        const { state } = await inspect(path('bad'));
        if (state === 'trusted' || state === 'valid') missed.push(where);
      }
      expect(missed).toEqual([]);
    },
  );

  it('shows changes where the standard does not look: brand, flags of its own box', async () => {
    const good = readFileSync(await made('out.mp4', filmBytes({ bytes: 3000, seed: 5 })));
    const box = good.indexOf(Buffer.from('d8fec3d61b0e483c92975828877ec481', 'hex'));
    for (const where of [8, 12, 15, 20, box + 16, box + 19, box + 30, box + 36]) {
      const bad = Buffer.from(good);
      bad[where] = (bad[where] ?? 0) ^ 0x10;
      writeFileSync(path('bad'), bad);
      const { state } = await inspect(path('bad'));
      expect(['invalid', null], `byte ${where}`).toContain(state);
    }
  });

  it('moves the index of a film along, in both widths and both orders', async () => {
    for (const [i, kind] of (['stco', 'co64'] as const).entries())
      for (const indexFirst of [true, false]) {
        const film = filmBytes({ bytes: 5000, seed: 20 + i, kind, indexFirst });
        const out = readFileSync(await made(`out-${kind}-${indexFirst}.mp4`, film));
        const first = (bytes: Buffer): Buffer => {
          const table = bytes.lastIndexOf(kind) - 4;
          const offset = kind === 'stco' ? bytes.readUInt32BE(table + 16) : Number(bytes.readBigUInt64BE(table + 16));
          return bytes.subarray(offset, offset + 64);
        };
        expect(first(out).equals(first(film))).toBe(true);
      }
  });

  it('hashes a film in blocks: a change in the third megabyte is found', async () => {
    const out = await made('out.mp4', filmBytes({ bytes: 3_500_000, seed: 6 }));
    expect((await inspect(out)).state).toBe('trusted');
    const bad = readFileSync(out);
    bad[bad.length - 700_000] = (bad[bad.length - 700_000] ?? 0) ^ 1;
    writeFileSync(path('bad.mp4'), bad);
    expect(await inspect(path('bad.mp4'))).toMatchObject({ state: 'invalid', changed: true });
  });

  it('of a parent that was tampered with is reported, and does not keep the new one from holding', async () => {
    const first = await made('first.mp4', filmBytes({ bytes: 3000, seed: 5 }));
    const bytes = readFileSync(first);
    bytes[bytes.length - 900] = (bytes[bytes.length - 900] ?? 0) ^ 1;
    writeFileSync(first, bytes);
    writeFileSync(path('tmp2'), filmBytes({ bytes: 3100, seed: 6 }));
    const sealed = await seal({ ...details, file: path('tmp2'), parent: first, grant: await grantFor(first) });
    const { path: second } = await publish(sealed, path('second.mp4'));
    const report = await inspect(second);
    expect(report).toMatchObject({ state: 'trusted', changed: false });
    expect(report.codes.parents).toContain('assertion.bmffHash.mismatch');
    expect(report.sentences.join(' ')).toContain('The label of what it was made from does not hold');
  });

  it('can be read where the log of this machine is broken', async () => {
    const out = await made('out.mp4', filmBytes({ bytes: 3000, seed: 5 }));
    const log = join(at.home, 'audit.jsonl');
    writeFileSync(log, readFileSync(log, 'utf8').replace('"grant"', '"Grant"'));
    const report = await inspect(out);
    expect(report).toMatchObject({ state: 'trusted' });
    expect(report.consent[0]).toMatchObject({ known: true, stands: null, note: expect.stringContaining('broken') });
  });

  it('of a parent is carried on', async () => {
    const first = await made('first.mp4', filmBytes({ bytes: 3000, seed: 5 }));
    const file = path('tmp2');
    writeFileSync(file, filmBytes({ bytes: 3100, seed: 6 }));
    const sealed = await seal({ ...details, file, parent: first, grant: await grantFor(first) });
    const { path: second } = await publish(sealed, path('second.mp4'));
    expect(await inspect(second)).toMatchObject({
      state: 'trusted',
      parents: [{ title: 'first.mp4', labelled: true }],
    });
  });
});

describe('seal', () => {
  let parent: string;
  let file: string;
  beforeEach(() => {
    parent = path('original.mp4');
    file = path('tmp.mp4');
    writeFileSync(parent, filmBytes({ bytes: 4000, seed: 7 }));
    writeFileSync(file, filmBytes({ bytes: 5000, seed: 8 }));
  });

  it('refuses forged grants', async () => {
    const grant = await grantFor(parent);
    const forged = [
      Object.create(grant),
      new Proxy(grant, {}),
      JSON.parse(JSON.stringify(grant)),
      { terms: grant.terms, assertCovers: () => undefined },
      null,
    ];
    for (const fake of forged)
      await expect(seal({ ...details, file, parent, grant: fake as Grant })).rejects.toMatchObject({
        code: 'consent.grant.forged',
      });
    await expect(seal({ ...details, file, parent, grant: [] })).rejects.toMatchObject({
      code: 'consent.grant.missing',
    });
    await expect(seal({ ...details, file, parent, grant: [grant, { ...grant } as Grant] })).rejects.toMatchObject({
      code: 'consent.grant.forged',
    });
    expect(readdirSync(at.folder).sort()).toEqual(['home', 'original.mp4', 'tmp.mp4']);
  });
  it('refuses another parent, another operation and withdrawn consent, and leaves nothing behind', async () => {
    const grant = await grantFor(parent);
    const other = path('other.mp4');
    writeFileSync(other, filmBytes({ bytes: 4000, seed: 9 }));
    await expect(seal({ ...details, file, parent: other, grant })).rejects.toMatchObject({ code: 'consent.footage' });
    await expect(seal({ ...details, operation: 'voiceClone', file, parent, grant })).rejects.toMatchObject({
      code: 'consent.scope.operation',
    });
    await revoke(bob.envelope, bob.key);
    await expect(seal({ ...details, file, parent, grant })).rejects.toMatchObject({ code: 'consent.revoked' });
    expect(readdirSync(at.folder).sort()).toEqual(['home', 'original.mp4', 'other.mp4', 'tmp.mp4']);
  });
  it('never takes an original for its result', async () => {
    const grant = await grantFor(parent);
    symlinkSync(parent, path('alias.mp4'));
    for (const same of [parent, path('alias.mp4')])
      await expect(seal({ ...details, file: same, parent, grant })).rejects.toMatchObject({
        code: 'label.destination.input',
      });
    expect(existsSync(parent)).toBe(true);
  });
  it('refuses films that are cut off, and leaves nothing behind', async () => {
    writeFileSync(file, filmBytes({ bytes: 5000, seed: 8 }).subarray(0, 3000));
    await expect(seal({ ...details, file, parent, grant: await grantFor(parent) })).rejects.toMatchObject({
      name: 'LikenessError',
    });
    expect(readdirSync(at.folder).sort()).toEqual(['home', 'original.mp4', 'tmp.mp4']);
  });
  it('writes into the log what was sealed and published', async () => {
    const out = await made('out.mp4', filmBytes({ bytes: 2000, seed: 3 }));
    const [sealed, published] = (await readAudit()).slice(-2);
    const hash = await sha256File(out);
    expect(sealed).toMatchObject({
      kind: 'seal',
      facts: { sha256: hash, records: [ann.envelope.record.id, bob.envelope.record.id] },
    });
    expect(published).toMatchObject({ kind: 'publish', facts: { sha256: hash, file: 'out.mp4' } });
  });
});

describe('the label authority', () => {
  it('keeps its keys locked and private, and makes one signer for one machine', async () => {
    await made('a.mp4', filmBytes({ bytes: 1000, seed: 1 }));
    const authority = join(at.home, 'ca', 'authority.json');
    const before = readFileSync(authority, 'utf8');
    await made('b.mp4', filmBytes({ bytes: 1000, seed: 2 }));
    expect(readFileSync(authority, 'utf8')).toBe(before);
    expect(before).not.toContain('PRIVATE KEY');
    if (process.platform !== 'win32') expect(statSync(authority).mode & 0o077).toBe(0);
    writeFileSync(authority, before.replace('"data": "A', '"data": "B').replace('BEGIN', 'BEGUN'));
    await expect(made('c.mp4', filmBytes({ bytes: 1000, seed: 3 }))).rejects.toThrow();
    expect(existsSync(path('c.mp4'))).toBe(false);
  });
});

describe('real films', () => {
  const clip = new URL('../../shared/data/clips/echomimic_drv_a.mp4', import.meta.url).pathname;
  const skip = !existsSync(clip);
  beforeAll(() => {
    if (skip) console.log('skipped: ../shared/data is not there');
  });
  it.skipIf(skip)('play as before once labelled', async () => {
    const out = await made('real.mp4', readFileSync(clip));
    expect(await inspect(out)).toMatchObject({ state: 'trusted', changed: false });
    try {
      execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    } catch {
      console.log('the comparison of pictures is skipped: no ffmpeg');
      return;
    }
    const md5 = (file: string): string =>
      execFileSync('ffmpeg', ['-v', 'error', '-i', file, '-f', 'md5', '-'], { encoding: 'utf8' });
    expect(md5(out)).toBe(md5(clip));
  });
});
