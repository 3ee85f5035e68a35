/** The studio over HTTP. Thin: parse, ask who it is, call a room, answer. */
export { type BackupFacts, backup, restore } from './backup/backup.js';
export { DEMO_OWNER, type Demo, type DemoStep, type DemoView } from './services/demo.js';
export { DEFAULT_PORT, type RunningStudio, type StudioOptions, startStudio } from './start.js';
export { currentStartToken } from './start-link.js';
export { type RunningWorker, startWorker } from './worker.js';
