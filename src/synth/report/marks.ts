/** The marks of a product, found again in its pixels and its label, so that a report can tell them from the swap. */
import type { Analysis, Box } from '../../faces/index.js';
import { inspect, VisibleLabel, visibleLabelOf, type WatermarkFinding, WatermarkPool } from '../../label/index.js';
import { type Frame, openVideo, releaseFrame } from '../../media/index.js';

/** Frames that are asked for the watermark, and how far apart they are. */
const ASKED = 6;
const APART = 5;

/** A video's watermark, or null where none is found in its first seconds. */
export async function watermarkOf(path: string): Promise<WatermarkFinding | null> {
  const video = await openVideo(path);
  const pool = new WatermarkPool();
  try {
    let index = 0;
    for await (const frame of video.frames()) {
      if (index++ % APART === 0) pool.add(frame);
      releaseFrame(frame);
      if (pool.frames >= ASKED) break;
    }
  } finally {
    video.close();
  }
  return pool.detect({ effort: 'quick' });
}

/** A picture's watermark, or null where none is found. */
export function watermarkIn(picture: Frame): WatermarkFinding | null {
  const pool = new WatermarkPool();
  pool.add(picture);
  return pool.detect({ effort: 'quick' });
}

/** Where the visible label of an output stands in each frame, as far as its manifest tells. */
export async function labelBoxes(output: string, original: Analysis): Promise<(frame: number) => readonly Box[]> {
  const { actions } = await inspect(output);
  const choice = visibleLabelOf(actions);
  const { video } = original.media;
  if (choice === null || video === null) return () => [];
  const label = new VisibleLabel(choice, {
    width: video.width,
    height: video.height,
    frames: original.frames,
    frameRate: original.media.kind === 'picture' ? 0 : video.frameRate,
    cuts: original.cuts,
    faces: original.tracks.flatMap((t) => t.faces),
  });
  return (frame) => {
    const box = label.boxAt(frame);
    return box === null ? [] : [box];
  };
}
