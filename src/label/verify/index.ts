/** `verify`: everything that can be found out about a file. */
export { type FolderFinding, verifyFolder } from './folder.js';
export { folderPage, verifyPage } from './page.js';
export type { ProvenanceNode } from './provenance.js';
export { statusWords } from './status-words.js';
export type {
  MarkFinding,
  StatusFinding,
  StoreFinding,
  VerifiedFile,
  VerifyReport,
  VerifyVerdict,
} from './types.js';
export { VERDICT_TITLES } from './verdict-words.js';
export { type VerifyOptions, verifyFile } from './verify.js';
