/** People of the studio: invitations, roles, and the keys of their programs. Only hashes of tokens are kept. */
import { randomBytes, randomUUID } from 'node:crypto';
import { sha256 } from '../../base/index.js';
import type { Database } from '../../jobs/index.js';
import { ROLE_WORDS, type StudioRole } from '../access.js';
import type { StudioAuth, StudioUser } from '../auth.js';
import { HttpProblem } from '../problem.js';
import type { Subjects } from './subjects.js';

const DAY = 86_400_000;
/** Days an invitation is good for. */
const INVITATION_DAYS = 7;
/** How a key starts, so that it is known wherever it turns up. */
const KEY_PREFIX = 'lk_';

/** An invitation, without its token. */
export interface Invitation {
  readonly id: string;
  readonly role: StudioRole;
  readonly email: string | null;
  readonly expiresAt: Date;
  readonly usedBy: string | null;
}

/** A key of a program, without its secret. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** Somebody who comes in. */
interface NewPerson {
  readonly name: string;
  readonly email: string;
  /** Left out where a provider says who they are. */
  readonly password?: string;
}

/** An invitation that is being used. */
interface Taken {
  readonly id: string;
  readonly role: StudioRole;
  readonly email: string | null;
  readonly consents: readonly string[];
}

const newToken = (): string => randomBytes(32).toString('base64url');

/** See the head of this file. */
export class People {
  readonly #db: Database;
  readonly #auth: StudioAuth;
  readonly #subjects: Subjects;

  constructor(db: Database, auth: StudioAuth, subjects: Subjects) {
    this.#db = db;
    this.#auth = auth;
    this.#subjects = subjects;
  }

  /** Makes an invitation; its token is shown once. */
  async invite(
    role: StudioRole,
    email: string | null,
    consents: readonly string[],
    by: StudioUser,
  ): Promise<{ id: string; token: string; expiresAt: Date }> {
    const id = randomUUID();
    const token = newToken();
    const expiresAt = new Date(Date.now() + INVITATION_DAYS * DAY);
    await this.#db.query(
      `INSERT INTO studio_invitations (id, hash, role, email, consents, created_by, expires_at)
       VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7)`,
      [id, sha256(token), role, email, JSON.stringify(consents), by.id, expiresAt],
    );
    return { id, token, expiresAt };
  }

  /** Invitations that were made, newest first. */
  invitations(): Promise<Invitation[]> {
    return this.#db.query<Invitation>(
      `SELECT id, role, email, expires_at AS "expiresAt", used_by AS "usedBy" FROM studio_invitations
       ORDER BY created_at DESC LIMIT 200`,
    );
  }

  /** Takes an invitation back. */
  async withdraw(id: string): Promise<void> {
    await this.#db.query('DELETE FROM studio_invitations WHERE id = $1 AND used_by IS NULL', [id]);
  }

  /**
   * Makes a person of an invitation. It is good for one.
   *
   * @throws HttpProblem `invitations.void`, `users.exists`
   */
  async accept(token: string, person: NewPerson & { readonly password: string }): Promise<StudioUser> {
    return this.#enter(await this.#takeFor(token, person.email), person);
  }

  /**
   * Gives the records of an invitation to somebody who has an account.
   *
   * @throws HttpProblem `invitations.void`, `invitations.email`, `invitations.role` where it is for another kind of account
   */
  async join(token: string, user: StudioUser): Promise<void> {
    const found = await this.#takeFor(token, user.email);
    try {
      if (found.role !== 'subject')
        throw new HttpProblem(
          409,
          'invitations.role',
          `This invitation makes an account: that of ${ROLE_WORDS[found.role]}.`,
          {
            hint: 'Sign out and follow the link again, or ask the owner to change your role.',
          },
        );
      for (const consent of found.consents) await this.#subjects.link(consent, user.id);
      await this.#db.query('UPDATE studio_invitations SET used_by = $2 WHERE id = $1', [found.id, user.id]);
    } catch (thrown) {
      await this.#free(found.id);
      throw thrown;
    }
  }

  /** Takes the invitation of a token, for whoever has this address. */
  async #takeFor(token: string, email: string): Promise<Taken> {
    const found = await this.#take('hash = $1', sha256(token));
    if (found === null)
      throw new HttpProblem(403, 'invitations.void', 'This invitation was used, has ended, or is not of this studio.', {
        hint: 'Ask for a new one.',
      });
    if (found.email !== null && found.email.toLowerCase() !== email.toLowerCase()) {
      await this.#free(found.id);
      throw new HttpProblem(403, 'invitations.email', 'This invitation is for another address.', {
        hint: 'Use the address that it was sent to.',
        errors: [{ field: 'email', message: 'is not the one that was invited' }],
      });
    }
    return found;
  }

  /**
   * Makes a person of the latest invitation for an address that a provider vouches for.
   *
   * @returns null where nobody invited it
   * @throws HttpProblem `users.exists`
   */
  async acceptFor(person: NewPerson): Promise<StudioUser | null> {
    const found = await this.#take(
      `id = (SELECT id FROM studio_invitations WHERE lower(email) = $1 AND used_by IS NULL AND expires_at > now()
       ORDER BY created_at DESC LIMIT 1)`,
      person.email.toLowerCase(),
    );
    return found === null ? null : this.#enter(found, person);
  }

  /** Takes an open invitation, so that nobody else does. */
  async #take(where: string, value: string): Promise<Taken | null> {
    const rows = await this.#db.query<Taken>(
      `UPDATE studio_invitations SET used_by = 'taken' WHERE ${where} AND used_by IS NULL AND expires_at > now()
       RETURNING id, role, email, consents`,
      [value],
    );
    return rows[0] ?? null;
  }

  async #free(id: string): Promise<void> {
    await this.#db.query('UPDATE studio_invitations SET used_by = NULL WHERE id = $1', [id]);
  }

  async #enter({ id, role, consents }: Taken, person: NewPerson): Promise<StudioUser> {
    try {
      const user = await this.#auth.createUser({ ...person, role });
      await this.#db.query('UPDATE studio_invitations SET used_by = $2 WHERE id = $1', [id, user.id]);
      for (const consent of consents) await this.#subjects.link(consent, user.id);
      return user;
    } catch (thrown) {
      await this.#free(id);
      throw thrown;
    }
  }

  /** Makes a key for the programs of a person; it may do what they may. Shown once. */
  async addKey(name: string, expiresAt: Date | null, owner: StudioUser): Promise<{ id: string; key: string }> {
    const id = randomUUID();
    const key = `${KEY_PREFIX}${newToken()}`;
    await this.#db.query(
      'INSERT INTO studio_api_keys (id, name, hash, owner, expires_at) VALUES ($1, $2, $3, $4, $5)',
      [id, name, sha256(key), owner.id, expiresAt],
    );
    return { id, key };
  }

  /** Keys of a person. */
  keysOf(owner: StudioUser): Promise<ApiKey[]> {
    return this.#db.query<ApiKey>(
      `SELECT id, name, created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt"
       FROM studio_api_keys WHERE owner = $1 ORDER BY created_at DESC`,
      [owner.id],
    );
  }

  /** Makes a key of a person void. */
  async removeKey(id: string, owner: StudioUser): Promise<void> {
    const rows = await this.#db.query('DELETE FROM studio_api_keys WHERE id = $1 AND owner = $2 RETURNING id', [
      id,
      owner.id,
    ]);
    if (rows.length === 0) throw new HttpProblem(404, 'keys.unknown', 'There is no such key.');
  }

  /** Whom a key speaks for, or null. */
  async byKey(key: string): Promise<StudioUser | null> {
    if (!/^lk_[\w-]{43}$/.test(key)) return null;
    const rows = await this.#db.query<{ owner: string; stale: boolean }>(
      `SELECT owner, (last_used_at IS NULL OR last_used_at < now() - interval '1 minute') AS stale
       FROM studio_api_keys WHERE hash = $1 AND (expires_at IS NULL OR expires_at > now())`,
      [sha256(key)],
    );
    if (rows[0] === undefined) return null;
    if (rows[0].stale)
      await this.#db.query('UPDATE studio_api_keys SET last_used_at = now() WHERE hash = $1', [sha256(key)]);
    return this.#auth.byId(rows[0].owner);
  }
}
