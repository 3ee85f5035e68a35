/** The token of the invitation that somebody followed. It never stays in the address, and is kept for this window alone. */
const NAME = 'likeness.invitation';
let token = '';

/** The token, or an empty text. */
export function invitation(): string {
  try {
    return token || (sessionStorage.getItem(NAME) ?? '');
  } catch {
    return token;
  }
}

/** Keeps a token, so that a page that is loaded again goes on; an empty one forgets it. */
export function keepInvitation(given: string): void {
  token = given;
  try {
    if (given === '') sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, given);
  } catch {
    // Without storage it lasts as long as the page.
  }
}
