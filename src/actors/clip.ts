/** Actors as video files, with the truth about every frame. */
import { rm } from 'node:fs/promises';
import { LikenessError, type LongWork, temporaryBeside, writeAtomic } from '../base/index.js';
import { BT709, createVideoWriter, type Quality } from '../media/index.js';
import { renderScene } from './render.js';
import type { Actor, ActorState, HeadPose, Scene, SceneFrame } from './types.js';
import { speakAlong, VOICE_RATE, wavOf } from './voice.js';

/** One actor and what it does, a state for each frame. */
export interface ActorPart {
  readonly actor: Actor;
  readonly states: readonly ActorState[];
}

/** What {@link writeActorClip} takes. Give either `actor` and `states`, or `actors`. */
export interface ActorClipOptions extends LongWork {
  readonly actor?: Actor;
  readonly states?: readonly ActorState[];
  readonly actors?: readonly ActorPart[];
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Frames per second. */
  readonly fps: number;
  /** Changes what is around the heads (light, background, grain, occluder) at a time; else that of the first actor's states. */
  readonly scene?: (seconds: number) => Partial<Scene>;
  /** Add a made-up voice (PCM) that fits the first actor's mouth. Only `.mp4` and `.mov`. */
  readonly sound?: boolean;
  /** As for the video writer; default `high`. */
  readonly quality?: Quality;
  /** Sees every picture before it is written. */
  readonly onFrame?: (index: number, picture: SceneFrame) => void;
}

/** Where one head was in one frame. */
export interface FrameTruth {
  readonly landmarks: Float32Array;
  readonly pose: HeadPose;
  readonly expression: Float32Array;
}

/** What is known of a written clip: `heads[h][f]` is head `h` in frame `f`. */
export interface ClipTruth {
  readonly frames: number;
  readonly heads: readonly (readonly FrameTruth[])[];
}

/**
 * Draws a clip into a file. The file appears whole or not at all.
 *
 * @param path ends in `.mp4`, `.mov` or `.webm`
 * @throws LikenessError `actors.clip` without actors or with no frames; `actors.size`; the errors of the video writer
 * @example
 * const states = performance(2, { seconds: 4, fps: 25, style: 'speaking' });
 * await writeActorClip('ana.mp4', { actor: createActor(7), states, width: 640, height: 360, fps: 25, sound: true });
 */
export async function writeActorClip(path: string, options: ActorClipOptions): Promise<ClipTruth> {
  const { width, height, fps } = options;
  const parts: readonly ActorPart[] =
    options.actors ?? (options.actor && options.states ? [{ actor: options.actor, states: options.states }] : []);
  const frames = Math.min(...parts.map((part) => part.states.length));
  if (parts.length === 0 || frames < 1)
    throw new LikenessError('actors.clip', `${path}: there is nobody to draw, or nothing to do.`, {
      hint: 'Give at least one actor with at least one state.',
    });
  const first = parts[0] as ActorPart;
  const voice = options.sound ? temporaryBeside(`${path}.wav`) : undefined;
  try {
    if (voice)
      await writeAtomic(voice, wavOf(speakAlong(first.states.slice(0, frames), fps, first.actor.seed), VOICE_RATE));
    const writer = await createVideoWriter(path, {
      width,
      height,
      color: BT709,
      frameRate: fps,
      quality: options.quality ?? 'high',
      ...(voice ? { copyAudioFrom: voice } : {}),
    });
    try {
      const truth: FrameTruth[][] = parts.map(() => []);
      const pixels = new Uint8Array(width * height * 4);
      for (let i = 0; i < frames; i++) {
        options.signal?.throwIfAborted();
        const states = parts.map((part) => part.states[i] as ActorState);
        const around = { ...(states[0] as ActorState), ...options.scene?.(i / fps), time: i / fps };
        const picture = renderScene(
          parts.map((part, p) => ({ actor: part.actor, state: states[p] as ActorState })),
          around,
          { width, height },
          pixels,
        );
        options.onFrame?.(i, picture);
        await writer.write({
          ...picture.frame,
          timestamp: Math.round((i * 1e6) / fps),
          duration: Math.round(1e6 / fps),
        });
        picture.heads.forEach(({ landmarks, pose, expression }, h) => {
          truth[h]?.push({ landmarks, pose, expression });
        });
        options.onProgress?.({ stage: 'drawing', done: i + 1, total: frames, unit: 'frames' });
      }
      await writer.finish();
      return { frames, heads: truth };
    } catch (cause) {
      await writer.abort();
      throw cause;
    }
  } finally {
    if (voice) await rm(voice, { force: true });
  }
}
