/**
 * Leave to go on. Whoever renders asks for it before a stretch and before every segment of it: at home that asks the grants,
 * elsewhere it asks a process that has them, and that gives the key of the segment with its yes.
 */
import { LikenessError } from '../../base/index.js';
import { Grant } from '../../consent/index.js';

/** See the head of this file. */
export interface Leave {
  /**
   * Asks whether the work may go on.
   *
   * @param segment the one that is to be begun; null before a stretch
   * @throws ConsentRefusedError at home, LikenessError `leave.*` elsewhere; nothing may be begun then
   */
  ask(segment: number | null): Promise<void>;
}

/** A grant, and the footage of the person who comes in. */
export interface GrantedSide {
  readonly grant: Grant;
  readonly sourceSha256: string;
}

/** Leave by grants, one for each route. What is put together and sealed needs this one; a leave from elsewhere does not do. */
export class GrantLeave implements Leave {
  readonly #sides: readonly GrantedSide[];
  readonly #targetSha256: string;

  /** @throws LikenessError `consent.grant.forged`, `consent.grant.missing` */
  constructor(sides: readonly GrantedSide[], targetSha256: string) {
    if (sides.length === 0)
      throw new LikenessError('consent.grant.missing', 'Nothing is rendered without a grant.', {
        hint: 'Call authorize() with the consent records of both people.',
      });
    if (!sides.every(({ grant }) => Grant.is(grant)))
      throw new LikenessError('consent.grant.forged', 'What was given as a grant was not made by authorize().', {
        hint: 'Call authorize() with the consent records of both people.',
      });
    this.#sides = [...sides];
    this.#targetSha256 = targetSha256;
  }

  /** The grants themselves, for whoever seals. */
  get grants(): readonly Grant[] {
    return this.#sides.map(({ grant }) => grant);
  }

  /**
   * Asks whether all grants stand.
   *
   * @throws ConsentRefusedError
   */
  check(): void {
    for (const { grant, sourceSha256 } of this.#sides)
      grant.assertCovers({ operation: 'faceSwap', sourceSha256, targetSha256: this.#targetSha256 });
  }

  async ask(): Promise<void> {
    this.check();
  }
}
