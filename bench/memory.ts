/**
 * Peak memory of a whole `likeness swap` against the length of the target: analysis, render, label and quality report, in
 * a process of its own for each length, nothing kept from an earlier run.
 *
 *   node scripts/run.mjs bench/memory.ts [seconds 600] [short seconds 10] [width 640] [height 360] [people 1]
 *
 * The target is ten seconds of a drawn actor, shown forwards and backwards in turn until it is long enough, so that every
 * frame is a moving face and nothing jumps. The engine is `mesh`, the source a drawn clip of six seconds. The process has in its
 * environment what bin/likeness.mjs starts with; `--plain` leaves it out.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createActor, performance as perform, writeActorClip } from '../src/actors/index.js';
import { NATIVE_MEMORY } from '../src/base/index.js';
import { main } from '../src/cli/main.js';
import { analysisKey } from '../src/faces/index.js';
import { createVideoWriter, type Frame, openVideo } from '../src/media/index.js';
import { stopModels } from '../src/models/index.js';
import { benchHome, consentOf } from './people.js';

const FPS = 25;
const DRAWN = 10;
const work = resolve('.cache/bench/memory');
mkdirSync(work, { recursive: true });
const home = benchHome();

/** Draws a clip where it is not there yet. */
async function drawn(seed: number, seconds: number, width: number, height: number): Promise<string> {
  const path = join(work, `actor-${seed}-${width}x${height}-${seconds}.mp4`);
  if (!existsSync(path))
    await writeActorClip(path, {
      actor: createActor(seed),
      states: perform(seed, { seconds, fps: FPS, style: 'speaking' }),
      width,
      height,
      fps: FPS,
      sound: true,
    });
  return path;
}

/** The drawn clip to and fro, `seconds` long. */
async function toAndFro(short: string, seconds: number): Promise<string> {
  const path = short.replace(/-\d+\.mp4$/, `-${seconds}-looped.mp4`);
  if (existsSync(path)) return path;
  const source = await openVideo(short);
  const frames: Frame[] = [];
  for await (const frame of source.frames()) frames.push(frame);
  source.close();
  const [first] = frames;
  if (!first) throw new Error('nothing was drawn');
  const writer = await createVideoWriter(path, { ...first, frameRate: FPS });
  const turn = 2 * frames.length - 2;
  for (let i = 0; i < seconds * FPS; i++) {
    const at = i % turn;
    const frame = frames[at < frames.length ? at : turn - at] as Frame;
    await writer.write({ ...frame, timestamp: Math.round((i * 1e6) / FPS), duration: Math.round(1e6 / FPS) });
  }
  await writer.finish();
  return path;
}

/** The command itself, in this process; its peak on standard output. */
async function child(words: readonly string[]): Promise<void> {
  const sampler = setInterval(() => {
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    if (process.env['BENCH_TRACE'])
      process.stderr.write(
        `rss ${(rss / 2 ** 20).toFixed(0)} heap ${(heapUsed / 2 ** 20).toFixed(0)} external ${(external / 2 ** 20).toFixed(0)} buffers ${(arrayBuffers / 2 ** 20).toFixed(0)}\n`,
      );
  }, 5000);
  const code = await main([...words], {
    stdout: () => undefined,
    stderr: (text) => process.stderr.write(text),
    live: false,
    columns: 80,
    ownsProcess: false,
  });
  clearInterval(sampler);
  process.stdout.write(`${JSON.stringify({ code, peak: process.resourceUsage().maxRSS / 1024 })}\n`);
  await stopModels();
}

async function run(): Promise<void> {
  const plain = process.argv.includes('--plain');
  const [seconds = '600', brief = '10', w = '640', h = '360'] = process.argv
    .slice(2)
    .filter((a) => !a.startsWith('--'));
  const [width, height] = [Number(w), Number(h)];
  const source = await drawn(11, 6, width, height);
  const one = await drawn(12, DRAWN, width, height);
  const consents = {
    source: await consentOf(source, work, 'memory-a'),
    target: await consentOf(one, work, 'memory-b'),
  };
  const peaks: number[] = [];
  for (const length of [Number(brief), Number(seconds)]) {
    const target = await toAndFro(one, length);
    for (const path of [source, target])
      rmSync(join(home, 'analysis', `${await analysisKey(path)}.analysis`), { force: true });
    const out = join(work, 'swapped.mp4');
    const words = [
      ...['swap', target, '--engine', 'mesh', '--source', source, '--out', out, '--overwrite', '--use', 'research'],
      ...['--source-consent', consents.source, '--target-consent', consents.target],
    ];
    const started = performance.now();
    const ended = spawnSync(process.execPath, ['scripts/run.mjs', 'bench/memory.ts', '--child', ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: plain ? process.env : { ...process.env, ...NATIVE_MEMORY },
    });
    const { code, peak } = JSON.parse(ended.stdout) as { code: number; peak: number };
    if (code !== 0) throw new Error(`the swap of ${length} s ended with ${code}`);
    peaks.push(peak);
    process.stdout.write(
      `${length} s, ${width}x${height}: peak ${peak.toFixed(0)} MB, ${((performance.now() - started) / 1000).toFixed(0)} s\n`,
    );
  }
  const [short = 0, long = 0] = peaks;
  process.stdout.write(`ratio ${(long / short).toFixed(2)} (bar 1.15)\n`);
  await stopModels();
}

if (process.argv[2] === '--child') await child(process.argv.slice(3));
else await run();
