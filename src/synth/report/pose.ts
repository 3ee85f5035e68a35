/** How far the output's head is turned away from the target's. */
import { type Pose, rotationOfPose } from '../../faces/index.js';

/** The angle in degrees, 0..180, of the one turn that leads from one pose to the other. */
export function poseAngle(a: Pose, b: Pose): number {
  const p = rotationOfPose(a);
  const q = rotationOfPose(b);
  let trace = 0;
  for (let i = 0; i < 9; i++) trace += (p[i] as number) * (q[i] as number);
  return (Math.acos(Math.max(-1, Math.min(1, (trace - 1) / 2))) * 180) / Math.PI;
}
