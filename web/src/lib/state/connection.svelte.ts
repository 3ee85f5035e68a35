/** Whether the studio answers. When it does not, a banner says so and the page asks again until it does. */
let answers = $state(true);
let timer: ReturnType<typeof setTimeout> | undefined;
const waiting = new Set<() => void>();

/** True while the studio answers. */
export function isConnected(): boolean {
  return answers;
}

/** Called when an answer came. */
export function reached(): void {
  if (answers) return;
  answers = true;
  clearTimeout(timer);
  resume();
}

/** Lets go on what waited for the studio, or for the person to sign in again. */
export function resume(): void {
  for (const each of waiting) each();
}

/** Called when no answer came: asks again every three seconds. */
export function lost(): void {
  answers = false;
  clearTimeout(timer);
  timer = setTimeout(() => void ask(), 3000);
}

/** Asks the studio whether it is there, keeps the answer in {@link isConnected}, and returns it. */
export async function ask(): Promise<boolean> {
  try {
    const response = await fetch('/health', { cache: 'no-store' });
    if (response.status < 500) {
      reached();
      return true;
    }
  } catch {
    // Still gone.
  }
  lost();
  return false;
}

/** Runs `goOn` each time the studio is back, or the person. Returns what ends that. */
export function onReconnect(goOn: () => void): () => void {
  waiting.add(goOn);
  return () => waiting.delete(goOn);
}
