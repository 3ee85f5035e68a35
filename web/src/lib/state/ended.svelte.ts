/**
 * A session that ends while a page is open. The page stays as it is, with everything that was written on it; whoever asked the
 * studio for something waits until the same person is back, and then asks again.
 */
let present = false;
let over = $state(false);
let asked = $state(false);
let waiting: ((back: boolean) => void)[] = [];

function answer(back: boolean): void {
  const all = waiting;
  waiting = [];
  for (const each of all) each(back);
}

/** True from the end of a session until the person is back. */
export function isEnded(): boolean {
  return over;
}

/** Whether the person is being asked to sign in now. */
export function isAsked(): boolean {
  return asked;
}

/** Asks the person to sign in. */
export function askAgain(): void {
  over = true;
  asked = true;
}

/** Takes down whether somebody is signed in. */
export function setPresent(somebody: boolean): void {
  present = somebody;
  if (!somebody) return;
  over = false;
  asked = false;
  answer(true);
}

/** The person will not sign in now: what they asked for is refused. */
export function notNow(): void {
  asked = false;
  answer(false);
}

/**
 * For whoever was told that nobody is signed in: asks the person to sign in again, and waits for that.
 *
 * @returns false where nobody was signed in, they will not now, or `signal` says that nobody waits any more
 */
export async function signedInAgain(signal?: AbortSignal): Promise<boolean> {
  if (!present || signal?.aborted === true) return false;
  askAgain();
  return new Promise((resolve) => {
    waiting.push(resolve);
    signal?.addEventListener('abort', () => resolve(false));
  });
}
