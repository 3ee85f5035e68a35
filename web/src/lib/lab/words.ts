/** Figures of the lab as the language of the page writes them. */
import { number, said, t } from '../i18n/index.svelte';
import type { Bench, Change, Figure, Interval, Share } from './types';

const DASH = '–';

/** Three digits, or as many as told; a dash where there is no figure. */
export const figure = (value: Figure, digits = 3): string =>
  value === null ? DASH : number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });

const span = ([low, high]: Interval, digits: number): string =>
  low === null || high === null ? '' : t('lab.span', { low: figure(low, digits), high: figure(high, digits) });

/** A figure with its interval in brackets. */
export const withSpan = (value: Figure, interval: Interval): string => {
  const ends = span(interval, 3);
  return value === null || ends === '' ? figure(value) : `${figure(value)} (${ends})`;
};

/** `3 of 150 (0.01 to 0.06)`; a dash where there was nothing to count. */
export const shareWords = (share: Share): string =>
  share.of === 0 ? DASH : `${t('lab.share', { hits: share.hits, of: share.of })} (${span(share.interval, 2)})`;

const signed = (value: Figure): string =>
  value === null
    ? DASH
    : number(value, { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: 'exceptZero' });

/** A change of an AUC with its sign and interval. */
export const changeWords = ({ change, interval: [low, high] }: Change): string =>
  change === null ? DASH : `${signed(change)} (${t('lab.span', { low: signed(low), high: signed(high) })})`;

/** What a detector is called. */
export const titleOf = (bench: Pick<Bench, 'titles'>, detector: string): string =>
  detector === 'fused' ? t('lab.fused') : said(bench.titles[detector] ?? detector);
