/** One head at one moment, as triangles in the soup, with its ground-truth points. */
import { assetsOf, headDetail } from './assets.js';
import { FACE_POINTS } from './canonical-face.js';
import { eyeballPart, lidPart } from './eyes.js';
import { beard, lashes } from './face-hair.js';
import { moveHead } from './head-motion.js';
import { mouthPart, withJaw } from './mouth.js';
import type { Part } from './parts.js';
import { MATERIAL, type Soup } from './soup.js';
import { emitStrands } from './strands.js';
import { applyRefinement } from './subdivide.js';
import type { Actor, HeadState } from './types.js';
import { emit, project, scratch, type View } from './view.js';

/** Number of ground-truth points: mesh and irises. */
export const LANDMARKS = 478;

/** Pixels of face width from which the finer mesh is used. */
const FINE_FROM = 300;

/** Adds a head to the soup and returns its 478 points in pixels. */
export function drawHead(soup: Soup, actor: Actor, state: HeadState, view: View, head: number): Float32Array {
  const assets = assetsOf(actor);
  const { model } = assets;
  const detail = headDetail(view.scale * 15.5 >= FINE_FROM ? 2 : 1);
  const shape = moveHead(model, state.expression, state.gaze);
  const skin = applyRefinement(detail.refinement, shape.points, 3, scratch(2, detail.refinement.count * 3));

  const start = soup.triangles;
  const first = emit(soup, view, skin, {
    triangles: detail.refinement.triangles,
    material: MATERIAL.skin,
    head,
    uv: detail.uv,
    shade: detail.shade,
  });
  soup.material.fill(MATERIAL.skinBack, start + detail.faceTriangles, soup.triangles);

  const landmarks = new Float32Array(LANDMARKS * 3);
  for (let i = 0; i < FACE_POINTS; i++) {
    landmarks[i * 3] = soup.screen[(first + i) * 3] as number;
    landmarks[i * 3 + 1] = soup.screen[(first + i) * 3 + 1] as number;
    landmarks[i * 3 + 2] = -((soup.screen[(first + i) * 3 + 2] as number) - view.depth) * view.scale;
  }

  const add = (part: Part, material: number): number => emit(soup, view, part.points, { ...part, material, head });
  const turned = new Float32Array(15);
  const seen = new Float32Array(15);
  for (const side of [0, 1] as const) {
    const eye = model.eyes[side];
    const gaze = shape.gaze[side];
    add(eyeballPart(eye, gaze, shape.points, side), MATERIAL.eye);
    add(lidPart(detail.rims[side], skin, eye), MATERIAL.lid);
    const points = irisPoints(eye, gaze, actor.eyes.irisSize);
    project(points, view, view.rotation, turned, seen, 0);
    for (let i = 0; i < 5; i++) {
      const at = (FACE_POINTS + side * 5 + i) * 3;
      landmarks[at] = seen[i * 3] as number;
      landmarks[at + 1] = seen[i * 3 + 1] as number;
      landmarks[at + 2] = -((seen[i * 3 + 2] as number) - view.depth) * view.scale;
    }
  }
  add(mouthPart(detail.rims[2], skin), MATERIAL.mouth);
  add(assets.upperTeeth, MATERIAL.teeth);
  add(withJaw(assets.lowerTeeth, model, shape), MATERIAL.teeth);
  add(withJaw(assets.tongue, model, shape, shape.tongue * 3, shape.tongue * 0.75), MATERIAL.tongue);
  for (const ear of assets.ears) add(ear, MATERIAL.skinBack);
  add(assets.body, MATERIAL.cloth);
  emit(soup, view, assets.hair.cap.points, { ...assets.hair.cap, material: MATERIAL.cap, head });
  emitStrands(soup, view, assets.hair.locks, MATERIAL.hair, head);
  for (const side of [0, 1] as const)
    emitStrands(soup, view, lashes(actor, shape.points, model.eyes[side], side), MATERIAL.lash, head);
  if (assets.beard) emitStrands(soup, view, beard(assets.beard, shape.points), MATERIAL.beard, head);
  if (assets.glasses) emitStrands(soup, view, assets.glasses, MATERIAL.glasses, head);
  return landmarks;
}

/** Centre and four rim points of an iris, in the order of the landmarks. */
function irisPoints(
  eye: { readonly centre: readonly [number, number, number]; readonly radius: number },
  gaze: readonly [number, number],
  size: number,
): Float32Array {
  const r = 0.475 * size;
  const z = Math.sqrt(1 - r * r);
  const local = [
    [0, 0, 1],
    [r, 0, z],
    [0, r, z],
    [-r, 0, z],
    [0, -r, z],
  ] as const;
  const out = new Float32Array(15);
  const [sx, cx, sy, cy] = [Math.sin(gaze[0]), Math.cos(gaze[0]), Math.sin(gaze[1]), Math.cos(gaze[1])];
  local.forEach(([x, y, z0], i) => {
    const y1 = y * cy + z0 * sy;
    const z1 = z0 * cy - y * sy;
    out[i * 3] = eye.centre[0] + (x * cx + z1 * sx) * eye.radius;
    out[i * 3 + 1] = eye.centre[1] + y1 * eye.radius;
    out[i * 3 + 2] = eye.centre[2] + (z1 * cx - x * sx) * eye.radius;
  });
  return out;
}
