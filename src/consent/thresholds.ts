/** The figures that decide whether two faces are one person's, in one place. */

/**
 * Cosine thresholds and shares of `matchFaces`.
 *
 * Measured on 811 pictures of 320 people (LFW, other days and cameras, one reference against one sample): both at or
 * above `same` accepts 88 % of 662 pairs of one person and 0.011 % of 327,793 pairs of two; both below `other` holds
 * for 97 % of the latter. Within one clip (12 clips, first half against second) the lowest best-reference cosines are
 * 0.79 and 0.72. The two most alike people of those clips agree in 31 % of their samples. docs/consent.md has the table.
 */
export const FACE_MATCH = {
  /** faceres: at or above `same` it is the subject, below `other` it is surely somebody else. */
  a: { same: 0.55, other: 0.55 },
  /** MobileFaceNet. */
  b: { same: 0.55, other: 0.35 },
  /** At least this share of the samples must be the subject's. */
  mustAgree: 0.6,
  /** At most this share may surely be somebody else's. */
  mayDisagree: 0.04,
  /** This many surely-somebody-else samples in a row refuse, however long the footage is. */
  runLimit: 3,
} as const;
