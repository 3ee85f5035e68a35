/**
 * Own twins: faces as the swap engines of this project put them in. Learned from products of `src/synth`, each beside the
 * same footage without the swap, with the same label, watermark and encoding on both.
 */
import { blendLooks, findingsOf } from '../blend/looks.js';
import { defineDetector, found, silentBecause } from '../detector.js';

/** What a warped or net-drawn face in a real picture looks like. */
export const ownTwinsDetector = defineDetector({
  id: 'own-twins',
  title: 'Swap texture',
  asks: 'Does the face look as if it was warped or drawn by a swap engine?',
  media: ['picture', 'video'],
  role: 'weighed',
  speaksFor: 'swap',
  models: ['blend'],
  limits: [
    'It learned from the two engines of this project and a few people only; engines of others may leave other traces.',
    'Smooth skin, soft focus and beauty filters resemble what it looks for.',
    'Strong compression and faces under 96 px take most of the trace away.',
  ],
  copies: true,
  async examine(material, signal) {
    const looks = await blendLooks(material, signal);
    if (looks.length === 0) return silentBecause('No face was found that could have been swapped.');
    return found(
      ...findingsOf(looks, (l) => l.twin, {
        claim: (where) => `The texture of the face was compared with that of swapped faces ${where}.`,
        curve: 'likeness to a swapped face (logit)',
        heat: false,
      }),
    );
  },
});
