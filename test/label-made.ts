/** Labelled files for tests and benches: two people who agree, a film they agreed about, and what was made from it. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256File } from '../src/base/index.js';
import { authorize, type Grant } from '../src/consent/index.js';
import { publish, type SealDetails, seal } from '../src/label/index.js';
import { goodRequest, makePerson, type Person, temporaryHome } from './consent-people.js';
import { filmBytes } from './label-film.js';

/** A temporary Likeness home with two people and their film. */
export interface Studio {
  readonly folder: string;
  readonly home: string;
  readonly ann: Person;
  readonly bob: Person;
  /** A path in the folder. */
  readonly path: (name: string) => string;
  /** Leave to change a film. */
  readonly grantFor: (parent: string) => Promise<Grant>;
  /** Seals the file `from` as made from the film (or `parent`) and publishes it as `name`; `from` is removed. */
  readonly made: (
    name: string,
    from: string,
    extra?: Partial<SealDetails> & { parent?: string; maxInMemory?: number },
  ) => Promise<string>;
  /** What publishing said besides. */
  readonly remarks: string[];
  readonly remove: () => void;
}

/** Opens a studio; close it with `remove`. */
export async function openStudio(): Promise<Studio> {
  const at = temporaryHome();
  const ann = await makePerson('ann', 1);
  const bob = await makePerson('bob', 2);
  const path = (name: string): string => join(at.folder, name);
  const grantFor = async (parent: string): Promise<Grant> =>
    authorize({
      ...goodRequest(ann, bob),
      medium: 'video',
      replaced: { envelope: bob.envelope, identities: bob.face(20), footageSha256: await sha256File(parent) },
    });
  const remarks: string[] = [];
  const made: Studio['made'] = async (name, from, extra = {}) => {
    const { parent = path('original.mp4'), ...details } = extra;
    if (!existsSync(parent)) writeFileSync(parent, filmBytes({ bytes: 4000, seed: 7 }));
    const sealed = await seal({
      operation: 'faceSwap',
      title: name,
      description: 'Face replaced with documented consent',
      agent: { name: 'gan draft', version: '1' },
      changes: ['face'],
      ...details,
      file: from,
      parent,
      grant: await grantFor(parent),
    });
    const published = await publish(sealed, path(name));
    remarks.push(...published.remarks);
    return published.path;
  };
  return { folder: at.folder, home: at.home, ann, bob, path, grantFor, made, remarks, remove: at.remove };
}
