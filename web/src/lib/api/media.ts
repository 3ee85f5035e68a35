/** Files of the studio: they come in pages. */
import { api } from './client';
import type { Items, Media } from './types';

/** Files that are loaded at most: what is older is found by its content. */
const MOST = 500;

/** The files of the studio, newest first. */
export async function loadMedia(): Promise<Media[]> {
  const all: Media[] = [];
  for (let next: string | null = ''; next !== null && all.length < MOST; ) {
    const before: string = next === '' ? '' : `?before=${next}`;
    const page: Items<Media> & { readonly next: string | null } = await api(`/media${before}`);
    all.push(...page.items);
    next = page.next;
  }
  return all;
}

/** The file with this content, or null. */
export async function mediaBySha256(sha256: string): Promise<Media | null> {
  const { items } = await api<Items<Media>>(`/media?sha256=${sha256}`);
  return items[0] ?? null;
}
