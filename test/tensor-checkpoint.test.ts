// Checkpoints: resumed bit for bit, also after kill -9 at any moment; damage is named and the one before is taken.
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import * as t from '../src/tensor/index.js';
import { batchOf, build } from './tensor-small-net.js';

const library = new URL('../dist/tensor/index.js', import.meta.url).href;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-tensor-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

describe('checkpoints', () => {
  it('go on bit for bit, and keep what later graphs will need', async () => {
    const dir = join(folder, 'plain');
    const step = async (tr: t.Trainer, from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) await tr.step({ x: batchOf(2, i) }, { lr: 1e-3 });
    };
    const whole = await t.createTrainer({ build: build(2), seed: 3, worker: false });
    await step(whole, 0, 10);
    const first = await t.createTrainer({ build: build(2), seed: 3, worker: false });
    expect(await first.loadCheckpoint(dir)).toBeUndefined();
    await step(first, 0, 4);
    await first.saveCheckpoint(dir, { data: 4 });
    await first.close();
    // A program that knows a part of the network only, and saves again.
    const part = await t.createTrainer({
      seed: 0,
      worker: false,
      build: (g) => ({ pictures: { y: t.convLayer(g.input('x', [1, 3, 8, 8]), 'net.a', 8, { stride: 2 }) } }),
    });
    await part.loadCheckpoint(dir);
    await part.saveCheckpoint(dir, { data: 4 });
    await part.close();
    const second = await t.createTrainer({ build: build(2), seed: 99, worker: false });
    expect(await second.loadCheckpoint(dir)).toEqual({ note: { data: 4 }, steps: { net: 4 }, warnings: [] });
    await step(second, 4, 10);
    expect(await second.weights()).toEqual(await whole.weights());
    expect(await second.emaWeights()).toEqual(await whole.emaWeights());
    await whole.close();
    await second.close();
  });

  const damage: [string, (path: string) => Promise<void>, RegExp][] = [
    [
      'a changed byte',
      async (p) => {
        const b = await readFile(p);
        b[b.length >> 1] = (b[b.length >> 1] as number) ^ 1;
        await writeFile(p, b);
      },
      /checksum/,
    ],
    ['a cut', async (p) => await truncate(p, 900), /checksum|cut short/],
    ['nothing', async (p) => await truncate(p, 0), /cut short/],
    ['something else', async (p) => await writeFile(p, Buffer.alloc(500, 7)), /not a checkpoint/],
  ];
  it.each(damage)('damaged into %s: named, and the one before is taken', async (name, harm, message) => {
    const dir = join(folder, `damaged ${name}`);
    const trainer = await t.createTrainer({ build: build(2), seed: 3, worker: false });
    for (let i = 1; i <= 3; i++) {
      await trainer.step({ x: batchOf(2) }, { lr: 1e-3 });
      await trainer.saveCheckpoint(dir, i);
    }
    expect((await readdir(dir)).sort()).toEqual(['checkpoint-0000000002.bin', 'checkpoint-0000000003.bin']);
    const newest = join(dir, 'checkpoint-0000000003.bin');
    await harm(newest);
    const found = await trainer.loadCheckpoint(dir);
    expect(found).toMatchObject({ note: 2, steps: { net: 2 } });
    expect(found?.warnings).toHaveLength(1);
    expect(found?.warnings[0]).toContain(newest);
    expect(found?.warnings[0]).toMatch(message);
    // The damaged one is not counted among the two that are kept.
    await trainer.saveCheckpoint(dir, 'next');
    expect((await trainer.loadCheckpoint(dir))?.note).toBe('next');
    for (const f of await readdir(dir)) if (f.endsWith('.bin')) await harm(join(dir, f));
    await expect(trainer.loadCheckpoint(dir)).rejects.toMatchObject({ code: 'checkpoint.damaged' });
    await trainer.close();
  });

  it('of another network are refused and change nothing', async () => {
    const dir = join(folder, 'other');
    const small = await t.createTrainer({ build: build(2), seed: 3, worker: false });
    await small.saveCheckpoint(dir);
    await small.close();
    const other = await t.createTrainer({
      seed: 1,
      worker: false,
      build: (g) => ({ pictures: { y: t.convLayer(g.input('x', [1, 3, 8, 8]), 'net.a', 9) } }),
    });
    const before = await other.weights();
    await expect(other.loadCheckpoint(dir)).rejects.toMatchObject({ code: 'checkpoint.other' });
    expect(await other.weights()).toEqual(before);
    await other.close();
  });

  it('survive kill -9 at any moment: the same weights as an undisturbed run', async () => {
    // Some 3 MB of state, so that many of the kills fall into a write.
    const program = (dir: string): string => `
      import { createHash } from 'node:crypto';
      import * as t from '${library}';
      const trainer = await t.createTrainer({ seed: 11, build: (g) => {
        const x = g.input('x', [4, 64]);
        const h = t.leakyRelu(t.linearLayer(x, 'a', 1500));
        const y = t.linearLayer(h, 'b', 64);
        return { groups: [{ name: 'net', params: g.params(), loss: t.mseLoss(y, x), ema: 0.9 }] };
      } });
      const found = await trainer.loadCheckpoint(${JSON.stringify(dir)});
      if (found?.warnings.length) throw new Error(found.warnings.join());
      for (let i = found ? found.note.next : 0; i < 24; i++) {
        const x = Float32Array.from({ length: 256 }, (_, k) => Math.sin(k * 7.1 + i));
        await trainer.step({ x }, { lr: 1e-3 });
        await trainer.saveCheckpoint(${JSON.stringify(dir)}, { next: i + 1 });
        process.stdout.write('.');
      }
      const hash = createHash('sha256');
      for (const [, w] of await trainer.weights()) hash.update(w.data);
      for (const [, w] of await trainer.emaWeights()) hash.update(w.data);
      console.log('done ' + hash.digest('hex'));
      await trainer.close();`;
    const random = new Random(Date.now());
    /** Runs the program; kills it after so many finished checkpoints and a random moment. */
    const run = async (dir: string, killAfter?: number): Promise<{ text: string; killed: boolean }> => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program(dir)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (b: Buffer) => {
        text += b.toString();
        if (killAfter !== undefined && text.length >= killAfter)
          setTimeout(() => child.kill('SIGKILL'), random.int(30));
      });
      const signal = await new Promise((resolve) => child.on('close', (_, s) => resolve(s)));
      return { text, killed: signal !== null };
    };
    const calm = await run(join(folder, 'calm'));
    expect(calm.text).toMatch(/done [0-9a-f]{64}/);
    const dir = join(folder, 'killed');
    let kills = 0;
    for (let i = 0; i < 5; i++) if ((await run(dir, 1 + random.int(4))).killed) kills++;
    expect(kills).toBeGreaterThan(2);
    const end = await run(dir);
    expect(end.text.length).toBeLessThan(calm.text.length);
    expect(/done ([0-9a-f]{64})/.exec(end.text)?.[1]).toBe(/done ([0-9a-f]{64})/.exec(calm.text)?.[1]);
    expect((await readdir(dir)).filter((f) => f.endsWith('.part'))).toEqual([]);
  }, 300_000);
});
