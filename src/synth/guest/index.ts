/** Stretches of a film on machines that have neither the records nor the keys of the studio; not a door for other programs. */

export { codeVersion } from '../swap/render-key.js';
export { type Ask, type GuestFilm, GuestRun, type GuestStretch } from './guest-run.js';
export {
  type Answer,
  Asker,
  QUESTION_SECONDS,
  type Question,
  type Step,
  type StretchInHand,
  writeYes,
} from './letters.js';
export { Standing, type StandingRequest, type StandingRoute } from './standing.js';
