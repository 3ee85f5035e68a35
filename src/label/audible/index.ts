/** The audible notice for sound. */
export { addAudibleNotice, audibleNotice, hearsNotice, NOTICE_SECONDS, type NoticePlan } from './notice.js';
