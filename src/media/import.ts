/**
 * Files that are not MP4, MOV, WebM or MKV with a usual codec (MPEG-1, AVI, ...) become an intermediate MP4 first: almost
 * lossless picture, sound kept. The built-in codecs do it; what they cannot read goes to the system's ffmpeg, where there
 * is one. Intermediates lie in the temporary folder under the hash of the original's contents.
 */
import { spawn } from 'node:child_process';
import { mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileError, hasErrno, LikenessError, messageOf, sha256File, temporaryBeside } from '../base/index.js';

/** libav's names of what is imported. Naming the reader keeps a file from posing as a playlist that opens others. */
const READERS: Readonly<Record<string, string>> = {
  mpeg: 'mpeg',
  'mpeg-es': 'mpegvideo',
  mpegts: 'mpegts',
  avi: 'avi',
  flv: 'flv',
  asf: 'asf',
  mp4: 'mov',
  mov: 'mov',
  mkv: 'matroska',
};

/** libav's name of the reader for what {@link sniff} found. */
export const readerOf = (name: string): string => READERS[name] ?? name;

/** Part of the cache key: another way of importing must not find the files of this one. */
const RECIPE = 'v2';

/** Runs a program and gives its standard error; `null` where it is not installed. */
async function run(command: string, args: readonly string[]): Promise<{ code: number; errors: string } | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true });
    let errors = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      errors = (errors + text).slice(-2000);
    });
    child.on('error', (cause: NodeJS.ErrnoException) => (cause.code === 'ENOENT' ? resolve(null) : reject(cause)));
    child.on('close', (code) => resolve({ code: code ?? 1, errors: errors.trim() }));
  });
}

/** The folder of the intermediates, of this user alone: a shared temporary folder must not be a way to slip files in. */
async function cacheFolder(): Promise<string> {
  const folder = join(tmpdir(), `likeness-import-${userInfo().uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const facts = await stat(folder);
  if (process.platform !== 'win32' && facts.uid !== userInfo().uid)
    throw new LikenessError('file.permission', `${folder} belongs to somebody else.`, {
      hint: 'Set TMPDIR to a folder of your own.',
    });
  return folder;
}

/** Imports through the system's ffmpeg. */
async function importWithFfmpeg(path: string, name: string, part: string, builtIn: unknown): Promise<void> {
  const reader = ['-protocol_whitelist', 'file', '-f', readerOf(name), '-i', path];
  const video = ['-map', '0:v:0?', '-c:v', 'libx264', '-preset', 'veryfast', '-crf', '8', '-pix_fmt', 'yuv420p'];
  const sound = ['-map', '0:a?', '-c:a', 'aac', '-b:a', '256k'];
  // -bitexact keeps the clock out of the file, so that the same original gives the same intermediate.
  const args = ['-v', 'error', '-nostdin', '-y', ...reader, ...video, ...sound, '-bitexact', '-f', 'mp4', part];
  const done = await run(process.env['LIKENESS_FFMPEG'] ?? 'ffmpeg', args);
  if (done === null)
    throw new LikenessError(
      'media.needs-ffmpeg',
      `${path} holds ${name.toUpperCase()} that the built-in codecs cannot read: it is damaged or cut short, or needs ffmpeg, which is not installed.`,
      {
        hint: 'Copy or export the file again. If it plays elsewhere, install ffmpeg (it is found through PATH), or convert the file to MP4.',
        cause: builtIn,
      },
    );
  if (done.code === 0) return;
  if (done.errors.includes('No space left')) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  const said = messageOf(builtIn).split('\n')[0] ?? '';
  throw new LikenessError('media.damaged', `${path} cannot be read by the built-in codecs nor by ffmpeg: ${said}`, {
    hint: 'Copy or export the file again.',
    cause: builtIn,
  });
}

/**
 * The intermediate of a foreign file, made now or found from an earlier time.
 *
 * @param name what the contents are: `mpeg`, `avi`, ...
 * @returns path of an MP4 in the temporary folder
 * @throws LikenessError `media.needs-ffmpeg`, `media.damaged`, `file.full`, ...
 */
export async function importForeign(path: string, name: string): Promise<string> {
  const hash = await sha256File(path);
  const folder = await cacheFolder();
  const target = join(folder, `${hash.slice(0, 40)}-${RECIPE}.mp4`);
  try {
    if ((await stat(target)).size > 0) {
      const now = new Date();
      // A fresh date keeps cleaners of the temporary folder away from what is in use.
      await utimes(target, now, now).catch(() => undefined);
      return target;
    }
  } catch {
    // Not imported yet.
  }
  const part = `${temporaryBeside(target)}.mp4`;
  try {
    try {
      // Seldom needed, and slow to load.
      const { importWithLibav } = await import('./import-libav.js');
      await importWithLibav(path, READERS[name] ?? name, part);
    } catch (builtIn) {
      if (hasErrno(builtIn, 'ENOSPC')) throw builtIn;
      await importWithFfmpeg(path, name, part, builtIn);
    }
    await rename(part, target);
    return target;
  } catch (cause) {
    throw fileError(target, 'importing', cause);
  } finally {
    await rm(part, { force: true }).catch(() => undefined);
  }
}
