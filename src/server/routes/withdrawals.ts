/**
 * `/api/v1/withdrawals`: withdrawing a record with its word alone, for people who have no account here. The page at
 * `/withdraw` sends what stands behind the `#` of the link, which browsers keep out of requests, logs and `Referer`.
 */
import { z } from '@hono/zod-openapi';
import { LikenessError } from '../../base/index.js';
import { knownRecord, revokeWithToken } from '../../consent/index.js';
import type { Api } from '../api.js';
import { HttpProblem } from '../problem.js';
import { body, json, problems } from '../schemas/common.js';
import type { Studio } from '../studio.js';

/** One answer for a record that is not here and for a word of another one: whoever guesses learns of no record. */
const refusal = (): HttpProblem =>
  new HttpProblem(403, 'consent.revocation.invalid', 'This word withdraws no record with this number.', {
    hint: 'Copy the whole link, or the number and the word, as they were shown when the record was signed.',
  });

/** Adds the route. */
export function addWithdrawals(api: Api, studio: Studio): void {
  api.add(
    {
      method: 'post',
      path: '/api/v1/withdrawals',
      tags: ['consents'],
      summary: 'Withdraw a record with the word that was shown when it was signed; no account is needed',
      description:
        'Takes effect at once, also on renders that run, and on records that nobody has reviewed yet. A wrong word and an unknown record have the same answer.',
      request: body(
        z
          .strictObject({
            record: z.uuid('is no number of a record'),
            /** The word, or the whole link. */
            word: z.string().trim().min(1, 'is missing').max(500),
            reason: z.string().max(500).optional(),
          })
          .openapi('WithdrawByWord'),
      ),
      responses: {
        200: json(z.object({ record: z.string(), withdrawnAt: z.iso.datetime() }).openapi('Withdrawn'), 'Withdrawn'),
        ...problems,
      },
    },
    async (c) => {
      const { record, word, reason } = c.req.valid('json');
      const id = record.toLowerCase();
      try {
        const envelope = knownRecord(`urn:uuid:${id}`);
        if (envelope === null) throw refusal();
        const { statement } = await revokeWithToken(envelope, word, reason ?? null);
        await studio.statusLists.noteWithdrawal();
        await studio.decisions.add(null, 'consents.withdraw', id, { by: 'word' });
        return c.json({ record: id, withdrawnAt: statement.revokedAt }, 200);
      } catch (thrown) {
        if (!(thrown instanceof LikenessError)) throw thrown;
        if (thrown.code === 'consent.revocation.used')
          throw new HttpProblem(409, thrown.code, 'This record is withdrawn already.', {
            hint: 'Nothing more needs to be done.',
          });
        if (thrown.code !== 'consent.revocation.invalid') throw thrown;
        // Wrong words alone are counted: a word of 32 random bytes is not found by trying, and nobody who tries may keep
        // the person who has it, perhaps at the same address, from withdrawing.
        studio.limits.withdraw.take(studio.peer(c));
        throw refusal();
      }
    },
  );
}
