/** The drawn people of `bench/capture.ts`: what they do in front of the camera, and the attacks made from it. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ActorMove,
  createActor,
  expressionOf,
  performMoves,
  renderActor,
  restState,
  writeActorClip,
} from '../src/actors/index.js';
import { packageRoot, Random } from '../src/base/index.js';
import { EYE_LEFT, EYE_RIGHT, LIPS_INNER } from '../src/faces/index.js';
import { createVideoWriter, type Frame, openVideo, rgbaFrame, sampleAffine } from '../src/media/index.js';

/** Where the clips are kept from run to run. */
export const CLIPS = join(packageRoot, '.cache', 'capture');
/** Frames per second of the clips: they are many, and drawing takes its time. */
export const FPS = 8;
const SIZE = { width: 256, height: 192 };

const ALL: readonly ActorMove[] = ['turnLeft', 'turnRight', 'lookUp', 'openMouth', 'closeEyes'];

/** An order of the five moves. */
export function shuffled(random: Random): ActorMove[] {
  const left = [...ALL];
  return ALL.map(() => left.splice(random.int(left.length), 1)[0] as ActorMove);
}

/** One honest person: who, and in which order they were asked. */
export interface Honest {
  readonly seed: number;
  readonly moves: readonly ActorMove[];
  readonly path: string;
}

const baseOf = (seed: number, random: Random) => ({
  pose: { yaw: random.range(-5, 5), pitch: random.range(-4, 4), roll: random.range(-3, 3) },
  scale: random.range(0.42, 0.6),
  position: [random.range(0.47, 0.53), random.range(0.46, 0.5)] as const,
  grain: random.range(0.1, 0.35),
  light: {
    direction: [random.range(-0.7, 0.7), random.range(0.2, 0.8), 0.75] as const,
    warmth: random.range(-0.3, 0.6),
    intensity: random.range(0.75, 1.1),
  },
  background: { kind: (['gradient', 'bokeh', 'room'] as const)[random.int(3)] as 'room', seed },
});

/** Draws an honest clip where it is not there yet: a few words, then the moves, at a pace and strength of their own. */
export async function honestClip(seed: number): Promise<Honest> {
  const random = new Random(seed);
  const moves = shuffled(random);
  const path = join(CLIPS, `honest-${seed}.mp4`);
  const states = performMoves(seed, {
    fps: FPS,
    moves,
    talk: 1,
    pace: random.range(0.9, 1.2),
    strength: random.range(0.8, 1.1),
    base: baseOf(seed, random),
  });
  mkdirSync(CLIPS, { recursive: true });
  if (!existsSync(path))
    await writeActorClip(path, { actor: createActor(seed), states, ...SIZE, fps: FPS, sound: true });
  return { seed, moves, path };
}

/** Pictures of the person in other light: the material that the record will be about. */
export function materialOf(seed: number): Frame[] {
  return [-10, 10].map(
    (yaw, i) =>
      renderActor(
        createActor(seed),
        restState({
          pose: { yaw, pitch: 2 * i - 1, roll: 0 },
          light: { direction: [0.5 - 0.8 * i, 0.5, 0.7], warmth: 0.3, intensity: 1 },
          background: { kind: 'bokeh', seed: seed + 500 },
        }),
        { width: 200, height: 200 },
      ).frame,
  );
}

/** Writes frames as a clip of their own. */
async function writeClip(path: string, frames: readonly Frame[], sound: string | null): Promise<void> {
  const [first] = frames;
  if (first === undefined) throw new Error(`${path} has no frames`);
  const writer = await createVideoWriter(path, {
    width: first.width,
    height: first.height,
    color: first.color,
    frameRate: FPS,
    quality: 'high',
    ...(sound === null ? {} : { copyAudioFrom: sound }),
  });
  for (const [i, frame] of frames.entries())
    await writer.write({ ...frame, timestamp: Math.round((i * 1e6) / FPS), duration: Math.round(1e6 / FPS) });
  await writer.finish();
}

async function framesOf(path: string): Promise<Frame[]> {
  const video = await openVideo(path);
  const frames: Frame[] = [];
  try {
    for await (const frame of video.frames()) frames.push(frame);
  } finally {
    video.close();
  }
  return frames;
}

/** The one picture of a person that an attacker holds up, a little unsteadily. */
export async function stillAttack(of: Honest): Promise<string> {
  const path = join(CLIPS, `still-${of.seed}.mp4`);
  if (existsSync(path)) return path;
  const frames = await framesOf(of.path);
  const picture = frames[0] as Frame;
  const random = new Random(of.seed + 7);
  // Even seeds hold it still, odd ones in a hand that moves and turns it.
  const hand = of.seed % 2 === 0 ? 0 : 1;
  const shown = frames.map((_, i) => {
    const swing = hand * Math.sin(i / 5) * 0.12;
    return moved(
      picture,
      hand * random.range(-1, 1),
      hand * random.range(-1, 1),
      1 + swing,
      hand * Math.sin(i / 9) * 0.08,
    );
  });
  await writeClip(path, shown, of.path);
  return path;
}

/** A frame shifted by pixels, squeezed sideways and turned (radians): what a hand does to a print. */
function moved(frame: Frame, dx: number, dy: number, squeeze: number, turn: number): Frame {
  const { width, height } = frame;
  const data = new Float32Array(width * height * 3);
  const [c, s] = [Math.cos(turn), Math.sin(turn)];
  const [cx, cy] = [width / 2, height / 2];
  const map = [c * squeeze, -s, cx - c * squeeze * cx + s * cy + dx, s, c, cy - s * cx - c * cy + dy] as const;
  sampleAffine(frame, map, width, height, data, { layout: 'interleaved' });
  const pixels = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    for (let k = 0; k < 3; k++) pixels[4 * i + k] = Math.round(data[3 * i + k] as number);
    pixels[4 * i + 3] = 255;
  }
  return rgbaFrame(pixels, width, height);
}

/** The moves of an earlier recording cut out and put into another order. */
export async function splicedAttack(of: Honest, asked: readonly ActorMove[]): Promise<string> {
  const path = join(CLIPS, `spliced-${of.seed}.mp4`);
  if (existsSync(path)) return path;
  const frames = await framesOf(of.path);
  // Talk and rest come first, then one stretch for each move; the attacker cuts where the person is at rest.
  const start = Math.round((1 + 0.35) * FPS);
  const each = (frames.length - start) / of.moves.length;
  const pieces = asked.map((move) => {
    const at = start + of.moves.indexOf(move) * each;
    return frames.slice(Math.round(at), Math.round(at + each));
  });
  await writeClip(path, [...frames.slice(0, start), ...pieces.flat()], of.path);
  return path;
}

/**
 * Somebody else behind a drawn mask of the person: the mask follows the head, and below it the wearer does every move.
 *
 * @param holes true for a mask with its eyes and mouth cut out
 */
export async function maskAttack(of: Honest, wearerSeed: number, holes: boolean): Promise<string> {
  const path = join(CLIPS, `mask-${of.seed}.mp4`);
  if (existsSync(path)) return path;
  const random = new Random(wearerSeed);
  const states = performMoves(wearerSeed, {
    fps: FPS,
    moves: of.moves,
    talk: 1,
    pace: 1.1,
    base: { ...baseOf(wearerSeed, random), scale: 0.52 },
  });
  const wearer = createActor(wearerSeed);
  const face = createActor(of.seed);
  const frames = states.map((state) => {
    const below = renderActor(wearer, state, SIZE);
    const mask = renderActor(face, { ...state, expression: expressionOf({}) }, SIZE);
    const pixels = Uint8Array.from(below.frame.pixels);
    const open = holes ? [EYE_LEFT, EYE_RIGHT, LIPS_INNER].map((ring) => ringOf(below.landmarks, ring)) : [];
    for (let y = 0; y < SIZE.height; y++)
      for (let x = 0; x < SIZE.width; x++) {
        const i = y * SIZE.width + x;
        if (mask.mask[i] === 0 || open.some((ring) => inside(ring, x, y))) continue;
        for (let k = 0; k < 3; k++) pixels[4 * i + k] = mask.frame.pixels[4 * i + k] as number;
      }
    return rgbaFrame(pixels, SIZE.width, SIZE.height);
  });
  await writeClip(path, frames, of.path);
  return path;
}

type Ring = readonly (readonly [number, number])[];

const ringOf = (points: Float32Array, indices: readonly number[]): Ring =>
  indices.map((i) => [points[3 * i] as number, points[3 * i + 1] as number] as const);

function inside(ring: Ring, x: number, y: number): boolean {
  let within = false;
  ring.forEach(([ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % ring.length] as readonly [number, number];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within;
  });
  return within;
}
