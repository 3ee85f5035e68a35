/**
 * How fast `likeness analyze` is against what it cannot do without: decoding, and the nets' own compute.
 *
 *   node scripts/run.mjs bench/analyze.ts [clip] [rounds]
 *
 * Without a clip a drawn one of 1280 x 720 with one person is made (once, kept in `.cache`). In the same run, several
 * times in turn: decode alone; the analysis; each net as often as the analysis ran it, one run after the other. The bar
 * is for the wall clock of a quiet machine; on a busy one the ratio of CPU time says more, and both are printed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createActor, expressionOf, renderActor, restState } from '../src/actors/index.js';
import { packageRoot } from '../src/base/index.js';
import { analyzeVideo, createFaceEngine } from '../src/faces/index.js';
import { BT709, createVideoWriter, openVideo, releaseFrame } from '../src/media/index.js';
import { type ModelSession, openModel, stopModels, type TensorValue } from '../src/models/index.js';

const NETS = ['blazeface', 'face-range', 'facemesh', 'faceres', 'mobilefacenet', 'selfie'] as const;

/** A drawn person who speaks, blinks and turns: 48 drawn frames there and back, 300 frames. */
async function drawnClip(): Promise<string> {
  const path = join(packageRoot, '.cache', 'bench-analyze-720p.mp4');
  if (existsSync(path)) return path;
  const writer = await createVideoWriter(path, {
    width: 1280,
    height: 720,
    color: BT709,
    frameRate: 25,
    quality: 'good',
  });
  const actor = createActor(3);
  const frames: Uint8Array[] = [];
  for (let t = 0; t < 48; t++) {
    const lids = t % 40 < 3 ? 1 : 0;
    const state = {
      ...restState(),
      pose: { yaw: 15 * Math.sin(t / 14), pitch: 6 * Math.sin(t / 11), roll: 4 * Math.sin(t / 17) },
      expression: expressionOf({
        jawOpen: 0.3 * Math.max(0, Math.sin(t * 0.9)),
        eyeBlinkLeft: lids,
        eyeBlinkRight: lids,
      }),
      time: t / 25,
      // The grain of a well exposed clip; more of it makes decoding dear and the comparison easy.
      grain: 0.05,
    };
    frames.push(renderActor(actor, state, { width: 1280, height: 720 }).frame.pixels);
    process.stderr.write(`\rdrawing ${t + 1} of 48`);
  }
  process.stderr.write('\n');
  for (let t = 0; t < 300; t++) {
    const k = t % 94;
    const pixels = frames[k < 48 ? k : 94 - k] as Uint8Array;
    const at = { timestamp: t * 40_000, duration: 40_000, width: 1280, height: 720 };
    await writer.write({ ...at, format: 'rgba', pixels, color: BT709 });
  }
  await writer.finish();
  return path;
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function decodeAlone(path: string): Promise<{ ms: number; cpu: number; frames: number }> {
  const cpu0 = cpu();
  const started = performance.now();
  const video = await openVideo(path);
  let frames = 0;
  for await (const frame of video.frames()) {
    frames++;
    releaseFrame(frame);
  }
  video.close();
  return { ms: performance.now() - started, cpu: cpu() - cpu0, frames };
}

/** Counts how often each net runs, from now on. */
async function countRuns(): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const session = await openModel('selfie');
  const shared = Object.getPrototypeOf(session) as ModelSession;
  const run = shared.run;
  shared.run = function (this: ModelSession, feeds, options) {
    counts.set(this.info.name, (counts.get(this.info.name) ?? 0) + 1);
    return run.call(this, feeds, options);
  };
  await session.close();
  return counts;
}

/** Milliseconds of one run of a net, alone and with its input ready: by the clock and of CPU. */
async function netTime(id: string, rounds: number): Promise<{ ms: number; cpu: number }> {
  const session = await openModel(id);
  const feeds = (): Record<string, TensorValue> =>
    Object.fromEntries(
      session.info.inputs.map(({ name, dims }) => {
        const shape = dims.map((d) => Math.max(1, d));
        const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5);
        return [name, { dtype: 'float32', dims: shape, data } as const];
      }),
    );
  const all = Array.from({ length: rounds + 3 }, feeds);
  let started = 0;
  let cpu0 = 0;
  for (const [i, one] of all.entries()) {
    if (i === 3) {
      started = performance.now();
      cpu0 = cpu();
    }
    await session.run(one);
  }
  const result = { ms: (performance.now() - started) / rounds, cpu: (cpu() - cpu0) / rounds };
  await session.close();
  return result;
}

const path = process.argv[2] ?? (await drawnClip());
const rounds = Number(process.argv[3] ?? 3);
const engine = await createFaceEngine();
const counts = await countRuns();
await analyzeVideo(path, { engine });
const rows: { decode: number; nets: number; analyze: number; cpu: number; ratio: number; cpuRatio: number }[] = [];
let frames = 0;
let detail = '';
for (let round = 0; round < rounds; round++) {
  const decode = await decodeAlone(path);
  frames = decode.frames;
  counts.clear();
  const cpu0 = cpu();
  const started = performance.now();
  const analysis = await analyzeVideo(path, { engine });
  const analyze = performance.now() - started;
  const used = cpu() - cpu0;
  const ran = new Map(counts);
  let [nets, netsCpu] = [0, 0];
  detail = '';
  for (const id of NETS) {
    const each = await netTime(id, 20);
    const times = ran.get(id) ?? 0;
    nets += each.ms * times;
    netsCpu += each.cpu * times;
    detail += `  ${id.padEnd(14)} ${String(times).padStart(5)} runs  ${each.ms.toFixed(2).padStart(6)} ms each\n`;
  }
  const cpuRatio = used / (decode.cpu + netsCpu);
  rows.push({ decode: decode.ms, nets, analyze, cpu: used, ratio: analyze / (decode.ms + nets), cpuRatio });
  if (round === 0) console.log(`${path}: ${frames} frames, ${analysis.tracks.length} person(s)`);
}
const per = (ms: number): string => `${(ms / frames).toFixed(2)} ms a frame`;
console.log(detail.trimEnd());
console.log(`decode alone    ${per(median(rows.map((r) => r.decode)))}`);
console.log(`nets alone      ${per(median(rows.map((r) => r.nets)))}`);
const wall = median(rows.map((r) => r.analyze));
console.log(
  `analyze         ${per(wall)}, ${((1000 * frames) / wall).toFixed(1)} frames/s, ${per(median(rows.map((r) => r.cpu)))} of CPU`,
);
console.log(`analyze against decode + nets: ${median(rows.map((r) => r.ratio)).toFixed(2)} (bar 1.30)`);
console.log(`the same in CPU time: ${median(rows.map((r) => r.cpuRatio)).toFixed(2)}`);
await engine.close();
await stopModels();
