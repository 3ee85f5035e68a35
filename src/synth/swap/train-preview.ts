/** The preview of a training, as it is written: marked and labelled, like everything that shows a face on another. */
import { likenessVersion } from '../../base/index.js';
import type { Grant } from '../../consent/index.js';
import { languageFor, Marker, sealPreview, watermarkPayload } from '../../label/index.js';
import type { Frame } from '../../media/index.js';

/** Whose preview it is. */
export interface PreviewOf {
  /** For the operation `train`. */
  readonly grant: Grant;
  readonly sourceSha256: string;
  readonly targetSha256: string;
  readonly preset: string;
  readonly territory: string | undefined;
}

/**
 * Marks and labels a sheet in place, and writes it.
 *
 * @throws ConsentRefusedError where the grant does not stand any more; LikenessError `label.*`, `file.*`
 */
export async function writeTrainingPreview(sheet: Frame, to: string, of: PreviewOf): Promise<void> {
  const { grant, sourceSha256, targetSha256, preset, territory } = of;
  const { width, height } = sheet;
  const { law, source } = grant.terms;
  const marker = new Marker({
    payload: watermarkPayload([targetSha256, sourceSha256, source.recordDigest, 'training', preset]),
    label: { kind: 'corner', language: languageFor(territory) },
    footage: { width, height, frames: 1, frameRate: 0, cuts: [], faces: [] },
    duties: [...law.required, ...law.defaults],
  });
  marker.apply(sheet, 0);
  await sealPreview(sheet, to, {
    grant,
    operation: 'train',
    targetSha256,
    marker,
    title: 'preview.png',
    description: 'Preview of a training, with documented consent',
    agent: { name: `Likeness gan ${preset}`, version: likenessVersion() },
  });
}
