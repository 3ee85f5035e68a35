/** How far the output's head is turned away from the target's. */
import type { Pose } from '../../faces/index.js';

const RADIANS = Math.PI / 180;

type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** Rotation matrix of a pose, roll after pitch after yaw. */
function matrixOf({ yaw, pitch, roll }: Pose): Matrix {
  const [cy, sy] = [Math.cos(yaw * RADIANS), Math.sin(yaw * RADIANS)];
  const [cp, sp] = [Math.cos(pitch * RADIANS), Math.sin(pitch * RADIANS)];
  const [cr, sr] = [Math.cos(roll * RADIANS), Math.sin(roll * RADIANS)];
  // Rz(roll) * Rx(pitch) * Ry(yaw)
  return [
    cr * cy - sr * sp * sy,
    -sr * cp,
    cr * sy + sr * sp * cy,
    sr * cy + cr * sp * sy,
    cr * cp,
    sr * sy - cr * sp * cy,
    -cp * sy,
    sp,
    cp * cy,
  ];
}

/** The angle in degrees, 0..180, of the one turn that leads from one pose to the other. */
export function poseAngle(a: Pose, b: Pose): number {
  const p = matrixOf(a);
  const q = matrixOf(b);
  let trace = 0;
  for (let i = 0; i < 9; i++) trace += (p[i] as number) * (q[i] as number);
  return Math.acos(Math.max(-1, Math.min(1, (trace - 1) / 2))) / RADIANS;
}
