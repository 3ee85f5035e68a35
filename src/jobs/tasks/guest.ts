/** Both sides of a stretch that a guest renders: the guest's own work, and the answers that it needs from the studio's home. */
import type { LongWork } from '../../base/index.js';
import { knownRecordPath } from '../../consent/index.js';
import { type Answer, type Ask, GuestRun, Standing, type StretchInHand, writeYes } from '../../synth/guest/index.js';
import { openRenderKey } from '../guest/keys.js';
import type { AskedStep, GuestStep } from '../messages.js';
import { purposeOf } from './train.js';

/** What this process has ready, as a guest. */
let ready: { readonly folder: string; readonly run: GuestRun } | null = null;

/** Lets go of what is ready. */
export async function endGuest(): Promise<void> {
  const { run } = ready ?? {};
  ready = null;
  await run?.close();
  for (const key of [...standings.keys()]) await endStanding(key);
}

/**
 * Renders a stretch as a guest.
 *
 * @returns names of its segments, in the folder of the film
 * @throws LikenessError `leave.*`, and of the rooms it calls
 */
export async function guestStretch(
  { stretch, film }: GuestStep,
  { ask, ...long }: LongWork & { readonly ask: Ask },
): Promise<readonly string[]> {
  if (ready?.folder !== film.folder) {
    await endGuest();
    ready = { folder: film.folder, run: new GuestRun(film) };
  }
  try {
    return await ready.run.stretch({ stretch, ask, ...long });
  } catch (thrown) {
    await endGuest();
    throw thrown;
  }
}

/** Consent for stretches that guests have in hand, asked by this process. */
const standings = new Map<string, Promise<Standing>>();

const keyOf = ({ job, ticket, part, turn, worker }: StretchInHand): string =>
  JSON.stringify([job, ticket, part, turn, worker]);

async function endStanding(key: string): Promise<void> {
  const standing = standings.get(key);
  standings.delete(key);
  await standing?.then(
    (found) => found.close(),
    () => undefined,
  );
}

async function open({ input, work }: AskedStep): Promise<Standing> {
  const { target, routes, purpose } = input;
  return Standing.open({
    ...purposeOf(purpose),
    work,
    target,
    routes: routes.map(({ person, source, sourcePerson, sourceConsent, targetConsent }) => ({
      person: person ?? undefined,
      source,
      sourcePerson: sourcePerson ?? undefined,
      sourceConsent: knownRecordPath(`urn:uuid:${sourceConsent}`),
      targetConsent: knownRecordPath(`urn:uuid:${targetConsent}`),
    })),
  });
}

/**
 * Answers a guest: asks for the consent of everybody before a stretch, and whether it still stands before each segment.
 *
 * @throws ConsentRefusedError, LikenessError `leave.unseen`, `jobs.key`; nothing may be begun then
 */
export async function answerGuest(step: AskedStep): Promise<Answer> {
  const { question, key } = step;
  const held = keyOf(question);
  if (question.step === 'begin') await endStanding(held);
  // Another process may have answered the questions before this one, and be gone: consent is then asked for anew.
  const standing = standings.get(held) ?? open(step);
  standings.set(held, standing);
  try {
    (await standing).check();
    const answer = writeYes(await openRenderKey(question.job, key), question);
    if (question.step === 'end') await endStanding(held);
    return answer;
  } catch (thrown) {
    await endStanding(held);
    throw thrown;
  }
}
