/** Work that outlives a process, and the database that remembers it. */
export { type InstanceLock, instanceOwner } from './database/instance-lock.js';
export { type Migration, migrate } from './database/migrate.js';
export { instanceLockPath, type OpenDatabase, openDatabase, studioFolder } from './database/open.js';
export type { Database, Queryable, SqlValue } from './database/types.js';
