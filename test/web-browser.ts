/** A studio in a process of its own, and one browser that visits it: for the tests of the pages. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sparticuz from '@sparticuz/chromium';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const root = join(import.meta.dirname, '..');

/** What the owner of these studios signs in with. */
export const OWNER = { name: 'Ada Example', email: 'ada@example.org', password: 'correct horse battery' } as const;

/** See the head of this file. */
export class WebWorld {
  readonly folder = mkdtempSync(join(tmpdir(), 'likeness-web-'));
  /** What a page complained about: errors of scripts, things that the security policy forbade. */
  readonly complaints: string[] = [];
  origin = '';
  /** The address that signs the owner in, once. */
  link = '';
  #studio: ChildProcess | null = null;
  #browser: Browser | null = null;

  /**
   * Starts the studio as a user does, and the browser.
   *
   * @param more arguments of the browser
   */
  async open(more: readonly string[] = []): Promise<void> {
    const [started, browser] = await Promise.all([this.#start(), launch(more)]);
    this.origin = started.origin;
    this.link = started.link;
    this.#browser = browser;
  }

  async #start(): Promise<{ origin: string; link: string }> {
    const args = [join(root, 'bin', 'likeness.mjs'), 'studio', '--port', '0', '--no-open'];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, LIKENESS_HOME: join(this.folder, 'home') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#studio = child;
    return new Promise((resolve, reject) => {
      let said = '';
      let errors = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /Open:\s+((http:\/\/[^/\s]+)\/#link=\S+)/.exec(said);
        if (found?.[1] !== undefined && found[2] !== undefined) resolve({ link: found[1], origin: found[2] });
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        errors += chunk.toString();
      });
      child.on('exit', (code) => reject(new Error(`The studio ended with ${code}: ${errors}`)));
    });
  }

  /** A window with cookies and storage of its own. */
  async window(options: BrowserContextOptions = {}): Promise<{ context: BrowserContext; page: Page }> {
    if (this.#browser === null) throw new Error('The browser is not open.');
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 900 },
      reducedMotion: 'reduce',
      locale: 'en',
      baseURL: this.origin,
      ...options,
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      // Answers that refuse are part of what is tested.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
        this.complaints.push(`${page.url()}: ${message.text()}`);
    });
    return { context, page };
  }

  async close(): Promise<void> {
    await this.#browser?.close();
    const studio = this.#studio;
    if (studio !== null && studio.exitCode === null) {
      const ended = new Promise((resolve) => studio.once('exit', resolve));
      studio.kill('SIGTERM');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Comes in by the link of the command, and says who owns the studio. */
export async function enter(page: Page, link: string): Promise<void> {
  await page.goto(link);
  // The first database of an installation takes its time on a machine that does other work.
  await page.getByRole('heading', { name: 'Set up your studio' }).waitFor({ timeout: 120_000 });
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('E-mail address').fill(OWNER.email);
  await page.getByLabel('Password').fill(OWNER.password);
  await page.getByRole('button', { name: 'Open the studio' }).click();
  await page.getByRole('heading', { name: 'What is real, and who agreed' }).waitFor();
}

async function launch(more: readonly string[]): Promise<Browser> {
  // The package is made for one-process functions in the cloud; here the browser runs as on a desk.
  const args = sparticuz.args.filter((each) => !/single-process|headless|zygote/.test(each));
  return chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: [...args, '--no-sandbox', '--disable-background-networking', ...more],
    headless: true,
  });
}
