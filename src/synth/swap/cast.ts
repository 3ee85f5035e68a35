/** Who plays in a swap: the source of each route is looked at, consent asked for, the engine made ready. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LikenessError, likenessHome, sha256File } from '../../base/index.js';
import type { Grant } from '../../consent/index.js';
import type { Analysis } from '../../faces/index.js';
import { languageFor, Marker, watermarkPayload } from '../../label/index.js';
import type { RouteFiles } from './cast-pack.js';
import { swapEngine } from './engine-list.js';
import { enhanced } from './enhance.js';
import { buildFaceSet } from './face-set.js';
import { noteCopy } from './kept-pairs.js';
import { allow, type Met, meet, type Side } from './meet.js';
import { chooseTrack, requireSwappable } from './people.js';
import { projectPaths, readProject } from './project.js';
import type { RenderRoute } from './render.js';
import type { Route, SwapJob, SwapResult } from './swap-job.js';

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

/** The source of a route: a clip, or that of its project. @throws LikenessError `swap.no-source` */
export async function sourceOf(route: Route): Promise<Side> {
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

/** What the marks have to know of a target. */
export const footageOf = ({ media, frames, cuts, tracks }: Analysis): Marker['plan']['footage'] => ({
  width: media.video?.width ?? 0,
  height: media.video?.height ?? 0,
  frames,
  frameRate: media.kind === 'picture' ? 0 : (media.video?.frameRate ?? 25),
  cuts,
  faces: tracks.flatMap((t) => t.faces),
});

/** A route with leave to render it. */
export interface GrantedRoute extends RenderRoute {
  readonly grant: Grant;
}

/** The marks of what this job makes: the same job gives the same marks. */
export function markerFor(
  job: SwapJob,
  analysis: Analysis,
  targetSha256: string,
  routes: readonly GrantedRoute[],
): Marker {
  return new Marker({
    payload: watermarkPayload([
      targetSha256,
      ...routes.flatMap((r) => [r.sourceSha256, r.grant.terms.source.recordDigest, String(r.track.id)]),
      ...job.routes.map((r) => r.engine),
      ...(job.trialSeconds === undefined ? [] : ['trial']),
    ]),
    label: {
      kind: 'corner',
      language: languageFor(job.territory),
      ...job.label,
      // A banner or an end card stands where a trial need not come to.
      ...(job.trialSeconds === undefined ? {} : { kind: 'corner' }),
    },
    footage: footageOf(analysis),
    // Nor is there a notice: the minutes of the film are not those of a part of it.
    notice: {
      when: job.trialSeconds === undefined ? (job.notice ?? 'off') : 'off',
      sound: analysis.media.audio.length > 0,
    },
    duties: routes.flatMap(({ grant: { terms } }) => [...terms.law.required, ...terms.law.defaults]),
  });
}

/** The people, their nets and their grants. */
export interface Cast {
  readonly routes: GrantedRoute[];
  /** Where the files of each route lie. */
  readonly files: RouteFiles[];
  readonly sources: Met[];
  readonly routed: SwapResult['routed'][number][];
  /** What each route's pixels depend on beside its footage. */
  readonly facts: unknown[];
  /** Every grant that was given, also where getting its engine ready failed. */
  readonly given: Grant[];
}

/** Meets the source of each route, asks for consent, and gets its engine ready. */
export async function castRoutes(
  job: SwapJob,
  target: Omit<Met, 'track'>,
  sides: readonly Side[],
  cast: Cast,
): Promise<void> {
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
      job.shared?.work,
    );
    cast.given.push(grant);
    const engine = await swapEngine(route.engine);
    const model = engine.needsTraining ? await trainedPair(route) : null;
    if (model !== null && route.project !== undefined)
      await noteCopy(route.project, [grant.terms.source.recordId, grant.terms.replaced?.recordId ?? '']);
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
    cast.files.push({ faces: sourceFaces, model });
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
