/**
 * Lists of trusted entities in JSON (ETSI TS 119 602), the form in which C2PA publishes its lists. Only what trust needs is
 * read; only services whose status is `trusted` are believed.
 */
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { LikenessError, parseJsonAs } from '../../base/index.js';
import { plainText } from '../../consent/index.js';
import type { ListOrigin } from './types.js';

const names = z.array(z.object({ lang: z.string().optional(), value: z.string() })).min(1);
const day = z.iso.datetime({ offset: true });

const schema = z.object({
  LoTE: z.object({
    ListAndSchemeInformation: z.object({
      LoTESequenceNumber: z.int().optional(),
      SchemeName: names.optional(),
      ListIssueDateTime: day,
      NextUpdate: day.nullish(),
    }),
    TrustedEntitiesList: z
      .array(
        z.object({
          TrustedEntityServices: z.array(
            z.object({
              ServiceInformation: z.object({
                ServiceName: names,
                ServiceDigitalIdentity: z.object({
                  X509Certificates: z.array(z.object({ val: z.string() })).optional(),
                }),
                ServiceStatus: z.string().optional(),
              }),
            }),
          ),
        }),
      )
      .optional(),
  }),
});

/** What such a list holds. */
export interface ReadLote {
  readonly origin: ListOrigin;
  /** PEM. */
  readonly certificates: readonly string[];
  /** PEM. */
  readonly distrusted: readonly string[];
}

const english = (list: z.infer<typeof names>): string =>
  plainText((list.find(({ lang }) => lang === 'en') ?? list[0])?.value ?? '', 80);

const wrong = (code: string, message: string, cause?: unknown): LikenessError =>
  new LikenessError(`label.trust.${code}`, message, {
    hint: 'Give the list as its publisher offers it: a PEM file, or JSON as in ETSI TS 119 602.',
    cause,
  });

function certificateOf(base64: string, service: string, where: string): string {
  try {
    return new X509Certificate(Buffer.from(base64, 'base64')).toString();
  } catch (cause) {
    throw wrong('certificate', `The certificate of "${service}" in ${where} cannot be read.`, cause);
  }
}

/** Whether a text is meant as JSON. */
export const looksLikeJson = (text: string): boolean => /^[\s\ufeff]*[{[]/.test(text);

/**
 * Reads a list. A certificate that is named both as trusted and with another status is not believed.
 *
 * @param where how errors call the text
 * @throws LikenessError `label.trust.json|certificate|empty`
 */
export function readLote(text: string, where: string): ReadLote {
  const parsed = parseJsonAs(text.replace(/^\ufeff/, ''), schema, (what, cause) =>
    wrong('json', `${where} is no list of trusted entities: ${plainText(what, 160)}.`, cause),
  );
  const { ListAndSchemeInformation: head, TrustedEntitiesList: entities = [] } = parsed.LoTE;
  const certificates = new Set<string>();
  const distrusted = new Set<string>();
  for (const { ServiceInformation: service } of entities.flatMap((entity) => entity.TrustedEntityServices)) {
    // The status is an address whose last part says it: .../trust-list/trusted.
    const into = service.ServiceStatus?.split('/').at(-1) === 'trusted' ? certificates : distrusted;
    for (const { val } of service.ServiceDigitalIdentity.X509Certificates ?? [])
      into.add(certificateOf(val, english(service.ServiceName), where));
  }
  for (const pem of distrusted) certificates.delete(pem);
  if (certificates.size === 0) throw wrong('empty', `${where} names no certificate that is trusted.`);
  return {
    origin: {
      title: head.SchemeName === undefined ? 'Trust list' : english(head.SchemeName),
      sequence: head.LoTESequenceNumber ?? null,
      issued: new Date(head.ListIssueDateTime).toISOString(),
      nextUpdate: head.NextUpdate == null ? null : new Date(head.NextUpdate).toISOString(),
    },
    certificates: [...certificates],
    distrusted: [...distrusted],
  };
}
