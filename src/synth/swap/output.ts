/** Where a result goes: what is asked before anything long is begun. */
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { fileError, LikenessError, temporaryBeside } from '../../base/index.js';
import { refuseSameFile } from '../../media/index.js';

/** Endings that can be written. */
const ENDINGS = ['.mp4', '.m4v', '.mov', '.webm', '.png', '.jpg', '.jpeg', '.webp'];

/**
 * Refuses an output that cannot be written, is one of the inputs, or would replace a file without leave.
 *
 * @throws LikenessError `media.output-format`, `file.exists`, `file.*`
 */
export async function refuseOutput(out: string, overwrite: boolean, inputs: readonly string[]): Promise<void> {
  if (!ENDINGS.includes(extname(out).toLowerCase()))
    throw new LikenessError('media.output-format', `${out} does not end in a kind of file that can be written.`, {
      hint: `Choose one of ${ENDINGS.join(', ')}.`,
    });
  await refuseSameFile(out, [...inputs]);
  if (overwrite) return;
  const there = await stat(out).catch(() => null);
  if (there)
    throw new LikenessError('file.exists', `${out} exists already.`, {
      hint: 'Name another file, or add --overwrite.',
    });
}

/**
 * Makes sure that the output can be put where it is wanted, before anything long is begun.
 *
 * @throws LikenessError `file.*`
 */
export async function tryOutput(out: string): Promise<void> {
  const probe = temporaryBeside(resolve(out));
  try {
    await mkdir(dirname(probe), { recursive: true });
    await (await open(probe, 'wx')).close();
    await rm(probe, { force: true });
  } catch (cause) {
    throw fileError(out, 'making a file there', cause);
  }
}
