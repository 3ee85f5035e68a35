/**
 * Rendering a swap, in steps: a process makes everything ready once, looks how the film can be shared out, renders one
 * stretch after the other as it is asked to, or puts all of them together, seals and publishes.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type LongWork, type ProgressEvent, sha256File } from '../../base/index.js';
import { knownRecordPath } from '../../consent/index.js';
import { inspect } from '../../label/index.js';
import { projectPaths, type Route, SwapRun } from '../../synth/swap/index.js';
import { dataFolder } from '../database/open.js';
import { openRenderKey } from '../guest/keys.js';
import { lookAtFile } from '../look-at.js';
import type { FromChild, RenderStep } from '../messages.js';
import type { InputOf, MadeFile, SharedPack, SharedPlan, TaskResult } from '../types.js';
import {
  masksOf,
  openStored,
  previewPath,
  readJson,
  segmentsFolder,
  type TaskContext,
  trainingFolder,
  writeJson,
} from './task.js';
import { purposeOf } from './train.js';

/** What a finished render left behind, so that a job that is asked again does not make it twice. */
interface Finished {
  readonly made: MadeFile;
  readonly result: unknown;
}

type Input = InputOf<'render'>;

async function madeFile(path: string, input: Input, job: string): Promise<MadeFile> {
  const poster = join(dataFolder(), 'media', job, 'poster.jpg');
  const info = await lookAtFile(path, poster);
  const stored = `jobs/${job}/${input.out}`;
  return { path: stored, sha256: await sha256File(path), bytes: info.bytes, name: input.out, info };
}

const idOf = (folder: string): string => folder.split(/[\\/]/).at(-1) ?? '';

/**
 * What an earlier process made, or null. One that dies between publishing and telling so leaves a sealed file behind: it
 * is read back and taken as it is, since making it again would count as a second render under the records.
 */
async function madeBefore(input: Input, folder: string): Promise<TaskResult | null> {
  const out = join(folder, input.out);
  const before = (await readJson(folder, 'made.json')) as Finished | null;
  if (before !== null && existsSync(out) && (await sha256File(out)) === before.made.sha256)
    return { ...before, files: [] };
  if (!existsSync(out)) return null;
  const label = await inspect(out);
  if (label.found !== 'label' || label.state === 'invalid' || label.changed) return null;
  const made = await madeFile(out, input, idOf(folder));
  return { made, result: { label: label.sentences, remarks: [], speed: null }, files: [] };
}

/**
 * The engine that makes a route of a job. A trial does not wait for a training: until the pair in `folder` is there, the
 * engine that needs none shows what the shot will be like. A whole film is made as it was asked for, or not at all.
 */
export const engineOf = (engine: string, folder: string, trial: boolean): string =>
  engine === 'gan' && trial && !existsSync(projectPaths(folder).pair) ? 'mesh' : engine;

async function routesOf(input: Input): Promise<Route[]> {
  const routes: Route[] = [];
  for (const route of input.routes) {
    const folder = trainingFolder(input.target, route);
    const engine = engineOf(route.engine, folder, input.trial !== undefined);
    routes.push({
      person: route.person ?? undefined,
      engine,
      project: engine === 'gan' ? folder : undefined,
      source: await openStored(route.source),
      sourcePerson: route.sourcePerson ?? undefined,
      sourceConsent: knownRecordPath(`urn:uuid:${route.sourceConsent}`),
      targetConsent: knownRecordPath(`urn:uuid:${route.targetConsent}`),
      strokes: route.strokes,
    });
  }
  return routes;
}

/** Says whom a trial shows by another engine than the one that was chosen. */
function standIns(input: Input, routes: readonly Route[]): string[] {
  const whom = routes.flatMap(({ engine, person }, i) => (engine === input.routes[i]?.engine ? [] : [person ?? i + 1]));
  return whom.length === 0
    ? []
    : [`The pair of person ${whom.join(', ')} is not trained yet: in this trial the engine "mesh" stands in for it.`];
}

async function openRun(
  input: Input,
  routes: readonly Route[],
  folder: string,
  { work, key }: RenderStep,
  long: LongWork,
): Promise<SwapRun> {
  const { quality, outline, enhance, label, labelLanguage, soundNotice, purpose } = input;
  const job = idOf(folder);
  return SwapRun.open({
    target: await openStored(input.target),
    routes,
    out: join(folder, input.out),
    overwrite: true,
    quality,
    outline,
    enhance,
    label: { kind: label, ...(labelLanguage === null ? {} : { language: labelLanguage as 'en' }) },
    notice: soundNotice,
    ...purposeOf(purpose),
    // Masks are laid over the whole of a target.
    masks: input.trial === undefined ? masksOf(job) : undefined,
    trialSeconds: input.trial,
    shared: {
      folder: segmentsFolder(job),
      work,
      key: await openRenderKey(job, key),
      preview: join(dataFolder(), previewPath(job)),
    },
    ...long,
  });
}

interface Ready {
  readonly work: string;
  /** Whether it was packed for guests, or is too large for that. */
  packed: boolean;
  readonly run: SwapRun;
  /** What is to be said of the film beside the remarks of the run. */
  readonly remarks: readonly string[];
}

/** What this process has ready. */
let ready: Ready | null = null;
/** Told of progress: whoever asked for the latest step. */
let listener: ((event: ProgressEvent) => void) | undefined;

async function runFor(input: Input, folder: string, step: RenderStep, signal: AbortSignal | undefined): Promise<Ready> {
  const { work } = step;
  if (ready !== null && ready.work !== work) await endRender();
  if (ready !== null) return ready;
  const routes = await routesOf(input);
  const run = await openRun(input, routes, folder, step, { signal, onProgress: (event) => listener?.(event) });
  ready = { work, run, packed: false, remarks: standIns(input, routes) };
  return ready;
}

/** Lets go of what is ready for a render. */
export async function endRender(): Promise<void> {
  const { run } = ready ?? {};
  ready = null;
  await run?.close();
}

async function finish({ run, remarks }: Ready, input: Input, folder: string): Promise<TaskResult> {
  const swapped = await run.finish();
  const { touched: _, ...speed } = swapped.stats;
  const finished: Finished = {
    made: await madeFile(join(folder, input.out), input, idOf(folder)),
    result: { label: swapped.label.sentences, remarks: [...remarks, ...swapped.remarks], speed },
  };
  await writeJson(folder, 'made.json', finished);
  return { ...finished, files: [] };
}

/** How the film can be shared out; null where it is as well finished here and now. */
async function planOf(run: SwapRun, job: string, { work, known, packs }: RenderStep): Promise<SharedPlan | null> {
  if (!run.isFilm) return null;
  const { file, stretches } = await run.plan();
  const here = new Set(await readdir(segmentsFolder(job)).catch(() => []));
  const elsewhere = new Set(known);
  const missing: number[] = [];
  let toFetch = false;
  for (const { index, files } of stretches)
    if (!files.every((name) => here.has(name) || elsewhere.has(name))) missing.push(index);
    else toFetch ||= !files.every((name) => here.has(name));
  if (missing.length < 2 && !toFetch) return null;
  const packed = packs && missing.length > 0 ? await run.pack() : null;
  return { work, file, stretches, missing, packed };
}

/**
 * One step of a render. After `planned` and `part` the process keeps what it made ready, for the next one; after an error it
 * lets go of it.
 *
 * @param onPacked told before a stretch that guests can take others now
 */
export async function renderStep(
  input: Input,
  { folder, signal, onProgress }: TaskContext,
  step: RenderStep,
  onPacked: (pack: SharedPack) => void,
): Promise<Extract<FromChild, { type: 'done' | 'planned' | 'part' }>> {
  listener = onProgress;
  try {
    if (typeof step.part === 'number') {
      const made = await runFor(input, folder, step, signal);
      if (step.packs && !made.packed) {
        const pack = await made.run.pack();
        made.packed = true;
        if (pack !== null) onPacked(pack);
      }
      const { files } = await made.run.stretch(step.part);
      return { type: 'part', files };
    }
    const before = await madeBefore(input, folder);
    if (before !== null) {
      await endRender();
      return { type: 'done', result: before };
    }
    const made = await runFor(input, folder, step, signal);
    // A trial is short, and not to wait for whoever is at work on something long.
    const plan = step.part === 'plan' && input.trial === undefined ? await planOf(made.run, idOf(folder), step) : null;
    if (plan !== null) return { type: 'planned', plan };
    const result = await finish(made, input, folder);
    await endRender();
    return { type: 'done', result };
  } catch (thrown) {
    await endRender();
    throw thrown;
  }
}
