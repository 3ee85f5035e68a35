/** How a detector declares itself. The room lists the folder `detectors/` and takes what passes here. */
import { LikenessError } from '../base/index.js';
import type { Detector, Examination } from './types.js';

const MEDIA = new Set(['picture', 'video', 'sound']);
const ROLES = new Set(['weighed', 'certain', 'context']);
const HYPOTHESES = new Set(['swap', 'generated', 'voice', 'dub']);

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
const areTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);

/** The first field that is missing or of the wrong kind, or `null`. */
function wrongField(d: Detector): string | null {
  const tests: readonly (readonly [field: keyof Detector, fine: boolean])[] = [
    ['id', isText(d.id) && /^[a-z][a-z0-9-]*$/.test(d.id)],
    ['title', isText(d.title)],
    ['asks', isText(d.asks)],
    ['media', Array.isArray(d.media) && d.media.length > 0 && d.media.every((m) => MEDIA.has(m))],
    ['role', ROLES.has(d.role)],
    ['speaksFor', d.role === 'weighed' ? HYPOTHESES.has(String(d.speaksFor)) : d.speaksFor === null],
    ['models', areTexts(d.models)],
    ['limits', areTexts(d.limits) && d.limits.length > 0],
    ['copies', typeof d.copies === 'boolean'],
    ['examine', typeof d.examine === 'function'],
  ];
  return tests.find(([, fine]) => !fine)?.[0] ?? null;
}

/**
 * Declares a detector; the one export of a file in `detectors/`.
 *
 * @throws LikenessError `detect.detector` when a field is missing or of the wrong kind
 * @example
 * export const echoDetector = defineDetector({ id: 'echo', title: 'Echo', asks: 'Does the room answer?', ... });
 */
export function defineDetector(detector: Detector): Detector {
  const wrong = wrongField(detector);
  if (wrong !== null)
    throw new LikenessError('detect.detector', `A detector (${String(detector.id)}) has no valid "${wrong}".`, {
      hint: 'See docs/detectors.md for the fields.',
    });
  return Object.freeze({ ...detector });
}

/** The answer of a detector that cannot say anything about a file. */
export const silentBecause = (why: string): Examination => ({ findings: [], silent: why });

/** The answer of a detector that found something. */
export const found = (...findings: Examination['findings']): Examination => ({ findings, silent: null });
