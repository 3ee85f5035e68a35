/** Short notices in words. They are read out, stay long enough to be read, and can be put away. */
type Tone = 'good' | 'bad' | 'plain';

/** One notice. */
export interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
}

let list = $state.raw<readonly Toast[]>([]);
let next = 1;

/** The notices that are shown. */
export function toasts(): readonly Toast[] {
  return list;
}

/** Puts a notice away. */
export function dismiss(id: number): void {
  list = list.filter((each) => each.id !== id);
}

/** Shows a notice. What went wrong stays until it is put away. */
export function toast(text: string, tone: Tone = 'plain'): void {
  const id = next++;
  list = [...list.slice(-2), { id, tone, text }];
  if (tone !== 'bad') setTimeout(() => dismiss(id), Math.max(5000, text.length * 90));
}
