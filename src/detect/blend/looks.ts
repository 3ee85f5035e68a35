/**
 * The blend net over the faces of a file: a seam map and two logits for each face of each still, worked out once for both
 * detectors that read them. The net and how it was trained: `training/detect/blend/`, figures: `docs/detect-blend.md`.
 */
import { bendsOf } from '../../media/index.js';
import { takeInput } from '../../models/index.js';
import type { Finding, HeatMap, Material } from '../types.js';
import { cropFace, type FaceCrop, resizeSquare } from './face-crop.js';

/** Side of the net's input in pixels, and of its seam map in cells. */
const SIDE = 160;
const CELLS = 20;

/** What the net says of one face in one still. */
export interface BlendLook {
  readonly person: number;
  /** Index into the stills, and seconds of the file. */
  readonly still: number;
  readonly time: number;
  /** Logit of a part that was put in or changed, as learned from self-blended real faces. */
  readonly blend: number;
  /** Logit of a face that was put in by an engine like those of this project. */
  readonly twin: number;
  /** Where the seam is seen. */
  readonly heat: HeatMap;
  /** Width of the face in pixels. */
  readonly width: number;
  /** Fine detail of the crop as the net sees it, see {@link detailOf}. */
  readonly detail: number;
}

/**
 * Detail from which a look counts. In what holds less the net finds neither a seam nor its absence, and answers around 0,
 * as it does for a swap that it half sees: chosen where soft newspaper pictures (LFW) end and sharp portraits begin.
 */
export const LEAST_DETAIL = 11;

/**
 * How much fine detail a picture holds: the bend from pixel to pixel (mean of across and down, in grey levels) that one in
 * twenty of its pixels exceeds. Plain walls around a face do not lower it, and a soft face in a sharp picture hardly does.
 *
 * @param rgb `side * side` pixels, interleaved, 0..255
 */
export function detailOf(rgb: Float32Array, side: number): number {
  const grey = new Float32Array(side * side);
  for (let i = 0, from = 0; i < grey.length; i++, from += 3)
    grey[i] = 0.299 * (rgb[from] as number) + 0.587 * (rgb[from + 1] as number) + 0.114 * (rgb[from + 2] as number);
  const bends = bendsOf(grey, side).sort();
  return bends[Math.floor(0.95 * bends.length)] ?? 0;
}

/** The crop at the net's size, planar RGB, 0..1, and after it the same mirrored; gives the detail it holds. */
function writeInputs(crop: FaceCrop, to: Float32Array, at: number): number {
  const small = resizeSquare(crop.rgb, crop.side, SIDE);
  const plane = SIDE * SIDE;
  for (let y = 0, from = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++)
      for (let c = 0; c < 3; c++, from++) {
        const value = (small[from] as number) / 255;
        const row = at + c * plane + y * SIDE;
        to[row + x] = value;
        to[row + 3 * plane + SIDE - 1 - x] = value;
      }
  return detailOf(small, SIDE);
}

/** Faces that are looked at together: each gives two pictures, as it is and mirrored. */
const BATCH = 4;

const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));

async function look(material: Material, signal: AbortSignal | undefined): Promise<BlendLook[]> {
  const faces = material.stills.flatMap(({ frame, time, faces: seen }, still) =>
    seen.map(({ person, face }) => ({ frame, time, still, person, face })),
  );
  if (faces.length === 0) return [];
  const net = await material.net('blend');
  const looks: BlendLook[] = [];
  for (let first = 0; first < faces.length; first += BATCH) {
    signal?.throwIfAborted();
    const part = faces.slice(first, first + BATCH);
    const crops = part.map(({ frame, face }) => cropFace(frame, face.landmarks));
    const data = takeInput(2 * part.length * 3 * SIDE * SIDE);
    const details = crops.map((crop, i) => writeInputs(crop, data, 2 * i * 3 * SIDE * SIDE));
    const out = await net.run({ image: { dtype: 'float32', dims: [2 * part.length, 3, SIDE, SIDE], data } });
    const logits = out['logits']?.data as Float32Array;
    const seam = out['seam']?.data as Float32Array;
    for (const [i, { person, still, time, face }] of part.entries()) {
      const mean = (k: number): number => ((logits[4 * i + k] as number) + (logits[4 * i + 2 + k] as number)) / 2;
      const values = new Float32Array(CELLS * CELLS);
      for (let y = 0; y < CELLS; y++)
        for (let x = 0; x < CELLS; x++) {
          const plain = seam[(2 * i * CELLS + y) * CELLS + x] as number;
          const mirrored = seam[((2 * i + 1) * CELLS + y) * CELLS + CELLS - 1 - x] as number;
          values[y * CELLS + x] = sigmoid((plain + mirrored) / 2);
        }
      const { x, y, side } = (crops[i] as FaceCrop).square;
      const box = { x, y, width: side, height: side };
      const heat = { width: CELLS, height: CELLS, values, box, still };
      const detail = details[i] as number;
      looks.push({ person, still, time, blend: mean(0), twin: mean(1), heat, width: face.box.width, detail });
    }
  }
  return looks;
}

const known = new WeakMap<Material, Promise<readonly BlendLook[]>>();

/** The net's looks at all faces of all stills; asked by two detectors, worked out once. */
export function blendLooks(material: Material, signal?: AbortSignal): Promise<readonly BlendLook[]> {
  const there = known.get(material);
  if (there !== undefined) return there;
  const looks = look(material, signal);
  known.set(material, looks);
  // What was stopped is not an answer for whoever asks next.
  looks.catch(() => known.delete(material));
  return looks;
}

/** Faces narrower than this are too coarse for a seam to be seen, in pixels. */
export const SMALL_FACE = 96;

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

/** What is said of somebody in whom no trace could be seen. */
const SOFT =
  'The face holds too little fine detail for its size (soft, enlarged or strongly compressed): neither a trace of a swap nor its absence could be seen.';

/** One finding for each person: the median over the stills that hold detail enough, which one odd frame cannot move. */
export function findingsOf(
  looks: readonly BlendLook[],
  scoreOf: (look: BlendLook) => number,
  words: { readonly claim: (where: string) => string; readonly curve: string; readonly heat: boolean },
): Finding[] {
  const people = [...new Set(looks.map((l) => l.person))].sort((a, b) => a - b);
  return people.map((person) => {
    const all = looks.filter((l) => l.person === person);
    const sharp = all.filter((l) => l.detail >= LEAST_DETAIL);
    const own = sharp.length > 0 ? sharp : all;
    const best = own.reduce((a, b) => (scoreOf(b) > scoreOf(a) ? b : a));
    const width = median(own.map((l) => l.width));
    const where = own.length === 1 ? 'in the picture' : `in ${own.length} frames looked at`;
    return {
      claim: sharp.length > 0 ? words.claim(where) : SOFT,
      score: sharp.length > 0 ? median(own.map(scoreOf)) : null,
      person,
      box: best.heat.box,
      ...(words.heat && sharp.length > 0 ? { heat: best.heat } : {}),
      ...(own.length > 1
        ? { curve: { times: own.map((l) => l.time), values: own.map(scoreOf), means: words.curve } }
        : {}),
      limits:
        width < SMALL_FACE ? [`The face is ${Math.round(width)} px wide; a seam shows from ${SMALL_FACE} px on.`] : [],
      facts: {
        'face width': `${Math.round(width)} px`,
        'frames looked at': own.length,
        'fine detail': `${median(own.map((l) => l.detail)).toFixed(1)} grey levels (${LEAST_DETAIL} are needed)`,
      },
    };
  });
}
