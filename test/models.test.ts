/** Cards, proof of the files, and sessions in worker threads. */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LikenessError, packageRoot, Random, sha256 } from '../src/base/index.js';
import {
  listModels,
  type ModelSession,
  modelCard,
  modelsFolder,
  openModel,
  openModelFile,
  stopModels,
  type TensorValue,
  verifyModels,
} from '../src/models/index.js';

const code = (thrown: unknown): string => (thrown instanceof LikenessError ? thrown.code : String(thrown));
const failure = (promise: Promise<unknown>): Promise<LikenessError> =>
  promise.then(
    () => {
      throw new Error('it went through');
    },
    (thrown: unknown) => thrown as LikenessError,
  );

/** A folder with the smallest net and its card, to be damaged. */
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-models-'));
  for (const file of ['selfie.onnx', 'selfie.json']) await copyFile(join(modelsFolder, file), join(folder, file));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const noise = (dims: readonly number[], seed: number): TensorValue => {
  const random = new Random(seed);
  const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.float());
  return { dtype: 'float32', dims, data };
};

describe('cards', () => {
  it('describe every net that ships, byte for byte', async () => {
    const cards = await verifyModels();
    expect(cards.map((card) => card.id)).toEqual(
      expect.arrayContaining([
        'blazeface',
        'face-range',
        'facemesh',
        'faceres',
        'mobilefacenet',
        'selfie',
        'esrgan-x2',
      ]),
    );
    for (const card of cards) {
      const bytes = await readFile(join(modelsFolder, `${card.id}.onnx`));
      expect([card.bytes, card.sha256]).toEqual([bytes.length, sha256(bytes)]);
    }
  });

  it('say of each converted net what the file says of itself', async () => {
    for (const id of ['blazeface', 'face-range', 'facemesh', 'faceres', 'mobilefacenet', 'selfie', 'esrgan-x2']) {
      const session = await openModel(id);
      const plain = (specs: readonly { name: string; dtype: string; dims: readonly number[] }[]): string[] =>
        specs.map(({ name, dtype, dims }) => `${name} ${dtype} ${dims.join('x')}`).sort();
      expect(plain(session.info.inputs), id).toEqual(plain(session.card?.inputs ?? []));
      expect(plain(session.info.outputs), id).toEqual(plain(session.card?.outputs ?? []));
      await session.close();
    }
  });

  it('are refused when they are no cards', async () => {
    await writeFile(join(folder, 'odd.json'), '{"id": "odd"}');
    expect(code(await failure(listModels(folder)))).toBe('models.card');
    await writeFile(join(folder, 'odd.json'), await readFile(join(folder, 'selfie.json')));
    expect((await failure(modelCard('odd', folder))).message).toContain('calls itself "selfie"');
    await rm(join(folder, 'odd.json'));
  });

  it('name the known models where one is unknown', async () => {
    const error = await failure(openModel('selfi'));
    expect([error.code, error.hint]).toEqual(['models.unknown', expect.stringContaining('selfie')]);
  });
});

describe('files', () => {
  it('that were changed in one bit are refused by name, and never run', async () => {
    const path = join(folder, 'selfie.onnx');
    const bytes = await readFile(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    await writeFile(path, bytes);
    for (const attempt of [() => verifyModels(folder), () => openModel('selfie', { folder })]) {
      const error = await failure(attempt());
      expect([error.code, error.message]).toEqual(['models.tampered', expect.stringContaining(path)]);
    }
    await copyFile(join(modelsFolder, 'selfie.onnx'), path);
    await (await openModel('selfie', { folder })).close();
  });

  it('that are missing are refused by name', async () => {
    const path = join(folder, 'selfie.onnx');
    await rm(path);
    for (const attempt of [() => verifyModels(folder), () => openModel('selfie', { folder })]) {
      const error = await failure(attempt());
      expect([error.code, error.message]).toEqual(['models.missing', expect.stringContaining(path)]);
    }
    await copyFile(join(modelsFolder, 'selfie.onnx'), path);
  });

  it('that are no models are refused by name', async () => {
    const path = join(folder, 'text.onnx');
    await writeFile(path, 'this is no model');
    const error = await failure(openModelFile(path));
    expect([error.code, error.message]).toEqual(['models.invalid', expect.stringContaining(path)]);
    expect(code(await failure(openModelFile(path, { sha256: '0'.repeat(64) })))).toBe('models.tampered');
  });
});

describe('a process that exits while a net runs', () => {
  it('ends with its own exit code', () => {
    const models = pathToFileURL(join(packageRoot, 'dist', 'models', 'index.js')).href;
    const script = `
      import { openModel } from ${JSON.stringify(models)};
      const session = await openModel('faceres');
      const dims = [4, 224, 224, 3];
      const image = () => ({ dtype: 'float32', dims, data: new Float32Array(4 * 224 * 224 * 3) });
      for (let i = 0; i < 4; i++) void session.run({ image: image() });
      setTimeout(() => process.exit(3), 40);
    `;
    const run = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
    expect([run.status, run.stderr]).toEqual([3, '']);
  });
});

describe('sessions', () => {
  let session: ModelSession;
  beforeAll(async () => {
    session = await openModel('faceres', { instances: 2 });
  });
  afterAll(() => session.close());
  const dims = (n: number): number[] => [n, 224, 224, 3];

  it('give the same for a batch as for its parts, and for every instance', async () => {
    const parts = [1, 2, 3].map((seed) => noise(dims(1), seed));
    const all = new Float32Array(3 * 224 * 224 * 3);
    for (const [i, part] of parts.entries()) all.set(part.data as Float32Array, i * part.data.length);
    const [batch, ...single] = await Promise.all([
      session.run({ image: { dtype: 'float32', dims: dims(3), data: all } }),
      ...parts.map((image) => session.run({ image })),
    ]);
    const embedding = (out: Record<string, TensorValue>): Float32Array => out['embedding']?.data as Float32Array;
    const joined = single.flatMap((one) => [...embedding(one)]);
    const together = [...embedding(batch as Record<string, TensorValue>)];
    expect(together.length).toBe(3 * 1024);
    const largest = Math.max(...together.map((value, i) => Math.abs(value - (joined[i] as number))));
    expect(largest).toBeLessThan(1e-5);
    expect(Math.max(...together)).toBeGreaterThan(0.1);
  });

  it('take the feeds over unless they are told to keep them', async () => {
    const image = noise(dims(1), 4);
    await session.run({ image }, { keep: true });
    expect(image.data.length).toBe(224 * 224 * 3);
    await session.run({ image });
    expect(image.data.length).toBe(0);
  });

  it('never send along more of a buffer than the feed shows', async () => {
    const wide = noise([2, 224, 224, 3], 5).data as Float32Array;
    await session.run({ image: { dtype: 'float32', dims: dims(1), data: wide.subarray(0, wide.length / 2) } });
    expect(wide.length).toBe(2 * 224 * 224 * 3);
  });

  it('name the input that does not fit', async () => {
    const image = noise([1, 8, 8, 3], 1);
    expect((await failure(session.run({ image }))).message).toContain('input "image" has shape [1, 8, 8, 3]');
    expect((await failure(session.run({}))).message).toContain('input "image" is missing');
    expect((await failure(session.run({ picture: image }))).message).toContain('no input "picture"');
    const short = { ...noise(dims(1), 1), data: new Float32Array(7) };
    expect((await failure(session.run({ image: short }))).message).toContain('holds 7 numbers');
  });

  it('end with one clear error when their thread dies, and others can be opened afterwards', async () => {
    const doomed = await openModel('selfie');
    const under = failure(doomed.run({ image: noise([1, 256, 256, 3], 1) }));
    await stopModels();
    expect(code(await under)).toBe('models.crashed');
    expect(code(await failure(doomed.run({ image: noise([1, 256, 256, 3], 1) })))).toBe('models.crashed');
    await doomed.close();
    expect(code(await failure(doomed.run({ image: noise([1, 256, 256, 3], 1) })))).toBe('models.closed');
    const next = await openModel('selfie');
    const { mask } = await next.run({ image: noise([1, 256, 256, 3], 1) });
    expect(mask?.dims).toEqual([1, 256, 256, 1]);
    await next.close();
  });
});
