import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, performance, renderActor, restState, writeActorClip } from '../src/actors/index.js';
import { expressionIndex } from '../src/base/index.js';
import { openVideo, probe, toRgba } from '../src/media/index.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'actors-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('clips', () => {
  it('hold the drawn frames and a voice, and tell the truth about each', async () => {
    const path = join(folder, 'one.mp4');
    const actor = createActor(7);
    const states = performance(2, { seconds: 1, fps: 25, style: 'speaking' });
    const seen: number[] = [];
    const truth = await writeActorClip(path, {
      actor,
      states,
      width: 160,
      height: 120,
      fps: 25,
      sound: true,
      onProgress: ({ done }) => seen.push(done),
    });
    const info = await probe(path);
    expect(info.video?.frameCount).toBe(25);
    expect(info.audio.length).toBe(1);
    expect(info.duration).toBeCloseTo(1, 1);
    expect(seen.at(-1)).toBe(25);
    expect(truth.frames).toBe(25);
    expect(truth.heads[0]?.[10]?.expression).toEqual(states[10]?.expression);
    expect(await readdir(folder)).toEqual(['one.mp4']);

    const video = await openVideo(path);
    let index = 0;
    for await (const frame of video.frames()) {
      if (index === 12) {
        const drawn = renderActor(
          actor,
          { ...(states[12] as (typeof states)[number]), time: 12 / 25 },
          { width: 160, height: 120 },
        );
        const decoded = toRgba(frame).pixels;
        let error = 0;
        for (let i = 0; i < decoded.length; i++)
          error += Math.abs((decoded[i] as number) - (drawn.frame.pixels[i] as number));
        expect(error / decoded.length).toBeLessThan(4);
      }
      index++;
    }
    await video.close();
    expect(index).toBe(25);
  });

  it('draw several people, and nothing at all when stopped', async () => {
    const path = join(folder, 'two.mp4');
    const base = { seconds: 0.4, fps: 10 } as const;
    const part = (seed: number, x: number) => ({
      actor: createActor(seed),
      states: performance(seed, { ...base, style: 'still', base: { position: [x, 0.5], scale: 0.3 } }),
    });
    const actors = [part(1, 0.3), part(2, 0.7)];
    const truth = await writeActorClip(path, { actors, width: 200, height: 120, fps: 10 });
    expect(truth.heads.length).toBe(2);
    const x = (h: number): number => truth.heads[h]?.[0]?.landmarks[3] as number;
    expect(x(0)).toBeLessThan(x(1));

    const stopped = join(folder, 'stopped.mp4');
    const stop = new AbortController();
    await expect(
      writeActorClip(stopped, {
        actors,
        width: 200,
        height: 120,
        fps: 10,
        signal: stop.signal,
        onFrame: (i) => {
          if (i === 1) stop.abort();
        },
      }),
    ).rejects.toThrow();
    expect((await readdir(folder)).filter((name) => name.includes('stopped'))).toEqual([]);
  });

  it('refuse to draw nobody', async () => {
    await expect(writeActorClip(join(folder, 'no.mp4'), { actors: [], width: 64, height: 64, fps: 5 })).rejects.toThrow(
      /nobody/,
    );
  });

  it('the voice is loud when the mouth is open and silent when it is shut', async () => {
    const { speakAlong, VOICE_RATE } = await import('../src/actors/voice.js');
    const shut = restState();
    const open = restState();
    open.expression[expressionIndex('jawOpen')] = 0.5;
    const states = [...Array.from({ length: 25 }, () => shut), ...Array.from({ length: 25 }, () => open)];
    const samples = speakAlong(states, 25, 3);
    const power = (from: number, to: number): number =>
      samples.slice(from * VOICE_RATE, to * VOICE_RATE).reduce((sum, v) => sum + v * v, 0);
    expect(samples.length).toBe(2 * VOICE_RATE);
    expect(power(1.2, 1.9)).toBeGreaterThan(100 * power(0.1, 0.8));
  });
});
