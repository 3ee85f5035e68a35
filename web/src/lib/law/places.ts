/** Names of places in the language of the page. */
import { isKey, t } from '../i18n/index.svelte';

const STATES: Readonly<Record<string, string>> = {
  'US-CA': 'California',
  'US-IL': 'Illinois',
  'US-MN': 'Minnesota',
  'US-NY': 'New York',
  'US-TN': 'Tennessee',
  'US-TX': 'Texas',
};

/** A place's name: `Germany`, `California`. What has no name here keeps its code. */
export function placeName(place: string, locale: string): string {
  const key = `law.place.${place}`;
  if (isKey(key)) return t(key);
  if (place === 'HOUSE') return 'Likeness';
  const state = STATES[place];
  if (state !== undefined) return state;
  if (!/^[A-Z]{2}$/.test(place)) return place;
  return new Intl.DisplayNames([locale], { type: 'region' }).of(place) ?? place;
}
