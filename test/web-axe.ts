/**
 * What axe finds wrong with a page and what is wider than the window, in both themes and at both widths; and what the keyboard
 * does not reach.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { keyboardFaults } from './web-keyboard.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// What runs in the browser is text: its types are not those of this program.

/** What axe finds in one theme. Colours on their way from one theme to the other are nobody's fault. */
const EXAMINE = `async (theme) => {
  document.documentElement.dataset.theme = theme;
  for (const each of document.getAnimations()) if (each instanceof CSSTransition) each.finish();
  const { violations } = await axe.run({ resultTypes: ['violations'] });
  const wide = document.documentElement.scrollWidth > innerWidth ? ['wider than the window'] : [];
  return [...wide, ...violations.map(({ id, nodes }) => id + ': ' + nodes[0]?.html.slice(0, 200))];
}`;

/** See the head of this file. */
export async function faultsOf(page: Page): Promise<string[]> {
  await expect.poll(() => page.getByText('Loading …').count(), { timeout: 60_000 }).toBe(0);
  // Evaluated by the debugger, which the page's security policy does not concern.
  await page.evaluate(axe);
  const faults: string[] = [];
  for (const width of [1280, 360])
    for (const theme of ['light', 'dark']) {
      await page.setViewportSize({ width, height: 800 });
      const found = await page.evaluate<string[]>(`(${EXAMINE})('${theme}')`);
      faults.push(...found.map((fault) => `${new URL(page.url()).pathname} ${theme} ${width}: ${fault}`));
    }
  await page.setViewportSize({ width: 1280, height: 900 });
  const path = new URL(page.url()).pathname;
  faults.push(...(await keyboardFaults(page)).map((fault) => `${path} ${fault}`));
  return faults;
}
