/** What of a page the keyboard does not reach, or reaches without a sign of it. */
import type { Page } from 'playwright-core';

// What runs in the browser is text: its types are not those of this program.

/** Marks what can be used, and begins in front of the page. Of radio buttons with one name the keyboard stops at one. */
const MARK = `() => {
  const usable = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const place = document.querySelector('dialog:modal') ?? document;
  const groups = new Set();
  let count = 0;
  for (const each of document.querySelectorAll('[data-walk]')) delete each.dataset.walk;
  for (const each of place.querySelectorAll(usable)) {
    const gone = each.matches(':disabled') || each.tabIndex < 0 || each.type === 'hidden' || each.closest('[inert]') !== null;
    if (gone || !each.checkVisibility({ visibilityProperty: true })) continue;
    if (each.type === 'radio') {
      const group = (each.form?.id ?? '') + each.name;
      if (groups.has(group)) continue;
      groups.add(group);
    }
    each.dataset.walk = String(count++);
  }
  // Where the tabulator begins: in front of everything.
  const start = document.createElement('span');
  start.tabIndex = -1;
  (place.body ?? place).prepend(start);
  start.focus();
  start.remove();
  return count;
}`;

/** Where the focus is: the mark, whether it can be seen, and what it is. Null outside of the page. */
const LOOK = `() => {
  const at = document.activeElement;
  if (at === null || at === document.body || at === document.documentElement) return null;
  const first = at.type === 'radio' && at.dataset.walk === undefined
    ? [...document.querySelectorAll('input[type=radio][data-walk]')].find((each) => each.name === at.name && each.form === at.form)
    : at;
  const shown = (each) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  };
  const near = [at, ...(at.labels ?? []), at.parentElement, at.nextElementSibling].filter((each) => each instanceof Element);
  // The controls of a player are the browser's own, and show it themselves.
  const seen = at.localName === 'video' || at.localName === 'audio' || near.some(shown);
  return { mark: first?.dataset.walk ?? null, seen, what: at.outerHTML.slice(0, 160) };
}`;

interface Stop {
  readonly mark: string | null;
  readonly seen: boolean;
  readonly what: string;
}

/** Goes through the whole page by the tabulator. @returns a line for each fault */
export async function keyboardFaults(page: Page): Promise<string[]> {
  const count = await page.evaluate<number>(`(${MARK})()`);
  const reached = new Set<string>();
  const faults = new Set<string>();
  // Fields of date and time, and players, have several stops each; and the focus goes on from where it was last, round the
  // end of the page. Where something keeps it, what comes behind is not reached.
  for (let i = 0; i < 6 * count + 40 && reached.size < count; i++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate<Stop | null>(`(${LOOK})()`);
    if (stop === null) continue;
    if (stop.mark !== null) reached.add(stop.mark);
    if (!stop.seen) faults.add(`focus cannot be seen: ${stop.what}`);
  }
  for (let mark = 0; mark < count; mark++)
    if (!reached.has(String(mark))) {
      const what = await page.evaluate<string>(
        `document.querySelector('[data-walk="${mark}"]')?.outerHTML.slice(0, 160) ?? ''`,
      );
      // A list that was renewed meanwhile has other elements.
      if (what !== '') faults.add(`not reached by the keyboard: ${what}`);
    }
  return [...faults];
}
