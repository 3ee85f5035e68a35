/** Where one person ends and another begins, as measured. */

/**
 * Cosine thresholds of the two embeddings at a false accept rate of 1 % (`far01`) and .1 % (`far001`).
 */
export const IDENTITY_THRESHOLDS = {
  /** faceres. */
  a: { far01: 0.563, far001: 0.623 },
  /** MobileFaceNet. */
  b: { far01: 0.387, far001: 0.485 },
} as const;
