/** Every page, looked at by axe in both themes and at both widths, and gone through with the tabulator. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { faultsOf } from './web-axe.js';
import { enter, WebWorld } from './web-browser.js';
import { keyboardFaults } from './web-keyboard.js';

const world = new WebWorld();
let page: Page;

beforeAll(async () => {
  await world.open();
  ({ page } = await world.window());
  await enter(page, world.link);
}, 300_000);

afterAll(() => world.close());

it.each([
  ['/', /What is real/],
  ['/check', /Is it real/],
  ['/make', /Make/],
  ['/learn', /Learn/],
  ['/learn/trainer', /Spot the fake/],
  ['/lab', /Lab/],
  ['/docs', /The API/],
  ['/jobs', /Jobs/],
  ['/settings', /Settings/],
  ['/sign-in', /Sign in/],
  ['/welcome', /Set up/],
  ['/invitation', /Welcome/],
  ['/capture', /Your consent/],
  ['/withdraw', /Withdraw your consent/],
  ['/nowhere', /no such page/],
])('%s has no fault that axe finds, in both themes, at both widths', async (path, title) => {
  await page.goto(path);
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  expect(await faultsOf(page)).toEqual([]);
});

it('would not pass with a button that hides its focus, keeps it, or is passed over', async () => {
  await page.goto('/learn');
  await page.getByRole('heading', { level: 1, name: /Learn/ }).waitFor();
  expect(await keyboardFaults(page)).toEqual([]);
  await page.evaluate(`(() => {
    const main = document.querySelector('main');
    const add = (place, id) => {
      const button = document.createElement('button');
      button.id = id;
      button.textContent = id;
      main[place](button);
      return button;
    };
    const hidden = add('prepend', 'unseen');
    hidden.style.setProperty('outline', 'none', 'important');
    hidden.style.setProperty('box-shadow', 'none', 'important');
    const [last] = [...main.querySelectorAll('a[href], button')].slice(-1);
    last.id = 'last';
    last.addEventListener('keydown', (event) => event.preventDefault());
    add('append', 'behind');
  })()`);
  const faults = await keyboardFaults(page);
  expect(faults.some((fault) => /focus cannot be seen: .*id="unseen"/.test(fault))).toBe(true);
  expect(faults.some((fault) => /not reached by the keyboard: .*id="behind"/.test(fault))).toBe(true);
});

it('nothing broke, and nothing asked for what the security policy forbids', () => {
  expect(world.complaints).toEqual([]);
});
