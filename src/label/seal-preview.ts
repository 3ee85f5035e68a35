/**
 * Labels for pictures that are shown while something is still being made: the sheet of a training, a frame of a render.
 * They are as synthetic as what comes of it, and leave under the same grant; but nobody keeps them, so the audit log and the
 * store of labels do not hold them, and no authority is asked for the time.
 */
import { rename, rm } from 'node:fs/promises';
import { likenessVersion, temporaryBeside, writeAtomic } from '../base/index.js';
import type { Grant, Operation } from '../consent/index.js';
import { encodePicture, type Frame } from '../media/index.js';
import { memorySource } from './c2pa/blob.js';
import { signAsset } from './c2pa/library.js';
import { readLabel } from './inspect.js';
import { createdManifest, type SealDetails } from './manifest.js';
import type { Marker } from './marker.js';
import { pngWithXmp } from './metadata/index.js';
import { assertReadsBack, coveringGrants } from './seal-checks.js';
import { labelSigner } from './signer/signer.js';

/** What {@link sealPreview} needs. */
export interface PreviewOptions extends Pick<SealDetails, 'title' | 'description' | 'agent'> {
  /** The leave it is made under; one grant per pair of people. */
  readonly grant: Grant | readonly Grant[];
  readonly operation: Operation;
  /** SHA-256 of the footage that is changed; the grants must cover it. */
  readonly targetSha256: string;
  /** Whose marks the picture carries already. */
  readonly marker: Marker;
}

/**
 * Labels a marked picture and writes it to `to`, a PNG: whole or not at all, and never without its label.
 *
 * @param picture carries the visible label and the watermark of `marker`
 * @throws ConsentRefusedError where a grant does not cover it or does not stand any more
 * @throws LikenessError `consent.grant.*`, `label.sign`, `label.readback`, `label.certificate.*`, `file.*`
 */
export async function sealPreview(picture: Frame, to: string, options: PreviewOptions): Promise<void> {
  const { grant, operation, targetSha256, marker, title } = options;
  const grants = coveringGrants(grant, { operation, targetSha256 });
  const { signer, rooted } = await labelSigner({ stamped: false });
  const plain = pngWithXmp(await encodePicture(picture, 'png'), marker.xmp(`Likeness ${likenessVersion()}`));
  const { asset } = await signAsset({
    asset: { mime: 'image/png', source: memorySource(plain) },
    manifest: createdManifest({ ...options, ...marker.details }, grants, likenessVersion()),
    parent: null,
    signer,
  });
  const part = `${temporaryBeside(to)}.png`;
  try {
    await writeAtomic(part, asset, 0o600);
    const { report } = await readLabel(part, null);
    assertReadsBack(report, rooted, title);
    await rename(part, to);
  } finally {
    await rm(part, { force: true });
  }
}
