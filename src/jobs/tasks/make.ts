/** Training a pair and rendering a swap: the workflows of the swap room, with their files in the studio's folder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sha256File } from '../../base/index.js';
import { knownRecordPath } from '../../consent/index.js';
import { inspect } from '../../label/index.js';
import { parseFacts } from '../../law/index.js';
import { type Purpose, swapMedia, trainProject } from '../../synth/swap/index.js';
import { dataFolder } from '../database/open.js';
import { lookAtFile } from '../look-at.js';
import type { InputOf, MadeFile } from '../types.js';
import { masksOf, openStored, readJson, type Task, trainingFolder, writeJson } from './task.js';

function purposeOf({ use, territory, channel, facts }: InputOf<'render'>['purpose']): Purpose {
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

/** What a finished render left behind, so that a job that is asked again does not make it twice. */
interface Finished {
  readonly made: MadeFile;
  readonly result: unknown;
}

async function madeFile(path: string, input: InputOf<'render'>, job: string): Promise<MadeFile> {
  const poster = join(dataFolder(), 'media', job, 'poster.jpg');
  const info = await lookAtFile(path, poster);
  const stored = `jobs/${job}/${input.out}`;
  return { path: stored, sha256: await sha256File(path), bytes: info.bytes, name: input.out, info };
}

/**
 * Swaps, seals and publishes. A process that dies between publishing and telling so leaves a sealed file behind: it is
 * read back and taken as it is, since making it again would count as a second render under the records.
 */
export const render: Task<'render'> = async (input, { folder, ...work }) => {
  const out = join(folder, input.out);
  const job = folder.split(/[\\/]/).at(-1) ?? '';
  const before = (await readJson(folder, 'made.json')) as Finished | null;
  if (before !== null && existsSync(out) && (await sha256File(out)) === before.made.sha256)
    return { ...before, files: [] };
  if (existsSync(out)) {
    const label = await inspect(out);
    if (label.found === 'label' && label.state !== 'invalid' && !label.changed) {
      const made = await madeFile(out, input, job);
      return { made, result: { label: label.sentences, remarks: [], speed: null }, files: [] };
    }
  }
  const routes = [];
  for (const route of input.routes)
    routes.push({
      person: route.person ?? undefined,
      engine: route.engine,
      project: route.engine === 'gan' ? trainingFolder(input.target, route) : undefined,
      source: await openStored(route.source),
      sourcePerson: route.sourcePerson ?? undefined,
      sourceConsent: knownRecordPath(`urn:uuid:${route.sourceConsent}`),
      targetConsent: knownRecordPath(`urn:uuid:${route.targetConsent}`),
      strokes: route.strokes,
    });
  const { quality, outline, enhance, label, labelLanguage, purpose } = input;
  const swapped = await swapMedia({
    target: await openStored(input.target),
    routes,
    out,
    overwrite: true,
    quality,
    outline,
    enhance,
    label: { kind: label, ...(labelLanguage === null ? {} : { language: labelLanguage as 'en' }) },
    ...purposeOf(purpose),
    masks: masksOf(job),
    ...work,
  });
  const { touched: _, ...speed } = swapped.stats;
  const finished: Finished = {
    made: await madeFile(out, input, job),
    result: { label: swapped.label.sentences, remarks: swapped.remarks, speed },
  };
  await writeJson(folder, 'made.json', finished);
  return { ...finished, files: [] };
};
