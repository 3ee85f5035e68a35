/** Analyses as JSON files. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EXPRESSION_NAMES, fileError, LikenessError, parseJsonAs, temporaryBeside } from '../../base/index.js';
import {
  type AnalysisDocument,
  analysisSchema,
  type DocumentOptions,
  faceDocument,
  maskDocument,
  trackHead,
} from './schema.js';
import type { Analysis } from './types.js';

/** The text of a document, piece by piece, one face at a time. */
function* pieces(analysis: Analysis, options: DocumentOptions): Generator<string> {
  const { version, media, frames, cuts, remarks } = analysis;
  const head = JSON.stringify({ version, media, frames, cuts, remarks, expressionNames: EXPRESSION_NAMES });
  yield `${head.slice(0, -1)},"tracks":[`;
  for (const [i, track] of analysis.tracks.entries()) {
    yield `${i > 0 ? ',' : ''}\n${JSON.stringify(trackHead(track, options)).slice(0, -1)},"masks":[`;
    const masks = options.landmarks === false ? [] : track.masks;
    for (const [k, mask] of masks.entries()) yield `${k > 0 ? ',' : ''}\n${JSON.stringify(maskDocument(mask))}`;
    yield '],"faces":[';
    for (const [k, face] of track.faces.entries())
      yield `${k > 0 ? ',' : ''}\n${JSON.stringify(faceDocument(face, options.landmarks ?? true))}`;
    yield ']}';
  }
  yield ']}\n';
}

/**
 * Writes an analysis as JSON, whole or not at all. Identity embeddings are biometric templates and are left out unless
 * asked for.
 */
export async function writeAnalysis(path: string, analysis: Analysis, options: DocumentOptions = {}): Promise<void> {
  const part = temporaryBeside(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(part, 'wx');
    try {
      let waiting = '';
      for (const piece of pieces(analysis, options)) {
        waiting += piece;
        if (waiting.length < 1 << 20) continue;
        await handle.writeFile(waiting);
        waiting = '';
      }
      await handle.writeFile(waiting);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true }).catch(() => undefined);
    throw fileError(path, 'writing the analysis', cause);
  }
}

/**
 * Reads and checks an analysis that was written as JSON. `fromDocument` makes an {@link Analysis} of it where landmarks
 * and embeddings were written too.
 *
 * @throws LikenessError `analysis.invalid` naming the first field that does not fit
 */
export async function readAnalysis(path: string): Promise<AnalysisDocument> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading the analysis', cause);
  }
  return parseJsonAs(
    text,
    analysisSchema,
    (what, cause) =>
      new LikenessError('analysis.invalid', `${path} is no analysis: ${what}.`, {
        hint: 'Make it again with likeness analyze.',
        cause,
      }),
  );
}
