/** A detector that a user brings: its card, its calibration on labelled files, and its place in a check. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { Random } from '../src/base/index.js';
import { type Frame, toRgba } from '../src/media/index.js';
import { modelsFolder } from '../src/models/index.js';
import { addDetector, readLineup } from '../src/verdict/index.js';
import { blobs } from './lab-pictures.js';
import { cli } from './label-cli.js';

let folder: string;
let home: string | undefined;
const at = (name: string): string => join(folder, name);

/** A net that ships, taken for one of the user's: its first class is "drawing", which tells drawn heads from blobs. */
const CARD = {
  id: 'drawn-or-not',
  title: 'Drawn or not',
  asks: 'Is it a drawing?',
  licence: 'MIT',
  model: 'net.onnx',
  speaksFor: 'generated',
  input: {
    name: 'image',
    width: 224,
    height: 224,
    layout: 'nhwc',
    colour: 'rgb',
    mean: [0, 0, 0],
    std: [1, 1, 1],
    crop: 'picture',
  },
  output: { name: 'classes', index: 0, means: 'probability', high: 'synthetic' },
  limits: ['A net for another purpose, for this test.'],
};

/** Uncompressed, so that the size of a file says nothing of what it shows. */
async function put(name: string, frame: Frame): Promise<void> {
  const { pixels, width, height } = toRgba(frame);
  await sharp(pixels, { raw: { width, height, channels: 4 } })
    .tiff({ compression: 'none' })
    .toFile(at(name));
}

const card = (name: string, change: object): string => {
  writeFileSync(at(name), JSON.stringify({ ...CARD, ...change }));
  return at(name);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'likeness-own-'));
  home = process.env['LIKENESS_HOME'];
  process.env['LIKENESS_HOME'] = at('home');
  copyFileSync(join(modelsFolder, 'explicit.onnx'), at('net.onnx'));
  mkdirSync(at('set/real'), { recursive: true });
  mkdirSync(at('set/fake'), { recursive: true });
  const random = new Random(5);
  for (let i = 0; i < 21; i++) {
    const state = restState({
      scale: random.range(0.3, 0.7),
      position: [random.range(0.25, 0.75), random.range(0.35, 0.65)],
      pose: { yaw: random.range(-35, 35), pitch: random.range(-15, 15), roll: random.range(-25, 25) },
    });
    const { frame } = renderActor(createActor(40 + i), state, { width: 128, height: 128 });
    await put(`set/fake/${i}.tiff`, frame);
    await put(`set/real/${i}.tiff`, blobs(600 + i, 128, 128));
  }
}, 120_000);
afterAll(() => {
  if (home === undefined) delete process.env['LIKENESS_HOME'];
  else process.env['LIKENESS_HOME'] = home;
  rmSync(folder, { recursive: true, force: true });
});

describe('a card', () => {
  it.each([
    ['no-id', { id: 'Not Kebab' }, 'detect.card', /id/],
    ['taken', { id: 'provenance' }, 'detect.own', /ships with Likeness/],
    ['outside', { model: '../net.onnx' }, 'detect.card', /file name, beside the card/],
    ['zero', { input: { ...CARD.input, std: [1, 0, 1] } }, 'detect.card', /input\.std/],
    ['no-limits', { limits: [] }, 'detect.card', /limits/],
  ])('that is wrong is refused with the field: %s', async (name, change, code, message) => {
    const failure = addDetector(card(`${name}.json`, change), at('set'));
    await expect(failure).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('whose net does not fit is refused with what the net takes', async () => {
    const wrong = card('wrong.json', { input: { ...CARD.input, name: 'pixels' } });
    await expect(addDetector(wrong, at('set'))).rejects.toMatchObject({
      code: 'models.input',
      message: expect.stringContaining('pixels'),
    });
    expect(existsSync(at('home/detectors'))).toBe(false);
  }, 60_000);
});

describe('a detector of one’s own', () => {
  it('is calibrated, kept, asked by check, and forgotten', async () => {
    const path = card('card.json', {});
    const added = await cli(['lab', 'add', path, '--calibrate', at('set'), '--json']);
    expect(added.stderr).not.toContain('"error"');
    expect(JSON.parse(added.stdout)).toMatchObject({ id: 'drawn-or-not', real: 21, fake: 21 });
    const { detectors, calibration } = await readLineup();
    expect(detectors.map((d) => d.id)).toContain('drawn-or-not');
    // One source: nobody knows how another would behave, so it may never be sure.
    expect(calibration.detectors['drawn-or-not']?.most).toBeLessThanOrEqual(1.5);
    const checked = await cli(['check', at('set/fake/3.tiff'), '--json']);
    const { evidence } = JSON.parse(checked.stdout) as {
      evidence: { detector: string; errorRate: { of: number } | null }[];
    };
    expect(evidence.find((e) => e.detector === 'drawn-or-not')?.errorRate?.of).toBe(21);
    expect((await cli(['lab', 'list'])).stdout).toContain('drawn-or-not');
    // Other bytes than those that were calibrated never run.
    const kept = at('home/detectors/drawn-or-not/model.onnx');
    const bytes = readFileSync(kept);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(kept, bytes);
    const tampered = await cli(['check', at('set/fake/3.tiff')]);
    expect(tampered.code).toBe(5);
    expect((await cli(['lab', 'remove', 'drawn-or-not'])).code).toBe(0);
    expect((await cli(['check', at('set/fake/3.tiff')])).code).not.toBe(5);
  }, 240_000);

  it('is calibrated on re-encoded copies of a set whose classes differ in form, where that is asked for', async () => {
    for (const side of ['real', 'fake']) {
      mkdirSync(at(`leak/${side}`), { recursive: true });
      for (let i = 0; i < 21; i++) {
        const from = at(`set/${side}/${i}.tiff`);
        if (side === 'real')
          await sharp(from)
            .removeAlpha()
            .jpeg()
            .toFile(at(`leak/real/${i}.jpg`));
        else copyFileSync(from, at(`leak/fake/${i}.tiff`));
      }
    }
    const path = card('leak.json', { id: 'by-copies' });
    await expect(addDetector(path, at('leak'))).rejects.toMatchObject({
      code: 'lab.leak',
      message: expect.stringContaining('format'),
      hint: expect.stringContaining('--equalise'),
    });
    const added = await cli(['lab', 'add', path, '--calibrate', at('leak'), '--equalise']);
    expect(added.stdout).toContain('re-encoded copies of 21 genuine and 21 synthetic files');
    expect((await cli(['lab', 'remove', 'by-copies'])).code).toBe(0);
  }, 240_000);

  it('is not calibrated on a handful', async () => {
    mkdirSync(at('few/real'), { recursive: true });
    mkdirSync(at('few/fake'), { recursive: true });
    for (let i = 0; i < 4; i++)
      for (const side of ['real', 'fake']) copyFileSync(at(`set/${side}/${i}.tiff`), at(`few/${side}/${i}.tiff`));
    await expect(addDetector(card('few.json', {}), at('few'))).rejects.toMatchObject({ code: 'lab.few' });
  }, 60_000);
});
