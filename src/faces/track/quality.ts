/** How useful one view of a face is for telling who it is: sharp, frontal, large, sure. */
import type { Frame } from '../../media/index.js';
import type { Box, Pose } from '../types.js';

const SIDE = 40;

/**
 * Sharpness of the part of a frame inside `box`: mean Laplacian of luma over its spread, on a 40 x 40 grid of the box.
 * Around 0.1 for a blurred face and 0.5 for a crisp one, largely independent of size and light.
 */
export function sharpnessOf(frame: Frame, box: Box): number {
  const { width, height, pixels } = frame;
  const rgba = frame.format === 'rgba';
  // At least one real pixel between taps, so that an upscaled face does not pass for a sharp one.
  const step = Math.max(1, Math.round(Math.min(box.width, box.height) / SIDE));
  const luma = (x: number, y: number): number => {
    const u = x < 0 ? 0 : x >= width ? width - 1 : x;
    const v = y < 0 ? 0 : y >= height ? height - 1 : y;
    return (rgba ? pixels[4 * (v * width + u) + 1] : pixels[v * width + u]) as number;
  };
  let edge = 0;
  let sum = 0;
  let square = 0;
  let n = 0;
  for (let y = Math.round(box.y); y < box.y + box.height; y += step) {
    for (let x = Math.round(box.x); x < box.x + box.width; x += step) {
      const m = luma(x, y);
      edge += Math.abs(4 * m - luma(x - step, y) - luma(x + step, y) - luma(x, y - step) - luma(x, y + step)) / 4;
      sum += m;
      square += m * m;
      n++;
    }
  }
  const spread = Math.sqrt(Math.max(0, square / n - (sum / n) ** 2));
  return n === 0 ? 0 : edge / n / (spread + 8);
}

/** 1 for a face that looks into the camera, falling to 0 at 75 degrees. */
export function frontalOf(pose: Pose): number {
  const away = Math.hypot(pose.yaw, pose.pitch);
  return Math.max(0, Math.cos((Math.min(90, away * 1.2) * Math.PI) / 180));
}

/** 0..1: how far an identity that is measured here can be trusted. */
export function viewQuality(frame: Frame, box: Box, pose: Pose, confidence: number): number {
  const size = Math.min(1, Math.sqrt(box.width * box.height) / 112);
  const sharp = Math.min(1, sharpnessOf(frame, box) / 0.25);
  const inside =
    box.x >= 0 && box.y >= 0 && box.x + box.width <= frame.width && box.y + box.height <= frame.height ? 1 : 0.6;
  return confidence * (0.1 + 0.9 * frontalOf(pose)) * (0.2 + 0.8 * sharp) * size * inside;
}
