/** The triangles of one picture, ready to be drawn: projected corners, what is interpolated between them, materials. */

/** What a triangle is made of; the number the shader switches on. */
export const MATERIAL = {
  skin: 0,
  eye: 1,
  teeth: 2,
  mouth: 3,
  hair: 4,
  cloth: 5,
  lash: 6,
  glasses: 7,
  lid: 8,
  tongue: 9,
  occluder: 10,
  cap: 11,
  /** Skin outside the face proper: skull, ears, neck. */
  skinBack: 12,
  beard: 13,
} as const;

/** Numbers kept for each corner: normal x y z, texture u v, shade, and three more whose meaning the material knows. */
export const ATTRIBUTES = 9;

/** A growing list of corners and triangles, used again for every picture. */
export class Soup {
  /** x, y in pixels, z in centimetres (larger is nearer). */
  screen = new Float32Array(3 * 65536);
  attributes = new Float32Array(ATTRIBUTES * 65536);
  corners = new Uint32Array(3 * 131072);
  material = new Uint8Array(131072);
  /** Which head of the scene a triangle belongs to. */
  head = new Uint8Array(131072);
  points = 0;
  triangles = 0;

  /** Forgets everything, keeps the memory. */
  clear(): void {
    this.points = 0;
    this.triangles = 0;
  }

  /** Makes room for `count` corners and returns the index of the first. */
  addPoints(count: number): number {
    const first = this.points;
    this.points += count;
    if (this.points * 3 > this.screen.length) {
      const size = Math.ceil(this.points * 1.5);
      const screen = new Float32Array(size * 3);
      screen.set(this.screen);
      const attributes = new Float32Array(size * ATTRIBUTES);
      attributes.set(this.attributes);
      this.screen = screen;
      this.attributes = attributes;
    }
    return first;
  }

  /** Adds triangles whose corners are counted from `first`. */
  addTriangles(corners: ArrayLike<number>, first: number, material: number, head: number): void {
    const count = corners.length / 3;
    const total = this.triangles + count;
    if (total > this.material.length) {
      const size = Math.ceil(total * 1.5);
      const grown = new Uint32Array(size * 3);
      grown.set(this.corners);
      this.corners = grown;
      for (const key of ['material', 'head'] as const) {
        const bytes = new Uint8Array(size);
        bytes.set(this[key]);
        this[key] = bytes;
      }
    }
    const base = this.triangles * 3;
    for (let i = 0; i < corners.length; i++) this.corners[base + i] = (corners[i] as number) + first;
    this.material.fill(material, this.triangles, total);
    this.head.fill(head, this.triangles, total);
    this.triangles = total;
  }
}
