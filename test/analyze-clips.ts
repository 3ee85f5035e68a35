/** Drawn clips for the tests of the analysis, with the truth about every frame. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Actor,
  expressionOf,
  type Head,
  type HeadTruth,
  type Occluder,
  renderScene,
  restState,
  type SceneFrame,
} from '../src/actors/index.js';
import { BT709, createVideoWriter } from '../src/media/index.js';

/** Frames per second of all drawn clips. */
export const RATE = 25;

/** What one frame of a drawn clip holds. */
export interface Shot {
  readonly heads: readonly Head[];
  /** Chooses the room; another number is another shot. */
  readonly room: number;
  readonly occluder?: Occluder;
  /** Paints over the frame after drawing. */
  readonly after?: (pixels: Uint8Array, width: number) => void;
}

/** A head that speaks, blinks every 1.6 s and turns. */
export function lively(actor: Actor, t: number, position: readonly [number, number], scale: number, phase = 0): Head {
  const lids = (t + 20 + Math.floor(7 * phase)) % 40 < 3 ? 1 : 0;
  return {
    actor,
    state: {
      ...restState(),
      position,
      scale,
      pose: {
        yaw: 18 * Math.sin(t / 14 + phase),
        pitch: 6 * Math.sin(t / 11 + phase),
        roll: 5 * Math.sin(t / 17 + phase),
      },
      expression: expressionOf({
        jawOpen: 0.35 * Math.max(0, Math.sin(t * 0.9 + phase)),
        eyeBlinkLeft: lids,
        eyeBlinkRight: lids,
      }),
    },
  };
}

/** Draws a clip of 480 x 270 and returns what is true of each head of each frame. */
export async function drawClip(
  path: string,
  frames: number,
  shot: (t: number) => Shot,
  look?: (frame: SceneFrame) => void,
): Promise<HeadTruth[][]> {
  const size = { width: 480, height: 270 };
  const writer = await createVideoWriter(path, { ...size, color: BT709, frameRate: RATE, quality: 'high' });
  const truth: HeadTruth[][] = [];
  for (let t = 0; t < frames; t++) {
    const { heads, room, occluder, after } = shot(t);
    const scene = { light: restState().light, background: { kind: 'room', seed: room } as const, time: t / RATE };
    const drawn = renderScene(heads, { ...scene, occluder }, size);
    after?.(drawn.frame.pixels, size.width);
    truth.push([...drawn.heads]);
    look?.(drawn);
    await writer.write({ ...drawn.frame, timestamp: Math.round((t * 1e6) / RATE), duration: Math.round(1e6 / RATE) });
  }
  await writer.finish();
  return truth;
}

/** A folder of its own, and its removal. */
export async function scratch(): Promise<{ folder: string; at: (name: string) => string; clean: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'likeness-analyze-'));
  return { folder, at: (name) => join(folder, name), clean: () => rm(folder, { recursive: true, force: true }) };
}
