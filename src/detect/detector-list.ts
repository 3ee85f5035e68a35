/** Finds the detectors: every file of `detectors/` exports one. A doubled or broken one stops the program at once. */
import { loadOnePerFile } from '../base/index.js';
import { defineDetector } from './detector.js';
import type { Detector } from './types.js';

let known: Promise<readonly Detector[]> | null = null;

/** All detectors that ship, in alphabetical order of their files. Helpers of a detector lie in folders beside it. */
export function detectors(): Promise<readonly Detector[]> {
  known ??= loadOnePerFile<Detector>(new URL('./detectors/', import.meta.url), {
    noun: 'detector',
    code: 'detect.detector',
    mark: 'examine',
    define: defineDetector,
  });
  return known;
}
