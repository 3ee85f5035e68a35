/** Where somebody wants to be after signing in with a provider, which sends everybody to the first page. Kept for this window alone. */
const NAME = 'likeness.next';

/** A page of this studio, or the first one: an address that leads elsewhere is not followed. */
export const ownPage = (address: string | null): string =>
  address !== null && /^\/(?![/\\])/.test(address) ? address : '/';

/** Keeps it. */
export function keepNext(address: string): void {
  try {
    sessionStorage.setItem(NAME, address);
  } catch {
    // Without storage one lands on the first page.
  }
}

/** What was kept, once; null where nothing was. */
export function takeNext(): string | null {
  try {
    const kept = sessionStorage.getItem(NAME);
    sessionStorage.removeItem(NAME);
    return kept === null ? null : ownPage(kept);
  } catch {
    return null;
  }
}
