/**
 * The DFM layout, in which other face-swap programs exchange trained pairs: one ONNX file, pictures channels-last, blue
 * first, 0..1, framed by the "whole face" template. Written for trained pairs; read by the `dfm` engine.
 */
import { CANONICAL_POINTS, similarity } from '../../faces/index.js';
import {
  add,
  flip,
  type Graph,
  mul,
  sub,
  type Tensor,
  toChannelsFirst,
  toChannelsLast,
  zeros,
} from '../../tensor/index.js';
import { type Placement, placeCrop } from './alignment.js';
import { decode, encode, readDrive, type Side } from './net.js';
import type { SwapPreset } from './presets.js';

/** Eyes (left, right in the picture), nose tip, mouth corners; as fractions of the crop. */
const WHOLE_FACE: readonly (readonly [number, number])[] = [
  [0.35342266, 0.39285716],
  [0.62797622, 0.39285716],
  [0.48660713, 0.5401786],
  [0.38839287, 0.68750011],
  [0.59821427, 0.68750011],
];

/** The same five points of a landmark set. */
function fiveOf(points: Float32Array): [number, number][] {
  const middle = (a: number, b: number): [number, number] => [
    ((points[a * 3] as number) + (points[b * 3] as number)) / 2,
    ((points[a * 3 + 1] as number) + (points[b * 3 + 1] as number)) / 2,
  ];
  return [middle(33, 133), middle(362, 263), middle(4, 4), middle(61, 61), middle(291, 291)];
}

/** The placement of a "whole face" crop: pixels of the crop to pixels of the frame. */
export function placeWholeFace(points: Float32Array, size: number): Placement {
  return similarity(
    WHOLE_FACE.map(([x, y]) => [x * size - 0.5, y * size - 0.5]),
    fiveOf(points),
  );
}

/** Zoom and shift from fractions of a whole-face crop to fractions of our crop, for the face at rest. */
function frameChange(): { readonly scale: number; readonly x: number; readonly y: number } {
  const size = 1000;
  const ours = placeCrop(CANONICAL_POINTS, size);
  const theirs = placeWholeFace(CANONICAL_POINTS, size);
  // Both are upright for a frontal face, so only zoom and shift are left.
  const scale = theirs[0] / ours[0];
  return { scale, x: (theirs[2] - ours[2]) / ours[0] / size, y: (theirs[5] - ours[5]) / ours[0] / size };
}

/** Cuts `size * size` pixels out of a square picture: fractions `(u - x) / scale` of it; outside is `fill`. */
function cut(x: Tensor, size: number, scale: number, shiftX: number, shiftY: number, fill: number): Tensor {
  const g = x.graph;
  const side = x.dim(2);
  const at = (p: number, shift: number): number => ((((p + 0.5) / size - shift) / scale) * side - 0.5) / (side - 1);
  const roi = [0, 0, at(0, shiftY), at(0, shiftX), 1, 1, at(size - 1, shiftY), at(size - 1, shiftX)];
  const shape = [x.dim(0), x.dim(1), size, size];
  return g.emit(
    'Resize',
    [
      x,
      g.constant('float32', [8], Float32Array.from(roi)),
      g.constant('float32', [0], new Float32Array(0)),
      g.ints(shape),
    ],
    shape,
    { mode: 'linear', coordinate_transformation_mode: 'tf_crop_and_resize', extrapolation_value: { float: fill } },
  );
}

/**
 * The graph of a DFM file, for `exportOnnx` with opset 12. The drive vector, which such programs do not know, is read
 * off the picture by the encoder itself; expression is therefore a little weaker there than in our own rendering.
 */
export function buildDfm(g: Graph, preset: SwapPreset, from: Side, to: Side): Record<string, Tensor> {
  const { size } = preset;
  const face = g.input('in_face:0', [1, size, size, 3]);
  const picture = flip(toChannelsFirst(face), [1]);
  const { scale, x, y } = frameChange();
  const ours = cut(picture, size, scale, x, y, 0);
  const code = sub(encode(ours, preset), g.state(`mean.${from}`, [1, preset.code], zeros));
  const { image, mask } = decode(code, readDrive(code), to, preset);
  const back = (t: Tensor, fill: number): Tensor => cut(t, size, 1 / scale, -x / scale, -y / scale, fill);
  const covered = back(mask, 0);
  // Where our crop ends the picture stays as it is.
  const swapped = add(mul(back(image, 0), covered), mul(picture, sub(1, covered)));
  const masks = toChannelsLast(covered);
  return {
    'out_face_mask:0': masks,
    'out_celeb_face:0': toChannelsLast(flip(swapped, [1])),
    'out_celeb_face_mask:0': masks,
  };
}
