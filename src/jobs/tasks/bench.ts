/** Measuring the detectors on labelled files of the studio: what `likeness lab bench` does with a folder. */
import { join } from 'node:path';
import { writeAtomic } from '../../base/index.js';
import { benchPage, benchSet, type LabFile, modelCardText } from '../../verdict/index.js';
import { jobFile, openStored, type Task, writeJson } from './task.js';

/** See the head of this file. The scores of single files are in `bench.json` alone. */
export const bench: Task<'bench'> = async ({ name, files, levels, equalise }, { folder, ...work }) => {
  const set: LabFile[] = [];
  for (const file of files) {
    const { fake, source, generator } = file;
    set.push({ path: await openStored(file), name: file.name, fake, source, generator, group: file.sha256 });
  }
  const report = await benchSet({ name, files: set }, { ...work, levels, equalise });
  const scores = report.scores.map(({ path: _, ...rest }) => rest);
  await writeJson(folder, 'bench.json', { ...report, scores });
  await writeAtomic(join(folder, 'bench.html'), benchPage(report));
  await writeAtomic(join(folder, 'model-card.md'), modelCardText(report));
  const left = [];
  for (const file of ['bench.json', 'bench.html', 'model-card.md']) left.push(await jobFile(folder, file));
  const { scores: _, ...result } = report;
  return { result, files: left, made: null };
};
