/** What is kept of a look at a file, so that it need not be looked at again: it holds for that file and for no other. */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { type LongWork, witnessFile } from '../src/base/index.js';
import { refuseExplicit } from '../src/consent/index.js';
import { cachedAnalysis } from '../src/faces/index.js';
import { stopModels } from '../src/models/index.js';
import { temporaryHome } from './consent-people.js';

const { home, folder, remove } = temporaryHome();
const clip = join(folder, 'clip.mp4');
const notes = (): string[] => (existsSync(join(home, 'looked-at')) ? readdirSync(join(home, 'looked-at')) : []);

beforeAll(async () => {
  const states = perform(4, { seconds: 1, fps: 10, style: 'speaking', base: { scale: 0.5 } });
  await writeActorClip(clip, { actor: createActor(4), states, width: 256, height: 192, fps: 10 });
});

afterAll(async () => {
  await stopModels();
  remove();
});

/** Takes the file away while it is looked at, and puts it back, as who shows another one meanwhile would. */
function exchange(): LongWork & { readonly done: () => number } {
  let times = 0;
  return {
    done: () => times,
    onProgress: () => {
      if (times++ > 0) return;
      renameSync(clip, join(folder, 'aside.mp4'));
      renameSync(join(folder, 'aside.mp4'), clip);
    },
  };
}

it('no note is left of a file that was exchanged while it was looked at for explicit content', async () => {
  const work = exchange();
  await expect(refuseExplicit(await witnessFile(clip), 'source', work)).rejects.toMatchObject({ code: 'file.changed' });
  expect(work.done()).toBeGreaterThan(0);
  expect(notes()).toEqual([]);
});

it('no analysis is kept of a file that was exchanged while it was analyzed', async () => {
  const kept = join(folder, 'kept');
  const work = exchange();
  await expect(cachedAnalysis(clip, kept, work)).rejects.toMatchObject({ code: 'file.changed' });
  expect(work.done()).toBeGreaterThan(0);
  expect(existsSync(kept) ? readdirSync(kept) : []).toEqual([]);
});

it('a file that passed is not looked at again', async () => {
  await refuseExplicit(await witnessFile(clip), 'source');
  expect(notes()).toHaveLength(1);
  let looks = 0;
  await refuseExplicit(await witnessFile(clip), 'source', { onProgress: () => void looks++ });
  expect(looks).toBe(0);
});
