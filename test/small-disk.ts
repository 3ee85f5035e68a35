/**
 * A studio as a process of its own whose home lies on a small file system: mounted in a namespace of its own, which goes with
 * the process. What lies there is reached through `/proc`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/base/index.js';
import { freePort } from './postgres.js';
import { RenderWorld } from './render-world.js';

const mount = (megabytes: number, at: string): string => `mount -t tmpfs -o size=${megabytes}m small ${at}`;

/** Why no file system can be mounted here; null where one can. */
export function whyNoSmallDisk(): string | null {
  const at = mkdtempSync(join(tmpdir(), 'likeness-mount-'));
  const tried = spawnSync('unshare', ['-rm', 'sh', '-c', mount(1, at)], { encoding: 'utf8' });
  rmSync(at, { recursive: true, force: true });
  if (tried.status === 0) return null;
  return (tried.error?.message ?? tried.stderr).trim().split('\n')[0] ?? 'it did not work';
}

/** See the head of this file. */
export class SmallDisk extends RenderWorld {
  #child: ChildProcess | null = null;
  #said = '';

  /** The small disk, as seen from here. */
  get disk(): string {
    return `/proc/${this.#child?.pid}/root${this.at('disk')}`;
  }

  /** Where the studio lives, as seen from here. */
  get home(): string {
    return join(this.disk, 'home');
  }

  get alive(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts the studio on an empty disk. This process takes its home for the studio's. */
  async openOn(megabytes: number): Promise<void> {
    mkdirSync(this.at('disk'));
    const port = await freePort();
    const studio = `exec "${process.execPath}" "${join(packageRoot, 'bin/likeness.mjs')}" studio --port ${port} --no-open --json`;
    const child = spawn('unshare', ['-rm', 'sh', '-c', `${mount(megabytes, this.at('disk'))} && ${studio}`], {
      env: { ...process.env, LIKENESS_HOME: this.at('disk/home'), DATABASE_URL: '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    child.stderr.on('data', (text) => {
      this.#said += String(text);
    });
    while (!this.#said.includes('studio opened')) {
      if (!this.alive) throw new Error(this.#said);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    process.env['LIKENESS_HOME'] = this.home;
    const origin = `http://127.0.0.1:${port}`;
    const startAddress = (): string =>
      `${origin}/#link=${readFileSync(join(this.home, 'studio', 'link.token'), 'utf8')}`;
    this.studio = { origin, startAddress, close: () => this.#end() } as typeof this.studio;
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child === null || !this.alive) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }

  /** Free bytes. */
  get free(): number {
    const { bavail, bsize } = statfsSync(this.disk);
    return bavail * bsize;
  }

  /** Puts so much onto the disk that no more than `left` bytes are free. */
  fill(left: number): void {
    const file = openSync(join(this.disk, 'ballast'), 'a');
    const zeros = Buffer.alloc(1 << 20);
    try {
      for (let more = this.free - left; more > 0; more = this.free - left)
        writeSync(file, zeros, 0, Math.min(more, zeros.length));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
    } finally {
      closeSync(file);
    }
  }

  /** Makes room again. */
  clear(): void {
    rmSync(join(this.disk, 'ballast'), { force: true });
  }
}
