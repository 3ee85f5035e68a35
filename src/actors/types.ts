/** The contracts of the drawn actors: who they are, what they do, and what comes back with a frame. Types only. */
import type { Frame } from '../media/index.js';

/** Head rotation in degrees: yaw > 0 turns to the picture's right, pitch > 0 looks up, roll > 0 tilts clockwise as seen. */
export interface HeadPose {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

/** A colour as linear red, green, blue in 0..1. */
export type Rgb = readonly [number, number, number];

/** Hair cuts the renderer knows. */
export type HairStyle = 'shaved' | 'crop' | 'short' | 'side' | 'curly' | 'bob' | 'long' | 'bun' | 'receding';

/** What grows on the lower face. */
export type FacialHair = 'none' | 'stubble' | 'moustache' | 'goatee' | 'beard';

/** What the body wears. */
export type ClothStyle = 'crew' | 'vneck' | 'shirt' | 'hoodie' | 'turtleneck';

/** A drawn person: plain numbers and words, the same for the same seed, and safe to store as JSON. */
export interface Actor {
  /** The number the person was made from. */
  readonly seed: number;
  /** Standard deviations from the mean head, by the names of `SHAPE_NAMES`; missing names are 0. */
  readonly shape: Readonly<Record<string, number>>;
  readonly skin: {
    /** Base colour. */
    readonly tone: Rgb;
    /** 0..1: how strongly cheeks, nose and ears redden. */
    readonly blush: number;
    /** 0..1: how many freckles. */
    readonly freckles: number;
    /** 0..1: moles and patches. */
    readonly spots: number;
    /** 0..1: lines at the eyes, brow and mouth. */
    readonly age: number;
    /** 0..1: gloss. */
    readonly oil: number;
    /** 0..1: darkness under the eyes. */
    readonly shadows: number;
  };
  readonly lips: { readonly tone: Rgb; readonly gloss: number };
  readonly makeup: { readonly liner: number; readonly shadow: Rgb; readonly shadowAmount: number };
  readonly eyes: { readonly iris: Rgb; readonly ring: Rgb; readonly irisSize: number; readonly lashes: number };
  readonly brows: {
    readonly tone: Rgb;
    /** Centimetres. */
    readonly thickness: number;
    /** -1 flat .. 1 arched. */
    readonly arch: number;
    /** 0..1: how opaque. */
    readonly density: number;
    /** Centimetres the inner end is moved outwards. */
    readonly gap: number;
  };
  readonly hair: {
    readonly style: HairStyle;
    readonly tone: Rgb;
    readonly streak: Rgb;
    /** Centimetres the hairline is moved up. */
    readonly hairline: number;
    /** 0..1. */
    readonly volume: number;
  };
  readonly facialHair: { readonly style: FacialHair; readonly tone: Rgb; readonly density: number };
  readonly glasses: { readonly frame: 'none' | 'round' | 'square'; readonly tone: Rgb };
  readonly cloth: { readonly style: ClothStyle; readonly tone: Rgb; readonly second: Rgb; readonly pattern: number };
}

/** The light on a scene. */
export interface Light {
  /** Towards the main light, in camera space: x right, y up, z to the camera. Any length but 0. */
  readonly direction: readonly [number, number, number];
  /** -1 cold .. 1 warm. */
  readonly warmth: number;
  /** 1 is a well exposed face; .3 is dim. */
  readonly intensity: number;
}

/** What stands behind the head. */
export interface Background {
  readonly kind: 'gradient' | 'bokeh' | 'room';
  /** Chooses colours and places. */
  readonly seed: number;
}

/** One head at one moment. */
export interface HeadState {
  /** 52 weights, 0..1, in the order of `EXPRESSION_NAMES`. */
  readonly expression: Float32Array;
  /** Head rotation in degrees: yaw > 0 to the picture's right, pitch > 0 up, roll > 0 clockwise as seen. */
  readonly pose: HeadPose;
  /** Degrees the eyes turn from straight ahead of the head: x to the picture's right, y up. Within about 30. */
  readonly gaze: readonly [number, number];
  /** Where the centre of the face (between eyes and mouth) stands: shares of the frame's width and height. */
  readonly position: readonly [number, number];
  /** Width of the mean face, ear to ear, as a share of the frame's height. */
  readonly scale: number;
}

/** Everything around the heads. */
export interface Scene {
  readonly light: Light;
  readonly background: Background;
  /** Seconds: drives film grain and small movements. */
  readonly time: number;
  /** 0..1: film grain and plate noise; .25 looks like a phone. Default 0.2. */
  readonly grain?: number | undefined;
  /** Something that passes in front. */
  readonly occluder?: Occluder | undefined;
}

/** Something in front of the heads, with its own mask in {@link SceneFrame.occluderMask}. */
export interface Occluder {
  readonly kind: 'hand' | 'microphone';
  /** Where its tip or palm is: shares of the frame's width and height. */
  readonly position: readonly [number, number];
  /** Width as a share of the frame's height. A hand is about half a face. */
  readonly scale: number;
  /** Clockwise degrees; 0 comes from below. */
  readonly angle: number;
  /** Chooses skin or colour. */
  readonly seed: number;
}

/** One head with everything around it: what {@link renderActor} takes. */
export interface ActorState extends HeadState, Scene {}

/** An actor and what it does, for scenes with several. */
export interface Head {
  readonly actor: Actor;
  readonly state: HeadState;
}

/** Ground truth of one head in one picture. */
export interface HeadTruth {
  /**
   * 478 points, x y z each, in the order of `Face.landmarks`: x, y in pixels, z in the same unit, smaller is nearer,
   * 0 at the middle of the head.
   */
  readonly landmarks: Float32Array;
  readonly pose: HeadPose;
  /** The weights drawn. */
  readonly expression: Float32Array;
  /** One byte a pixel, 0 or 255: visible skin of the face proper with eyes, brows and mouth; not ears, hair or neck. */
  readonly mask: Uint8Array;
}

/** A picture of several heads. */
export interface SceneFrame {
  readonly frame: Frame;
  readonly heads: readonly HeadTruth[];
  /** One byte a pixel, 0 or 255: where the occluder is seen. All 0 without one. */
  readonly occluderMask: Uint8Array;
}

/** A picture of one head. */
export interface ActorFrame extends HeadTruth {
  readonly frame: Frame;
  /** As in {@link SceneFrame}. */
  readonly occluderMask: Uint8Array;
}

/** Size of a picture in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}
