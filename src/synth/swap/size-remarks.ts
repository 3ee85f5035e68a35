/** What is worth saying of a finished swap: where a face is larger in the film than it is drawn. */
import { placeCrop } from './alignment.js';
import type { RenderRoute } from './render.js';
import type { SwapJob } from './swap-job.js';

/** Pixels of the film for one that the net draws, from where skin looks soft beside the hair round it. */
const SOFT = 1.5;

/** How many pixels of the film one pixel of the net covers: the middle one of all frames. */
function magnification({ track, session }: RenderRoute): number {
  const scales = track.faces.map(({ landmarks }) => {
    const [a, b] = placeCrop(landmarks, session.size);
    return Math.hypot(a, b);
  });
  scales.sort((x, y) => x - y);
  return scales[scales.length >> 1] ?? 0;
}

/** One sentence for each person whose face the net draws much smaller than it is shown; none where it is made larger already. */
export function sizeRemarks(job: SwapJob, routes: readonly RenderRoute[]): string[] {
  if (job.enhance === true) return [];
  return routes.flatMap((route, i) => {
    const times = magnification(route);
    if (times < SOFT) return [];
    const more = job.routes[i]?.engine === 'gan' ? ', and a larger preset learns more of it' : '';
    return [
      `The face of person ${route.track.id} is ${times.toFixed(1)} times as large in the film as it is drawn, and may look soft: ` +
        `enhancement (--enhance) doubles it${more}.`,
    ];
  });
}
