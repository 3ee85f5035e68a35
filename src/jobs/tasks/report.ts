/** The quality report of a finished swap: one for each person replaced. */
import { join } from 'node:path';
import { inspect } from '../../label/index.js';
import { figuresOf, measureSwap, sourcePrints, writeReport } from '../../synth/report/index.js';
import { jobFile, openStored, type Task } from './task.js';

/** See the head of this file. Files of the second person on are called `2-report.html` and so on. */
export const report: Task<'report'> = async ({ target, output, routes }, { folder, ...work }) => {
  const original = await openStored(target);
  const made = await openStored(output);
  const label = await inspect(made);
  const people = [];
  const files = [];
  for (const [i, route] of routes.entries()) {
    const source = await sourcePrints(await openStored(route.source), {
      ...work,
      ...(route.sourcePerson === null ? {} : { track: route.sourcePerson }),
    });
    const measured = await measureSwap({
      original,
      output: made,
      source,
      ...(route.person === null ? {} : { track: route.person }),
      ...work,
      facts: {
        settings: { engine: route.engine },
        steps: [],
        consents: [],
        label: label.sentences,
      },
    });
    const place = routes.length === 1 ? '' : `person-${i + 1}/`;
    await writeReport(join(folder, place), measured);
    for (const name of ['report.json', 'report.html']) files.push(await jobFile(folder, `${place}${name}`));
    people.push({ person: route.person ?? 1, figures: figuresOf(measured) });
  }
  return { result: { people }, files, made: null };
};
