/** Training of a pair: from two face sets to an exported net, with previews, a log, early stop and resume. */
import { LikenessError, type LongWork, Random, writeAtomic } from '../../base/index.js';
import type { Grant } from '../../consent/index.js';
import type { Frame } from '../../media/index.js';
import { chooseDevice, createTrainer, type DeviceRequest, exportOnnx, type Trainer } from '../../tensor/index.js';
import { augmentationAt, BatchMaker, CODE_BATCH, meanCode, meanWho, type TrainingSet } from './batches.js';
import { type LossRow, lossChart } from './chart.js';
import { buildDfm } from './dfm.js';
import { drivenPictures } from './driven.js';
import { openFaceSet } from './face-set.js';
import { buildWho, openIdentityNet } from './identity-loss.js';
import { lockFolder } from './lock.js';
import { buildCodes, buildLook, buildStep, buildSwap } from './net.js';
import type { SwapPreset } from './presets.js';
import { previewSheet } from './preview.js';
import { presetOf, projectPaths, readProject } from './project.js';
import {
  bestAfter,
  cutShort,
  lookEvery,
  mayReplan,
  rateAt,
  replanned,
  stepsWithin,
  TEXTURE_FROM,
} from './train-plan.js';
import { startAs, warmStart } from './warm-start.js';

/** What {@link trainPair} is asked for. */
export interface TrainRequest extends LongWork {
  /** A project folder whose face sets are there. */
  readonly project: string;
  /** For the operation `train`, covering both clips. */
  readonly grant: Grant;
  /** Takes the sheet of every look: it shows faces that were put on others, and goes nowhere without marks and label. */
  readonly writePreview: (sheet: Frame) => Promise<void>;
  /** Time to spend; the preset's own where not said. Ignored where `steps` is given. */
  readonly minutes?: number | undefined;
  /** Exactly so many steps: the same seed then gives the same weights on the same kind of machine. */
  readonly steps?: number | undefined;
  /** False starts from random weights. */
  readonly warm?: boolean;
  /** Where to compute; tried against the processor first, which also takes over where the device fails. */
  readonly device?: DeviceRequest;
  readonly threads?: number;
  /** Probability that a picture is mirrored in the first two thirds (0: faces are not symmetric). */
  readonly flip?: number;
}

/** What came of a training run. */
export interface TrainResult {
  readonly steps: number;
  readonly seconds: number;
  /** Validation loss per person, lower is better; comparable within one pair only. */
  readonly validation: Readonly<Record<string, number>>;
  readonly stoppedEarly: boolean;
  /** The exported pair. */
  readonly pair: string;
  readonly preview: string;
  readonly chart: string;
  readonly warmStart: boolean;
  /** Sentences about what was odd, such as a damaged checkpoint that was passed over. */
  readonly warnings: readonly string[];
}

/** Carried from run to run in the checkpoint. */
interface Progress {
  step: number;
  seconds: number;
  total: number;
  rows: LossRow[];
  best: number;
  bestStep: number;
  warm: boolean;
  /** Whether the plan by minutes was made again from a third of the training. */
  timed?: boolean;
  /** Whether it was cut short because nothing was gained any more. */
  early?: boolean;
  /** Where the first plan by minutes was made. */
  from?: { readonly step: number; readonly seconds: number };
}

const LOOK_BATCH = 8;
/** Steps between two questions whether the consent still stands: well under a minute of work. */
const CONSENT_EVERY = 50;
/** Every tenth picture validates, but never more than 48. */
function divide(count: number): { train: number[]; validate: number[] } {
  const every = Math.max(10, Math.ceil(count / 48));
  const all = Array.from({ length: count }, (_, i) => i);
  const validate = all.filter((i) => i % every === Math.floor(every / 2));
  return { train: all.filter((i) => !validate.includes(i)), validate };
}

/** `LOOK_BATCH` indices, spread over the list. */
const spread = (list: readonly number[], from = 0): number[] =>
  Array.from(
    { length: LOOK_BATCH },
    (_, i) => list[(Math.floor((i * list.length) / LOOK_BATCH) + from) % list.length] ?? 0,
  );

class PairTraining {
  readonly #trainer: Trainer;
  readonly #preset: SwapPreset;
  readonly #makers: readonly [BatchMaker, BatchMaker];
  readonly #validate: readonly [number[], number[]];
  /** Who each person is, for the identity loss. */
  #who: Record<string, Float32Array> = {};

  constructor(trainer: Trainer, preset: SwapPreset, sets: readonly [TrainingSet, TrainingSet]) {
    this.#trainer = trainer;
    this.#preset = preset;
    const parts = sets.map((s) => divide(s.count)) as [ReturnType<typeof divide>, ReturnType<typeof divide>];
    this.#validate = [parts[0].validate, parts[1].validate];
    const { size, batch } = preset;
    this.#makers = [
      new BatchMaker('a', sets[0], parts[0].train, size, batch),
      new BatchMaker('b', sets[1], parts[1].train, size, batch),
    ];
  }

  /** The batch of a step: from a stream of its own, so that a resumed run draws the same pictures. */
  batch(seed: number, step: number, progress: number, flip: number): Record<string, Float32Array> {
    const random = new Random((seed ^ Math.imul(step + 1, 0x9e3779b1)) >>> 0);
    const options = augmentationAt(progress, flip);
    const [a, b] = this.#makers;
    return { ...a.fill(random, options, b), ...b.fill(random, options, a), ...this.#who };
  }

  /** Measures who both are: once, before the first batch. */
  async meet(): Promise<void> {
    for (const maker of this.#makers) this.#who[`${maker.side}.who`] = await meanWho(this.#trainer, maker);
  }

  /** Mean codes of both people with the averaged weights. */
  async means(): Promise<readonly [Float32Array, Float32Array]> {
    const [a, b] = this.#makers;
    return [await meanCode(this.#trainer, a, a.indices), await meanCode(this.#trainer, b, b.indices)];
  }

  /** Validation losses with the averaged weights, and the preview sheet. */
  async look(writePreview: TrainRequest['writePreview']): Promise<Record<'a' | 'b', number>> {
    const rounds = 3;
    const sum = { a: 0, b: 0 };
    const means = await this.means();
    for (let round = 0; round < rounds; round++) {
      const feeds: Record<string, Float32Array> = {};
      for (const [k, maker] of this.#makers.entries()) {
        const straight = maker.straight(spread(this.#validate[k] ?? [0], round), new Random(1));
        for (const name of ['input', 'weight', 'drive'])
          feeds[`${maker.side}.${name}`] = straight[`${maker.side}.${name}`] as Float32Array;
        feeds[`${maker.side}.mean`] = (means[k] as Float32Array).slice();
      }
      // The way back is not shown: a record of somebody who is replaced does not lend their face.
      const fetch = round === 0 ? ['image.a', 'image.b', 'swap.a'] : [];
      const { scalars, pictures } = await this.#trainer.run(feeds, { graph: 'look', ema: true, fetch });
      sum.a += (scalars['loss.a'] ?? 0) / rounds;
      sum.b += (scalars['loss.b'] ?? 0) / rounds;
      if (fetch.length > 0) {
        const n = 3 * this.#preset.size ** 2;
        const cut = (data: Float32Array | undefined): { pictures: Float32Array[] } => ({
          pictures: Array.from({ length: LOOK_BATCH }, (_, i) =>
            (data ?? new Float32Array(n * LOOK_BATCH)).subarray(i * n, (i + 1) * n),
          ),
        });
        const rows = [
          feeds['b.input'],
          pictures['image.b']?.data,
          pictures['swap.a']?.data,
          feeds['a.input'],
          pictures['image.a']?.data,
        ];
        await writePreview(previewSheet(rows.map(cut), this.#preset.size, this.#preset.size < 100 ? 2 : 1));
      }
    }
    return sum;
  }
}

/** Adds the two training graphs and the one that looks. */
async function openTrainer(
  preset: SwapPreset,
  seed: number,
  request: TrainRequest,
): Promise<{ trainer: Trainer; notes: string[] }> {
  const { device, note } = await chooseDevice(request.device ?? 'auto');
  const identity = await openIdentityNet();
  const trainer = await createTrainer({
    seed,
    threads: request.threads ?? 2,
    device,
    build: (g) => buildStep(g, preset, ['a', 'b'], false, identity),
  });
  await trainer.addGraph('texture', (g) => buildStep(g, preset, ['a', 'b'], true, identity));
  await trainer.addGraph('who', (g) => buildWho(g, preset.size, CODE_BATCH, identity));
  await trainer.addGraph('codes', (g) => buildCodes(g, preset, CODE_BATCH));
  await trainer.addGraph('look', (g) => buildLook(g, preset, ['a', 'b'], LOOK_BATCH));
  return { trainer, notes: note === undefined ? [] : [note] };
}

/**
 * Trains the pair of a project, or goes on with it, and exports `pair.onnx` (the source's face from the target's
 * picture). Goes over to its last part early, with the discriminators, when the validation loss has not fallen by half a
 * percent in a fifth of the steps, unless it was told how many to make.
 *
 * A stop by `signal` saves a checkpoint first and rejects with the signal's reason.
 *
 * @throws LikenessError `train.no-project`, `project.busy`, `checkpoint.damaged`, `train.diverged`
 */
export async function trainPair(request: TrainRequest): Promise<TrainResult> {
  const paths = projectPaths(request.project);
  const project = await readProject(request.project);
  if (!project)
    throw new LikenessError('train.no-project', `${request.project} holds no project.`, {
      hint: 'Run "likeness train" with --source and --target.',
    });
  const ask = (): void =>
    request.grant.assertCovers({ operation: 'train', sourceSha256: project.a.sha256, targetSha256: project.b.sha256 });
  ask();
  const preset = presetOf(project.preset);
  const lock = await lockFolder(request.project);
  let trainer: Trainer | null = null;
  try {
    const [a, b] = [await openFaceSet(paths.facesA), await openFaceSet(paths.facesB)];
    const sets = [
      { ...a, driven: await drivenPictures(a, b, request) },
      { ...b, driven: await drivenPictures(b, a, request) },
    ] as const;
    const opened = await openTrainer(preset, project.seed, request);
    trainer = opened.trainer;
    const result = await run(request, project.seed, preset, trainer, new PairTraining(trainer, preset, sets), ask);
    return { ...result, warnings: [...opened.notes, ...result.warnings] };
  } finally {
    await trainer?.close();
    await lock.release();
  }
}

async function run(
  request: TrainRequest,
  seed: number,
  preset: SwapPreset,
  trainer: Trainer,
  pair: PairTraining,
  ask: () => void,
): Promise<TrainResult> {
  const paths = projectPaths(request.project);
  const flip = request.flip ?? 0;
  const resumed = await trainer.loadCheckpoint(paths.checkpoints);
  const state = (resumed?.note as Progress | undefined) ?? {
    step: 0,
    seconds: 0,
    total: 0,
    rows: [],
    best: Number.POSITIVE_INFINITY,
    bestStep: 0,
    warm: false,
  };
  await pair.meet();
  if (!resumed && request.warm !== false) {
    const first = await warmStart(preset);
    if (first) {
      await trainer.load(first);
      const [a, b] = await pair.means();
      startAs(first, { a, b });
      await trainer.load(first);
      state.warm = true;
    }
  }
  if (request.steps !== undefined) state.total = request.steps;
  const limit = (request.minutes ?? preset.minutes) * 60;
  let mark = Date.now();
  const save = async (): Promise<void> => {
    state.seconds += (Date.now() - mark) / 1000;
    mark = Date.now();
    await trainer.saveCheckpoint(paths.checkpoints, state);
  };
  let validation: Record<string, number> = {};
  let sums: Record<string, number> = {};
  let counted = 0;
  // Without a number of steps, the first ones are timed and the plan is made from them, and once more when a third is done; it
  // is then part of the checkpoint, so that a resumed run follows the same schedule.
  const planned = (): number => (state.total > 0 ? state.total : 1e9);
  let timed = 0;
  let next = pair.batch(seed, state.step, state.step / planned(), flip);
  while (state.step < planned()) {
    const progress = state.step / planned();
    const texture = progress >= TEXTURE_FROM;
    const began = Date.now();
    const lr = rateAt(preset, state.step, progress);
    const working = trainer.step(next, {
      lr: { generator: lr, discriminator: lr * 0.5 },
      graph: texture ? 'texture' : 'main',
    });
    next = pair.batch(seed, state.step + 1, (state.step + 1) / planned(), flip);
    const { scalars } = await working;
    state.step++;
    if (!Number.isFinite(scalars['loss:generator'] ?? Number.NaN))
      throw new LikenessError('train.diverged', `The loss became infinite at step ${state.step}.`, {
        hint: 'Run the same command again: it goes on from the last checkpoint.',
      });
    for (const [k, v] of Object.entries(scalars))
      if (k.startsWith('l1.') || k.startsWith('identity.')) sums[k] = (sums[k] ?? 0) + v;
    counted++;
    if (state.total === 0 && state.step > 10) {
      timed += (Date.now() - began) / 1000;
      if (state.step === 40) {
        const seconds = state.seconds + (Date.now() - mark) / 1000;
        state.total = stepsWithin(state.step, limit - seconds, timed / 30);
        state.from = { step: state.step, seconds };
      }
    }
    if (state.step % 20 === 0) {
      const means = Object.fromEntries(Object.entries(sums).map(([k, v]) => [k, v / counted]));
      state.rows.push({
        step: state.step,
        seconds: Math.round(state.seconds + (Date.now() - mark) / 1000),
        values: means,
      });
      sums = {};
      counted = 0;
      request.onProgress?.({
        stage: texture ? 'training, with discriminators' : 'training',
        done: state.step,
        total: state.total,
        unit: 'steps',
        note: Object.entries(means)
          .map(([k, v]) => `${k} ${v.toFixed(4)}`)
          .join(' '),
      });
    }
    if (state.step % CONSENT_EVERY === 0) ask();
    if (request.signal?.aborted) {
      await save();
      request.signal.throwIfAborted();
    }
    if (state.step % lookEvery(state.total) === 0 || state.step === state.total) {
      validation = await pair.look(request.writePreview);
      const loss = (validation['a'] ?? 0) + (validation['b'] ?? 0);
      state.rows.push({
        step: state.step,
        seconds: Math.round(state.seconds),
        values: { 'validation a': validation['a'] ?? 0, 'validation b': validation['b'] ?? 0 },
      });
      Object.assign(state, bestAfter(state, loss, state.step));
      await writeLog(request.project, state.rows);
      if (request.steps === undefined && !state.timed && mayReplan(progress)) {
        // The first steps are slower than the rest.
        const seconds = state.seconds + (Date.now() - mark) / 1000;
        const from = state.from ?? { step: 0, seconds: 0 };
        const each = (seconds - from.seconds) / (state.step - from.step);
        state.total = replanned(state.step, limit - seconds, each);
        state.timed = true;
      }
      const cut = request.steps === undefined ? cutShort(state.step, state.total, state) : null;
      if (cut !== null) {
        state.total = cut;
        state.early = true;
      }
      await save();
    }
  }
  if (Object.keys(validation).length === 0) validation = await pair.look(request.writePreview);
  await writeLog(request.project, state.rows);
  await save();
  const weights = new Map(await trainer.emaWeights());
  const [meanA, meanB] = await pair.means();
  weights.set('mean.a', { shape: [1, preset.code], data: meanA });
  weights.set('mean.b', { shape: [1, preset.code], data: meanB });
  const metadata = { 'likeness.preset': preset.id };
  for (const [file, from, to] of [
    [paths.pair, 'b', 'a'],
    [paths.pairBack, 'a', 'b'],
  ] as const)
    await writeAtomic(
      file,
      exportOnnx((g) => buildSwap(g, preset, from, to, 1), weights, { half: true, metadata }),
    );
  await writeAtomic(
    paths.dfm,
    exportOnnx((g) => buildDfm(g, preset, 'b', 'a'), weights, { opset: 12, metadata }),
  );
  return {
    steps: state.step,
    seconds: Math.round(state.seconds),
    validation,
    stoppedEarly: state.early === true,
    pair: paths.pair,
    preview: paths.preview,
    chart: paths.chart,
    warmStart: state.warm,
    warnings: resumed?.warnings ?? [],
  };
}

/** The log as a table and as a chart. */
async function writeLog(project: string, rows: readonly LossRow[]): Promise<void> {
  const paths = projectPaths(project);
  const names = [...new Set(rows.flatMap((r) => Object.keys(r.values)))];
  const lines = rows.map((r) => [r.step, r.seconds, ...names.map((n) => r.values[n]?.toFixed(6) ?? '')].join(','));
  await writeAtomic(paths.log, `step,seconds,${names.join(',')}\n${lines.join('\n')}\n`);
  await writeAtomic(paths.chart, lossChart(rows, 'Training and validation loss'));
}
