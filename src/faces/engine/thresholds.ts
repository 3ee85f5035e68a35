/** Where one person ends and another begins, as measured. */

/**
 * Cosine thresholds of the two embeddings at a false accept rate of 1 % (`far01`) and .1 % (`far001`).
 *
 * From `bench/verification.ts`: 1,210 tight, mostly grey pictures of 719 people (LFW), 662 pairs of one person and
 * 730,783 of two. Of the pairs of one person A accepts 93.1 % and 80.7 % at these thresholds, B 97.0 % and 93.8 %. Equal
 * error: A 3.93 % at .516, B 2.27 % at .352. Frames of one clip are far more alike than these pictures of other days;
 * relatives are more alike than strangers, and no relatives were measured.
 */
export const IDENTITY_THRESHOLDS = {
  /** faceres. */
  a: { far01: 0.563, far001: 0.623 },
  /** MobileFaceNet. */
  b: { far01: 0.387, far001: 0.485 },
} as const;
