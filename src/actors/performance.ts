/** What actors do: speech-like mouths, blinks, glances and sway, smooth and the same for the same seed. */
import { EXPRESSION_NAMES, type ExpressionName, expressionIndex, LikenessError, Random } from '../base/index.js';
import { hash, smoothstep, wander } from './noise.js';
import { restState } from './states.js';
import type { ActorState } from './types.js';

/** How an actor behaves. */
export type PerformanceStyle = 'speaking' | 'still' | 'lively' | 'turning';

/** What {@link performance} takes. */
export interface PerformanceOptions {
  readonly seconds: number;
  /** Frames per second. */
  readonly fps: number;
  /** `still` breathes and blinks, `speaking` talks, `lively` talks with its whole face, `turning` talks and looks around. */
  readonly style: PerformanceStyle;
  /** What stays the same in every state: place, scale, light, background, a resting pose to sway around. */
  readonly base?: Partial<ActorState>;
}

type Weights = Partial<Record<ExpressionName, number>>;

const both = (name: string, weight: number): Weights => ({ [`${name}Left`]: weight, [`${name}Right`]: weight });

/** Shapes of the mouth in speech. */
const MOUTHS: readonly Weights[] = [
  { jawOpen: 0.55, ...both('mouthLowerDown', 0.25), ...both('mouthUpperUp', 0.15) },
  { jawOpen: 0.32, ...both('mouthLowerDown', 0.15) },
  { jawOpen: 0.18, ...both('mouthStretch', 0.3), ...both('mouthSmile', 0.25), ...both('mouthLowerDown', 0.3) },
  { jawOpen: 0.3, mouthFunnel: 0.55, mouthPucker: 0.15 },
  { jawOpen: 0.12, mouthPucker: 0.7 },
  { ...both('mouthPress', 0.5), mouthRollLower: 0.2, mouthRollUpper: 0.15 },
  { mouthRollLower: 0.55, jawOpen: 0.05, ...both('mouthUpperUp', 0.2) },
  { jawOpen: 0.08, ...both('mouthStretch', 0.2), ...both('mouthLowerDown', 0.25), ...both('mouthUpperUp', 0.1) },
  { jawOpen: 0.4, ...both('mouthSmile', 0.2), ...both('mouthUpperUp', 0.2) },
];

interface Sound {
  /** Seconds. */
  readonly from: number;
  readonly mouth: Weights;
  readonly stress: number;
}

function speech(random: Random, seconds: number): Sound[] {
  const out: Sound[] = [{ from: 0, mouth: {}, stress: 0 }];
  let t = random.range(0.1, 0.5);
  while (t < seconds) {
    const sounds = 7 + random.int(12);
    for (let i = 0; i < sounds && t < seconds; i++) {
      // Open and closed shapes alternate, as vowels and consonants do.
      const index = i % 2 === 0 ? [5, 6, 7, 7, 1][random.int(5)] : [0, 0, 1, 2, 3, 4, 8][random.int(7)];
      out.push({ from: t, mouth: MOUTHS[index as number] as Weights, stress: random.range(0.65, 1.15) });
      t += i % 2 === 0 ? random.range(0.06, 0.1) : random.range(0.09, 0.2);
    }
    out.push({ from: t, mouth: {}, stress: 0 });
    t += random.range(0.2, 0.75);
  }
  return out;
}

/** 0 open .. 1 closed at a time after the start of a blink, seconds. */
function blink(t: number): number {
  if (t < 0 || t > 0.3) return 0;
  return t < 0.09 ? smoothstep(0, 0.09, t) : t < 0.12 ? 1 : smoothstep(0.3, 0.12, t);
}

interface Manner {
  readonly talk: number;
  readonly face: number;
  readonly sway: number;
  readonly turn: number;
}

const MANNERS: Readonly<Record<PerformanceStyle, Manner>> = {
  still: { talk: 0, face: 0.25, sway: 0.3, turn: 0 },
  speaking: { talk: 1, face: 0.6, sway: 1, turn: 0 },
  lively: { talk: 1.15, face: 1.3, sway: 1.8, turn: 6 },
  turning: { talk: 0.8, face: 0.6, sway: 1, turn: 32 },
};

/**
 * Plans a performance.
 *
 * @throws LikenessError `actors.performance` for lengths or rates that make no frame
 * @example
 * const states = performance(3, { seconds: 4, fps: 25, style: 'speaking', base: { scale: 0.5 } });
 */
export function performance(seed: number, options: PerformanceOptions): ActorState[] {
  const { seconds, fps, style } = options;
  const frames = Math.round(seconds * fps);
  if (!(frames >= 1 && frames <= 1e6))
    throw new LikenessError('actors.performance', `${seconds} s at ${fps} frames/s is not a performance.`, {
      hint: 'Give a positive length and rate.',
    });
  const manner = MANNERS[style];
  const random = new Random(Math.floor(hash(seed, 61) * 2 ** 31));
  const sounds = speech(random, seconds + 1);
  const blinks: number[] = [];
  for (let t = random.range(0.4, 1.6); t < seconds; t += random.range(1.4, 4.4)) {
    blinks.push(t);
    if (random.float() < 0.15) blinks.push(t + 0.34);
  }
  const glances: { from: number; to: readonly [number, number] }[] = [];
  for (let t = 0; t < seconds; t += random.range(0.6, 2.4))
    glances.push({ from: t, to: random.float() < 0.55 ? [0, 0] : [random.range(-11, 11), random.range(-6, 5)] });
  const base = restState({
    light: {
      direction: [random.float() < 0.5 ? -0.6 : 0.55, random.range(0.35, 0.7), 0.75],
      warmth: random.range(-0.3, 0.6),
      intensity: random.range(0.9, 1.1),
    },
    background: { kind: (['gradient', 'bokeh', 'room'] as const)[random.int(3)] as 'gradient', seed },
    ...options.base,
  });
  const phase = random.range(0, 6.28);

  const expressionAt = (t: number): Float32Array => {
    const out = new Float32Array(EXPRESSION_NAMES.length);
    const add = (weights: Weights, by: number): void => {
      for (const [name, weight] of Object.entries(weights)) {
        const i = expressionIndex(name as ExpressionName);
        out[i] = (out[i] as number) + weight * by;
      }
    };
    // Lips blend from sound to sound: a short window over the plan.
    if (manner.talk > 0)
      for (let k = -4; k <= 4; k++) {
        const at = t + k * 0.016;
        let now = sounds[0] as Sound;
        for (const sound of sounds) if (sound.from <= at) now = sound;
        add(now.mouth, (now.stress * manner.talk * (5 - Math.abs(k))) / 25);
      }
    const mood = wander(seed + 1, t, 0.35) * manner.face;
    add(both('mouthSmile', 1), Math.max(0, 0.12 + 0.32 * mood));
    add(both('cheekSquint', 1), Math.max(0, 0.25 * mood));
    add(both('mouthFrown', 1), Math.max(0, -0.2 * mood));
    const brow = wander(seed + 2, t, 0.9) * manner.face;
    add({ browInnerUp: 0.6, ...both('browOuterUp', 0.55) }, Math.max(0, brow));
    add(both('browDown', 0.6), Math.max(0, -brow * 0.8));
    add({ browOuterUpLeft: 1 }, Math.max(0, wander(seed + 3, t, 0.5) * manner.face - 0.5) * 0.5);
    add(both('eyeSquint', 1), Math.max(0, wander(seed + 4, t, 0.4) * 0.25 * manner.face));
    add(both('eyeWide', 1), Math.max(0, brow * 0.35 - 0.1));
    add(both('noseSneer', 1), Math.max(0, wander(seed + 5, t, 0.6) - 0.6) * 0.4 * manner.face);
    add({ jawLeft: 1 }, Math.max(0, wander(seed + 6, t, 0.7) * 0.1));
    const lids = Math.max(0, ...blinks.map((from) => blink(t - from)));
    for (const name of ['eyeBlinkLeft', 'eyeBlinkRight'] as const) {
      const i = expressionIndex(name);
      out[i] = Math.max(out[i] as number, lids);
    }
    for (let i = 0; i < out.length; i++) out[i] = Math.max(0, Math.min(1, out[i] as number));
    return out;
  };

  const gazeAt = (t: number): readonly [number, number] => {
    let before: readonly [number, number] = [0, 0];
    let now = before;
    let from = 0;
    for (const glance of glances)
      if (glance.from <= t) {
        before = now;
        now = glance.to;
        from = glance.from;
      }
    const s = smoothstep(0, 0.06, t - from);
    return [before[0] + (now[0] - before[0]) * s, before[1] + (now[1] - before[1]) * s];
  };

  return Array.from({ length: frames }, (_, i) => {
    const t = i / fps;
    const expression = expressionAt(t);
    const nod = (expression[expressionIndex('jawOpen')] as number) * 2.2;
    const turn = manner.turn * Math.sin(t * 1.15 + phase) * (0.75 + 0.25 * wander(seed + 10, t, 0.2));
    return {
      ...base,
      expression,
      gaze: gazeAt(t),
      pose: {
        yaw: base.pose.yaw + turn + wander(seed + 7, t, 0.45) * 5 * manner.sway,
        pitch:
          base.pose.pitch +
          wander(seed + 8, t, 0.55) * 3.4 * manner.sway +
          nod * manner.sway * 0.6 +
          manner.turn * 0.22 * Math.sin(t * 0.83),
        roll: base.pose.roll + wander(seed + 9, t, 0.4) * 3 * manner.sway,
      },
      position: [
        base.position[0] + wander(seed + 11, t, 0.3) * 0.008 * manner.sway,
        base.position[1] + wander(seed + 12, t, 0.35) * 0.006 * manner.sway,
      ] as const,
      time: base.time + t,
    };
  });
}
