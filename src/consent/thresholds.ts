/** The figures that decide whether two faces are one person's, in one place. */

/** Cosine thresholds and shares of {@link matchFaces}. */
export const FACE_MATCH = {
  /** faceres: at or above `same` it is the subject, below `other` it is surely somebody else. */
  a: { same: 0.5, other: 0.4 },
  /** MobileFaceNet. */
  b: { same: 0.45, other: 0.3 },
  /** At least this share of the samples must be the subject's. */
  mustAgree: 0.6,
  /** At most this share may surely be somebody else's. */
  mayDisagree: 0.04,
  /** This many surely-somebody-else samples in a row refuse, however long the footage is. */
  runLimit: 3,
} as const;
