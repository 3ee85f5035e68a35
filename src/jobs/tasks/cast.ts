/** Drawing the two people of the demo and having them sign: what the guided demo of the studio begins with. */
import { basename } from 'node:path';
import { readEnvelope, rememberRecord } from '../../consent/index.js';
import { castDemo, type DemoPerson } from '../cast/people.js';
import { jobFile, type Task } from './task.js';

/** What the cast of a demo leaves; files lie in the job's folder. */
export interface CastMember {
  readonly name: string;
  readonly role: DemoPerson['role'];
  /** File name of the clip. */
  readonly clip: string;
  /** Id of the signed record. */
  readonly consent: string;
}

/** See the head of this file. The source comes first. */
export const cast: Task<'cast'> = async (_input, { folder, ...work }) => {
  const members: CastMember[] = [];
  const files = [];
  for (const { name, role, clip, record } of await castDemo(folder, work)) {
    const envelope = await readEnvelope(record);
    await rememberRecord(envelope);
    members.push({ name, role, clip: basename(clip), consent: envelope.record.id.slice('urn:uuid:'.length) });
    files.push(await jobFile(folder, basename(clip)), await jobFile(folder, basename(record)));
  }
  return { result: { members }, files, made: null };
};
