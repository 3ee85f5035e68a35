/**
 * Our own swaps and their unswapped twins: what the second logit of the blend net learns from, and is tested on.
 *
 *   node scripts/run.mjs training/detect/twins.ts mesh [--pictures=N] [--rounds=N]
 *   node scripts/run.mjs training/detect/twins.ts gan <a> <b> --steps=N [--pictures=N]     a, b: names of clips without their ending
 *
 * Only generated people and the GRID read-speech corpus take part, with real records under keys of a home of its own
 * (.cache/bench-home); products are sealed as always. The twin of a product is its target with the same kind of visible
 * label, watermark and encoding, so that none of these tells the two apart. What is there already is not made again.
 * Media go to .cache/training/twin-media, with `<name>.json` beside each: engine, source clip, base set, target.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { benchHome, consentOf } from '../../bench/people.js';
import { cachedAnalysis } from '../../src/faces/index.js';
import { Marker, watermarkPayload } from '../../src/label/index.js';
import { BT709, createVideoWriter, openVideo, readPicture, releaseFrame, writePicture } from '../../src/media/index.js';
import { stopModels } from '../../src/models/index.js';
import { projectPaths, swapMedia, trainProject } from '../../src/synth/swap/index.js';

const [, , mode = 'mesh', ...rest] = process.argv;
const numberOf = (flag: string, otherwise: number): number =>
  Number(rest.find((a) => a.startsWith(`--${flag}=`))?.split('=')[1] ?? otherwise);
const names = rest.filter((a) => !a.startsWith('--'));
const data = '../shared/data';
const out = '.cache/training/twin-media';
const records = '.cache/training/twin-records';
const home = benchHome();
mkdirSync(out, { recursive: true });

/** Frames of a clip that are used: three seconds, as long as the clips of the GRID corpus. */
const FRAMES = 75;

/** The beginning of a longer clip, as a file of its own. */
async function beginning(path: string): Promise<string> {
  const to = join('.cache/training/twin-clips', basename(path));
  if (existsSync(to)) return to;
  mkdirSync('.cache/training/twin-clips', { recursive: true });
  const source = await openVideo(path);
  const writer = await createVideoWriter(to, {
    width: source.info.video?.width ?? 0,
    height: source.info.video?.height ?? 0,
    color: source.info.video?.color ?? BT709,
    frameRate: source.info.video?.frameRate ?? 25,
    quality: 'high',
  });
  let i = 0;
  for await (const frame of source.frames()) {
    if (i++ >= FRAMES) break;
    await writer.write(frame);
    releaseFrame(frame);
  }
  await writer.finish();
  source.close();
  return to;
}

const clips: string[] = [];
for (const name of readdirSync(join(data, 'clips')).sort()) {
  const path = join(data, 'clips', name);
  if (/^grid_.*\.mpg$/.test(name)) clips.push(path);
  else if (/^echomimic_drv_[ac]\.mp4$/.test(name)) clips.push(await beginning(path));
}
const nameOf = (path: string): string => basename(path, extname(path));
const baseOf = (path: string): string => {
  const name = nameOf(path);
  return name.startsWith('grid_')
    ? 'grid'
    : name.startsWith('echomimic')
      ? 'echomimic'
      : (path.split('/').at(-3) ?? '');
};

/** The target with label and watermark, not swapped. */
async function plainTwin(target: string, to: string): Promise<void> {
  if (existsSync(to)) return;
  const analysis = await cachedAnalysis(target, join(home, 'analysis'));
  const { video } = analysis.media;
  const marker = new Marker({
    payload: watermarkPayload(['plain twin', nameOf(target)]),
    label: { kind: 'corner', language: 'en' },
    duties: [],
    footage: {
      width: video?.width ?? 0,
      height: video?.height ?? 0,
      frames: analysis.frames,
      frameRate: analysis.media.kind === 'picture' ? 0 : (video?.frameRate ?? 25),
      cuts: analysis.cuts,
      faces: analysis.tracks.flatMap((t) => t.faces),
    },
  });
  if (analysis.media.kind === 'picture') {
    const frame = await readPicture(target);
    marker.apply(frame, 0);
    await writePicture(to, frame);
    return;
  }
  const source = await openVideo(target);
  let writer: Awaited<ReturnType<typeof createVideoWriter>> | null = null;
  let i = 0;
  for await (const frame of source.frames()) {
    writer ??= await createVideoWriter(to, {
      width: frame.width,
      height: frame.height,
      color: frame.color,
      frameRate: video?.frameRate ?? 25,
    });
    marker.apply(frame, i++);
    await writer.write(frame);
    releaseFrame(frame);
  }
  await writer?.finish();
  source.close();
}

/** One product and what it was made of. */
async function product(
  name: string,
  engine: 'mesh' | 'gan',
  source: string,
  target: string,
  project: string | null,
  reverse = false,
): Promise<void> {
  const ending = /\.(mpg|mp4)$/.test(target) ? '.mp4' : '.png';
  const file = join(out, `${name}${ending}`);
  const plain = join(out, `plain-${baseOf(target)}-${nameOf(target)}${ending}`);
  if (!existsSync(file)) {
    const sourceConsent = await consentOf(source, records, nameOf(source));
    const targetConsent = await consentOf(target, records, `${baseOf(target)}-${nameOf(target)}`);
    await swapMedia({
      target,
      out: file,
      use: 'research',
      label: { kind: 'corner', language: 'en' },
      routes: [
        project === null
          ? { engine, source, sourceConsent, targetConsent }
          : { engine, project, reverse, sourceConsent, targetConsent },
      ],
    });
  }
  await plainTwin(target, plain);
  writeFileSync(
    join(out, `${name}.json`),
    JSON.stringify({
      file,
      plain,
      engine,
      source: nameOf(source),
      base: baseOf(target),
      target: nameOf(target),
    }),
  );
}

async function attempt(name: string, work: () => Promise<void>): Promise<void> {
  const begun = performance.now();
  try {
    await work();
    process.stderr.write(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
  } catch (thrown) {
    process.stderr.write(`${name}: left out, ${thrown instanceof Error ? thrown.message : String(thrown)}\n`);
  }
}

const count = numberOf('pictures', 40);
const sets = ['tpdne', 'zoya', 'hard_sg2'].map((set) =>
  readdirSync(join(data, 'faces', set, 'fake'))
    .sort()
    .map((n) => join(data, 'faces', set, 'fake', n)),
);
const pictures = Array.from({ length: count }, (_, i) => sets.map((set) => set[(i * 17) % set.length] ?? '')).flat();

if (mode === 'mesh') {
  for (const [i, target] of pictures.entries()) {
    const source = clips[Math.floor(i / sets.length) % clips.length] ?? '';
    const name = `mesh-${nameOf(source)}-on-${baseOf(target)}-${nameOf(target)}`;
    await attempt(name, () => product(name, 'mesh', source, target, null));
  }
  // Every clip as a target of its neighbour in the list, and, where there is time, of the one after the next.
  for (const step of Array.from({ length: numberOf('rounds', 1) }, (_, r) => 2 * r + 1))
    for (const [i, target] of clips.entries()) {
      const source = clips[(i + step) % clips.length] ?? target;
      const name = `mesh-${nameOf(source)}-on-${nameOf(target)}`;
      await attempt(name, () => product(name, 'mesh', source, target, null));
    }
} else {
  const [a = '', b = ''] = names.map((n) => clips.find((c) => nameOf(c) === n) ?? '');
  const project = join('.cache/training/twin-projects', `${nameOf(a)}-${nameOf(b)}`);
  let last = 0;
  await attempt(`training ${nameOf(a)} ${nameOf(b)}`, async () => {
    if (existsSync(projectPaths(project).pair)) return;
    await trainProject({
      project,
      source: { path: a, consent: await consentOf(a, records, nameOf(a)) },
      target: { path: b, consent: await consentOf(b, records, nameOf(b)) },
      preset: 'draft',
      steps: numberOf('steps', 350),
      use: 'research',
      onProgress: (e) => {
        if (Date.now() - last < 20_000) return;
        last = Date.now();
        process.stderr.write(`${e.stage} ${e.done}/${e.total} ${e.note ?? ''}\n`);
      },
    });
  });
  // Either way round, then both people on everybody else: what drives the net is pose and expression, whoever's.
  const others = [...clips.filter((c) => c !== a && c !== b && baseOf(c) === baseOf(a)), ...pictures];
  const jobs = [[b, false] as const, [a, true] as const, ...others.map((t, i) => [t, i % 2 === 1] as const)];
  for (const [target, reverse] of jobs) {
    const source = reverse ? b : a;
    const name = `gan-${nameOf(source)}-on-${sets.some((set) => set.includes(target)) ? `${baseOf(target)}-` : ''}${nameOf(target)}`;
    await attempt(name, () => product(name, 'gan', source, target, project, reverse));
  }
}
await stopModels();
