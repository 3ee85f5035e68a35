/** Bad input to labels and their readers: one clear error or finding each, and nothing left behind. */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  importSigner,
  importTrustList,
  inspect,
  setTimestampAuthority,
  signerInfo,
  verifyFile,
  verifyFolder,
  wholeStore,
} from '../src/label/index.js';
import { provenanceOf } from '../src/label/verify/provenance.js';
import { EKU, issue } from './label-authority.js';
import { realFile } from './label-files.js';
import { filmBytes } from './label-film.js';
import { openStudio, type Studio } from './label-made.js';

let studio: Studio;
let png: string;
let webm: string;
beforeAll(async () => {
  studio = await openStudio();
  await realFile('png', studio.path('t.png'), 3);
  png = await studio.made('good.png', studio.path('t.png'));
  writeFileSync(studio.path('t.webm'), Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(4000, 5)]));
  webm = await studio.made('good.webm', studio.path('t.webm'));
});
afterAll(() => studio.remove());

const path = (name: string): string => studio.path(name);
/** A copy of the labelled picture with something done to it. */
const spoiled = (name: string, how: (bytes: Buffer) => Buffer): string => {
  writeFileSync(path(name), how(Buffer.from(readFileSync(png))));
  return path(name);
};
/** A file with this content. */
const written = (name: string, content: Uint8Array | string): string => {
  writeFileSync(path(name), content);
  return path(name);
};
/** Bytes filled from `from` to `to`. */
const filled = (bytes: Buffer, value: number, from: number, to: number): Buffer => bytes.fill(value, from, to);
/** A folder of nothing. */
const made = (name: string): string => {
  mkdirSync(path(name));
  return path(name);
};
/** A link to itself. */
const ring = (name: string): string => {
  symlinkSync(name, path(name));
  return path(name);
};
const verdict = async (file: string): Promise<string> => (await verifyFile(file, { labelOnly: true })).report.verdict;
const code = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
const pem = async (change: Partial<Parameters<typeof issue>[0]>): Promise<string> => {
  const root = await issue({ name: 'Root', ca: true });
  const leaf = await issue({ name: 'Leaf', by: root, usages: [EKU.email], ...change });
  return code(importSigner({ chain: leaf.pem + root.pem, chainName: 'c.pem', key: leaf.keyPem, keyName: 'k.pem' }));
};
const store = (): string[] => readdirSync(join(studio.home, 'store')).filter((name) => name.endsWith('.json'));

const CASES: [string, () => Promise<unknown>, unknown][] = [
  [
    'a manifest with a changed byte',
    () => verdict(spoiled('1.png', (b) => filled(b, 1, b.indexOf('cbor') + 60, b.indexOf('cbor') + 61))),
    'broken',
  ],
  [
    'a manifest that is cut off',
    () => verdict(spoiled('2.png', (b) => b.subarray(0, b.indexOf('jumb') + 900))),
    'broken',
  ],
  [
    'a manifest of noise',
    () => verdict(spoiled('3.png', (b) => filled(b, 0xa5, b.indexOf('jumb') + 4, b.indexOf('jumb') + 2000))),
    'broken',
  ],
  [
    'a label beside that is empty',
    async () => {
      copyFileSync(webm, path('e.webm'));
      writeFileSync(path('e.webm.c2pa'), '');
      return (await inspect(path('e.webm'))).found;
    },
    expect.stringMatching(/none|damaged/),
  ],
  [
    'a label beside that is huge',
    async () => {
      copyFileSync(webm, path('h.webm'));
      writeFileSync(path('h.webm.c2pa'), Buffer.alloc(65 * 2 ** 20));
      const { codes } = await inspect(path('h.webm'));
      rmSync(path('h.webm.c2pa'));
      return codes.failure;
    },
    ['the label is larger than 64 MB'],
  ],
  [
    'a label beside that belongs to another file',
    async () => {
      writeFileSync(path('o.webm'), Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(4000, 6)]));
      copyFileSync(`${webm}.c2pa`, path('o.webm.c2pa'));
      return verdict(path('o.webm'));
    },
    'broken',
  ],
  [
    'ingredients that lead back to themselves',
    async () => {
      const loop = {
        active_manifest: 'a',
        manifests: { a: { ingredients: [{ active_manifest: 'b' }] }, b: { ingredients: [{ active_manifest: 'a' }] } },
      };
      return provenanceOf(loop, 'x')?.parents[0]?.parents[0]?.failures;
    },
    ['provenance.cycle'],
  ],
  [
    'ingredients without end',
    async () => {
      const manifests = Object.fromEntries(
        Array.from({ length: 3000 }, (_, i) => [
          `m${i}`,
          { ingredients: [{ active_manifest: `m${i + 1}` }, { active_manifest: `m${i + 2}` }] },
        ]),
      );
      return JSON.stringify(provenanceOf({ active_manifest: 'm0', manifests }, 'x')).includes('provenance.tooDeep');
    },
    true,
  ],
  [
    'the key of another certificate',
    async () => {
      const root = await issue({ name: 'Root', ca: true });
      const [a, b] = [
        await issue({ name: 'A', by: root, usages: [EKU.email] }),
        await issue({ name: 'B', by: root, usages: [EKU.email] }),
      ];
      return code(importSigner({ chain: a.pem, chainName: 'c', key: b.keyPem, keyName: 'k' }));
    },
    'label.certificate.mismatch',
  ],
  ['an expired certificate', () => pem({ from: -40, days: 10 }), 'label.certificate.expired'],
  ['a certificate of tomorrow (clock skew)', () => pem({ from: 2 }), 'label.certificate.early'],
  ['a certificate for something else', () => pem({ usages: [EKU.server] }), 'label.certificate.usage'],
  ['a trust list that is none', () => code(importTrustList(png)), 'label.certificate.pem'],
  ['a trust list that is not there', () => code(importTrustList(path('no.pem'))), 'file.missing'],
  [
    'a time-stamp authority that is no address',
    () => code(setTimestampAuthority({ url: 'clock', required: true })),
    'label.timestamp.url',
  ],
  [
    'a time-stamp authority that nobody answers for',
    () => code(setTimestampAuthority({ url: 'http://127.0.0.1:1/', required: true })),
    'label.timestamp.unreachable',
  ],
  ['a format that carries no label', () => verdict(written('a.txt', 'hello')), 'none'],
  ['a file of nothing', () => code(verifyFile(written('zero.png', ''))), 'media.empty'],
  ['a file that is not there', () => code(verifyFile(path('nowhere.png'))), 'file.missing'],
  ['a folder in place of a file', () => code(verifyFile(studio.folder)), 'file.kind'],
  ['a folder of nothing', () => code(verifyFolder(made('empty'))), 'label.verify.empty'],
  ['a link that leads to itself', () => code(verifyFile(ring('ring.png'))), expect.stringMatching(/^file\./)],
  [
    'a film whose boxes are longer than the film',
    async () => {
      const film = filmBytes({ bytes: 3000, seed: 1 });
      film.writeUInt32BE(2 ** 31, film.indexOf('mdat') - 4);
      writeFileSync(path('long.mp4'), film);
      return (await verifyFile(path('long.mp4'))).report.verdict;
    },
    expect.stringMatching(/none|broken/),
  ],
  [
    'an audit log that is broken',
    async () => {
      const log = join(studio.home, 'audit.jsonl');
      const before = readFileSync(log);
      writeFileSync(log, before.toString().replace('"seal"', '"Seal"'));
      const { report } = await verifyFile(png, { labelOnly: true });
      writeFileSync(log, before);
      return [report.verdict, report.label.consent[0]?.stands, report.sentences.join(' ').includes('broken')];
    },
    ['intact', null, true],
  ],
  [
    'an entry of the store that was changed',
    async () => {
      const file = join(studio.home, 'store', store().at(-1) ?? '');
      const before = readFileSync(file, 'utf8');
      writeFileSync(file, before.replace('good.webm', 'evil.webm'));
      const { report } = await verifyFile(webm, { labelOnly: true });
      const { damaged } = wholeStore();
      writeFileSync(file, before);
      return [report.store, report.remarks.length, damaged.length, wholeStore().damaged.length];
    },
    [null, 1, 1, 0],
  ],
  [
    'a trust list that was damaged',
    async () => {
      mkdirSync(join(studio.home, 'trust'));
      writeFileSync(join(studio.home, 'trust', 'x.json'), '{');
      const answer = await code(verifyFile(png));
      rmSync(join(studio.home, 'trust', 'x.json'));
      return answer;
    },
    'label.trust.damaged',
  ],
];

describe('bad input', () => {
  it.each(CASES)('%s', async (_, work, expected) => {
    expect(await work()).toEqual(expected);
    expect(signerInfo().kind).toBe('own');
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('a file without permission', async () => {
    copyFileSync(png, path('closed.png'));
    chmodSync(path('closed.png'), 0);
    expect(await code(verifyFile(path('closed.png')))).toBe('file.permission');
  });
});
