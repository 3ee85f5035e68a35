/** Checking a file and verifying one: reports as JSON and as a page. */
import { join } from 'node:path';
import { writeAtomic } from '../../base/index.js';
import { verifyFile, verifyPage } from '../../label/index.js';
import { checkFile, checkPage } from '../../verdict/index.js';
import { jobFile, openStored, type Task, writeJson } from './task.js';

/** What detectors find, and the verdict. */
export const check: Task<'check'> = async ({ media }, { folder, ...work }) => {
  const path = await openStored(media);
  const checked = await checkFile(path, work);
  const named = { ...checked, report: { ...checked.report, file: media.name } };
  await writeJson(folder, 'check.json', named.report);
  await writeAtomic(join(folder, 'check.html'), checkPage(named));
  const pictures = [];
  for (const [i, picture] of named.pictures.entries()) {
    const name = `picture-${i + 1}.jpg`;
    await writeAtomic(join(folder, name), picture.jpeg);
    pictures.push({ name, width: picture.width, height: picture.height, alt: picture.alt, evidence: picture.evidence });
  }
  const files = [await jobFile(folder, 'check.json'), await jobFile(folder, 'check.html')];
  for (const { name } of pictures) files.push(await jobFile(folder, name));
  return { result: { report: named.report, pictures }, files, made: null };
};

/** What labels, watermark and the manifest store say. */
export const verify: Task<'verify'> = async ({ media }, { folder }) => {
  const verified = await verifyFile(await openStored(media));
  const named = { ...verified, report: { ...verified.report, file: media.name } };
  await writeJson(folder, 'verify.json', named.report);
  await writeAtomic(join(folder, 'verify.html'), verifyPage(named));
  const files = [await jobFile(folder, 'verify.json'), await jobFile(folder, 'verify.html')];
  return { result: named.report, files, made: null };
};
