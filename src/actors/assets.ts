/** What is made once for an actor and used in every frame: shape, skin, hair and the parts that do not change. */

import { bodyPart, collarAt, earPart } from './body.js';
import { FACE_POINTS } from './canonical-face.js';
import { type BeardRoots, beardRoots, glasses } from './face-hair.js';
import { growHair, type Hair } from './hair.js';
import { SKULL_CENTRE } from './head-mesh.js';
import { buildHeadModel, CONTROL_POINTS, CORNERS, type HeadModel, MESH } from './head-motion.js';
import { COLLAR_STEPS } from './materials.js';
import { teethPart, tonguePart } from './mouth.js';
import { smoothstep } from './noise.js';
import { findRims, type Part } from './parts.js';
import { paintSkin, type SkinTexture } from './skin-texture.js';
import type { Strands } from './strands.js';
import { applyRefinement, type Refinement, refine } from './subdivide.js';
import { SKIN_TRIANGLES } from './topology.js';
import type { Actor } from './types.js';

/** A refined head: how fine, and what of it never changes. */
export interface HeadDetail {
  readonly refinement: Refinement;
  readonly uv: Float32Array;
  readonly shade: Float32Array;
  /** Rims of the picture's left eye, right eye and mouth, as fine points. */
  readonly rims: readonly [number[], number[], number[]];
  /** Triangles before this one are face proper, the rest skull. */
  readonly faceTriangles: number;
}

const details: (HeadDetail | undefined)[] = [];

/** The head refined `level` times (1: 6 thousand triangles, 2: 24 thousand). */
export function headDetail(level: 1 | 2): HeadDetail {
  const known = details[level];
  if (known) return known;
  const refinement = refine(CONTROL_POINTS, MESH.triangles, level, CORNERS);
  const coarseShade = new Float32Array(CONTROL_POINTS).fill(1);
  for (let i = FACE_POINTS; i < CONTROL_POINTS; i++) {
    const y = MESH.positions[i * 3 + 1] as number;
    const z = MESH.positions[i * 3 + 2] as number;
    // Under the jaw.
    coarseShade[i] = 1 - 0.5 * smoothstep(-5, -8, y) * smoothstep(5, 1, z) - 0.25 * smoothstep(-3, -7, y);
  }
  const made: HeadDetail = {
    refinement,
    uv: applyRefinement(refinement, MESH.uv, 2, new Float32Array(refinement.count * 2)),
    shade: applyRefinement(refinement, coarseShade, 1, new Float32Array(refinement.count)),
    rims: findRims(refinement),
    faceTriangles: SKIN_TRIANGLES.length * 4 ** level,
  };
  details[level] = made;
  return made;
}

/** Everything of an actor that does not move. */
export interface Assets {
  readonly model: HeadModel;
  readonly skin: SkinTexture;
  readonly upperTeeth: Part;
  readonly lowerTeeth: Part;
  readonly tongue: Part;
  readonly ears: readonly [Part, Part];
  readonly body: Part;
  /** See `Shaded.collar`. */
  readonly collar: Float32Array;
  readonly hair: Hair;
  readonly beard: BeardRoots | undefined;
  readonly glasses: Strands | undefined;
}

const kept = new WeakMap<Actor, Assets>();

/** The latest few by content, for who makes the same actor anew for every picture. */
const recent = new Map<string, Assets>();
const RECENT = 6;

/** The assets of an actor, made when first asked for and kept as long as the actor is. */
export function assetsOf(actor: Actor): Assets {
  const known = kept.get(actor);
  if (known) return known;
  const key = JSON.stringify(actor);
  const made = recent.get(key) ?? makeAssets(actor);
  recent.delete(key);
  recent.set(key, made);
  if (recent.size > RECENT) recent.delete(recent.keys().next().value as string);
  kept.set(actor, made);
  return made;
}

function makeAssets(actor: Actor): Assets {
  const model = buildHeadModel(actor);
  return {
    model,
    skin: paintSkin(actor),
    upperTeeth: teethPart(actor, true),
    lowerTeeth: teethPart(actor, false),
    tongue: tonguePart(actor),
    ears: [earPart(actor, -1), earPart(actor, 1)],
    body: bodyPart(actor),
    collar: Float32Array.from({ length: COLLAR_STEPS + 1 }, (_, i) =>
      collarAt(actor.cloth.style, (i / COLLAR_STEPS) * 2 * Math.PI),
    ),
    hair: growHair(actor, model, SKULL_CENTRE),
    beard: beardRoots(actor),
    glasses: glasses(actor, model),
  };
}
