/** How much of a file detectors are given. */

/** Samples a second of the sound that detectors get. */
export const SOUND_RATE = 16_000;

/** Seconds of sound that are read from the beginning of a file. */
export const SOUND_SECONDS = 60;
