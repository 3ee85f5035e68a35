/**
 * How sharply a picture bends from pixel to pixel: shading bends nothing, detail does.
 *
 * @param grey `side * side` grey levels
 * @returns `(side - 2) ** 2` values, one for each pixel that has neighbours all round: the mean of the bends across and down, in
 * grey levels
 */
export function bendsOf(grey: Float32Array, side: number): Float32Array {
  const bends = new Float32Array((side - 2) ** 2);
  let at = 0;
  for (let y = 1; y < side - 1; y++)
    for (let x = 1; x < side - 1; x++) {
      const i = y * side + x;
      const twice = 2 * (grey[i] as number);
      const across = Math.abs(twice - (grey[i - 1] as number) - (grey[i + 1] as number));
      const down = Math.abs(twice - (grey[i - side] as number) - (grey[i + side] as number));
      bends[at++] = (across + down) / 2;
    }
  return bends;
}
