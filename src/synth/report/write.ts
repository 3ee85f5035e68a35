/** Writes a report to a folder. */
import { join } from 'node:path';
import { writeAtomic } from '../../base/index.js';
import { pageOf } from './page.js';
import type { QualityReport } from './types.js';

/** Where the two files of a report are. */
export interface ReportFiles {
  readonly json: string;
  readonly html: string;
}

/**
 * Writes `report.json` (everything but the pictures) and `report.html` into the folder, which is made where it is
 * missing. Each file is there whole or not at all.
 *
 * @param inLanguage takes the page, and gives it in another language
 * @throws LikenessError `file.*`
 */
export async function writeReport(
  folder: string,
  report: QualityReport,
  inLanguage: (page: string) => string = (page) => page,
): Promise<ReportFiles> {
  const files = { json: join(folder, 'report.json'), html: join(folder, 'report.html') };
  const { pictures: _, ...rest } = report;
  await writeAtomic(files.json, `${JSON.stringify(rest, null, 1)}\n`);
  await writeAtomic(files.html, inLanguage(pageOf(report)));
  return files;
}
