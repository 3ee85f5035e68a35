/**
 * The two jobs of the house, end to end: training a pair (analyze, ask for consent, cut out faces, train) and swapping
 * (analyze, ask for consent, render, seal, publish). The command line and the server call these and nothing below.
 */
import { randomBytes } from 'node:crypto';
import { rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import {
  assertUnchanged,
  type FileWitness,
  LikenessError,
  type LongWork,
  likenessHome,
  sha256File,
  Veil,
  witnessFile,
} from '../../base/index.js';
import {
  authorize,
  ConsentRefusedError,
  type ConsentRule,
  ExplicitWatch,
  type Grant,
  readEnvelope,
  refuseExplicit,
} from '../../consent/index.js';
import { type Analysis, type AnalyzedTrack, cachedAnalysis } from '../../faces/index.js';
import {
  embedXmp,
  inspect,
  type LabelReport,
  languageFor,
  Marker,
  publish,
  seal,
  type VisibleLabelChoice,
  watermarkPayload,
} from '../../label/index.js';
import type { Facts } from '../../law/index.js';
import type { Quality } from '../../media/index.js';
import type { DeviceRequest } from '../../tensor/index.js';
import type { MaskPlace, MaskStroke } from '../mask/index.js';
import { swapEngine } from './engine-list.js';
import { enhanced } from './enhance.js';
import { buildFaceSet } from './face-set.js';
import { refuseOutput, tryOutput } from './output.js';
import { chooseTrack, identitiesOf, requireSwappable } from './people.js';
import { openProject, presetOf, projectPaths, readProject, type SwapProject } from './project.js';
import { type RenderRoute, type RenderStats, renderPicture, renderVideo } from './render.js';
import { renderKey } from './render-key.js';
import { RenderFolder } from './segments.js';
import { type TrainResult, trainPair } from './train.js';

/** Where analyses are kept from run to run. */
const analysisFolder = (): string => join(likenessHome(), 'analysis');

/** Purpose of the work, as the consent records speak of it. */
export interface Purpose {
  /** Dotted, from wide to narrow: `film.short`. */
  readonly use: string;
  /** ISO 3166 code. */
  readonly territory?: string | undefined;
  /** Through what it will be shown: `intranet`. */
  readonly channel?: string | undefined;
  /** What is known where the law of the territory asks. */
  readonly facts?: Facts | undefined;
}

/** One side of the work. */
export interface Side {
  /** The clip (or, for a target, the picture). */
  readonly path: string;
  /** Which person of it; may be left out where there is one. */
  readonly person?: number | undefined;
  /** That person's `*.consent.json`. */
  readonly consent: string;
}

/** What {@link trainProject} needs. */
export interface TrainJob extends LongWork, Purpose {
  readonly project: string;
  readonly source: Side;
  readonly target: Side;
  readonly preset: string;
  readonly seed?: number;
  readonly minutes?: number | undefined;
  readonly steps?: number | undefined;
  readonly warm?: boolean;
  readonly device?: DeviceRequest;
  readonly flip?: number;
}

interface Met {
  readonly path: string;
  readonly sha256: string;
  /** The file as it was before anybody looked at it. */
  readonly witness: FileWitness;
  readonly analysis: Analysis;
  readonly track: AnalyzedTrack;
}

async function meet(side: Side, what: 'source' | 'target', work: LongWork): Promise<Met> {
  const witness = await witnessFile(resolve(side.path));
  const { path, sha256 } = witness;
  const analysis = await cachedAnalysis(path, analysisFolder(), {
    signal: work.signal,
    onProgress: (e) => work.onProgress?.({ ...e, stage: `looking at the ${what}: ${e.stage}` }),
  });
  const track = chooseTrack(analysis, side.person, what);
  requireSwappable(track, side.path);
  await refuseExplicit(path, what, work);
  return { path, sha256, witness, analysis, track };
}

async function allow(
  operation: readonly ('train' | 'faceSwap')[],
  source: Met,
  sourceConsent: string,
  target: Met,
  targetConsent: string,
  purpose: Purpose,
): Promise<Grant> {
  return authorize({
    operation,
    use: purpose.use,
    medium: target.analysis.media.kind === 'picture' ? 'picture' : 'video',
    territory: purpose.territory,
    channel: purpose.channel,
    facts: purpose.facts,
    source: {
      envelope: await readEnvelope(sourceConsent),
      identities: identitiesOf(source.track, source.path),
      footageSha256: source.sha256,
    },
    replaced: {
      envelope: await readEnvelope(targetConsent),
      identities: identitiesOf(target.track, target.path),
      footageSha256: target.sha256,
    },
  });
}

/**
 * Trains a pair, or goes on with it: the source person's face for the target person's movements.
 *
 * @throws LikenessError of the rooms it calls; `consent.*` when a record does not allow it
 */
export async function trainProject(job: TrainJob): Promise<TrainResult & { readonly grant: string }> {
  const preset = presetOf(job.preset);
  const source = await meet(job.source, 'source', job);
  const target = await meet(job.target, 'target', job);
  const grant = await allow(['train'], source, job.source.consent, target, job.target.consent, job);
  const project: SwapProject = {
    version: 1,
    preset: preset.id,
    seed: job.seed ?? 1,
    a: { path: source.path, sha256: source.sha256, track: source.track.id, consent: grant.terms.source.recordDigest },
    b: {
      path: target.path,
      sha256: target.sha256,
      track: target.track.id,
      consent: grant.terms.replaced?.recordDigest ?? '',
    },
  };
  const begun = (await readProject(job.project)) !== null;
  await openProject(job.project, project);
  const paths = projectPaths(job.project);
  try {
    for (const [met, folder] of [
      [source, paths.facesA],
      [target, paths.facesB],
    ] as const)
      await buildFaceSet({
        video: met.path,
        track: met.track,
        folder,
        cropSize: preset.size,
        onProgress: job.onProgress,
        signal: job.signal,
      });
    // What was cut out is what was looked at and asked for.
    for (const met of [source, target]) await assertUnchanged(met.witness);
  } catch (thrown) {
    // A clip that will not do must not bind the folder to itself: the next try comes with another clip.
    if (!begun && thrown instanceof LikenessError && thrown.code === 'faces.too-few') {
      await rm(paths.settings, { force: true });
      for (const folder of [paths.facesA, paths.facesB]) await rm(folder, { recursive: true, force: true });
      await rmdir(dirname(paths.facesA)).catch(() => undefined);
      await rmdir(paths.root).catch(() => undefined);
    }
    throw thrown;
  }
  const { onProgress, signal, minutes, steps, warm, device, flip } = job;
  const result = await trainPair({
    project: job.project,
    grant,
    onProgress,
    signal,
    minutes,
    steps,
    ...(warm === undefined ? {} : { warm }),
    ...(device === undefined ? {} : { device }),
    ...(flip === undefined ? {} : { flip }),
  });
  return { ...result, grant: grant.terms.id };
}

/** One row of the routing table: person of the target -> consent records -> engine. */
export interface Route {
  /** Person of the target; may be left out where there is one and this is the only route. */
  readonly person?: number | undefined;
  /** `gan` needs `project`; `mesh` needs `source`. */
  readonly engine: string;
  readonly project?: string | undefined;
  /** A `.dfm` file, for the `dfm` engine. */
  readonly model?: string | undefined;
  /** True runs a project the other way: the face of its target person onto its source person. */
  readonly reverse?: boolean | undefined;
  /** Left out: the project's own source. */
  readonly source?: string | undefined;
  readonly sourcePerson?: number | undefined;
  readonly sourceConsent: string;
  readonly targetConsent: string;
  /** What somebody painted on the mask of the person who is replaced. */
  readonly strokes?: readonly MaskStroke[] | undefined;
}

/** What {@link swapMedia} needs. */
export interface SwapJob extends LongWork, Purpose {
  readonly target: string;
  readonly routes: readonly Route[];
  readonly out: string;
  readonly quality?: Quality;
  /** 0..1: how far the outline of the face follows the person who comes in. Default 1. */
  readonly outline?: number;
  /** True doubles the swapped faces by super-resolution: for faces much larger than the model. */
  readonly enhance?: boolean;
  /** True replaces a file that is there. */
  readonly overwrite?: boolean;
  /** The visible label: a sign in a corner, in the language of the territory, where left out. */
  readonly label?: Partial<VisibleLabelChoice> | undefined;
  /** Seconds of video between two points from which a stopped render can go on; 4 where left out. */
  readonly segmentSeconds?: number;
  /** Where the masks of all frames are kept, for a page that shows them; left out, they are not. */
  readonly masks?: MaskPlace | undefined;
}

/** What came of a swap. */
export interface SwapResult {
  readonly output: string;
  readonly sidecar: string | null;
  /** What the label's maker should be told, such as a time stamp that could not be had. */
  readonly remarks: readonly string[];
  readonly label: LabelReport;
  readonly stats: RenderStats;
  readonly grants: readonly Grant['terms'][];
  /** Analysis of the target and the routed people, for the report. */
  readonly target: Analysis;
  readonly routed: readonly {
    readonly track: number;
    readonly source: string;
    readonly sourceTrack: AnalyzedTrack;
    readonly engine: string;
  }[];
}

/** Side of the face set that the mesh engine works from. */
const MESH_SIZE = 256;

async function faceSetFor(route: Route, source: Met, job: SwapJob): Promise<string> {
  if (route.project !== undefined) {
    const project = await readProject(route.project);
    const paths = projectPaths(route.project);
    if (route.engine === 'gan' && project?.a.sha256 === source.sha256) return paths.facesA;
    if (route.engine === 'gan' && project?.b.sha256 === source.sha256) return paths.facesB;
  }
  const folder = join(likenessHome(), 'faces', `${source.sha256.slice(0, 24)}-${source.track.id}-${MESH_SIZE}`);
  await buildFaceSet({
    video: source.path,
    track: source.track,
    folder,
    cropSize: MESH_SIZE,
    limit: 600,
    onProgress: job.onProgress,
    signal: job.signal,
  });
  return folder;
}

async function sourceOf(route: Route): Promise<Side> {
  if (route.source !== undefined)
    return { path: route.source, person: route.sourcePerson, consent: route.sourceConsent };
  const project = route.project === undefined ? null : await readProject(route.project);
  if (!project)
    throw new LikenessError(
      'swap.no-source',
      `The route of person ${route.person ?? 1} names neither a source clip nor a trained project.`,
      {
        hint: 'Give --source <clip> (engine mesh) or --project <folder> (engine gan).',
      },
    );
  const from = route.reverse === true ? project.b : project.a;
  return { path: from.path, person: from.track, consent: route.sourceConsent };
}

/** The exported net of a route. */
async function trainedPair(route: Route): Promise<string> {
  if (route.engine === 'dfm' && route.model !== undefined) return route.model;
  const paths = projectPaths(route.project ?? '');
  const file = route.reverse === true ? paths.pairBack : paths.pair;
  if (route.project === undefined || !(await stat(file).catch(() => null)))
    throw new LikenessError('swap.untrained', `${route.project ?? 'The route'} has no trained pair.`, {
      hint: 'Run "likeness train" first, or use --engine mesh for an instant preview.',
    });
  return file;
}

/** The marks of what this job makes: the same job gives the same marks. */
function markerFor(job: SwapJob, analysis: Analysis, targetSha256: string, routes: readonly RenderRoute[]): Marker {
  const { video } = analysis.media;
  return new Marker({
    payload: watermarkPayload([
      targetSha256,
      ...routes.flatMap((r) => [r.sourceSha256, r.grant.terms.source.recordDigest, String(r.track.id)]),
      ...job.routes.map((r) => r.engine),
    ]),
    label: { kind: 'corner', language: languageFor(job.territory), ...job.label },
    footage: {
      width: video?.width ?? 0,
      height: video?.height ?? 0,
      frames: analysis.frames,
      frameRate: analysis.media.kind === 'picture' ? 0 : (video?.frameRate ?? 25),
      cuts: analysis.cuts,
      faces: analysis.tracks.flatMap((t) => t.faces),
    },
    duties: routes.flatMap(({ grant: { terms } }) => [...terms.law.required, ...terms.law.defaults]),
  });
}

/** Rules by which a consent that stood before stands no more; breaking another is a mistake in the command. */
const ENDED: readonly ConsentRule[] = [
  'consent.term',
  'consent.revoked',
  'consent.suspended',
  'consent.superseded',
  'consent.content',
];

/** The people, their nets and their grants. */
interface Cast {
  readonly routes: RenderRoute[];
  readonly sources: Met[];
  readonly routed: SwapResult['routed'][number][];
  /** What each route's pixels depend on beside its footage. */
  readonly facts: unknown[];
  /** Every grant that was given, also where getting its engine ready failed. */
  readonly given: Grant[];
}

/** Meets the source of each route, asks for consent, and gets its engine ready. */
async function castRoutes(job: SwapJob, target: Omit<Met, 'track'>, sides: readonly Side[], cast: Cast): Promise<void> {
  const { routes } = cast;
  for (const [i, route] of job.routes.entries()) {
    const side = sides[i] as Side;
    const track = chooseTrack(target.analysis, route.person, 'target');
    requireSwappable(track, job.target);
    if (routes.some((r) => r.track.id === track.id))
      throw new LikenessError('usage.routes', `Person ${track.id} stands in the routing table twice.`, {
        hint: 'Keep one row per person.',
      });
    const source = await meet(side, 'source', job);
    cast.sources.push(source);
    const grant = await allow(
      ['faceSwap'],
      source,
      route.sourceConsent,
      { ...target, track },
      route.targetConsent,
      job,
    );
    cast.given.push(grant);
    const engine = await swapEngine(route.engine);
    const model = engine.needsTraining ? await trainedPair(route) : null;
    const sourceFaces = await faceSetFor(route, source, job);
    const session = await engine.prepare({ sourceFaces, model, onProgress: job.onProgress, signal: job.signal });
    routes.push({
      track,
      session: job.enhance === true ? await enhanced(session) : session,
      grant,
      sourceSha256: source.sha256,
      strokes: route.strokes,
      ...(job.outline === undefined ? {} : { outline: job.outline }),
    });
    cast.routed.push({ track: track.id, source: source.path, sourceTrack: source.track, engine: route.engine });
    cast.facts.push([
      route.engine,
      model === null ? null : await sha256File(model),
      await sha256File(join(sourceFaces, 'faces.json')),
      grant.terms.source.recordDigest,
      grant.terms.replaced?.recordDigest,
      route.strokes ?? [],
    ]);
  }
}

/**
 * Swaps the routed people of a video or picture, seals the result, and puts it where it belongs. Whoever is in no route
 * is left untouched, to the pixel. A video is kept segment by segment: the same job goes on where it was stopped or killed.
 *
 * @throws LikenessError of the rooms it calls; nothing is left behind at `out`
 */
export async function swapMedia(job: SwapJob): Promise<SwapResult> {
  if (job.routes.length === 0)
    throw new LikenessError('usage.routes', 'The routing table is empty.', { hint: 'Route at least one person.' });
  const sides = await Promise.all(job.routes.map(sourceOf));
  await refuseOutput(job.out, job.overwrite === true, [job.target, ...sides.map((s) => s.path)]);
  const witness = await witnessFile(resolve(job.target));
  const { path: targetPath, sha256 } = witness;
  const analysis = await cachedAnalysis(targetPath, analysisFolder(), {
    signal: job.signal,
    onProgress: (e) => job.onProgress?.({ ...e, stage: `looking at the target: ${e.stage}` }),
  });
  await refuseExplicit(targetPath, 'target', job);
  const target = { path: targetPath, sha256, witness, analysis };
  await tryOutput(job.out);
  const cast: Cast = { routes: [], sources: [], routed: [], facts: [], given: [] };
  let made = false;
  const folder = await RenderFolder.open(target.sha256, job.out);
  try {
    await castRoutes(job, target, sides, cast);
    const marker = markerFor(job, analysis, target.sha256, cast.routes);
    const { tracks, cuts } = analysis;
    const marks = marker.details;
    await folder.begin(renderKey(cast.routes, { target: target.sha256, tracks, cuts, marks, job, facts: cast.facts }));
    const result = await renderAndSeal(job, target, cast, marker, folder);
    made = true;
    await folder.remove();
    return result;
  } catch (thrown) {
    // What was made under a consent that stands no more is not kept for a better day.
    if (thrown instanceof ConsentRefusedError && ENDED.includes(thrown.rule)) await folder.remove();
    if (job.masks !== undefined) await rm(job.masks.folder, { recursive: true, force: true });
    throw thrown;
  } finally {
    for (const r of cast.routes) await r.session.close();
    await folder.close();
    // A grant under which nothing was sealed is free again.
    if (!made) for (const grant of cast.given) await grant.release();
  }
}

async function renderAndSeal(
  job: SwapJob,
  target: Omit<Met, 'track'>,
  { routes, sources, routed }: Cast,
  marker: Marker,
  folder: RenderFolder,
): Promise<SwapResult> {
  const temporary = join(folder.path, `${randomBytes(6).toString('hex')}${extname(job.out).toLowerCase()}`);
  const veil = new Veil();
  const watch = new ExplicitWatch('result');
  try {
    const render = target.analysis.media.kind === 'picture' ? renderPicture : renderVideo;
    const stats = await render({
      marker,
      watch,
      target: target.path,
      targetSha256: target.sha256,
      routes,
      cuts: target.analysis.cuts,
      everybody: target.analysis.tracks,
      out: temporary,
      veil,
      folder,
      masks: job.masks,
      onProgress: job.onProgress,
      signal: job.signal,
      ...(job.quality === undefined ? {} : { quality: job.quality }),
      ...(job.segmentSeconds === undefined ? {} : { segmentSeconds: job.segmentSeconds }),
    });
    for (const met of [target, ...sources]) await assertUnchanged(met.witness);
    await embedXmp(temporary, marker.xmp('Likeness 0.1.0'), veil);
    const grant = routes.map((r) => r.grant);
    const sealed = await seal({
      file: temporary,
      veil,
      parent: target.path,
      grant,
      operation: 'faceSwap',
      title: basename(job.out),
      description: 'Face replaced with documented consent',
      agent: { name: `Likeness ${[...new Set(job.routes.map((r) => r.engine))].join(', ')}`, version: '0.1.0' },
      changes: ['face'],
      ...marker.details,
      inputs: sources.map((s) => s.path),
    });
    const published = await publish(sealed, resolve(job.out));
    return {
      output: published.path,
      sidecar: published.sidecar ?? null,
      remarks: published.remarks,
      label: await inspect(published.path),
      stats,
      grants: grant.map((g) => g.terms),
      target: target.analysis,
      routed,
    };
  } finally {
    await watch.close();
    await rm(temporary, { force: true });
  }
}
