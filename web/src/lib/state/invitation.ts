/** The token of the invitation that somebody followed, as long as the page is open. It never stays in the address. */
let token = '';

/** The token, or an empty text. */
export const invitation = (): string => token;

/** Keeps a token. */
export function keepInvitation(given: string): void {
  token = given;
}
