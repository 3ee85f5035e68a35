/** A quiet state to start from. */
import { EXPRESSION_NAMES, type ExpressionName, expressionIndex } from '../base/index.js';
import type { ActorState } from './types.js';

/** Weights from names; everything not named is 0. */
export function expressionOf(weights: Partial<Record<ExpressionName, number>>): Float32Array {
  const out = new Float32Array(EXPRESSION_NAMES.length);
  for (const [name, weight] of Object.entries(weights)) out[expressionIndex(name as ExpressionName)] = weight;
  return out;
}

/** A head in the middle of the picture that looks at the camera, in soft light from the upper left; change what you like. */
export function restState(change: Partial<ActorState> = {}): ActorState {
  return {
    expression: expressionOf({}),
    pose: { yaw: 0, pitch: 0, roll: 0 },
    gaze: [0, 0],
    position: [0.5, 0.48],
    scale: 0.42,
    light: { direction: [-0.55, 0.55, 0.75], warmth: 0.2, intensity: 1 },
    background: { kind: 'gradient', seed: 1 },
    time: 0,
    ...change,
  };
}
