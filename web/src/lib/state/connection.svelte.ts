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
  for (const resume of waiting) resume();
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

/** Runs `resume` each time the studio is back. Returns what ends that. */
export function onReconnect(resume: () => void): () => void {
  waiting.add(resume);
  return () => waiting.delete(resume);
}
