/** Re-encoded copies of a material: what a verdict must survive. Faces are not looked for again. */
import { type Face, scaledFace } from '../../faces/index.js';
import { recodePicture, recodeSound } from '../../media/index.js';
import type { CopyLevel, Material, Still } from '../types.js';
import { SOUND_RATE } from './limits.js';

/** What each copy is put through. */
const LEVELS = {
  web: { quality: 60, scale: 1, bitrate: 24_000 },
  hard: { quality: 40, scale: 0.5, bitrate: 12_000 },
} as const;

const scaled = (face: Face, scale: number): Face => (scale === 1 ? face : scaledFace(face, scale));

/**
 * The material after a re-encoding. Motion is that of the original: where landmarks go hardly changes, and following them
 * again would double the time.
 */
export async function copyOf(material: Material, level: Exclude<CopyLevel, 'original'>): Promise<Material> {
  const { quality, scale, bitrate } = LEVELS[level];
  const stills = await Promise.all(
    material.stills.map(
      async ({ frame, time, faces }): Promise<Still> => ({
        frame: await recodePicture(frame, { quality, scale }),
        time,
        faces: faces.map(({ person, face }) => ({ person, face: scaled(face, scale) })),
      }),
    ),
  );
  let sound: Promise<Float32Array | null> | null = null;
  return {
    ...material,
    stills,
    people: material.people.map((p) => ({ ...p, width: p.width * scale })),
    copy: level,
    sound: () => {
      sound ??= material.sound().then((s) => (s === null ? null : recodeSound(s, SOUND_RATE, 'opus', bitrate)));
      return sound;
    },
  };
}
