/**
 * The numbers that shading functions hand to each other. They travel in one typed array, because numbers passed as
 * arguments between large functions are boxed, and a picture has millions of them.
 */

/** Position in the picture, pixels, and depth of the soup. */
export const PX = 0;
export const PY = 1;
export const DEPTH = 2;
/** Unit normal (or direction of a strand), camera space. */
export const NX = 3;
export const NY = 4;
export const NZ = 5;
/** Texture coordinates and light that reaches the corner. */
export const U = 6;
export const V = 7;
export const SHADE = 8;
/** A second direction. */
export const EX = 9;
export const EY = 10;
export const EZ = 11;
/** How far the main lamp reaches, 0..1. */
export const LIT = 12;
/** Colour of the surface, linear light, and its gloss. */
export const RED = 13;
export const GREEN = 14;
export const BLUE = 15;
export const GLOSS = 16;
/** Slope of the relief along u and v. */
export const SLOPE_U = 17;
export const SLOPE_V = 18;
/** Light from all around on the normal. */
export const AROUND_R = 19;
export const AROUND_G = 20;
export const AROUND_B = 21;
/** The result, linear light. */
export const OUT_R = 22;
export const OUT_G = 23;
export const OUT_B = 24;

/** How many there are. */
export const REGISTERS = 25;
