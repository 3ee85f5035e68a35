/** Publishing: sealed files go to their place whole, and nowhere they must not. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256File } from '../src/base/index.js';
import { authorize, type Grant, revoke } from '../src/consent/index.js';
import { inspect, publish, SealedMedia, seal } from '../src/label/index.js';
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

describe('publish', () => {
  let parent: string;
  const fresh = async (): Promise<SealedMedia> => {
    parent = path('original.mp4');
    writeFileSync(parent, filmBytes({ bytes: 4000, seed: 7 }));
    writeFileSync(path('tmp.mp4'), filmBytes({ bytes: 5000, seed: 8 }));
    return seal({ ...details, file: path('tmp.mp4'), parent, grant: await grantFor(parent) });
  };

  it('refuses what seal() did not make', async () => {
    const sealed = await fresh();
    const Make = SealedMedia as unknown as new (...args: unknown[]) => SealedMedia;
    expect(() => new Make(Symbol('mint'), {})).toThrow(/seal/);
    expect(() => Reflect.construct(SealedMedia, [])).toThrow(/seal/);
    for (const fake of [
      Object.create(sealed),
      Object.create(SealedMedia.prototype),
      new Proxy(sealed, {}),
      { info: sealed.info },
      null,
    ]) {
      expect(SealedMedia.is(fake)).toBe(false);
      await expect(publish(fake as SealedMedia, path('x.mp4'))).rejects.toMatchObject({ code: 'label.sealed.forged' });
    }
    expect(existsSync(path('x.mp4'))).toBe(false);
  });
  it('works once', async () => {
    const sealed = await fresh();
    await publish(sealed, path('deep/in/folders/x.mp4'));
    await expect(publish(sealed, path('y.mp4'))).rejects.toMatchObject({ code: 'label.sealed.used' });
    const thrown = await fresh();
    await thrown.discard();
    await expect(publish(thrown, path('y.mp4'))).rejects.toMatchObject({ code: 'label.sealed.used' });
    expect(readdirSync(at.folder).sort()).toEqual(['deep', 'home', 'original.mp4']);
  });
  it('never writes over its inputs, by whatever name', async () => {
    const sealed = await fresh();
    symlinkSync(parent, path('link.mp4'));
    copyFileSync(parent, path('copy.mp4'));
    const before = readFileSync(parent);
    for (const destination of [parent, path('./x/../original.mp4'), path('link.mp4'), path('copy.mp4')])
      await expect(publish(sealed, destination), destination).rejects.toMatchObject({
        code: 'label.destination.input',
      });
    mkdirSync(path('folder'));
    await expect(publish(sealed, path('folder'))).rejects.toMatchObject({ code: 'file.directory' });
    expect(readFileSync(parent).equals(before)).toBe(true);
    await publish(sealed, path('fine.mp4'));
  });
  it('refuses media that was exchanged after sealing', async () => {
    const sealed = await fresh();
    const part = readdirSync(at.folder).find((f) => f.endsWith('.part'));
    writeFileSync(path(part ?? ''), filmBytes({ bytes: 5000, seed: 99 }));
    await expect(publish(sealed, path('x.mp4'))).rejects.toMatchObject({ code: 'label.sealed.changed' });
    expect(existsSync(path('x.mp4'))).toBe(false);
  });
  it('refuses when consent was withdrawn between sealing and publishing', async () => {
    const sealed = await fresh();
    await revoke(ann.envelope, ann.key);
    await expect(publish(sealed, path('x.mp4'))).rejects.toMatchObject({ code: 'consent.revoked' });
    expect(existsSync(path('x.mp4'))).toBe(false);
  });
  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'says it when a folder is read-only',
    async () => {
      const sealed = await fresh();
      mkdirSync(path('locked'));
      chmodSync(path('locked'), 0o500);
      await expect(publish(sealed, path('locked/x.mp4'))).rejects.toMatchObject({ code: 'file.permission' });
      chmodSync(path('locked'), 0o700);
      await publish(sealed, path('locked/x.mp4'));
    },
  );
  const linux = process.platform === 'linux';
  it.skipIf(!linux)('says it where nothing can be written, even by root', async () => {
    const sealed = await fresh();
    const failed = await publish(sealed, '/proc/likeness-test.mp4').catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: expect.stringMatching(/^file\./) });
    await publish(sealed, path('x.mp4'));
    expect(readdirSync(at.folder).filter((f) => f.endsWith('.part'))).toEqual([]);
  });
  const shared = '/dev/shm';
  const otherDisk = linux && existsSync(shared) && statSync(shared).dev !== statSync(tmpdir()).dev;
  it.skipIf(!otherDisk)('reaches other disks, and leaves nothing of itself on this one', async () => {
    const sealed = await fresh();
    const folder = mkdtempSync(join(shared, 'likeness-'));
    try {
      await publish(sealed, join(folder, 'x.mp4'));
      expect(readdirSync(folder)).toEqual(['x.mp4']);
      expect(await inspect(join(folder, 'x.mp4'))).toMatchObject({ state: 'trusted' });
      expect(readdirSync(at.folder).filter((f) => f.endsWith('.part'))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  it('says it when a part of the path is a file', async () => {
    const sealed = await fresh();
    await expect(publish(sealed, join(parent, 'x.mp4'))).rejects.toMatchObject({
      code: expect.stringMatching(/^file\./),
    });
    await publish(sealed, path('x.mp4'));
    expect(readdirSync(at.folder).filter((f) => f.endsWith('.part'))).toEqual([]);
  });
});
