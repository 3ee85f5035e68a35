/**
 * The consent for a stretch that a machine elsewhere renders, asked here, where the records and the audit log are: grants as
 * for a stretch of one's own, from what was seen of everybody when the film was made ready.
 */
import { LikenessError } from '../../base/index.js';
import type { Grant } from '../../consent/index.js';
import { keptAnalysis } from '../../faces/index.js';
import { type GrantedSide, GrantLeave } from '../swap/leave.js';
import { allow, analysisFolder, type Purpose, type SeenSide } from '../swap/meet.js';
import { chooseTrack } from '../swap/people.js';

/** One person who comes in, and whose place they take. */
export interface StandingRoute {
  readonly person: number | undefined;
  readonly source: SeenFile;
  readonly sourcePerson: number | undefined;
  /** Paths of the records. */
  readonly sourceConsent: string;
  readonly targetConsent: string;
}

/** A file that was looked at. */
export interface SeenFile {
  /** What messages call it. */
  readonly name: string;
  readonly sha256: string;
}

/** What is to be made. */
export interface StandingRequest extends Purpose {
  readonly target: SeenFile;
  readonly routes: readonly StandingRoute[];
  /** Id of the piece of work, the same for all who take part. */
  readonly work: string;
}

async function seen(file: SeenFile, person: number | undefined, what: 'source' | 'target'): Promise<SeenSide> {
  const analysis = await keptAnalysis(file.sha256, file.name, analysisFolder());
  if (analysis === null)
    throw new LikenessError('leave.unseen', `What was seen of ${file.name} is not kept here any more.`, {
      hint: 'Pause the job and let it go on: then it is looked at again.',
    });
  return { path: file.name, sha256: file.sha256, analysis, track: chooseTrack(analysis, person, what) };
}

/** See the head of this file. */
export class Standing {
  readonly #grants: readonly Grant[];
  readonly #leave: GrantLeave;

  private constructor(sides: readonly GrantedSide[], targetSha256: string) {
    this.#leave = new GrantLeave(sides, targetSha256);
    this.#grants = this.#leave.grants;
  }

  /**
   * Asks for the consent of everybody, by the rules that hold for any render; the audit log has it either way.
   *
   * @throws ConsentRefusedError, LikenessError `leave.unseen`
   */
  static async open(request: StandingRequest): Promise<Standing> {
    const sides: GrantedSide[] = [];
    try {
      for (const { person, source, sourcePerson, sourceConsent, targetConsent } of request.routes) {
        const target = await seen(request.target, person, 'target');
        const from = await seen(source, sourcePerson, 'source');
        const grant = await allow(['faceSwap'], from, sourceConsent, target, targetConsent, request, request.work);
        sides.push({ grant, sourceSha256: source.sha256 });
      }
      return new Standing(sides, request.target.sha256);
    } catch (thrown) {
      for (const { grant } of sides) await grant.release();
      throw thrown;
    }
  }

  /**
   * Asks whether all of it still stands.
   *
   * @throws ConsentRefusedError
   */
  check(): void {
    this.#leave.check();
  }

  /** Gives the grants back. */
  async close(): Promise<void> {
    for (const grant of this.#grants) await grant.release();
  }
}
