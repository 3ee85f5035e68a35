/** Cards, proof of the files, and sessions in worker threads. */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { LikenessError, packageRoot, Random, sha256 } from '../src/base/index.js';
import { type Affine, type Frame, rgbaFrame, sampleAffine } from '../src/media/index.js';
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

/** A view of a frame as red, green, blue in 0..255. */
const toRgb = (frame: Frame, view: Affine, size: number): Float32Array =>
  sampleAffine(frame, view, size, size, new Float32Array(3 * size * size), { layout: 'interleaved' });

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

describe('the super-resolution net', () => {
  it('comes nearer to the truth than a plain enlargement', async () => {
    const { frame } = renderActor(createActor(4), restState({ grain: 0 }), { width: 256, height: 256 });
    const sharp = toRgb(frame, [1, 0, 0, 0, 1, 0], 256);
    const half = toRgb(frame, [2, 0, 0.5, 0, 2, 0.5], 128);
    const small = rgbaFrame(
      Uint8Array.from({ length: 4 * 128 * 128 }, (_, i) =>
        i % 4 === 3 ? 255 : (half[3 * (i >> 2) + (i % 4)] as number),
      ),
      128,
      128,
    );
    const plain = toRgb(small, [0.5, 0, -0.25, 0, 0.5, -0.25], 256);
    const net = await openModel('esrgan-x2');
    const { image2x } = await net.run({ image: { dtype: 'float32', dims: [1, 128, 128, 3], data: half } });
    await net.close();
    expect(image2x?.dims).toEqual([1, 256, 256, 3]);
    const off = (picture: Float32Array): number =>
      picture.reduce((sum, value, i) => sum + (value - (sharp[i] as number)) ** 2, 0) / picture.length;
    expect(off(image2x?.data as Float32Array)).toBeLessThan(0.95 * off(plain));
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
