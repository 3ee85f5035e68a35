/** Opening a file for all detectors at once: what it holds, who is in it, and the frames that are kept. */
import { statSync } from 'node:fs';
import { fileError, LikenessError, type LongWork } from '../../base/index.js';
import { analyzeVideo, expression, type FaceEngine, faceBox, headPose, type TrackedFace } from '../../faces/index.js';
import { type Frame, probe, readPicture, readSound } from '../../media/index.js';
import { type ModelSession, openModel } from '../../models/index.js';
import type { Material, MotionWindow, Person, SeenFace, Still } from '../types.js';
import { SOUND_RATE, SOUND_SECONDS } from './limits.js';
import { type Appearance, joinAppearances } from './people.js';
import { stillIndices, windowsOf } from './windows.js';

/** What outlives a file: nets that stay open while a folder is looked at. */
export interface Tools {
  readonly engine: FaceEngine;
  /** Opens a shipped net once. */
  net(id: string): Promise<ModelSession>;
  close(): Promise<void>;
}

/** Nets that are opened when first asked for. */
export function shareNets(engine: FaceEngine): Tools {
  const open = new Map<string, Promise<ModelSession>>();
  return {
    engine,
    net: (id) => {
      const known = open.get(id) ?? openModel(id, { threads: 2 });
      open.set(id, known);
      return known;
    },
    close: async () => {
      const all = await Promise.allSettled(open.values());
      await Promise.all(all.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
      await engine.close();
    },
  };
}

const kept = (frame: Frame): Frame => ({ ...frame, pixels: frame.pixels.slice() });

/** Faces below this confidence of the mesh net are no faces. */
const SURE = 0.5;

async function pictureStills(path: string, engine: FaceEngine): Promise<{ stills: Still[]; people: Person[] }> {
  const frame = await readPicture(path);
  const seen: Omit<SeenFace, 'person'>[] = [];
  for (const found of await engine.detect(frame)) {
    const { points, confidence } = await engine.landmarks(frame, found);
    if (confidence < SURE) continue;
    const face = { box: faceBox(points), landmarks: points, pose: headPose(points), confidence };
    seen.push({ face: { ...face, expression: expression(face.landmarks, face.pose), identity: null, occlusion: 0 } });
  }
  seen.sort((a, b) => b.face.box.width - a.face.box.width);
  const faces = seen.map(({ face }, i) => ({ person: i + 1, face }));
  const people = faces.map(({ person, face }) => ({ id: person, width: face.box.width, stills: [0] }));
  return { stills: [{ frame, time: 0, faces }], people };
}

interface Followed {
  readonly window: MotionWindow;
  readonly stills: readonly { readonly index: number; readonly frame: Frame }[];
}

async function follow(path: string, seconds: number, tools: Tools, work: LongWork): Promise<Followed[]> {
  const windows = windowsOf(seconds);
  const followed: Followed[] = [];
  const rate = (await probe(path)).video?.frameRate || 25;
  for (const [i, span] of windows.entries()) {
    work.signal?.throwIfAborted();
    const whole = windows.length === 1;
    const frames = Math.max(1, Math.round((span[1] - span[0]) * rate));
    const wanted = new Set(stillIndices(frames, windows.length));
    const stills: { index: number; frame: Frame }[] = [];
    const analysis = await analyzeVideo(path, {
      engine: tools.engine,
      masks: false,
      small: false,
      ...(whole ? {} : { range: { fromUs: Math.round(span[0] * 1e6), toUs: Math.round(span[1] * 1e6) } }),
      onFrame: (index, frame) => {
        if (wanted.has(index)) stills.push({ index, frame: kept(frame) });
      },
      onProgress: (e) => {
        if (e.unit === 'frames')
          work.onProgress?.({
            stage: 'following faces',
            done: i * frames + e.done,
            total: windows.length * frames,
            unit: 'frames',
          });
      },
      signal: work.signal,
    });
    followed.push({ window: { span, analysis, people: [] }, stills });
  }
  return followed;
}

const faceAt = (faces: readonly TrackedFace[], frame: number): TrackedFace | undefined =>
  faces.find((f) => f.frame === frame && !f.interpolated);

function joined(followed: readonly Followed[]): { stills: Still[]; people: Person[]; motion: MotionWindow[] } {
  const tracks = followed.flatMap(({ window }, w) =>
    window.analysis.tracks.map((track, t) => {
      const widths = track.faces.map((f) => f.box.width).sort((a, b) => a - b);
      const appearance: Appearance = {
        window: w,
        width: widths[widths.length >> 1] ?? 0,
        frames: track.faces.length,
        identity: track.identity,
      };
      return { w, t, appearance };
    }),
  );
  const groups = joinAppearances(tracks.map((t) => t.appearance));
  const personOf = (w: number, t: number): number =>
    1 + groups.findIndex((g) => g.appearances.some((i) => tracks[i]?.w === w && tracks[i]?.t === t));
  const stills = followed.flatMap(({ window, stills: frames }, w) =>
    frames.map(({ index, frame }): Still => {
      const faces = window.analysis.tracks.flatMap((track, t) => {
        const face = faceAt(track.faces, index);
        return face === undefined ? [] : [{ person: personOf(w, t), face }];
      });
      return { frame, time: frame.timestamp / 1e6, faces };
    }),
  );
  const people = groups.map((g, i) => ({
    id: i + 1,
    width: g.width,
    stills: stills.flatMap((s, k) => (s.faces.some((f) => f.person === i + 1) ? [k] : [])),
  }));
  const motion = followed.map(({ window }, w) => ({
    ...window,
    people: window.analysis.tracks.map((_, t) => personOf(w, t)),
  }));
  return { stills, people, motion };
}

/**
 * Opens a file for the detectors: a picture with its faces, up to eight frames of a video with the people followed
 * through it, or sound.
 *
 * @throws LikenessError `media.*` for files that cannot be read or hold nothing to look at, `file.*`; `AbortError`
 */
export async function openMaterial(path: string, tools: Tools, work: LongWork = {}): Promise<Material> {
  try {
    if (!statSync(path).isFile())
      throw new LikenessError('file.kind', `${path} is a folder or no regular file.`, { hint: 'Name a file.' });
  } catch (cause) {
    throw fileError(path, 'checking it', cause);
  }
  const info = await probe(path);
  let sound: Promise<Float32Array | null> | null = null;
  const common = {
    path,
    info,
    net: tools.net,
    copy: 'original' as const,
    sound: () => {
      sound ??= readSound(path, SOUND_RATE, SOUND_SECONDS);
      return sound;
    },
  };
  if (info.kind === 'audio' || (info.kind === 'video' && info.video === null))
    return { ...common, medium: 'sound', stills: [], people: [], motion: [] };
  if (info.kind === 'picture')
    return { ...common, medium: 'picture', motion: [], ...(await pictureStills(path, tools.engine)) };
  return { ...common, medium: 'video', ...joined(await follow(path, info.duration, tools, work)) };
}
