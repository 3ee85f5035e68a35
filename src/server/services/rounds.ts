/** Work that comes round every hour, at the start for the first time; what it did is logged where it did anything. */
import { messageOf } from '../../base/index.js';
import type { Log } from '../log.js';

const EVERY = 3_600_000;

/**
 * Starts the rounds.
 *
 * @param round does one; how many of each kind it took away
 */
export function hourly(round: () => Promise<object>, log: Log): { stop(): void } {
  const once = (): void => {
    round()
      .then((swept) => {
        if (Object.values(swept).some((count) => count > 0)) log('info', 'swept', { ...swept });
      })
      .catch((cause: unknown) => log('warn', 'sweep', { problem: messageOf(cause) }));
  };
  once();
  const timer = setInterval(once, EVERY);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
