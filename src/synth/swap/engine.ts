/** How an engine declares itself. The room lists the folder `engines/` and takes what passes here. */
import { LikenessError } from '../../base/index.js';
import type { SwapEngine } from './types.js';

/**
 * Declares a swap engine; the one export of a file in `engines/`.
 *
 * @throws LikenessError `swap.engine` when a field is missing or of the wrong kind
 * @example
 * export const meshEngine = defineSwapEngine({ id: 'mesh', title: 'Piecewise warp', needsTraining: false, prepare });
 */
export function defineSwapEngine(engine: SwapEngine): SwapEngine {
  const wrong =
    typeof engine.id !== 'string' || !/^[a-z][a-z0-9-]*$/.test(engine.id)
      ? 'id'
      : typeof engine.title !== 'string' || engine.title === ''
        ? 'title'
        : typeof engine.needsTraining !== 'boolean'
          ? 'needsTraining'
          : typeof engine.prepare !== 'function'
            ? 'prepare'
            : '';
  if (wrong !== '')
    throw new LikenessError('swap.engine', `A swap engine (${String(engine.id)}) has no valid "${wrong}".`, {
      hint: 'See docs/engines.md for the fields.',
    });
  return Object.freeze({ ...engine });
}
