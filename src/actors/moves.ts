/** What actors do when they are asked to: a few words, then named moves one after the other, each back to rest. */
import { type EXPRESSION_NAMES, expressionIndex } from '../base/index.js';
import { smoothstep } from './noise.js';
import { performance } from './performance.js';
import type { ActorState } from './types.js';

/** Moves an actor can be asked for. `turnLeft` is to the actor's own left: the right of the picture. */
export type ActorMove = 'turnLeft' | 'turnRight' | 'lookUp' | 'openMouth' | 'closeEyes';

/** What {@link performMoves} takes. */
export interface MovesOptions {
  /** Frames per second. */
  readonly fps: number;
  readonly moves: readonly ActorMove[];
  /** Seconds of talking before; default 2. */
  readonly talk?: number;
  /** How far the moves go, 1 as asked; default 1. */
  readonly strength?: number;
  /** Seconds a move takes, there and back; default 1.2. */
  readonly pace?: number;
  /** What stays the same in every state. */
  readonly base?: Partial<ActorState>;
}

const PAUSE = 0.35;

/** 0 at rest, 1 while the move is held. */
function envelope(t: number, pace: number): number {
  const ease = Math.min(0.35, pace / 3);
  return Math.min(smoothstep(0, ease, t), smoothstep(pace, pace - ease, t));
}

/**
 * Plans a performance of moves.
 *
 * @throws LikenessError `actors.performance` for rates that make no frame
 */
export function performMoves(seed: number, options: MovesOptions): ActorState[] {
  const { fps, moves, talk = 2, strength = 1, pace = 1.2 } = options;
  const step = pace + PAUSE;
  const seconds = talk + PAUSE + moves.length * step;
  const base = options.base === undefined ? {} : { base: options.base };
  const spoken = talk > 0 ? performance(seed, { seconds: talk, fps, style: 'speaking', ...base }) : [];
  const quiet = performance(seed, { seconds, fps, style: 'still', ...base });
  return quiet.map((state, i) => {
    const said = spoken[i];
    // The mouth comes to rest before the first move, and nothing but the mouth changes hands.
    if (said !== undefined) {
      const fade = smoothstep(talk, talk - 0.25, i / fps);
      return { ...state, expression: state.expression.map((w, k) => w + ((said.expression[k] as number) - w) * fade) };
    }
    const since = i / fps - talk - PAUSE;
    const at = Math.floor(since / step);
    const move = moves[at];
    const on = move === undefined ? 0 : strength * envelope(since - at * step, pace);
    const expression = Float32Array.from(state.expression);
    const raise = (name: (typeof EXPRESSION_NAMES)[number], weight: number): void => {
      const index = expressionIndex(name);
      expression[index] = Math.max(expression[index] as number, Math.min(1, weight));
    };
    if (move === 'openMouth') raise('jawOpen', 0.95 * on);
    if (move === 'closeEyes') for (const name of ['eyeBlinkLeft', 'eyeBlinkRight'] as const) raise(name, on);
    const yaw = move === 'turnLeft' ? 30 * on : move === 'turnRight' ? -30 * on : 0;
    const pitch = move === 'lookUp' ? 20 * on : 0;
    return {
      ...state,
      expression,
      pose: { yaw: state.pose.yaw + yaw, pitch: state.pose.pitch + pitch, roll: state.pose.roll },
    };
  });
}
