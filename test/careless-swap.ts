/** A face as a careless swap leaves it, for tests of what finds such a thing. */
import { faceSquare } from '../src/detect/blend/face-crop.js';
import type { Frame } from '../src/media/index.js';

/** An ellipse over the face in other colours and blurred, as a careless swap leaves it; its edge is hard. */
export function paste(frame: Frame, points: Float32Array): Frame {
  const pixels = frame.pixels.slice();
  const { x, y, side } = faceSquare(points, frame.width, frame.height);
  const [cx, cy, rx, ry] = [x + side / 2, y + side / 2, side * 0.2, side * 0.26];
  for (let py = 0; py < frame.height; py++)
    for (let px = 0; px < frame.width; px++) {
      if (((px - cx) / rx) ** 2 + ((py - cy) / ry) ** 2 > 1) continue;
      for (const [c, shift] of [22, -10, -24].entries()) {
        let sum = 0;
        for (let d = 0; d < 25; d++)
          sum += frame.pixels[((py + Math.floor(d / 5) - 2) * frame.width + px + (d % 5) - 2) * 4 + c] as number;
        pixels[(py * frame.width + px) * 4 + c] = Math.max(0, Math.min(255, sum / 25 + shift));
      }
    }
  return { ...frame, pixels };
}
