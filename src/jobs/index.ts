/** Work that outlives a process, and the database that remembers it. */

export { secretVariable } from './blobs/settings.js';
export { Snapshots } from './blobs/snapshots.js';
export { type BlobStore, openBlobs, wholeBlob } from './blobs/store.js';
export { type CaptureTerms, captureTermsSchema } from './capture-terms.js';
export { CAST_FILES, castDemo, type DemoPerson } from './cast/people.js';
export { type InstanceLock, instanceOwner } from './database/instance-lock.js';
export { type Migration, migrate } from './database/migrate.js';
export { dataFolder, instanceLockPath, type OpenDatabase, openDatabase, studioFolder } from './database/open.js';
export type { Database, Queryable, SqlValue } from './database/types.js';
export { JobFeed } from './feed.js';
export { Looker } from './looker.js';
export {
  PROJECT_VERSION,
  type ProjectFile,
  type ProjectGap,
  type ProjectRoute,
  parseProjectFile,
  projectFileSchema,
  projectGaps,
  writeProjectFile,
} from './project-file.js';
export { JobQueue, LANES, type Lane } from './queue.js';
export { freeBytes, KEEP, ROOM } from './room.js';
export { type JobFilter, JobStore, type NewJob, type OnMade } from './store.js';
export { JOB_TABLES } from './tables.js';
export type { CastMember } from './tasks/cast.js';
export { jobFolder, masksOf, previewPath, segmentsPath, shownPreviewPath, trainingPath } from './tasks/task.js';
export * from './types.js';
export { Worker, type WorkerSize } from './worker.js';
