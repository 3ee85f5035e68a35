/**
 * The pictures of the page "Learn" that show the nets at work: a pair of drawn heads is trained from nothing, and at each
 * stage both decoders paint what the encoder made of five moments, and the discriminators say what they think of it.
 *
 *   node scripts/run.mjs training/learn/train.ts [work folder] [threads 2]
 *
 * Goes on where it was stopped. Writes `web/static/learn/` (`net-inputs.webp`, and for each stage and decoder a sheet, marked
 * and labelled like every preview), `web/src/lib/learn/nets.json`, and the log `training/learn/training.csv`.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { benchHome, consentOf } from '../../bench/people.js';
import {
  type ActorState,
  createActor,
  expressionOf,
  performance as perform,
  restState,
  writeActorClip,
} from '../../src/actors/index.js';
import { Random } from '../../src/base/index.js';
import { stopModels } from '../../src/models/index.js';
import { BatchMaker, meanCode, type TrainingSet } from '../../src/synth/swap/batches.js';
import { DRIVE_LENGTH } from '../../src/synth/swap/drive.js';
import { drivenPictures } from '../../src/synth/swap/driven.js';
import { type FaceSet, openFaceSet } from '../../src/synth/swap/face-set.js';
import { allow, type Met, meet } from '../../src/synth/swap/meet.js';
import { buildCodes, buildStep, decode, discriminate, encode } from '../../src/synth/swap/net.js';
import { previewSheet } from '../../src/synth/swap/preview.js';
import { presetOf, projectPaths } from '../../src/synth/swap/project.js';
import { writeTrainingPreview } from '../../src/synth/swap/train-preview.js';
import { trainProject } from '../../src/synth/swap/train-project.js';
import {
  addAll,
  concat,
  createTrainer,
  detach,
  discriminatorLoss,
  type Graph,
  mean,
  mul,
  reshape,
  sigmoid,
  slice,
  sub,
  type Trainer,
  type TrainingGraph,
} from '../../src/tensor/index.js';

const [, , work = '.cache/learn', threads = '2'] = process.argv;
/** Steps after which the nets are looked at. */
const STAGES = [0, 250, 1000];
/** Steps that the discriminators look at what a stage paints, before they are asked. */
const LOOKS = 250;
const PEOPLE = { a: 7, b: 8 } as const;
const SEED = 20261130;
const FPS = 12;
/** Frames for which each moment is held: some may be passed over as alike or blurred. */
const HOLD = 5;
/** How many of the code's numbers are shown. */
const BARS = 24;
const preset = presetOf('standard');
const plane = preset.size ** 2;

const moments: Readonly<Record<string, Partial<ActorState>>> = {
  rest: {},
  talk: { expression: expressionOf({ jawOpen: 0.55 }) },
  smile: {
    expression: expressionOf({
      mouthSmileLeft: 0.9,
      mouthSmileRight: 0.9,
      cheekSquintLeft: 0.5,
      cheekSquintRight: 0.5,
    }),
  },
  turn: { pose: { yaw: 26, pitch: 2, roll: 0 } },
  blink: { expression: expressionOf({ eyeBlinkLeft: 1, eyeBlinkRight: 1 }), pose: { yaw: 0, pitch: -6, roll: 0 } },
};
const names = Object.keys(moments);
const COUNT = names.length;
/** Frames in front of the moments. */
const LIVELY = 16 * FPS;

benchHome();
mkdirSync(work, { recursive: true });
const clipOf = (side: 'a' | 'b'): string => resolve(work, `${side}.mp4`);
const consents = { a: '', b: '' };
for (const side of ['a', 'b'] as const) {
  const seed = PEOPLE[side];
  const lively = perform(seed, { seconds: LIVELY / FPS, fps: FPS, style: 'lively' }).slice(0, LIVELY);
  const { occluder: _, ...around } = lively[0] ?? restState();
  const { pose, expression, gaze } = restState();
  const held = Object.values(moments).flatMap((change) =>
    Array.from({ length: HOLD }, (_, i) => {
      const moment = { ...around, pose, expression, gaze, ...change };
      // Not one frame twice: what is quite alike is passed over.
      return { ...moment, pose: { ...moment.pose, yaw: moment.pose.yaw + 1.5 * (i - 2) } };
    }),
  );
  const states = [...lively, ...held];
  await writeActorClip(clipOf(side), { actor: createActor(seed), states, width: 320, height: 320, fps: FPS });
  consents[side] = await consentOf(clipOf(side), work, `learn-${side}`);
}

const purpose = { use: 'research' };
const sideOf = (side: 'a' | 'b'): { path: string; consent: string } => ({
  path: clipOf(side),
  consent: consents[side],
});
const met: Record<'a' | 'b', Met> = {
  a: await meet(sideOf('a'), 'source', {}),
  b: await meet(sideOf('b'), 'target', {}),
};

/**
 * The discriminators alone learn: recorded pictures of each person against what that person's decoder makes of both. In a
 * training they join late and learn beside the decoders; here they have time to look at what one stage paints.
 */
function buildJudge(g: Graph): TrainingGraph {
  const { batch, size } = preset;
  const halves = (['a', 'b'] as const).map((side) => ({
    side,
    x: g.input(`${side}.input`, [batch, 3, size, size]),
    mask: g.input(`${side}.mask`, [batch, 1, size, size]),
    drive: g.input(`${side}.drive`, [batch, DRIVE_LENGTH]),
    centre: g.input(`mean.${side}`, [1, preset.code]),
  }));
  const losses = halves.flatMap(({ side, x, mask }) =>
    halves.map((from) => {
      const { image } = decode(sub(encode(from.x, preset), from.centre), from.drive, side, preset);
      const made = discriminate(detach(mul(image, from.mask)), side, preset);
      return discriminatorLoss(discriminate(mul(x, mask), side, preset), made);
    }),
  );
  const loss = addAll(losses);
  return { groups: [{ name: 'judge', params: g.params('discriminator.'), loss, beta1: 0.5, beta2: 0.99 }] };
}

/** Ten pictures in: five of a, five of b; both decoders, both discriminators, and the codes. */
function buildLesson(g: Graph): TrainingGraph {
  const both = 2 * COUNT;
  const x = g.input('input', [both, 3, preset.size, preset.size]);
  const drive = g.input('drive', [both, DRIVE_LENGTH]);
  const mask = g.input('mask', [both, 1, preset.size, preset.size]);
  const codes = encode(x, preset);
  const code = concat(
    (['a', 'b'] as const).map((side, i) =>
      sub(
        slice(codes, [{ axis: 0, start: i * COUNT, end: (i + 1) * COUNT }]),
        g.input(`mean.${side}`, [1, preset.code]),
      ),
    ),
    0,
  );
  const pictures: Record<string, ReturnType<typeof encode>> = { code };
  for (const side of ['a', 'b'] as const) {
    const { image } = decode(code, drive, side, preset);
    const judged = (picture: typeof image) =>
      reshape(mean(sigmoid(discriminate(mul(picture, mask), side, preset)), [1, 2, 3]), [both]);
    pictures[`image.${side}`] = image;
    pictures[`made.${side}`] = judged(image);
    pictures[`recorded.${side}`] = judged(x);
  }
  return { pictures };
}

/** The picture of a set that shows each moment. */
function momentsOf(set: FaceSet): number[] {
  return names.map((name, i) => {
    const from = LIVELY + i * HOLD;
    const found = set.index.faces.findIndex(({ frame }) => frame >= from && frame < from + HOLD);
    if (found < 0) throw new Error(`the set has no picture of "${name}"`);
    return found;
  });
}

interface Lesson {
  readonly steps: number;
  /** By person and moment: numbers of the code that differ most between moments, -1 to 1. */
  readonly codes: Readonly<Record<'a' | 'b', readonly (readonly number[])[]>>;
  /** By person and moment, the correlation of the whole code with that of the other person in the same moment. */
  readonly alike: readonly number[];
  /** By decoder, person in and moment: share of patches that are held for recorded. */
  readonly made: Readonly<Record<'a' | 'b', Readonly<Record<'a' | 'b', readonly number[]>>>>;
  /** The same for recorded pictures of the decoder's person. */
  readonly recorded: Readonly<Record<'a' | 'b', readonly number[]>>;
}

const correlation = (a: Float32Array, b: Float32Array): number => {
  const centre = (v: Float32Array): number[] => {
    const m = v.reduce((s, x) => s + x, 0) / v.length;
    return [...v].map((x) => x - m);
  };
  const [p, q] = [centre(a), centre(b)];
  const dot = (u: readonly number[], v: readonly number[]): number => u.reduce((s, x, i) => s + x * (v[i] ?? 0), 0);
  return dot(p, q) / Math.sqrt(dot(p, p) * dot(q, q) || 1);
};
const round = (value: number): number => Math.round(value * 1000) / 1000;

async function lessonOf(trainer: Trainer, steps: number, sets: readonly [FaceSet, FaceSet]): Promise<Lesson> {
  const makers = await Promise.all(
    sets.map(async (set, k) => {
      const training: TrainingSet = { ...set, driven: await drivenPictures(set, sets[1 - k] as FaceSet, {}) };
      return new BatchMaker(
        k === 0 ? 'a' : 'b',
        training,
        Array.from({ length: set.count }, (_, i) => i),
        preset.size,
        preset.batch,
      );
    }),
  );
  const feeds: Record<string, Float32Array> = {
    input: new Float32Array(2 * COUNT * 3 * plane),
    mask: new Float32Array(2 * COUNT * plane),
    drive: new Float32Array(2 * COUNT * DRIVE_LENGTH),
  };
  for (const [k, maker] of makers.entries()) {
    const straight = maker.straight(momentsOf(sets[k] as FaceSet), new Random(1));
    for (const [name, length] of [
      ['input', 3 * plane],
      ['mask', plane],
      ['drive', DRIVE_LENGTH],
    ] as const)
      feeds[name]?.set(straight[`${maker.side}.${name}`] ?? [], k * COUNT * length);
    feeds[`mean.${maker.side}`] = await meanCode(trainer, maker, maker.indices);
  }
  const inputs = feeds['input']?.slice() ?? new Float32Array(0);
  for (let look = 0; look < LOOKS; look++) {
    const random = new Random((SEED ^ Math.imul(look + 1, 0x9e3779b1)) >>> 0);
    const [a, b] = makers.map((maker) => {
      const chosen = Array.from({ length: preset.batch }, () => maker.indices[random.int(maker.indices.length)] ?? 0);
      return maker.straight(chosen, random);
    });
    const means = { 'mean.a': feeds['mean.a']?.slice() ?? inputs, 'mean.b': feeds['mean.b']?.slice() ?? inputs };
    await trainer.step({ ...a, ...b, ...means }, { graph: 'judge', lr: 5e-4 });
  }
  const fetch = ['code', 'image.a', 'image.b', 'made.a', 'made.b', 'recorded.a', 'recorded.b'];
  const { pictures } = await trainer.run(feeds, { graph: 'lesson', ema: true, fetch });
  const data = (name: string): Float32Array => pictures[name]?.data ?? new Float32Array(0);
  const rows = (all: Float32Array, length: number, k: number): Float32Array[] =>
    Array.from({ length: COUNT }, (_, i) => all.slice((k * COUNT + i) * length, (k * COUNT + i + 1) * length));

  if (steps === 0) {
    const sheet = previewSheet(
      [0, 1].map((k) => ({ pictures: rows(inputs, 3 * plane, k) })),
      preset.size,
    );
    const { width, height, pixels } = sheet;
    await sharp(Buffer.from(pixels), { raw: { width, height, channels: 4 } })
      .extract({ left: 0, top: 0, width, height: 2 * preset.size + 2 })
      .removeAlpha()
      .webp({ quality: 82, effort: 6 })
      .toFile('web/static/learn/net-inputs.webp');
  }
  for (const [side, source, target] of [
    ['a', met.a, met.b],
    ['b', met.b, met.a],
  ] as const) {
    const other = side === 'a' ? 'b' : 'a';
    const grant = await allow(['train'], source, consents[side], target, consents[other], purpose);
    const sheet = previewSheet(
      [0, 1].map((k) => ({ pictures: rows(data(`image.${side}`), 3 * plane, k) })),
      preset.size,
    );
    const to = resolve(work, `net-${steps}-${side}.png`);
    await writeTrainingPreview(sheet, to, {
      grant,
      sourceSha256: source.sha256,
      targetSha256: target.sha256,
      preset: preset.id,
      territory: undefined,
    });
    await grant.release();
    copyFileSync(to, `web/static/learn/net-${steps}-${side}.png`);
  }

  const codes = [rows(data('code'), preset.code, 0), rows(data('code'), preset.code, 1)];
  const all = codes.flat();
  const spreads = Array.from({ length: preset.code }, (_, c) => {
    const values = all.map((code) => code[c] ?? 0);
    return { c, spread: Math.max(...values) - Math.min(...values) };
  });
  const shown = spreads
    .sort((p, q) => q.spread - p.spread)
    .slice(0, BARS)
    .sort((p, q) => p.c - q.c);
  const top = Math.max(1e-9, ...all.flatMap((code) => shown.map(({ c }) => Math.abs(code[c] ?? 0))));
  const bars = (k: number): number[][] =>
    (codes[k] ?? []).map((code) => shown.map(({ c }) => round((code[c] ?? 0) / top)));
  const judged = (name: string, k: number): number[] => [...data(name).slice(k * COUNT, (k + 1) * COUNT)].map(round);
  return {
    steps,
    codes: { a: bars(0), b: bars(1) },
    alike: names.map((_, i) =>
      round(correlation(codes[0]?.[i] ?? new Float32Array(1), codes[1]?.[i] ?? new Float32Array(1))),
    ),
    made: {
      a: { a: judged('made.a', 0), b: judged('made.a', 1) },
      b: { a: judged('made.b', 0), b: judged('made.b', 1) },
    },
    recorded: { a: judged('recorded.a', 0), b: judged('recorded.b', 1) },
  };
}

const project = resolve(work, 'project');
const paths = projectPaths(project);
const lessons: Lesson[] = [];
/** Looks at the nets as the latest checkpoint has them; at their first weights where there is none. */
async function look(steps: number): Promise<void> {
  const sets = [await openFaceSet(paths.facesA), await openFaceSet(paths.facesB)] as const;
  const trainer = await createTrainer({
    seed: SEED,
    threads: Number(threads),
    build: (g) => buildStep(g, preset, ['a', 'b'], true),
  });
  try {
    await trainer.addGraph('codes', (g) => buildCodes(g, preset, 16));
    await trainer.addGraph('judge', buildJudge);
    await trainer.addGraph('lesson', buildLesson, { training: false });
    if (steps > 0) await trainer.loadCheckpoint(paths.checkpoints);
    lessons.push(await lessonOf(trainer, steps, sets));
    process.stdout.write(`${steps} steps: ${JSON.stringify(lessons.at(-1))}\n`);
  } finally {
    await trainer.close();
  }
}

for (const steps of STAGES.slice(1)) {
  await trainProject({
    project,
    source: sideOf('a'),
    target: sideOf('b'),
    preset: preset.id,
    seed: SEED,
    steps,
    warm: false,
    ...purpose,
    onProgress: ({ stage, done, total, note }) => {
      if (done % 100 === 0 || done === total) process.stderr.write(`${stage} ${done}/${total} ${note ?? ''}\n`);
    },
  });
  // The first weights are those of the seed: no need to look before the face sets are there.
  if (lessons.length === 0) await look(0);
  await look(steps);
}
copyFileSync(paths.log, 'training/learn/training.csv');
writeFileSync(
  join('web/src/lib/learn', 'nets.json'),
  `${JSON.stringify({ moments: names, size: preset.size, lessons })}\n`,
);
await stopModels();
