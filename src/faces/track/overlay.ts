/** The overlay: the clip again with everything that was measured drawn on top. Sound is copied. */
import { expressionIndex, type LongWork } from '../../base/index.js';
import {
  createVideoWriter,
  type Frame,
  openVideo,
  readPicture,
  releaseFrame,
  toRgba,
  writePicture,
} from '../../media/index.js';
import type { TrackedFace } from '../types.js';
import { Canvas, CHARACTER, type Ink, inkOf } from './canvas.js';
import { drawHead, drawMesh } from './draw-face.js';
import type { Analysis, AnalyzedTrack, TrackMask } from './types.js';

const DARK: Ink = [12, 14, 18];
const METERS = (['jawOpen', 'eyeBlinkRight', 'eyeBlinkLeft'] as const).map(expressionIndex);

/** Colours the person inside a mask, softly. */
function tint(canvas: Canvas, mask: TrackMask, ink: Ink): void {
  const { box, width, height, data } = mask;
  const x0 = Math.max(0, Math.ceil(box.x));
  const y0 = Math.max(0, Math.ceil(box.y));
  const x1 = Math.min(canvas.width, box.x + box.width);
  const y1 = Math.min(canvas.height, box.y + box.height);
  for (let y = y0; y < y1; y++) {
    const v = Math.max(0, Math.min(height - 1.001, ((y - box.y) * height) / box.height - 0.5));
    const fy = v - Math.floor(v);
    const row = Math.floor(v) * width;
    for (let x = x0; x < x1; x++) {
      const u = Math.max(0, Math.min(width - 1.001, ((x - box.x) * width) / box.width - 0.5));
      const fx = u - Math.floor(u);
      const at = row + Math.floor(u);
      const top = (data[at] as number) * (1 - fx) + (data[at + 1] as number) * fx;
      const bottom = (data[at + width] as number) * (1 - fx) + (data[at + width + 1] as number) * fx;
      const here = (top * (1 - fy) + bottom * fy) / 255;
      // Fades out towards the edge of the mask, where nothing is known any more.
      const edge = Math.min(1, 8 * Math.min(u / width, 1 - u / width, v / height, 1 - v / height));
      if (here > 0.1) canvas.dot(x, y, ink, 0.22 * here * edge);
    }
  }
}

/** The mask nearest in time, moved along with the face. */
function maskFor(
  track: AnalyzedTrack,
  face: TrackedFace,
  moved: (frame: number) => TrackedFace | undefined,
): TrackMask | null {
  let best: TrackMask | null = null;
  for (const mask of track.masks)
    if (best === null || Math.abs(mask.frame - face.frame) < Math.abs(best.frame - face.frame)) best = mask;
  if (best === null || Math.abs(best.frame - face.frame) > 25) return null;
  const then = moved(best.frame)?.box;
  if (then === undefined) return best;
  const size = face.box.width / then.width;
  const dx = face.box.x + face.box.width / 2 - then.x - then.width / 2;
  const dy = face.box.y + face.box.height / 2 - then.y - then.height / 2;
  const { box } = best;
  const [cx, cy] = [then.x + then.width / 2, then.y + then.height / 2];
  const x = cx + (box.x - cx) * size + dx;
  const y = cy + (box.y - cy) * size + dy;
  return { ...best, box: { x, y, width: box.width * size, height: box.height * size } };
}

function drawFace(canvas: Canvas, track: AnalyzedTrack, face: TrackedFace, mask: TrackMask | null): void {
  const ink = inkOf(track.id);
  const { box, pose } = face;
  const scale = Math.max(1, Math.min(3, Math.round(canvas.height / 320)));
  const thickness = Math.max(1, box.width / 160);
  if (mask !== null) tint(canvas, mask, ink);
  drawMesh(canvas, face.landmarks, ink, thickness, face.interpolated ? 0.5 : 1);
  const pad = 0.06 * box.width;
  canvas.frameBox(
    box.x - pad,
    box.y - pad,
    box.width + 2 * pad,
    box.height + 2 * pad,
    ink,
    scale,
    face.interpolated ? 6 * scale : 0,
  );
  drawHead(canvas, face, 1.5 * thickness + 0.5);

  const degrees = [pose.yaw, pose.pitch, pose.roll].map((v) => `${v < 0 ? '' : '+'}${Math.round(v)}`).join(' ');
  const text = `#${track.id} ${degrees}° ${face.interpolated ? 'filled in' : `${Math.round(100 * face.confidence)}%`}`;
  const width = text.length * CHARACTER * scale + 4 * scale;
  const height = 11 * scale;
  const x = Math.max(0, Math.min(canvas.width - width, box.x - pad));
  const above = box.y - pad - height - 2;
  const y = above >= 0 ? above : Math.min(canvas.height - height, box.y + box.height + pad + 2);
  canvas.fill(x, y, width, height, DARK, 0.7);
  canvas.text(x + 2 * scale, y + 2 * scale, text, ink, scale);
  // Mouth and lids as three bars to the right of the box.
  const bar = 0.6 * box.height;
  for (const [i, w] of METERS.entries()) {
    const left = box.x + box.width + pad + (3 + 6 * i) * scale;
    const bottom = box.y + box.height;
    canvas.fill(left, bottom - bar, 4 * scale, bar, DARK, 0.5);
    const level = bar * (face.expression[w] as number);
    canvas.fill(left, bottom - level, 4 * scale, level, ink);
  }
}

/** Draws all faces of a frame onto it. Index maps are made once per clip by {@link overlayOf}. */
type DrawFrame = (canvas: Canvas, frame: number) => void;

/** Prepares the drawing of an analysis. */
export function overlayOf(analysis: Analysis): DrawFrame {
  const maps = analysis.tracks.map((track) => new Map(track.faces.map((f) => [f.frame, f])));
  return (canvas, frame) => {
    for (const [i, track] of analysis.tracks.entries()) {
      const at = maps[i] as Map<number, TrackedFace>;
      const face = at.get(frame);
      if (face !== undefined)
        drawFace(
          canvas,
          track,
          face,
          maskFor(track, face, (f) => at.get(f)),
        );
    }
  };
}

/**
 * Writes the clip with the analysis drawn on it; for a picture, a picture.
 *
 * @param path of the new file: `.mp4`, `.mov` or `.webm`, or for a picture `.png`, `.jpg` or `.webp`
 */
export async function writeOverlay(path: string, analysis: Analysis, work: LongWork = {}): Promise<void> {
  const draw = overlayOf(analysis);
  const drawn = (frame: Frame, index: number): Frame => {
    const rgba = toRgba(frame);
    const canvas = new Canvas(rgba);
    draw(canvas, index);
    return rgba;
  };
  const { media } = analysis;
  if (media.kind === 'picture') {
    await writePicture(path, drawn(await readPicture(media.path), 0));
    return;
  }
  const video = await openVideo(media.path);
  try {
    const info = video.info.video;
    const frames = video.frames();
    const first = await frames.next();
    if (first.done === true || info === null) return;
    const { width, height, color } = first.value;
    const writer = await createVideoWriter(path, {
      width,
      height,
      color,
      frameRate: info.frameRate || 25,
      timeResolution: info.timeResolution,
      ...(media.audio.length > 0 ? { copyAudioFrom: media.path } : {}),
    });
    try {
      let index = 0;
      const next = async (frame: Frame): Promise<void> => {
        work.signal?.throwIfAborted();
        const picture = drawn(frame, index);
        // What was see-through shows black behind it, as in any player.
        for (let i = 3; i < picture.pixels.length; i += 4) picture.pixels[i] = 255;
        await writer.write({ ...picture, timestamp: frame.timestamp, duration: frame.duration });
        releaseFrame(frame);
        index++;
        work.onProgress?.({ stage: 'drawing the overlay', done: index, total: analysis.frames, unit: 'frames' });
      };
      await next(first.value);
      for await (const frame of frames) await next(frame);
      await writer.finish();
    } catch (cause) {
      await writer.abort();
      throw cause;
    }
  } finally {
    video.close();
  }
}
