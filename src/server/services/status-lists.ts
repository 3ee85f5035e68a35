/**
 * Lists by which others learn that a record that was signed here by link does not stand any more (W3C Bitstring Status List).
 * There are some where the studio has an address that others reach; it signs and serves them itself.
 */
import { messageOf } from '../../base/index.js';
import {
  createStatusList,
  isStatusListDue,
  type StatusList,
  statusListsOf,
  updateStatusList,
} from '../../consent/index.js';
import type { Database } from '../../jobs/index.js';
import type { Log } from '../log.js';
import { houseKey, houseKeyIfThere } from './house-key.js';
import { readSettings } from './settings.js';

/** Where lists are served, below the address of the studio. */
export const STATUS_PATH = '/api/v1/status-lists';

/** See the head of this file. */
export class StatusLists {
  readonly #db: Database;

  readonly #log: Log;
  readonly #address: string | null;

  /** @param address of the studio for others, where the settings say none */
  constructor(db: Database, log: Log, address: string | null) {
    this.#db = db;
    this.#log = log;
    this.#address = address;
  }

  /**
   * The list in which new records get a place; it is begun where there is none for the present address.
   *
   * @returns its address; null where the studio has none for others
   */
  async current(): Promise<string | null> {
    const publicAddress = (await readSettings(this.#db)).publicAddress ?? this.#address;
    if (publicAddress === null) return null;
    const key = await houseKey();
    const lists = await statusListsOf(key.did);
    const found = lists.findLast(({ id }) => id.startsWith(`${publicAddress}${STATUS_PATH}/`));
    if (found !== undefined) return found.id;
    return (await createStatusList(`${publicAddress}${STATUS_PATH}/${lists.length + 1}`, 'revocation', key)).id;
  }

  /** A list by its number; null where there is none. */
  async find(number: number): Promise<StatusList | null> {
    const key = await houseKeyIfThere();
    const lists = key === null ? [] : await statusListsOf(key.did);
    return lists.find(({ id }) => id.endsWith(`${STATUS_PATH}/${number}`)) ?? null;
  }

  /** Lets the lists say at once what was just withdrawn, which holds whether that works or not. */
  async noteWithdrawal(): Promise<void> {
    await this.renew(new Date()).catch((cause: unknown) =>
      this.#log('warn', 'status lists not renewed', { problem: messageOf(cause) }),
    );
  }

  /**
   * Signs anew what lacks a withdrawal, or is a day old: a list that nobody renews ends after thirty days, and the records in it
   * with it.
   *
   * @returns how many
   */
  async renew(now: Date): Promise<number> {
    const key = await houseKeyIfThere();
    if (key === null) return 0;
    let renewed = 0;
    for (const { id } of await statusListsOf(key.did))
      if (await isStatusListDue(id, now)) {
        await updateStatusList(id, key);
        renewed++;
      }
    return renewed;
  }
}
