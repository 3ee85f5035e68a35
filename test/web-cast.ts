/** What walks through the studio in a browser bring along: people with records, and a look at what is painted. */
import type { Locator } from 'playwright-core';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { createKey, createRecord, type RevocationToken, signRecord, writeEnvelope } from '../src/consent/index.js';
import { analyzeFile, type Identity } from '../src/faces/index.js';

/**
 * A clip of a drawn person and their signed record, both as files outside of the studio.
 *
 * @param at path of a file by its name
 * @param word with it they withdraw
 */
export async function castOnDisk(
  at: (name: string) => string,
  name: string,
  title: string,
  seed: number,
  word?: RevocationToken,
): Promise<void> {
  const states = perform(seed, { seconds: 2, fps: 8, style: 'lively' });
  const clip = at(`${name}.mp4`);
  await writeActorClip(clip, { actor: createActor(seed), states, width: 192, height: 192, fps: 8 });
  const { tracks } = await analyzeFile(clip);
  const faces = (tracks[0]?.faces ?? []).map((f) => f.identity).filter((i): i is Identity => i !== null);
  const key = await createKey(name);
  const record = await createRecord({
    subject: { did: key.did, displayName: title, adult: true },
    faces,
    project: { title: 'Short film' },
    scope: { roles: ['source', 'replaced'], operations: ['train', 'faceSwap'], uses: ['film'] },
    term: { from: new Date(Date.now() - 1000), to: new Date(Date.now() + 86_400_000) },
  });
  await writeEnvelope(at(`${name}.consent.json`), await signRecord(record, key, word));
}

/** Pixels of a canvas that can be seen. */
export const paintedPixels = (canvas: Locator): Promise<number> =>
  canvas.evaluate((node) => {
    // Types of the page are not those of this process.
    const seen = node as unknown as {
      width: number;
      height: number;
      getContext(kind: '2d'): { getImageData(...box: number[]): { data: Uint8ClampedArray } };
    };
    const { data } = seen.getContext('2d').getImageData(0, 0, seen.width, seen.height);
    return data.filter((value, i) => i % 4 === 3 && value > 60).length;
  });
