/**
 * Blend boundary: the seam between a face that was put in, or a part that was changed, and the rest of the picture.
 * Learned from real faces blended with themselves (Shiohara and Yamasaki 2022), never from swaps.
 */
import { blendLooks, findingsOf } from '../blend/looks.js';
import { defineDetector, found, silentBecause } from '../detector.js';

/** The seam round a face that was put in. */
export const blendBoundaryDetector = defineDetector({
  id: 'blend-boundary',
  title: 'Blend boundary',
  asks: 'Does colour, sharpness or compression change along a line round or inside the face?',
  media: ['picture', 'video'],
  role: 'weighed',
  speaksFor: 'swap',
  models: ['blend'],
  limits: [
    'A picture that a net made as a whole has no seam: it says nothing about those.',
    'Strong compression and faces under 96 px wipe seams out; retouching, make-up, stickers and filters draw them.',
    'Hands, hair and frames of glasses across the outline of the face can look like a seam.',
  ],
  copies: true,
  async examine(material, signal) {
    const looks = await blendLooks(material, signal);
    if (looks.length === 0) return silentBecause('No face was found that a seam could run round.');
    return found(
      ...findingsOf(looks, (l) => l.blend, {
        claim: (where) =>
          `The edge between face and surroundings was compared ${where}; the map shows where a seam is seen.`,
        curve: 'strength of a seam (logit)',
        heat: true,
      }),
    );
  },
});
