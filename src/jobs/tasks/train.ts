/** Training a pair: as the swap room does it, with its files in the studio's folder. */
import { knownRecordPath } from '../../consent/index.js';
import { parseFacts } from '../../law/index.js';
import { type Purpose, trainProject } from '../../synth/swap/index.js';
import type { InputOf } from '../types.js';
import { openStored, type Task, trainingFolder } from './task.js';

/** The purpose of a job, as the consent room asks for it. */
export function purposeOf({ use, territory, channel, facts }: InputOf<'render'>['purpose']): Purpose {
  return {
    use,
    territory: territory ?? undefined,
    channel: channel ?? undefined,
    facts: parseFacts(Object.entries(facts).map(([name, value]) => `${name}=${value}`)),
  };
}

/** Trains a pair, or goes on with it. */
export const train: Task<'train'> = async ({ target, route, purpose }, { folder: _, ...work }) => {
  const project = trainingFolder(target, route);
  const result = await trainProject({
    project,
    source: {
      path: await openStored(route.source),
      person: route.sourcePerson ?? undefined,
      consent: knownRecordPath(`urn:uuid:${route.sourceConsent}`),
    },
    target: {
      path: await openStored(target),
      person: route.person ?? undefined,
      consent: knownRecordPath(`urn:uuid:${route.targetConsent}`),
    },
    preset: route.training?.preset ?? 'standard',
    seed: route.training?.seed ?? 1,
    steps: route.training?.steps ?? undefined,
    minutes: route.training?.minutes ?? undefined,
    ...purposeOf(purpose),
    ...work,
  });
  return { result, files: [], made: null };
};
