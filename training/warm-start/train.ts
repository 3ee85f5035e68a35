/**
 * Step 2 of the warm start: one encoder and one decoder for everybody, trained on the crops of `collect.ts`.
 *
 *   node scripts/run.mjs training/warm-start/train.ts <preset> <steps> [crops] [work folder] [threads 2]
 *
 * Goes on from its last checkpoint when it was stopped. The log (`training.csv`) holds every 20th step; the validation
 * set is every 20th picture. Writes `warm-<preset>.bin` at the end: weights as 16-bit floats with a JSON header.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../src/base/index.js';
import { encodePicture } from '../../src/media/index.js';
import { augmentationAt, BatchMaker, type TrainingSet } from '../../src/synth/swap/batches.js';
import { type DriveReference, normaliseDrive } from '../../src/synth/swap/drive.js';
import { buildLook, buildStep } from '../../src/synth/swap/net.js';
import { previewSheet } from '../../src/synth/swap/preview.js';
import { presetOf } from '../../src/synth/swap/project.js';
import { writeWeights } from '../../src/synth/swap/warm-start.js';
import { createTrainer } from '../../src/tensor/index.js';

const [
  ,
  ,
  presetId = 'standard',
  stepsText = '6000',
  crops = '.cache/warm-start',
  work = `.cache/warm-${presetId}`,
  threads = '2',
] = process.argv;
const preset = presetOf(presetId);
const total = Number(stepsText);
const SEED = 20261122;
mkdirSync(work, { recursive: true });
const info = JSON.parse(readFileSync(join(crops, 'reference.json'), 'utf8')) as {
  size: number;
  margin: number;
  count: number;
  reference: DriveReference;
  drives: number[][];
};
// The pictures are of different people: nobody's own pitch or gaze is known, and these stay absolute.
const reference: DriveReference = {
  ...info.reference,
  neutral: info.reference.neutral.map((v, i) => (i === 1 || (i >= 16 && i <= 19) ? 0 : v)),
};
const set: TrainingSet = {
  size: info.size,
  margin: info.margin,
  count: info.count,
  rgb: readFileSync(join(crops, 'crops.rgb')),
  masks: readFileSync(join(crops, 'masks.bin')),
  drives: info.drives.map((d) => normaliseDrive(Float32Array.from(d), reference)),
};
const all = Array.from({ length: set.count }, (_, i) => i);
const validation = all.filter((i) => i % 20 === 0);
const maker = new BatchMaker(
  'any',
  set,
  all.filter((i) => i % 20 !== 0),
  preset.size,
  preset.batch,
);
const trainer = await createTrainer({
  seed: SEED,
  threads: Number(threads),
  build: (g) => buildStep(g, preset, ['any'], false),
});
const LOOK = 16;
await trainer.addGraph('look', (g) => buildLook(g, preset, ['any'], LOOK));
const resumed = await trainer.loadCheckpoint(join(work, 'checkpoints'));
const note = resumed?.note as { step: number } | undefined;
let step = note?.step ?? 0;
// Every step draws from a stream of its own, so that a resumed run draws the same pictures.
const stream = (at: number): Random => new Random((SEED + at) >>> 0);
const log = join(work, 'training.csv');
if (!existsSync(log)) writeFileSync(log, 'step,seconds,loss,l1,validation\n');

async function look(): Promise<number> {
  let sum = 0;
  // Codes stay as they are here; see `centre` in net.ts.
  const mean = new Float32Array(preset.code);
  let count = 0;
  for (let at = 0; at + LOOK <= validation.length && count < 8; at += LOOK, count++) {
    const feeds = maker.straight(validation.slice(at, at + LOOK), new Random(1));
    const { 'any.input': input, 'any.weight': weight, 'any.drive': drive } = feeds as Record<string, Float32Array>;
    const answer = await trainer.run(
      {
        'any.input': input as Float32Array,
        'any.weight': weight as Float32Array,
        'any.drive': drive as Float32Array,
        'any.mean': mean.slice(),
      },
      { graph: 'look', ema: true, fetch: at === 0 ? ['image.any'] : [] },
    );
    sum += answer.scalars['loss.any'] ?? 0;
    if (at === 0) {
      const n = 3 * preset.size * preset.size;
      const made = answer.pictures['image.any']?.data ?? new Float32Array(0);
      const cut = (a: Float32Array): Float32Array[] =>
        Array.from({ length: 10 }, (_, i) => a.subarray(i * n, (i + 1) * n));
      writeFileSync(
        join(work, 'preview.png'),
        await encodePicture(
          previewSheet([{ pictures: cut(feeds['any.input'] as Float32Array) }, { pictures: cut(made) }], preset.size),
          'png',
        ),
      );
    }
  }
  return sum / count;
}

const started = Date.now();
let losses: number[] = [];
let l1s: number[] = [];
let next = maker.fill(stream(step), augmentationAt(step / total, 0.5), maker);
while (step < total) {
  const progress = step / total;
  const lr =
    preset.learningRate *
    Math.min(1, (step + 1) / 100) *
    (progress < 0.5 ? 1 : 0.05 + 0.95 * 0.5 * (1 + Math.cos(Math.PI * (progress - 0.5) * 2)));
  // The next batch is drawn while this one is worked on.
  const running = trainer.step(next, { lr });
  next = maker.fill(stream(step + 1), augmentationAt((step + 1) / total, 0.5), maker);
  const { scalars } = await running;
  step++;
  losses.push(scalars['loss:generator'] ?? 0);
  l1s.push(scalars['l1.any'] ?? 0);
  if (step % 20 === 0) {
    const mean = (list: number[]): string => (list.reduce((a, b) => a + b, 0) / list.length).toFixed(5);
    const validate = step % 500 === 0 || step === total ? (await look()).toFixed(5) : '';
    appendFileSync(
      log,
      `${step},${((Date.now() - started) / 1000).toFixed(0)},${mean(losses)},${mean(l1s)},${validate}\n`,
    );
    if (step % 100 === 0)
      process.stderr.write(
        `${step}/${total} ${((Date.now() - started) / 1000).toFixed(0)} s loss ${mean(losses)} l1 ${mean(l1s)} ${validate}\n`,
      );
    losses = [];
    l1s = [];
  }
  if (step % 500 === 0 || step === total) {
    await trainer.saveCheckpoint(join(work, 'checkpoints'), { step });
    writeFileSync(join(work, `warm-${preset.id}.bin`), writeWeights(await trainer.emaWeights(), preset.id));
  }
}
await trainer.close();
