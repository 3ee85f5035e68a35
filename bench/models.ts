/**
 * What every shipped net costs: processor time of one run on one thread, alone and in a batch.
 *
 *   node scripts/run.mjs bench/models.ts
 *
 * Processor time, not the clock, so that other work on the machine matters little; the median of several runs. It holds
 * everything that a call costs: checking, moving the numbers to the worker thread, running, moving them back.
 */
import { Random } from '../src/base/index.js';
import { listModels, type ModelSession, openModel, stopModels, type TensorValue } from '../src/models/index.js';

const RUNS = 30;
const BATCH = 8;

const milliseconds = (usage: NodeJS.CpuUsage): number => (usage.user + usage.system) / 1000;

function noise(session: ModelSession, batch: number): Record<string, TensorValue> {
  const random = new Random(1);
  return Object.fromEntries(
    session.info.inputs.map(({ name, dims: given }) => {
      // Free sizes other than the batch are those of a small picture.
      const dims = given.map((dim, axis) => (dim >= 0 ? dim : axis === 0 ? batch : 64));
      const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.float());
      return [name, { dtype: 'float32', dims, data }];
    }),
  );
}

async function cost(session: ModelSession, batch: number): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const feeds = noise(session, batch);
    const before = process.cpuUsage();
    await session.run(feeds);
    if (i >= 3) times.push(milliseconds(process.cpuUsage(before)) / batch);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] as number;
}

process.stdout.write('net              input            alone     of a batch of 8\n');
for (const card of await listModels()) {
  if (!card.inputs.every((input) => input.dtype === 'float32' && input.dims.length === 4)) continue;
  const session = await openModel(card.id);
  const free = session.info.inputs[0]?.dims[0] === -1;
  const alone = await cost(session, 1);
  const together = free ? `${(await cost(session, BATCH)).toFixed(1)} ms` : '-';
  const size = noise(session, 1)['image']?.dims.slice(1).join('x') ?? '';
  process.stdout.write(`${card.id.padEnd(16)} ${size.padEnd(16)} ${`${alone.toFixed(1)} ms`.padEnd(9)} ${together}\n`);
  await session.close();
}
await stopModels();
