/** Which frames of a film stand for it: spread over all of it, however it was encoded. */
import { afterAll, describe, expect, it } from 'vitest';
import { hashesOf, spreadFrames } from '../src/label/store/frames.js';
import { openVideo } from '../src/media/index.js';
import { numberOf, scratch, steady, writeClip } from './media-clips.js';

const files = scratch();
afterAll(() => files.remove());

async function spread(path: string, count: number): Promise<number[]> {
  const numbers: number[] = [];
  for await (const frame of spreadFrames(path, count)) numbers.push(numberOf(frame));
  return numbers;
}

/** Where equal parts of so many frames have their middles. */
const middles = (frames: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.ceil(((i + 0.5) * frames) / count));

describe('frames that stand for a film', () => {
  it('are the middles of equal parts of a short one', async () => {
    const path = files.at('short.mp4');
    await writeClip(path, steady(60));
    expect(await spread(path, 4)).toEqual(middles(60, 4));
    // What is kept of it is one for every second.
    expect(await hashesOf(path)).toHaveLength(2);
  });

  it('are two at least that are kept, and never more than eight', async () => {
    for (const frames of [12, 50, 100, 250, 600]) {
      const path = files.at(`kept-${frames}.mp4`);
      await writeClip(path, steady(frames));
      const kept = (await hashesOf(path)).length;
      expect(kept, `${frames} frames`).toBeGreaterThanOrEqual(2);
      expect(kept, `${frames} frames`).toBeLessThanOrEqual(Math.max(2, Math.min(8, frames / 25)));
    }
  });

  it.each([
    ['with a key frame every two seconds', 25],
    ['with hardly any key frames', 150],
  ])('are key frames or middles of a longer one %s, each once', async (_, rate) => {
    const path = files.at(`long-${rate}.mp4`);
    const times = Array.from({ length: 250 }, (_, i) => Math.round((i * 1e6) / rate));
    await writeClip(path, times, { last: Math.round(1e6 / rate) });
    const keys = new Set<number>();
    const video = await openVideo(path);
    for (const time of times) keys.add(times.indexOf((await video.keyFrameBefore(time)) ?? -1));
    video.close();
    expect(keys.has(0)).toBe(true);
    const found = await spread(path, 8);
    const middle = middles(250, 8);
    expect(found).toHaveLength(8);
    for (const [i, number] of found.entries()) {
      expect(keys.has(number) || middle.includes(number)).toBe(true);
      expect(number).toBeLessThanOrEqual(middle[i] as number);
      expect(number).toBeGreaterThan(found[i - 1] ?? -1);
    }
    expect(found.filter((number) => keys.has(number)).length).toBe(Math.min(8, keys.size));
  });
});
