/** What is said, and when. */
export { LOUDNESS_STEP, mouthLoudness } from './loudness.js';
export { type FrameOptions, powerSpectra, type Spectra } from './spectrum.js';
export { ACTIVITY_STEP, SPEECH, SPEECH_RATE, speechActivity, spokenSeconds } from './voice-activity.js';
