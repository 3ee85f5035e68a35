/** Attempts to get past the gate through files: footage, vault, log, withdrawals, lists, evidence. None gets a picture out. */
import {
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { assertUnchanged, witnessFile } from '../src/base/index.js';
import { digestOf } from '../src/consent/canonical.js';
import {
  appendAudit,
  authorize,
  createKey,
  createStatusList,
  importStatusList,
  readAudit,
  reserveStatusEntry,
  revoke,
  revokeWithToken,
  type SigningKey,
  storeTemplate,
  updateStatusList,
} from '../src/consent/index.js';
import { reviewedBytes } from '../src/consent/review.js';
import { signStatusList } from '../src/consent/status-list.js';
import { createFaceEngine, type Identity } from '../src/faces/index.js';
import type { Frame } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { madeUpFace } from './consent-people.js';
import { type Attempt, GateWorld, type Plan } from './gate-world.js';

const w = new GateWorld();
beforeAll(async () => w.build());
afterEach(() => w.restore());
afterAll(async () => {
  w.remove();
  await stopModels();
});

/** The honest way, once something was done to the files. */
const done = (_what: unknown): Partial<Plan> => ({});

const vault = (person: 'ann' | 'bob'): string =>
  join(w.home, 'vault', `${w[person].envelope.record.likeness[0]?.templateRef.slice(6)}.template.json`);
const home = (name: string): string => join(w.home, name);
const revocationFile = (): string => home(`revocations/${readdirSync(home('revocations'))[0]}`);

describe('footage', () => {
  const attempts: [name: string, code: RegExp, attempt: Attempt][] = [
    [
      'the target changed after leave was given',
      /footage/,
      () => ({ meanwhile: () => writeFileSync(w.path('target.png'), readFileSync(w.path('other.png'))) }),
    ],
    [
      'the source put in the place of another',
      /footage/,
      () => ({ meanwhile: () => renameSync(w.path('other.png'), w.path('source.png')) }),
    ],
    [
      'a link turned to another target after leave was given',
      /footage/,
      () => {
        symlinkSync(w.path('target.png'), w.path('link.png'));
        return {
          target: w.path('link.png'),
          meanwhile: () => {
            unlinkSync(w.path('link.png'));
            symlinkSync(w.path('other.png'), w.path('link.png'));
          },
        };
      },
    ],
    [
      'the target changed between the making and the seal',
      /footage/,
      () => ({
        grant: (grant) => {
          writeFileSync(w.path('target.png'), readFileSync(w.path('other.png')));
          return grant;
        },
      }),
    ],
    [
      'the sealed file exchanged before it is published',
      /sealed\.changed/,
      () => ({
        atLast: () => {
          for (const name of readdirSync(w.path('.')))
            if (/^\.made-.*\.part$/.test(name) || (name.startsWith('.') && name.includes('made')))
              writeFileSync(w.path(name), readFileSync(w.path('made.png')));
        },
      }),
    ],
  ];
  it.each(attempts)('%s', async (_name, code, attempt) => w.refused(attempt, code));

  it('exchanged for a moment and put back is noticed', async () => {
    const witness = await witnessFile(w.path('target.png'));
    const before = readFileSync(w.path('target.png'));
    writeFileSync(w.path('target.png'), readFileSync(w.path('other.png')));
    writeFileSync(w.path('target.png'), before);
    await expect(assertUnchanged(witness)).rejects.toMatchObject({ code: 'file.changed' });
    symlinkSync(w.path('target.png'), w.path('link.png'));
    const linked = await witnessFile(w.path('link.png'));
    expect(linked.path.endsWith('target.png')).toBe(true);
    renameSync(w.path('target.png'), w.path('aside.png'));
    cpSync(w.path('aside.png'), w.path('target.png'), { preserveTimestamps: true });
    await expect(assertUnchanged(linked)).rejects.toMatchObject({ code: 'file.changed' });
  });

  it('cannot be written over by what is made of it', async () => {
    await expect(w.go({}, 'target.png')).rejects.toMatchObject({ code: 'label.destination.input' });
    await expect(w.go({}, 'source.png')).rejects.toMatchObject({ code: 'label.destination.input' });
  });

  it('of somebody else, cropped or mirrored, is still of somebody else', async () => {
    const engine = await createFaceEngine();
    const faces = async (frame: Frame): Promise<Identity[]> => {
      const [found] = await engine.detect(frame);
      return found === undefined ? [] : [await engine.embed(frame, (await engine.landmarks(frame, found)).points)];
    };
    const draw = (seed: number, yaw: number): Frame =>
      renderActor(createActor(seed), restState({ pose: { yaw, pitch: 0, roll: 0 }, scale: 0.5 }), {
        width: 240,
        height: 240,
      }).frame;
    const { rgbaFrame, cropFrame } = await import('../src/media/index.js');
    const mirror = ({ pixels, width, height }: Frame): Frame => {
      const out = new Uint8Array(pixels.length);
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          out.set(pixels.subarray(4 * (y * width + x), 4 * (y * width + x) + 4), 4 * (y * width + width - 1 - x));
      return rgbaFrame(out, width, height);
    };
    try {
      const entry = await storeTemplate([...(await faces(draw(21, -8))), ...(await faces(draw(21, 8)))]);
      const { createRecord, signRecord, writeEnvelope } = await import('../src/consent/index.js');
      const { usual } = await import('./consent-people.js');
      const made = await createRecord(usual(w.ann.key, 'Ann', w.ann.face(2)));
      const record = { ...made.record, likeness: [entry] };
      await writeEnvelope(
        w.path('drawn.consent.json'),
        await signRecord({ record, digest: digestOf(record), signatures: [] }, w.ann.key),
      );
      const own = draw(21, 0);
      const stranger = draw(24, 0);
      const variants = [stranger, mirror(stranger), cropFrame(stranger, 30, 20, 180, 200)];
      for (const frame of variants)
        await w.refused(
          async () => ({ sourceConsent: w.path('drawn.consent.json'), sourceFaces: await faces(frame) }),
          /face\.source/,
        );
      await w.go({ sourceConsent: w.path('drawn.consent.json'), sourceFaces: await faces(mirror(own)) });
    } finally {
      await engine.close();
    }
  });
});

describe('the vault', () => {
  const attempts: [name: string, code: RegExp, attempt: Attempt][] = [
    ['an entry cut short', /template\.tampered/, () => done(truncateSync(vault('ann'), 900))],
    ['an entry emptied', /template\.tampered/, () => done(writeFileSync(vault('ann'), ''))],
    ['an entry deleted', /template\.missing/, () => done(rmSync(vault('ann')))],
    [
      'the entry of somebody else in its place',
      /template\.tampered/,
      () => {
        writeFileSync(vault('ann'), readFileSync(vault('bob')));
        return { sourceFaces: w.bob.face(9) };
      },
    ],
    [
      'a link to the entry of somebody else',
      /template\.tampered/,
      () => {
        rmSync(vault('ann'));
        symlinkSync(vault('bob'), vault('ann'));
        return { sourceFaces: w.bob.face(9) };
      },
    ],
    [
      'an entry with faces of the attacker, rightly locked',
      /template\.tampered/,
      async () => {
        const mine = await storeTemplate(madeUpFace(66)(4));
        const box = JSON.parse(
          readFileSync(join(w.home, 'vault', `${mine.templateRef.slice(6)}.template.json`), 'utf8'),
        ) as object;
        writeFileSync(vault('ann'), JSON.stringify(box));
        return { sourceFaces: madeUpFace(66)(9) };
      },
    ],
    [
      'another machine key',
      /template\.tampered|audit\.broken/,
      () => done(writeFileSync(home('machine.key'), Buffer.alloc(32, 7))),
    ],
    ['a machine key cut short', /machineKey/, () => done(truncateSync(home('machine.key'), 31))],
  ];
  it.each(attempts)('%s', async (_name, code, attempt) => w.refused(attempt, code));
});

describe('the log', () => {
  const edit = (change: (lines: string[]) => string[]): Partial<Plan> => {
    const lines = readFileSync(home('audit.jsonl'), 'utf8').trimEnd().split('\n');
    writeFileSync(home('audit.jsonl'), `${change(lines).join('\n')}\n`);
    return {};
  };
  const attempts: [name: string, code: RegExp, attempt: Attempt][] = [
    ['a line taken out', /audit\.broken/, () => edit((l) => l.filter((_, i) => i !== 2))],
    ['its end cut off', /audit\.broken/, () => edit((l) => l.slice(0, -2))],
    ['a line written by hand', /audit\.broken/, () => edit((l) => [...l, l[l.length - 1] ?? ''])],
    ['its head removed', /audit\.broken/, () => done(rmSync(home('audit.head.json')))],
    ['the log removed, the head left', /audit\.broken/, () => done(rmSync(home('audit.jsonl')))],
  ];
  it.each(attempts)('%s', async (_name, code, attempt) => w.refused(attempt, code));
});

describe('a withdrawal', () => {
  const attempts: [name: string, code: RegExp, attempt: Attempt][] = [
    ['before', /revoked/, async () => done(await revoke(w.ann.envelope, w.ann.key))],
    ['midway', /revoked/, () => ({ meanwhile: () => revoke(w.bob.envelope, w.bob.key) })],
    ['after the seal', /revoked/, () => ({ atLast: () => revoke(w.bob.envelope, w.bob.key) })],
    ['with the word, midway', /revoked/, () => ({ meanwhile: () => revokeWithToken(w.ann.envelope, w.word) })],
    [
      'whose file was deleted',
      /revoked/,
      async () => {
        await revoke(w.ann.envelope, w.ann.key);
        rmSync(revocationFile());
        return {};
      },
    ],
    [
      'whose file was damaged',
      /revoked/,
      async () => {
        await revoke(w.ann.envelope, w.ann.key);
        writeFileSync(revocationFile(), '{}');
        return {};
      },
    ],
    [
      'put in the place of another record',
      /revoked/,
      async () => {
        await revoke(w.ann.envelope, w.ann.key);
        const statement = readFileSync(revocationFile(), 'utf8');
        writeFileSync(revocationFile(), statement.replace(/urn:uuid:[0-9a-f-]*/, w.bob.envelope.record.id));
        return {};
      },
    ],
    [
      'followed by the record as it was before',
      /revoked/,
      async () => {
        const before = readFileSync(w.path('ann.consent.json'));
        await revoke(w.ann.envelope, w.ann.key);
        rmSync(home('records'), { recursive: true });
        writeFileSync(w.path('again.consent.json'), before);
        return { sourceConsent: w.path('again.consent.json') };
      },
    ],
  ];
  it.each(attempts)('%s', async (_name, code, attempt) => w.refused(attempt, code));

  it('by word is for its subject alone, and works once', async () => {
    await expect(revokeWithToken(w.ann.envelope, 'A'.repeat(43))).rejects.toMatchObject({
      code: 'consent.revocation.invalid',
    });
    await expect(revokeWithToken(w.bob.envelope, w.word)).rejects.toMatchObject({ code: 'consent.revocation.invalid' });
    await revokeWithToken(w.ann.envelope, `https://studio.example/revoke#${w.word}`);
    await expect(revokeWithToken(w.ann.envelope, w.word)).rejects.toMatchObject({ code: 'consent.revocation.used' });
  });
});

describe('a status list', () => {
  let lists = 0;
  /** Ann's record with places in lists of the studio, and leave that was good once. */
  async function listed(): Promise<{ plan: Partial<Plan>; url: string; holds: string; studio: SigningKey }> {
    const n = ++lists;
    const studio = await createKey(`studio${n}`);
    const url = `https://studio.example/${n}/revoked`;
    const holds = `https://studio.example/${n}/suspended`;
    await createStatusList(url, 'revocation', studio);
    await createStatusList(holds, 'suspension', studio);
    const plan = await w.signed((r) => ({
      ...r,
      revocation: { status: [reserveStatusEntry(url), reserveStatusEntry(holds)] },
    }));
    await w.go(plan, `listed-${n}.png`);
    return { plan, url, holds, studio };
  }
  const fileOf = (url: string): string => {
    const name = readdirSync(home('status')).find((each) => readFileSync(home(`status/${each}`), 'utf8').includes(url));
    return home(`status/${name}`);
  };
  async function stopped(plan: Partial<Plan>, code: RegExp): Promise<void> {
    await expect(w.go(plan)).rejects.toMatchObject({ code: expect.stringMatching(code) });
    expect(readdirSync(w.path('.'))).not.toContain('out.png');
  }

  it('says no: withdrawn, before and midway', async () => {
    const { plan, url, studio } = await listed();
    const { readEnvelope } = await import('../src/consent/index.js');
    const envelope = readEnvelope(plan.sourceConsent ?? '');
    await revoke(envelope, w.ann.key);
    await updateStatusList(url, studio);
    rmSync(home('revocations'), { recursive: true });
    await stopped(plan, /revoked/);
  });
  it('says not now: suspended midway, and lifted again', async () => {
    const { plan, holds, studio } = await listed();
    const { readEnvelope } = await import('../src/consent/index.js');
    const envelope = readEnvelope(plan.sourceConsent ?? '');
    await stopped(
      { ...plan, meanwhile: () => updateStatusList(holds, studio, { envelope, suspended: true }) },
      /suspended/,
    );
    await updateStatusList(holds, studio, { envelope, suspended: false });
    await w.go(plan, 'lifted.png');
  });
  it('is missing, damaged, edited, of another issuer or kind, outdated: nothing is made', async () => {
    const { plan, url, holds, studio } = await listed();
    const good = readFileSync(fileOf(url), 'utf8');
    const path = fileOf(url);
    const now = Date.now();
    const forge = (key: SigningKey, change: object = {}): string =>
      JSON.stringify(
        signStatusList(
          {
            url,
            purpose: 'revocation',
            set: [],
            validFrom: new Date(now + 10),
            validUntil: new Date(now + 1e9),
            ...change,
          },
          key,
        ),
      );
    const stranger = await createKey('stranger-of-lists');
    const wrong = [
      good.slice(0, 300),
      good.replace(/"validUntil": "\d{4}/, '"validUntil": "2999'),
      good.replace(/"validFrom": "\d{4}/, '"validFrom": "2020'),
      good.replace('"encodedList": "u', '"encodedList": "uA'),
      good.replace('"issuer"', '"issuer": "did:key:z6x", "issuer"'),
      readFileSync(fileOf(holds), 'utf8'),
      forge(stranger),
      forge(studio, { purpose: 'suspension' }),
      forge(studio, { validUntil: new Date(now - 1000) }),
      forge(studio, { validFrom: new Date(now + 3_600_000) }),
    ];
    for (const text of wrong) {
      writeFileSync(path, text);
      await stopped(plan, /consent\.status/);
    }
    rmSync(path);
    await stopped(plan, /consent\.status/);
  });
  it('is put back to an older version: noticed, here and midway', async () => {
    const { plan, url, studio } = await listed();
    const old = readFileSync(fileOf(url), 'utf8');
    await stopped(
      {
        ...plan,
        meanwhile: async () => {
          await updateStatusList(url, studio);
          writeFileSync(fileOf(url), old);
        },
      },
      /consent\.status/,
    );
    await stopped(plan, /consent\.status/);
    writeFileSync(w.path('old.json'), old);
    await expect(importStatusList(w.path('old.json'))).rejects.toMatchObject({ code: 'consent.status.rollback' });
  });
});

describe('evidence', () => {
  const live = {
    method: 'liveVideoChallenge' as const,
    footageHash: null,
    transcriptHash: null,
    challenge: null,
    checks: { moves: 1 },
    captureHash: `sha256:${'1'.repeat(64)}`,
    review: null,
    retentionUntil: null,
  };
  const reviewBy = (key: SigningKey, captureHash: string, accepted = true) => {
    const said = { by: key.did, at: '2026-11-24T10:00:00Z', accepted, note: '' };
    return { ...said, value: key.sign(reviewedBytes(captureHash, said)) };
  };
  const attempts: [name: string, code: RegExp, attempt: Attempt][] = [
    ['a capture that nobody reviewed', /evidence/, () => w.signed((r) => ({ ...r, evidence: live }))],
    [
      'a capture that is named nowhere',
      /evidence/,
      () => w.signed((r) => ({ ...r, evidence: { ...live, captureHash: null } })),
    ],
    [
      'a capture reviewed by the one who was filmed',
      /evidence/,
      () => w.signed((r) => ({ ...r, evidence: { ...live, review: reviewBy(w.ann.key, live.captureHash) } })),
    ],
    [
      'a review of another capture',
      /evidence/,
      () => w.signed((r) => ({ ...r, evidence: { ...live, review: reviewBy(w.bob.key, `sha256:${'2'.repeat(64)}`) } })),
    ],
    [
      'a review that did not accept',
      /evidence/,
      () => w.signed((r) => ({ ...r, evidence: { ...live, review: reviewBy(w.bob.key, live.captureHash, false) } })),
    ],
    [
      'a review turned round',
      /evidence/,
      () =>
        w.signed((r) => ({
          ...r,
          evidence: { ...live, review: { ...reviewBy(w.bob.key, live.captureHash, false), accepted: true } },
        })),
    ],
  ];
  it.each(attempts)('%s', async (_name, code, attempt) => w.refused(attempt, code));

  it('that a person accepted lets it pass', async () => {
    await w.go(await w.signed((r) => ({ ...r, evidence: { ...live, review: reviewBy(w.bob.key, live.captureHash) } })));
  });
});

it('refusals are in the log, and the log holds', async () => {
  await expect(w.go({ request: { use: 'film.nsfw' } })).rejects.toMatchObject({ code: 'consent.prohibited' });
  expect((await readAudit()).at(-1)).toMatchObject({ kind: 'refusal', facts: { rule: 'consent.prohibited' } });
  await appendAudit('record', {});
  await expect(authorize({} as never)).rejects.toThrow();
});
