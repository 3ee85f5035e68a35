/** What a check found, as text to paste into a message. */
import type { CheckReport } from '../api/report-types';
import { day, said, t } from '../i18n/index.svelte';

/** The name of the file that was checked, without its folder. */
export const fileNameOf = (report: Pick<CheckReport, 'file'>): string =>
  report.file.split(/[\\/]/).pop() ?? report.file;

/** Verdict, reasons and what the file is, so that whoever reads it can tell whether they have the same one. */
export function gistOf(report: CheckReport): string {
  const { verdict } = report;
  return [
    `${fileNameOf(report)}: ${t(`verdict.${verdict.label}`)}`,
    t(`verdict.${verdict.label}.means`),
    ...(verdict.reasons.length === 0 ? [] : ['', `${t('verdict.reasons')}:`]),
    ...verdict.reasons.map((reason) => `- ${said(reason)}`),
    '',
    `SHA-256 ${report.sha256}`,
    t('report.gist', { when: day(report.checkedAt, true) }),
  ].join('\n');
}
