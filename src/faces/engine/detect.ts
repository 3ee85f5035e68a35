/** Finding faces: one look at the whole frame for near ones, then overlapping tiles for far ones. */
import { type Frame, type ReducedFrame, reduceFrame, sampleAffine } from '../../media/index.js';
import { type ModelSession, openModel, takeInput } from '../../models/index.js';
import { type Affine, overlap, type Point } from '../geometry/index.js';
import type { Box } from '../types.js';

/** A face that was found. */
export interface Detection {
  readonly box: Box;
  /** Eyes (left, right), nose tip, middle of the mouth, ears (left, right), all by sides of the picture. */
  readonly keypoints: readonly Point[];
  /** 0..1. */
  readonly score: number;
}

/** How thoroughly to look. */
export interface DetectOptions {
  /** False leaves out the look at tiles, which finds faces down to about 24 pixels. True unless told. */
  readonly small?: boolean;
  /** Detections below are dropped; .5 unless told. */
  readonly minScore?: number;
}

/** A detector net: size of its square input and the centres its boxes are relative to, both in 0..1. */
interface Net {
  readonly session: ModelSession;
  readonly size: number;
  readonly anchors: readonly Point[];
}

function gridAnchors(grids: readonly (readonly [cells: number, perCell: number])[]): Point[] {
  const anchors: Point[] = [];
  for (const [cells, perCell] of grids)
    for (let y = 0; y < cells; y++)
      for (let x = 0; x < cells; x++)
        for (let k = 0; k < perCell; k++) anchors.push([(x + 0.5) / cells, (y + 0.5) / cells]);
  return anchors;
}

/** A square part of the frame: its left top corner and side. */
interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

async function look(
  net: Net,
  frame: Frame,
  part: Square,
  minScore: number,
  reduced: ReducedFrame | null = null,
): Promise<Detection[]> {
  const { size, anchors, session } = net;
  const step = part.side / size;
  const view: Affine = [step, 0, part.x + step / 2 - 0.5, 0, step, part.y + step / 2 - 0.5];
  const data = takeInput(size * size * 3);
  sampleAffine(frame, view, size, size, data, {
    layout: 'interleaved',
    scale: 1 / 127.5,
    offset: -1,
    border: 'zero',
    reduced,
  });
  const found = await session.run({ image: { dtype: 'float32', dims: [1, size, size, 3], data } });
  const scores = found['scores']?.data as Float32Array;
  const boxes = found['boxes']?.data as Float32Array;
  const detections: Detection[] = [];
  for (let i = 0; i < anchors.length; i++) {
    const score = 1 / (1 + Math.exp(-(scores[i] as number)));
    if (score < minScore) continue;
    const [ax, ay] = anchors[i] as Point;
    const at = (k: number): Point => [
      part.x + ((boxes[16 * i + k] as number) / size + ax) * part.side - 0.5,
      part.y + ((boxes[16 * i + k + 1] as number) / size + ay) * part.side - 0.5,
    ];
    const [cx, cy] = at(0);
    const width = (boxes[16 * i + 2] as number) * step;
    const height = (boxes[16 * i + 3] as number) * step;
    detections.push({
      box: { x: cx - width / 2, y: cy - height / 2, width, height },
      keypoints: [4, 6, 8, 10, 12, 14].map(at),
      score,
    });
  }
  return detections;
}

/** Share of the smaller box that lies in the other. */
function covered(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? (width * height) / Math.min(a.width * a.height, b.width * b.height) : 0;
}

/**
 * True where `weak` means the same face as the better `strong`: it lies mostly inside, or it is doubtful and lies partly
 * inside, as when the net sees a second face in half of a large one.
 */
function same(weak: Detection, strong: Detection): boolean {
  const share = covered(weak.box, strong.box);
  return overlap(weak.box, strong.box) > 0.3 || share > 0.6 || (share > 0.25 && weak.score < 0.7);
}

/** Averages a group of detections of one face by their scores (BlazeFace's blending, which jitters less than choosing). */
function blend(group: readonly Detection[]): Detection {
  const best = group[0] as Detection;
  const total = group.reduce((sum, d) => sum + d.score, 0);
  const mean = (of: (d: Detection) => number): number => group.reduce((sum, d) => sum + d.score * of(d), 0) / total;
  return {
    box: {
      x: mean((d) => d.box.x),
      y: mean((d) => d.box.y),
      width: mean((d) => d.box.width),
      height: mean((d) => d.box.height),
    },
    keypoints: best.keypoints.map((_, i) => [
      mean((d) => (d.keypoints[i] as Point)[0]),
      mean((d) => (d.keypoints[i] as Point)[1]),
    ]),
    score: best.score,
  };
}

/** One detection per face, best first. */
function merge(detections: readonly Detection[]): Detection[] {
  let rest = [...detections].sort((a, b) => b.score - a.score);
  const merged: Detection[] = [];
  while (rest[0]) {
    const best = rest[0];
    merged.push(blend(rest.filter((d) => overlap(d.box, best.box) > 0.3)));
    rest = rest.filter((d) => !same(d, best));
  }
  return merged;
}

/** Squares of one size that cover the frame, each overlapping the next by a quarter at least. */
function tiles(width: number, height: number, side: number): Square[] {
  const starts = (length: number): number[] => {
    if (length <= side) return [(length - side) / 2];
    const count = Math.ceil((length - side) / (side * 0.75)) + 1;
    return Array.from({ length: count }, (_, i) => (i * (length - side)) / (count - 1));
  };
  return starts(height).flatMap((y) => starts(width).map((x) => ({ x, y, side })));
}

/** Side of a tile in pixels of the frame: a face of 24 pixels is still 11 pixels for the net. */
const TILE = 400;
/** Above this many tiles they grow instead, so that an 8K frame does not take a second. */
const MAX_TILES = 24;

/** Share of the frame from which a face counts as one that fills it. */
const LARGE = 0.3;
/** A face this sure and, as a share of the frame, of such a size is plainly no part of a larger one. */
const PLAIN_SCORE = 0.9;
const PLAIN_SIZE = [0.15, 0.6] as const;
/** How much more than the frame the second look takes in. */
const STEP_BACK = 1.6;

/** The two detectors, open. */
export interface FaceDetector {
  /** Faces of one frame, best first. */
  detect(frame: Frame, options?: DetectOptions): Promise<Detection[]>;
  /** Frees the nets. */
  close(): Promise<void>;
}

/** Opens the detectors. */
export async function openDetector(instances: number): Promise<FaceDetector> {
  const [near, far] = await Promise.all([
    openModel('blazeface', { instances }),
    openModel('face-range', { instances }),
  ]);
  const nearNet: Net = {
    session: near,
    size: 256,
    anchors: gridAnchors([
      [16, 2],
      [8, 6],
    ]),
  };
  const farNet: Net = { session: far, size: 192, anchors: gridAnchors([[48, 1]]) };
  return {
    async detect(frame, { small = true, minScore = 0.5 } = {}) {
      const side = Math.max(frame.width, frame.height);
      const centred = (length: number): Square => ({
        x: (frame.width - length) / 2,
        y: (frame.height - length) / 2,
        side: length,
      });
      const near = (length: number): Promise<Detection[]> => look(nearNet, frame, centred(length), minScore);
      const least = Math.min(frame.width, frame.height);
      const whole = near(side).then(async (found) => {
        const plain = ({ box, score }: Detection): boolean =>
          score >= PLAIN_SCORE && box.height > PLAIN_SIZE[0] * least && box.height < PLAIN_SIZE[1] * least;
        if (found.some(plain)) return found;
        // From further away for faces that fill the frame: up close the net sees faces in lenses and mouths.
        const large = (await near(side * STEP_BACK)).filter(({ box }) => box.height > LARGE * least);
        return [...found, ...large];
      });
      const looks = [whole];
      if (small) {
        let size = Math.min(TILE, side);
        while (tiles(frame.width, frame.height, size).length > MAX_TILES) size *= 1.15;
        const reduced = reduceFrame(frame, size / farNet.size);
        // The far net fires more easily on things that are no faces.
        for (const tile of tiles(frame.width, frame.height, size))
          looks.push(look(farNet, frame, tile, Math.max(minScore, 0.6), reduced));
      }
      return merge((await Promise.all(looks)).flat());
    },
    async close() {
      await Promise.all([near.close(), far.close()]);
    },
  };
}
