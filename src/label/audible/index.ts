/** The audible notice for sound. */
export {
  audibleNotice,
  hearsNotice,
  NOTICE_TIMES,
  type NoticePlan,
  type NoticeTime,
  noticeIn,
  noticeSeconds,
} from './notice.js';
