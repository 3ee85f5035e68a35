/** Small settings that stay in this browser. Storage may be forbidden or full: then they last until the page is left. */
const PREFIX = 'likeness.';

/** The stored text, or null. */
export function stored(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/** Stores a text; null forgets it. */
export function store(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    // Kept for this page alone.
  }
}
