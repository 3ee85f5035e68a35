/** The compositors of a shot in a thread of their own: the same pictures as in this one, in order, and what goes wrong. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { packageRoot } from '../src/base/index.js';
import { BT709, type Frame, releaseFrame, rgbaToI420, sampleAffine, takeBuffer } from '../src/media/index.js';
import { type CompositeJob, type Compositing, compositeHere, compositeInThread } from '../src/synth/blend/index.js';
import { placeCrop } from '../src/synth/swap/alignment.js';

const SIZE = 96;
const FRAMES = 4;

interface Shot {
  readonly frame: Frame;
  readonly points: Float32Array;
}

/** Some frames of an actor who turns the head. */
function shots(seed: number): Shot[] {
  return Array.from({ length: FRAMES }, (_, i) => {
    const state = restState({ scale: 0.5, pose: { yaw: 4 * i, pitch: 0, roll: 0 } });
    const { frame, landmarks } = renderActor(createActor(seed), state, { width: 240, height: 200 });
    return { frame: rgbaToI420({ ...frame, pixels: frame.pixels.slice() }, BT709), points: landmarks };
  });
}

const targets = shots(11);
const faces = shots(12).map(({ frame, points }) => {
  const image = new Float32Array(3 * SIZE * SIZE);
  sampleAffine(frame, placeCrop(points, SIZE), SIZE, SIZE, image, { layout: 'planar', scale: 1 / 255 });
  return { size: SIZE, image, mask: new Float32Array(SIZE * SIZE).fill(1) };
});

/** A copy in a buffer of the pool, as the decoder hands frames out. */
function lent(frame: Frame): Frame {
  const pixels = takeBuffer(frame.pixels.byteLength);
  pixels.set(frame.pixels);
  return { ...frame, pixels };
}

function job(i: number, change: Partial<CompositeJob> = {}): CompositeJob {
  const { points } = targets[i] as Shot;
  const swapped = faces[i] as (typeof faces)[number];
  return { person: 0, placement: placeCrop(points, SIZE), size: SIZE, swapped, points, cut: i === 0, ...change };
}

let open: Compositing[] = [];
const kept = (compositing: Compositing): Compositing => {
  open.push(compositing);
  return compositing;
};
afterEach(async () => {
  await Promise.all(open.map((c) => c.close()));
  open = [];
});

/** All frames, asked for at once; a border between segments behind the second. */
async function run(compositing: Compositing): Promise<Uint8Array[]> {
  const asked: Promise<Frame>[] = [];
  for (const [i, { frame, points }] of targets.entries()) {
    if (i === 0) await compositing.learn(0, { frame, placement: placeCrop(points, SIZE), size: SIZE, points });
    if (i === 2) void compositing.turn();
    asked.push(compositing.composite(lent(frame), [job(i)]).then((made) => made.frame));
  }
  return (await Promise.all(asked)).map((frame) => frame.pixels.slice());
}

describe('compositing in a thread', () => {
  it('gives the pictures that this thread gives, to the bit', async () => {
    const [here, there] = await Promise.all([run(kept(compositeHere(1))), run(kept(compositeInThread(1)))]);
    expect(there).toEqual(here);
    expect(here[1]).not.toEqual(targets[1]?.frame.pixels);
  });

  it('goes on from a state as if it had not been stopped', async () => {
    const whole = await run(kept(compositeInThread(1)));
    const first = kept(compositeInThread(1));
    const { frame, points } = targets[0] as Shot;
    await first.learn(0, { frame, placement: placeCrop(points, SIZE), size: SIZE, points });
    for (const i of [0, 1]) await first.composite(lent((targets[i] as Shot).frame), [job(i)]);
    const states = await first.turn();
    const second = kept(compositeInThread(1));
    await second.take(states);
    for (const i of [2, 3]) {
      const made = await second.composite(lent((targets[i] as Shot).frame), [job(i)]);
      expect(made.frame.pixels).toEqual(whole[i]);
    }
  });

  it('gives frames back that can be released and used again', async () => {
    const compositing = kept(compositeInThread(1));
    const { frame } = targets[0] as Shot;
    const out = lent(frame);
    const made = await compositing.composite(out, [job(0)]);
    // Its own buffer went to the thread.
    expect(out.pixels.byteLength).toBe(0);
    releaseFrame(made.frame);
    expect(takeBuffer(frame.pixels.byteLength)).toBe(made.frame.pixels);
  });

  it('leaves a frame of which it was asked nothing', async () => {
    const { frame } = targets[0] as Shot;
    const { frame: after, boxes } = await kept(compositeInThread(1)).composite(lent(frame), []);
    expect(boxes).toEqual([]);
    expect(after.pixels).toEqual(frame.pixels);
  });

  it('passes an error on with its code, and goes on', async () => {
    const compositing = kept(compositeInThread(1));
    const wrong = { size: 40, image: new Float32Array(3 * 1600), mask: new Float32Array(1600) };
    const { frame } = targets[0] as Shot;
    const refused = compositing.composite(lent(frame), [job(0, { swapped: wrong })]);
    await expect(refused).rejects.toMatchObject({ code: 'blend.input', message: expect.stringContaining('40 px') });
    await expect(compositing.composite(lent(frame), [job(0)])).resolves.toBeDefined();
    await expect(compositing.composite(lent(frame), [job(0, { person: 3 })])).rejects.toThrow('number 3');
  });

  it('lets a process that waits for its end, and for nothing else, see it', () => {
    const module = pathToFileURL(join(packageRoot, 'dist', 'synth', 'blend', 'compositing.js')).href;
    const program = `
      const { compositeInThread } = await import(${JSON.stringify(module)});
      const compositing = compositeInThread(1);
      await compositing.turn();
      // Answers are on their way while it is closed.
      for (let i = 0; i < 3000; i++) compositing.turn().catch(() => undefined);
      await compositing.close();
      console.log('closed');
    `;
    const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
    expect(ended.stdout).toBe('closed\n');
    // 13: nothing was left that could have ended the wait.
    expect(ended.status).toBe(0);
  });

  it('rejects what waits, and what comes after, when it is closed', async () => {
    const compositing = compositeInThread(1);
    const waits = compositing.composite(lent((targets[0] as Shot).frame), [job(0)]);
    const closed = compositing.close();
    await expect(waits).rejects.toMatchObject({ code: 'blend.stopped' });
    await closed;
    await expect(compositing.turn()).rejects.toMatchObject({ code: 'blend.stopped' });
  });
});
