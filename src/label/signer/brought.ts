/** A signer that the user brought: certificate chain and private key of their own, in place of the authority made here. */
import { createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LikenessError, likenessHome, messageOf } from '../../base/index.js';
import { lockSecret, secretBoxSchema, unlockSecret, writePrivate } from '../../consent/index.js';
import { type CheckedSigner, checkSigner } from './certificates.js';
import { retireRoot } from './retired.js';

const schema = z.strictObject({
  type: z.literal('LikenessSigner'),
  chain: z.array(z.string()).min(1),
  root: z.string().nullable(),
  key: secretBoxSchema,
});
type BroughtFile = z.infer<typeof schema>;

const PURPOSE = 'ca:brought';

/** Where a signer that was brought lies. */
export const broughtPath = (): string => join(likenessHome(), 'ca', 'signer.json');

/** The file, or `null` where none was brought. */
export function readBrought(): BroughtFile | null {
  if (!existsSync(broughtPath())) return null;
  try {
    return schema.parse(JSON.parse(readFileSync(broughtPath(), 'utf8')));
  } catch (cause) {
    throw new LikenessError(
      'label.certificate.damaged',
      `${broughtPath()} is damaged: ${messageOf(cause).slice(0, 200)}`,
      {
        hint: 'Import the certificate and its key again, or remove the file to go back to the authority of this machine.',
        cause,
      },
    );
  }
}

/** Keeps a checked signer, its key encrypted. The root of one that was there before stays trusted on this machine. */
export async function storeBrought({ chain, root, key }: CheckedSigner): Promise<void> {
  const der = key.export({ format: 'der', type: 'pkcs8' });
  const file: BroughtFile = {
    type: 'LikenessSigner',
    chain: chain.map((c) => c.pem),
    root: root?.pem ?? null,
    key: await lockSecret(der, PURPOSE),
  };
  der.fill(0);
  await retireBrought();
  await writePrivate(broughtPath(), `${JSON.stringify(file, null, 2)}\n`);
}

/** Removes a brought signer; its root stays trusted on this machine for the labels made so far. */
export async function retireBrought(): Promise<void> {
  const before = existsSync(broughtPath()) ? readBrought() : null;
  if (before === null) return;
  const anchor = before.root ?? before.chain.at(-1);
  if (anchor !== undefined) await retireRoot(anchor);
  await rm(broughtPath(), { force: true });
}

/** Opens the signer that was brought, and checks it again: certificates expire. */
export async function openBrought(file: BroughtFile): Promise<CheckedSigner> {
  const der = await unlockSecret(file.key, PURPOSE, 'The key of the label signer');
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const pem = key.export({ format: 'pem', type: 'pkcs8' }).toString();
  return checkSigner({
    chain: [...file.chain, ...(file.root === null ? [] : [file.root])].join('\n'),
    chainName: broughtPath(),
    key: pem,
    keyName: broughtPath(),
  });
}
