/** What compositing carries from frame to frame, as something that can be stored between two segments of a render. */
import type { ColorState } from './color.js';
import type { OcclusionState } from './occlusion.js';
import type { Plane } from './types.js';

/** What a compositor carries from frame to frame; opaque, `structuredClone` and `v8.serialize` keep it whole. */
export interface CompositorState {
  readonly finder: OcclusionState;
  /** Null before the first frame. */
  readonly bench: BenchState | null;
}

/** The part of it that has the size of the work grid. */
export interface BenchState {
  readonly size: number;
  readonly color: ColorState;
  readonly detail: readonly number[];
  readonly alpha: Plane;
  readonly differences: readonly Plane[];
  readonly crisp: number;
}
