/** Pages are built by one process at a time: two studios that start at once on a fresh install both find them whole. */
import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { packageRoot } from '../src/base/index.js';

const root = mkdtempSync(join(tmpdir(), 'likeness-pages-'));
const web = join(root, 'web');
const lock = join(web, '.build.lock');

/** An installation with the script as it is, and pages that are quickly built. */
beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(join(web, 'src', 'routes'), { recursive: true });
  cpSync(join(packageRoot, 'scripts', 'build-web.mjs'), join(root, 'scripts', 'build-web.mjs'));
  cpSync(join(packageRoot, 'web', 'svelte.config.js'), join(web, 'svelte.config.js'));
  symlinkSync(join(packageRoot, 'node_modules'), join(root, 'node_modules'));
  if (existsSync(join(packageRoot, 'web', 'node_modules')))
    symlinkSync(join(packageRoot, 'web', 'node_modules'), join(web, 'node_modules'));
  const files = {
    'package.json': '{"type":"module"}',
    // Says who builds.
    'vite.config.ts': `import { appendFileSync } from 'node:fs';
      import { sveltekit } from '@sveltejs/kit/vite';
      appendFileSync(${JSON.stringify(join(root, 'builders'))}, process.pid + '\\n');
      export default { plugins: [sveltekit()] };`,
    'src/app.html': '<!doctype html><html><head>%sveltekit.head%</head><body><div>%sveltekit.body%</div></body></html>',
    'src/routes/+layout.ts': 'export const ssr = false;',
    'src/routes/+page.svelte': '<p>A page</p>',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(web, name), text);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Starts one that wants the pages; its code, what it said, and whether they were whole when it ended. */
function start(): {
  readonly pid: number;
  readonly ended: Promise<{ code: number | null; said: string; whole: boolean }>;
} {
  const child = spawn(process.execPath, [join(root, 'scripts', 'build-web.mjs')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      said += String(text);
    });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { pid: child.pid ?? 0, ended: ended.then((code) => ({ code, said, whole: isWhole() })) };
}

/** Every file that the page asks for is there. */
function isWhole(): boolean {
  const build = join(web, 'build');
  if (!existsSync(join(build, 'sources.sha256'))) return false;
  const page = readFileSync(join(build, 'index.html'), 'utf8');
  const asked = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, path = '']) => path);
  return asked.some((path) => path.includes('start.')) && asked.every((path) => existsSync(join(build, path)));
}

/** Who built, each once. */
const builders = (): number[] =>
  existsSync(join(root, 'builders'))
    ? [...new Set(readFileSync(join(root, 'builders'), 'utf8').trim().split('\n').map(Number))]
    : [];

/** What is left of building. */
const leftovers = (): string[] => readdirSync(web).filter((name) => name.startsWith('.build'));

/** The number of a process that is gone. */
const gone = (): number => spawnSync(process.execPath, ['-e', '']).pid;

const settled = { code: 0, whole: true };

it('has two who start at once find whole pages, built by one of them', async () => {
  const both = [start(), start()];
  expect(await Promise.all(both.map(({ ended }) => ended))).toMatchObject([settled, settled]);
  expect(builders()).toHaveLength(1);
  expect(leftovers()).toEqual([]);
  // A third has nothing to do.
  expect(await start().ended).toMatchObject(settled);
  expect(builders()).toHaveLength(1);
}, 300_000);

it('takes over the lock of a process that is dead, by one of two alone', async () => {
  writeFileSync(lock, String(gone()));
  const both = [start(), start()];
  expect(await Promise.all(both.map(({ ended }) => ended))).toMatchObject([settled, settled]);
  expect(builders()).toHaveLength(1);
  expect(leftovers()).toEqual([]);
}, 300_000);

it('waits for a process that lives, and for one that has only just made its lock', async () => {
  for (const text of [String(process.pid), '']) {
    writeFileSync(lock, text);
    const one = start();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(builders()).toEqual([]);
    expect(readFileSync(lock, 'utf8')).toBe(text);
    process.kill(one.pid);
    await one.ended;
  }
  // Nobody writes his number for ten seconds.
  const long = new Date(Date.now() - 60_000);
  utimesSync(lock, long, long);
  const one = start();
  expect(await one.ended).toMatchObject(settled);
  expect(builders()).toEqual([one.pid]);
}, 300_000);

it('builds again, and lets go of the lock, after a build that failed', async () => {
  writeFileSync(join(web, 'src/routes/+page.svelte'), '<p>{nothing closes</p>');
  const failed = await start().ended;
  expect(failed.code).not.toBe(0);
  expect(failed.whole).toBe(false);
  expect(leftovers()).toEqual([]);
  writeFileSync(join(web, 'src/routes/+page.svelte'), '<p>A page</p>');
  expect(await start().ended).toMatchObject(settled);
}, 300_000);
