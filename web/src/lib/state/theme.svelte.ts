/** Light, dark, or as the system has it. `static/before-paint.js` applies it. */
import { store, stored } from './stored';

/** What may be chosen. */
export const THEMES = ['system', 'light', 'dark'] as const;

/** One of {@link THEMES}. */
export type Theme = (typeof THEMES)[number];

const first = stored('theme');

class ThemeChoice {
  #choice = $state<Theme>(first === 'light' || first === 'dark' ? first : 'system');

  get choice(): Theme {
    return this.#choice;
  }

  set choice(theme: Theme) {
    this.#choice = theme;
    store('theme', theme === 'system' ? null : theme);
    dispatchEvent(new Event('likeness:theme'));
  }
}

/** The choice of this browser. */
export const theme = new ThemeChoice();
