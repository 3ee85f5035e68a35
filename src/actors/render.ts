/** Pictures of actors: draws heads, light, background, occluder and grain, and tells where everything is. */
import { EXPRESSION_NAMES, LikenessError } from '../base/index.js';
import { assetsOf } from './assets.js';
import { backdrop } from './background.js';
import { drawHead } from './draw-head.js';
import { lampOf } from './lighting.js';
import type { Shaded } from './materials.js';
import { hash } from './noise.js';
import { drawOccluder, occluderTone } from './occluder.js';
import { clearVisibility, createVisibility, rasterize, SAMPLES, type Visibility } from './raster.js';
import { OUT_B, OUT_G, OUT_R, PX, PY, REGISTERS } from './registers.js';
import { createShader } from './shade.js';
import { castShadows } from './shadow.js';
import { TEXTURE_SIZE } from './skin-maps.js';
import type { SkinLevel } from './skin-texture.js';
import { MATERIAL, Soup } from './soup.js';
import type { Actor, ActorFrame, ActorState, Head, HeadState, PictureSize, Scene, SceneFrame } from './types.js';
import { viewOf } from './view.js';

const CULL: readonly boolean[] = (() => {
  const cull = new Array<boolean>(16).fill(false);
  for (const m of [MATERIAL.skin, MATERIAL.eye]) cull[m] = true;
  return cull;
})();

const FACE_MATERIALS: readonly boolean[] = (() => {
  const face = new Array<boolean>(16).fill(false);
  for (const m of [
    MATERIAL.skin,
    MATERIAL.eye,
    MATERIAL.teeth,
    MATERIAL.mouth,
    MATERIAL.lash,
    MATERIAL.lid,
    MATERIAL.tongue,
    MATERIAL.beard,
  ])
    face[m] = true;
  return face;
})();

/** Linear light by sRGB byte. */
const DECODE = Float32Array.from({ length: 256 }, (_, i) => {
  const c = i / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
});

const ENCODE_STEPS = 8191;
const ENCODE_TOP = 2.5;
/** sRGB value, 0..255, by linear light; bright light is rolled off softly. */
const ENCODE = Float32Array.from({ length: ENCODE_STEPS + 1 }, (_, i) => {
  const v = (i / ENCODE_STEPS) * ENCODE_TOP;
  const knee = 0.62;
  const c = v < knee ? v : knee + (1 - knee) * (1 - Math.exp(-(v - knee) / (1 - knee)));
  return 255 * (c <= 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055);
});

const GRAIN = 256;
const grainTile = Float32Array.from({ length: GRAIN * GRAIN }, (_, i) => {
  let sum = 0;
  for (let k = 0; k < 4; k++) sum += hash(i, k, 5);
  return (sum - 2) * 1.7;
});

let soup: Soup | undefined;
let buffer: { size: PictureSize; visibility: Visibility } | undefined;

function visibilityFor(size: PictureSize): Visibility {
  if (buffer && buffer.size.width === size.width && buffer.size.height === size.height) return buffer.visibility;
  buffer = { size: { ...size }, visibility: createVisibility(size.width, size.height) };
  return buffer.visibility;
}

function checkSize(size: PictureSize): void {
  const whole = Number.isInteger(size.width) && Number.isInteger(size.height);
  if (!whole || size.width < 16 || size.height < 16 || size.width > 4096 || size.height > 4096)
    throw new LikenessError('actors.size', `A picture of ${size.width} x ${size.height} pixels cannot be drawn.`, {
      hint: 'Use whole numbers from 16 to 4096.',
    });
}

function checkState(state: HeadState): void {
  const { expression, pose, gaze, position, scale } = state;
  const numbers = [pose.yaw, pose.pitch, pose.roll, ...gaze, ...position, scale, ...expression];
  if (expression.length === EXPRESSION_NAMES.length && scale > 0 && numbers.every(Number.isFinite)) return;
  throw new LikenessError(
    'actors.state',
    `A head cannot be drawn with ${expression.length} weights at scale ${scale}.`,
    {
      hint: `Give ${EXPRESSION_NAMES.length} weights, a scale above 0 and finite numbers; start from restState().`,
    },
  );
}

/**
 * Draws several heads into one picture. The larger head is in front of the smaller.
 *
 * @param target `width * height * 4` bytes to draw into; a new array where left out
 * @throws LikenessError `actors.size` for sizes outside 16..4096, `actors.state` for states that are not numbers
 */
export function renderScene(heads: readonly Head[], scene: Scene, size: PictureSize, target?: Uint8Array): SceneFrame {
  checkSize(size);
  for (const { state } of heads) checkState(state);
  const { width, height } = size;
  soup ??= new Soup();
  soup.clear();
  const behind = backdrop(scene.background, size);
  const lamp = lampOf(scene.light, behind.mean);
  const views = heads.map((h) => viewOf(h.state, size));
  const landmarks = heads.map((h, i) =>
    drawHead(soup as Soup, h.actor, h.state, views[i] as (typeof views)[number], i),
  );
  if (scene.occluder) drawOccluder(soup, scene.occluder, size);
  const visibility = visibilityFor(size);
  clearVisibility(visibility);
  rasterize(visibility, soup, CULL);
  const shaded: Shaded[] = heads.map((h, i) => {
    const view = views[i] as (typeof views)[number];
    const texelsAPixel = (TEXTURE_SIZE * 0.98) / (view.scale * 15.5);
    const level = Math.max(0, Math.min(3, Math.round(Math.log2(texelsAPixel) - 0.25)));
    return {
      actor: h.actor,
      skin: assetsOf(h.actor).skin[level] as SkinLevel,
      rotation: view.rotation,
      pixel: 0.6 / view.scale,
      collar: assetsOf(h.actor).collar,
    };
  });
  const lits = views.map((view, i) => castShadows(soup as Soup, i, view, lamp));
  const tone = scene.occluder ? occluderTone(scene.occluder) : ([0, 0, 0] as const);
  const registers = new Float64Array(REGISTERS);
  const shade = createShader(soup, shaded, lits, lamp, tone, registers);
  const pixels = target ?? new Uint8Array(width * height * 4);
  // Clamps and rounds as it stores.
  const bytes = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, width * height * 4);
  const masks = heads.map(() => new Uint8Array(width * height));
  const occluderMask = new Uint8Array(width * height);
  const grain = (scene.grain ?? 0.2) * 7;
  const frameSeed = Math.round(scene.time * 1000);
  const gx = Math.floor(hash(frameSeed, 1) * GRAIN);
  const gy = Math.floor(hash(frameSeed, 2) * GRAIN);
  const { triangle, depth } = visibility;
  const { material, head } = soup;
  const near = 0.35;
  const wide = visibility.width;
  const ids = new Int32Array(4);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const s = y * SAMPLES * wide + x * SAMPLES;
      const t0 = triangle[s] as number;
      const t1 = triangle[s + 1] as number;
      const t2 = triangle[s + wide] as number;
      const t3 = triangle[s + wide + 1] as number;
      const noise = grain * (grainTile[((y + gy) & (GRAIN - 1)) * GRAIN + ((x + gx) & (GRAIN - 1))] as number);
      const o = at * 4;
      if ((t0 & t1 & t2 & t3) < 0 && t0 + t1 + t2 + t3 === -4) {
        bytes[o] = (behind.pixels[at * 3] as number) + noise;
        bytes[o + 1] = (behind.pixels[at * 3 + 1] as number) + noise;
        bytes[o + 2] = (behind.pixels[at * 3 + 2] as number) + noise;
        bytes[o + 3] = 255;
        continue;
      }
      ids[0] = t0;
      ids[1] = t1;
      ids[2] = t2;
      ids[3] = t3;
      let r = 0;
      let g = 0;
      let b = 0;
      let left = 4;
      let face = 0;
      let faceHead = 0;
      let covered = 0;
      // Samples of one surface are shaded together, at their common middle.
      for (let i = 0; i < 4; i++) {
        const t = ids[i] as number;
        if (t < 0) continue;
        const m = material[t] as number;
        const z = depth[s + (i & 1) + (i >> 1) * wide] as number;
        let count = 1;
        let sx = i & 1;
        let sy = i >> 1;
        for (let j = i + 1; j < 4; j++) {
          const other = ids[j] as number;
          if (other < 0) continue;
          if (other !== t) {
            if (material[other] !== m) continue;
            if (Math.abs((depth[s + (j & 1) + (j >> 1) * wide] as number) - z) > near) continue;
          }
          count++;
          sx += j & 1;
          sy += j >> 1;
          ids[j] = -1;
        }
        registers[PX] = x + 0.25 + (sx / count) * 0.5;
        registers[PY] = y + 0.25 + (sy / count) * 0.5;
        shade(t);
        r += (registers[OUT_R] as number) * count;
        g += (registers[OUT_G] as number) * count;
        b += (registers[OUT_B] as number) * count;
        left -= count;
        if (FACE_MATERIALS[m]) {
          face += count;
          faceHead = head[t] as number;
        } else if (m === MATERIAL.occluder) covered += count;
      }
      if (face >= 2 && face > covered) (masks[faceHead] as Uint8Array)[at] = 255;
      if (covered >= 2) occluderMask[at] = 255;
      if (left > 0) {
        r += left * (DECODE[behind.pixels[at * 3] as number] as number);
        g += left * (DECODE[behind.pixels[at * 3 + 1] as number] as number);
        b += left * (DECODE[behind.pixels[at * 3 + 2] as number] as number);
      }
      const k = (ENCODE_STEPS / ENCODE_TOP) * 0.25;
      bytes[o] = (ENCODE[Math.min(ENCODE_STEPS, (r * k) | 0)] as number) + noise;
      bytes[o + 1] = (ENCODE[Math.min(ENCODE_STEPS, (g * k) | 0)] as number) + noise;
      bytes[o + 2] = (ENCODE[Math.min(ENCODE_STEPS, (b * k) | 0)] as number) + noise;
      bytes[o + 3] = 255;
    }
  return {
    frame: {
      timestamp: Math.round(scene.time * 1e6),
      duration: 0,
      width,
      height,
      format: 'rgba',
      pixels,
      color: { matrix: 'rgb', range: 'full', primaries: 'bt709', transfer: 'iec61966-2-1' },
    },
    heads: heads.map((h, i) => ({
      landmarks: landmarks[i] as Float32Array,
      pose: h.state.pose,
      expression: h.state.expression,
      mask: masks[i] as Uint8Array,
    })),
    occluderMask,
  };
}

/**
 * Draws one actor.
 *
 * @param target `width * height * 4` bytes to draw into; a new array where left out
 * @throws LikenessError `actors.size` for sizes outside 16..4096, `actors.state` for states that are not numbers
 * @example
 * const { frame, landmarks } = renderActor(createActor(1), restState(), { width: 640, height: 360 });
 */
export function renderActor(actor: Actor, state: ActorState, size: PictureSize, target?: Uint8Array): ActorFrame {
  const { frame, heads, occluderMask } = renderScene([{ actor, state }], state, size, target);
  return { ...(heads[0] as (typeof heads)[number]), frame, occluderMask };
}
