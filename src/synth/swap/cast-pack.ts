/**
 * What a machine elsewhere needs of a film beside its file, to render a stretch of it: where the faces are, the pictures of
 * the people who come in, their nets, the marks. Packed where everybody was looked at and consent was given; every piece is
 * locked with a key of this render alone. No identity goes in: nobody can be recognised by what is in it.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { fileError, LikenessError } from '../../base/index.js';
import type { Analysis, AnalyzedTrack } from '../../faces/index.js';
import type { Marker } from '../../label/index.js';
import type { Quality } from '../../media/index.js';
import type { MaskStroke } from '../mask/index.js';
import type { RenderFolder } from './render-folder.js';
import type { Stretch } from './stretches.js';

/** Raised whenever the shape of what is packed changes. */
const VERSION = 1;

/** Faces and bytes beyond which a film is not packed: all of it is in memory at once. */
const MOST_FACES = 50_000;
const MOST_BYTES = 2 ** 30;

/** The files of a face set. */
const FACE_FILES = ['faces.json', 'crops.rgb', 'masks.bin', 'points.f32'] as const;

/** Somebody who comes in. */
export interface PackedRoute {
  /** Person of the target. */
  readonly track: number;
  readonly engine: string;
  readonly sourceSha256: string;
  /** Whether there is a trained net. */
  readonly trained: boolean;
  readonly strokes: readonly MaskStroke[];
}

/** The facts of a film; the files of its people are pieces of their own. */
export interface PackedFilm {
  readonly targetSha256: string;
  /** Of the target; nobody in it has an identity. */
  readonly analysis: Analysis;
  readonly stretches: readonly Stretch[];
  /** What the marks are made of; all but where the faces are, which the analysis says. */
  readonly marks: Omit<Marker['plan'], 'footage'>;
  readonly routes: readonly PackedRoute[];
  readonly outline: number | null;
  readonly enhance: boolean;
  readonly quality: Quality | null;
  /** Its ending decides the container. */
  readonly out: string;
  /** Whether the masks of its frames are kept. */
  readonly masks: boolean;
}

/** Where the files of a route lie on this disk. */
export interface RouteFiles {
  /** Folder of the face set. */
  readonly faces: string;
  readonly model: string | null;
}

const NOBODY = { a: new Float32Array(0), b: new Float32Array(0) };

/** A person without what they could be recognised by. */
const anonymous = (track: AnalyzedTrack): AnalyzedTrack => ({
  ...track,
  identity: NOBODY,
  faces: track.faces.map((face) => ({ ...face, identity: null })),
});

const pieceOf = (route: number, name: string): string => `route ${route} ${name}`;

function piecesOf({ routes }: Pick<PackedFilm, 'routes'>): readonly { route: number; name: string }[] {
  return routes.flatMap(({ trained }, route) =>
    [...FACE_FILES, ...(trained ? ['model'] : [])].map((name) => ({ route, name })),
  );
}

/**
 * Packs a film into the folder of its render.
 *
 * @param files where the files of each route lie
 * @returns names of the files in the folder; null where the film is too long, or its people are too many pictures
 * @throws LikenessError `file.*`
 */
export async function packFilm(
  folder: RenderFolder,
  film: PackedFilm,
  files: readonly RouteFiles[],
): Promise<readonly string[] | null> {
  const { tracks } = film.analysis;
  if (tracks.reduce((sum, { faces }) => sum + faces.length, 0) > MOST_FACES) return null;
  const analysis = { ...film.analysis, media: { ...film.analysis.media, path: '' }, tracks: tracks.map(anonymous) };
  const names = [folder.castName('facts')];
  const there = new Set(await folder.names());
  let bytes = 0;
  for (const { route, name } of piecesOf(film)) {
    const { faces, model } = files[route] ?? { faces: '', model: null };
    const piece = pieceOf(route, name);
    const path = name === 'model' ? (model ?? '') : join(faces, name);
    names.push(folder.castName(piece));
    // What has this name was packed by an earlier process from the same files: they stand in the key of the render.
    if (there.has(folder.castName(piece))) continue;
    const content = await readFile(path).catch((cause: unknown) => {
      throw fileError(path, 'packing it for other machines', cause);
    });
    bytes += content.length;
    if (bytes > MOST_BYTES) return null;
    await folder.writeCast(piece, content);
  }
  await folder.writeCast('facts', serialize({ version: VERSION, film: { ...film, analysis } }));
  return names;
}

/** A film that was packed elsewhere, and how the files of its people are read: out of memory, never off a disk in the clear. */
export interface UnpackedFilm {
  readonly film: PackedFilm;
  /** Reads a file of a route: any path that ends in its name. */
  reader(route: number): (path: string) => Promise<Uint8Array<ArrayBuffer>>;
}

const damaged = (): LikenessError =>
  new LikenessError('leave.cast', 'What is needed of this film is not there, or does not open.', {
    hint: 'Another worker takes it up; where that happens again, look whether the bucket has all files.',
  });

/**
 * Opens what {@link packFilm} made.
 *
 * @param folder of the render, with the pieces in it, and a leave for its cast
 * @throws LikenessError `leave.cast`, `leave.missing`
 */
export async function unpackFilm(folder: RenderFolder): Promise<UnpackedFilm> {
  const facts = await folder.readCast('facts');
  if (facts === null) throw damaged();
  const { version, film } = deserialize(facts) as { readonly version: number; readonly film: PackedFilm };
  if (version !== VERSION) throw damaged();
  return {
    film,
    reader: (route) => async (path) => {
      const name = basename(path);
      const content = await folder.readCast(pieceOf(route, name));
      if (content === null) throw damaged();
      return Uint8Array.from(content);
    },
  };
}
