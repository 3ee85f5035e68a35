/** Trust lists and authorities for tests: lists in the form of C2PA, a root with what is below it, labels under them. */
import { writeFileSync } from 'node:fs';
import { importSigner } from '../src/label/index.js';
import { EKU, type Issued, issue } from './label-authority.js';
import { filmBytes } from './label-film.js';
import type { Studio } from './label-made.js';

/** Seals a film under a chain whose root is not in the label. */
export async function sealedBy(studio: Studio, ...chain: readonly Issued[]): Promise<string> {
  const [leaf] = chain as readonly [Issued];
  await importSigner({
    chain: chain.map((c) => c.pem).join('\n'),
    chainName: 'chain.pem',
    key: leaf.keyPem,
    keyName: 'key.pem',
  });
  writeFileSync(studio.path('tmp'), filmBytes({ bytes: 3000, seed: 2 }));
  return studio.made('out.mp4', studio.path('tmp'));
}

/** From here on another machine looks, which did not make the label. */
export function elsewhere(studio: Studio): void {
  process.env['LIKENESS_HOME'] = studio.path('elsewhere');
}

let lists = 0;
/** A list in the form in which C2PA publishes its own. */
export function lote(
  studio: Studio,
  entries: readonly [Issued, 'trusted' | 'untrusted'][],
  title = 'C2PA Trust List',
  issued = '2027-01-02T03:04:05Z',
): string {
  const list = {
    LoTE: {
      ListAndSchemeInformation: {
        LoTEVersionIdentifier: 1,
        LoTESequenceNumber: 7,
        SchemeName: [{ lang: 'en', value: title }],
        ListIssueDateTime: issued,
        NextUpdate: '2028-01-02T03:04:05Z',
      },
      TrustedEntitiesList: entries.map(([{ certificate }, status]) => ({
        TrustedEntityInformation: { TEName: [{ lang: 'en', value: 'Test' }] },
        TrustedEntityServices: [
          {
            ServiceInformation: {
              ServiceName: [{ lang: 'en', value: certificate.subject }],
              ServiceDigitalIdentity: {
                X509Certificates: [{ val: Buffer.from(certificate.rawData).toString('base64') }],
              },
              ServiceStatus: `http://c2pa.org/conformance/trust-list/${status}`,
              StatusStartingTime: '2026-01-01T00:00:00Z',
            },
          },
        ],
      })),
    },
  };
  const path = studio.path(`list-${lists++}.json`);
  writeFileSync(path, JSON.stringify(list, null, 2));
  return path;
}

/** A root, an authority below it, and a signer below that. */
export async function authorities(
  options: { days?: number } = {},
): Promise<{ root: Issued; middle: Issued; leaf: Issued }> {
  const root = await issue({ name: 'Camera root', ca: true, days: 3650, kind: 'P-384' });
  const middle = await issue({
    name: 'Camera authority',
    ca: true,
    by: root,
    days: 3650,
    usages: [EKU.claim, EKU.email],
  });
  const leaf = await issue({ name: 'Camera 12', by: middle, usages: [EKU.claim, EKU.email], ...options });
  return { root, middle, leaf };
}
