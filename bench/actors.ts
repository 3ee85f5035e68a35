/**
 * How well the face engine finds, measures and tells apart the drawn actors, and how fast they are drawn.
 *
 *   node scripts/run.mjs bench/actors.ts [number of actors, 30]
 */
import { type ActorState, createActor, expressionOf, renderActor, restState } from '../src/actors/index.js';
import { type ExpressionName, Random } from '../src/base/index.js';
import { createFaceEngine, eyeOpening, headPose, mouthOpening } from '../src/faces/index.js';
import { stopModels } from '../src/models/index.js';

const COUNT = Number(process.argv[2] ?? 30);
const SIDE = 400;

const both = (name: string, weight: number): Partial<Record<ExpressionName, number>> => ({
  [`${name}Left`]: weight,
  [`${name}Right`]: weight,
});

/** States drawn at random: pose, mouth, lids, smile, brows, gaze, light, background. */
function stateOf(random: Random, scale: number): ActorState {
  const blink = random.float() < 0.3 ? random.range(0.5, 1) : 0;
  const brow = random.range(-1, 1);
  return restState({
    expression: expressionOf({
      jawOpen: random.float() < 0.5 ? random.float() * 0.9 : 0,
      ...both('eyeBlink', blink),
      ...both('mouthSmile', random.float() < 0.4 ? random.float() : 0),
      mouthPucker: random.float() < 0.2 ? random.float() : 0,
      ...both('mouthUpperUp', random.float() < 0.2 ? random.float() * 0.5 : 0),
      browInnerUp: Math.max(0, brow),
      ...both('browDown', Math.max(0, -brow)),
    }),
    pose: { yaw: random.range(-35, 35), pitch: random.range(-18, 18), roll: random.range(-15, 15) },
    gaze: [random.range(-12, 12), random.range(-8, 8)],
    position: [random.range(0.46, 0.54), random.range(0.45, 0.52)],
    scale,
    light: {
      direction: [random.range(-1, 1), random.range(0, 1), 0.8],
      warmth: random.range(-0.6, 0.8),
      intensity: random.range(0.7, 1.15),
    },
    background: { kind: (['gradient', 'bokeh', 'room'] as const)[random.int(3)] as 'room', seed: random.int(1000) },
    time: random.float() * 10,
  });
}

const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;

function correlation(a: readonly number[], b: readonly number[]): number {
  const ma = mean(a);
  const mb = mean(b);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  a.forEach((v, i) => {
    const w = (b[i] as number) - mb;
    ab += (v - ma) * w;
    aa += (v - ma) ** 2;
    bb += w * w;
  });
  return ab / Math.sqrt(aa * bb);
}

/** Share of pairs in which the first is the larger. */
function auc(high: readonly number[], low: readonly number[]): number {
  let wins = 0;
  for (const h of high) for (const l of low) wins += h > l ? 1 : h === l ? 0.5 : 0;
  return wins / (high.length * low.length);
}

const engine = await createFaceEngine();
const random = new Random(5);
const widths = [60, 90, 140, 180, 220, 300];
const missed: number[] = [];
const drawn = new Map<number, { shown: number; found: number }>();
const error = {
  mesh: [] as number[],
  iris: [] as number[],
  yaw: [] as number[],
  pitch: [] as number[],
  roll: [] as number[],
};
const signed = { yaw: [] as number[], pitch: [] as number[], roll: [] as number[] };
const mouth = { truth: [] as number[], found: [] as number[] };
const lids = { truth: [] as number[], found: [] as number[] };
const prints: { who: number; a: Float32Array; b: Float32Array }[] = [];

for (let who = 1; who <= COUNT; who++) {
  const actor = createActor(who);
  for (const width of widths) {
    const state = stateOf(random, width / SIDE);
    const { frame, landmarks } = renderActor(actor, state, { width: SIDE, height: SIDE });
    const seen = drawn.get(width) ?? { shown: 0, found: 0 };
    drawn.set(width, seen);
    seen.shown++;
    const [best] = await engine.detect(frame);
    if (!best) {
      missed.push(who);
      continue;
    }
    const { points } = await engine.landmarks(frame, best);
    const at = (list: Float32Array, i: number): [number, number] => [list[i * 3] as number, list[i * 3 + 1] as number];
    const [lx, ly] = at(landmarks, 468);
    const [rx, ry] = at(landmarks, 473);
    // Between the eyes as they stand in space, so that a turned head does not flatter or blame the points.
    const apart = Math.hypot(lx - rx, ly - ry, (landmarks[468 * 3 + 2] as number) - (landmarks[473 * 3 + 2] as number));
    const off = (from: number, to: number): number => {
      let sum = 0;
      for (let i = from; i < to; i++) {
        const [x, y] = at(landmarks, i);
        const [u, v] = at(points, i);
        sum += Math.hypot(x - u, y - v) / apart;
      }
      return sum / (to - from);
    };
    const mesh = off(0, 468);
    if (mesh > 0.5) {
      missed.push(who);
      continue;
    }
    seen.found++;
    error.mesh.push(mesh);
    error.iris.push(off(468, 478));
    const pose = headPose(points);
    for (const axis of ['yaw', 'pitch', 'roll'] as const) {
      signed[axis].push(pose[axis] - state.pose[axis]);
      error[axis].push(Math.abs(pose[axis] - state.pose[axis]));
    }
    mouth.truth.push(mouthOpening(landmarks));
    mouth.found.push(mouthOpening(points));
    const truth = eyeOpening(landmarks);
    const found = eyeOpening(points);
    lids.truth.push((truth.left + truth.right) / 2);
    lids.found.push((found.left + found.right) / 2);
    if (width >= 90) prints.push({ who, ...(await engine.embed(frame, points)) });
  }
}

const f = (v: number, digits = 3): string => v.toFixed(digits);
console.log(`${COUNT} actors, ${widths.length} states each (yaw +-35, pitch +-18, roll +-15), ${SIDE} x ${SIDE}`);
for (const [width, { shown, found }] of drawn) console.log(`found at ${width} px face width: ${found} of ${shown}`);
if (missed.length > 0) console.log(`missed actors: ${missed.join(' ')}`);
console.log(`mesh points, mean distance / between the eyes: ${f(mean(error.mesh))}; irises ${f(mean(error.iris))}`);
for (const axis of ['yaw', 'pitch', 'roll'] as const)
  console.log(`${axis}: mean error ${f(mean(error[axis]), 1)} degrees, bias ${f(mean(signed[axis]), 1)}`);
const ratio = (m: { truth: number[]; found: number[] }): number => {
  const spread = (list: readonly number[]): number => Math.sqrt(mean(list.map((v) => (v - mean(list)) ** 2)));
  return spread(m.found) / spread(m.truth);
};
console.log(`mouth opening: correlation ${f(correlation(mouth.truth, mouth.found))}, amplitude ${f(ratio(mouth), 2)}`);
console.log(`eye opening: correlation ${f(correlation(lids.truth, lids.found))}, amplitude ${f(ratio(lids), 2)}`);
for (const kind of ['a', 'b'] as const) {
  const same: number[] = [];
  const other: number[] = [];
  prints.forEach((p, i) => {
    for (const q of prints.slice(i + 1)) {
      let dot = 0;
      for (let k = 0; k < p[kind].length; k++) dot += (p[kind][k] as number) * (q[kind][k] as number);
      (p.who === q.who ? same : other).push(dot);
    }
  });
  console.log(
    `identity ${kind}: same ${f(mean(same))}, different ${f(mean(other))} (highest ${f(Math.max(...other))}), AUC ${f(auc(same, other), 4)}`,
  );
}
for (const [width, height, scale] of [
  [640, 360, 0.5],
  [512, 512, 0.5],
  [1280, 720, 0.45],
] as const) {
  const target = new Uint8Array(width * height * 4);
  const actors = [2, 6, 8].map((seed) => createActor(seed));
  for (const actor of actors) renderActor(actor, restState({ scale }), { width, height }, target);
  const before = process.cpuUsage();
  const frames = 30;
  for (let i = 0; i < frames; i++) {
    const pose = { yaw: i - 15, pitch: 0, roll: 0 };
    renderActor(
      actors[i % 3] as (typeof actors)[number],
      restState({ scale, pose, time: i / 25 }),
      { width, height },
      target,
    );
  }
  const used = process.cpuUsage(before);
  console.log(`${width} x ${height}: ${f((used.user + used.system) / 1000 / frames, 1)} ms of CPU a frame`);
}
await engine.close();
await stopModels();
