/** Whom this machine believes: its own signers, the public trust lists of C2PA, and lists that the user imported. */
export { authorityList, judge, OWN_LIST, signerFinding, trustNow } from './judge.js';
export { importTrustList, listsOff, removeTrustList, restoreTrustList, trustLists } from './lists.js';
export { type ListSummary, listSummary, oldListRemarks } from './summary.js';
export type { ListOrigin, TrustedList } from './types.js';
