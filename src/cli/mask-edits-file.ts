/** Corrections of masks from a file, given to the routes of the people they are about. */
import { readFile } from 'node:fs/promises';
import { fileError, LikenessError } from '../base/index.js';
import { parseMaskEdits } from '../synth/mask/index.js';
import type { Route } from '../synth/swap/index.js';

/**
 * The routes with the strokes of the file; as they are where no file is named.
 *
 * @throws LikenessError `mask.edits` where it is no such file or names somebody who is not routed, `file.*`
 */
export async function withMaskEdits(routes: readonly Route[], path: string | undefined): Promise<Route[]> {
  if (path === undefined) return [...routes];
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw fileError(path, 'reading the corrections of the mask', cause);
  });
  const out = [...routes];
  for (const { person, strokes } of parseMaskEdits(text, path)) {
    // A route without a number is the only one, and so is a correction without.
    const at = out.findIndex((route) => route.person === (person ?? undefined) || out.length === 1);
    const found = out[at];
    const other = person !== null && found?.person !== undefined && found.person !== person;
    if (found === undefined || other)
      throw new LikenessError(
        'mask.edits',
        `${path} corrects the mask of person ${person ?? '?'}, who is in no route.`,
        {
          hint: 'Give "person" the number that the route has.',
        },
      );
    out[at] = { ...found, strokes: [...(found.strokes ?? []), ...strokes] };
  }
  return out;
}
