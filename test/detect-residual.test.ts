/** The synthesis residual: windows, heat map, the net that ships, and what the detector says of drawn people. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActor, renderActor, restState } from '../src/actors/index.js';
import { packageRoot, Random } from '../src/base/index.js';
import { HEAT_SIDE, heatOf } from '../src/detect/detectors/residual/heat.js';
import { faceCore, faceWindows, WINDOW_SIZE, WINDOWS } from '../src/detect/detectors/residual/windows.js';
import { synthesisResidualDetector as detector } from '../src/detect/detectors/synthesis-residual.js';
import { openMaterial, shareNets, type Tools } from '../src/detect/index.js';
import { createFaceEngine } from '../src/faces/index.js';
import { type Frame, rgbaFrame, rgbaToI420, writePicture } from '../src/media/index.js';
import { openModel, stopModels } from '../src/models/index.js';

/** A frame whose colours are a function of the place. */
function drawn(width: number, height: number, colour: (x: number, y: number) => ArrayLike<number>): Frame {
  const pixels = new Uint8Array(width * height * 4).fill(255);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) pixels.set(Array.from(colour(x, y)), (y * width + x) * 4);
  return rgbaFrame(pixels, width, height);
}

/** Landmarks of which only the box matters. */
function boxed(x: number, y: number, width: number, height: number): Float32Array {
  const points = new Float32Array(478 * 3);
  for (let i = 0; i < 478; i++) {
    points[i * 3] = x + (i % 2) * width;
    points[i * 3 + 1] = y + (i % 3 === 0 ? 0 : height);
  }
  return points;
}

describe('windows', () => {
  it('are cut round the face, inside of the frame, and never from an enlarged picture', () => {
    const frame = drawn(300, 240, (x, y) => [x & 255, y, 7]);
    const middle = faceCore(frame, boxed(100, 80, 80, 100));
    expect([middle.x, middle.y, middle.size, middle.side]).toEqual([85, 75, 110, 110]);
    expect([...middle.rgb.subarray(0, 3)]).toEqual([85, 75, 7]);
    const corner = faceCore(frame, boxed(230, 180, 80, 100));
    expect([corner.x, corner.y, corner.size]).toEqual([190, 130, 110]);
    expect(faceCore(frame, boxed(-20, -20, 400, 400)).size).toBe(240);
  });

  it('of a film frame begin at the same pixel, also at odd places', () => {
    const frame = drawn(200, 200, (x, y) => [100 + (x >> 1), 100 + (x >> 1), 100 + (y >> 2)]);
    const color = { matrix: 'bt601', range: 'full', primaries: 'bt709', transfer: 'iec61966-2-1' } as const;
    const [still, film] = [frame, rgbaToI420(frame, color)].map((f) => faceCore(f, boxed(51, 53, 81, 91)));
    expect([film?.x, film?.y, film?.size]).toEqual([still?.x, still?.y, still?.size]);
    const apart = film?.rgb.map((v, i) => Math.abs(v - (still?.rgb[i] ?? 0))) ?? [];
    expect(Math.max(...apart)).toBeLessThanOrEqual(3);
  });

  it('keep the mean of what they average, and a ramp when they enlarge', () => {
    const random = new Random(9);
    const noise = (): number => Math.floor(random.float() * 256);
    const frame = drawn(470, 470, () => [noise(), noise(), noise()]);
    const core = faceCore(frame, boxed(20, 20, 390, 390));
    expect(core.side).toBe(200);
    const mean = (list: Uint8Array): number => list.reduce((a, b) => a + b, 0) / list.length;
    const cut = drawn(core.size, core.size, (x, y) => {
      const at = ((y + core.y) * 470 + x + core.x) * 4;
      return frame.pixels.subarray(at, at + 3);
    });
    const rgb = cut.pixels.filter((_, i) => i % 4 < 3);
    expect(Math.abs(mean(core.rgb) - mean(rgb))).toBeLessThan(0.3);

    const ramp = faceCore(
      drawn(80, 80, (x) => [x * 3, x * 3, x * 3]),
      boxed(-10, -10, 100, 100),
    );
    const windows = faceWindows(ramp);
    expect(windows.length).toBe(WINDOWS.length * 3 * WINDOW_SIZE ** 2);
    const row = windows.subarray(10 * WINDOW_SIZE, 11 * WINDOW_SIZE);
    const side = Math.round(80 * (WINDOWS[0]?.[2] ?? 0));
    for (let i = 8; i < WINDOW_SIZE - 8; i++)
      expect(((row[i] ?? 0) * 255) / 3).toBeCloseTo(((i + 0.5) * side) / WINDOW_SIZE - 0.5, 0);
  });
});

describe('heat map', () => {
  it('points at the cell that stands out, at the same place for every window', () => {
    const side = 4;
    for (const [w, [x, y, share]] of WINDOWS.entries()) {
      const cells = new Float32Array(WINDOWS.length * side * side).fill(-4);
      cells[(w * side + 2) * side + 1] = 40;
      const heat = heatOf(cells, side);
      const top = heat.indexOf(Math.max(...heat));
      const [px, py] = [((top % HEAT_SIDE) + 0.5) / HEAT_SIDE, (Math.floor(top / HEAT_SIDE) + 0.5) / HEAT_SIDE];
      expect(Math.abs(px - (x + (share * 1.5) / side))).toBeLessThan(0.13);
      expect(Math.abs(py - (y + (share * 2.5) / side))).toBeLessThan(0.13);
    }
  });
});

describe('net', () => {
  afterAll(stopModels);

  const references = JSON.parse(
    readFileSync(join(packageRoot, 'training', 'detect', 'residual', 'reference.json'), 'utf8'),
  ) as { model: string; logit: number }[];

  it.each(references)(
    '$model gives what it gave where it was trained, and its logit is the mean of its cells',
    async (reference) => {
      const net = await openModel(reference.model);
      const size = WINDOW_SIZE;
      const data = new Float32Array(2 * 3 * size * size);
      for (let c = 0; c < 3; c++)
        for (let y = 0; y < size; y++)
          for (let x = 0; x < size; x++)
            data[(c * size + y) * size + x] =
              Math.round(127.5 + 100 * Math.sin(x / 7 + c) * Math.cos(y / (5 + 3 * c))) / 255;
      const { logits, cells } = await net.run({ windows: { dtype: 'float32', dims: [2, 3, size, size], data } });
      const one = logits?.data as Float32Array;
      const all = cells?.data as Float32Array;
      expect(one[0]).toBeCloseTo(reference.logit, 2);
      for (let n = 0; n < 2; n++) {
        const own = all.subarray((n * all.length) / 2, ((n + 1) * all.length) / 2);
        expect(own.reduce((a, b) => a + b, 0) / own.length).toBeCloseTo(one[n] ?? Number.NaN, 3);
      }
      expect(one[0]).not.toBeCloseTo(one[1] ?? 0, 1);
      await net.close();
    },
  );
});

describe('detector', () => {
  let folder: string;
  let tools: Tools;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'likeness-residual-'));
    tools = shareNets(await createFaceEngine());
  });
  afterAll(async () => {
    await tools.close();
    stopModels();
    rmSync(folder, { recursive: true, force: true });
  });

  const examine = async (name: string, frame: Frame) => {
    const path = join(folder, name);
    await writePicture(path, frame);
    return detector.examine(await openMaterial(path, tools));
  };

  it('is silent without a face, and where the face is too small', async () => {
    const empty = await examine(
      'waves.png',
      drawn(200, 160, (x, y) => [x, y, (x * y) & 255]),
    );
    expect(empty.findings).toEqual([]);
    expect(empty.silent).toContain('there is none');
    const head = renderActor(createActor(4), restState(), { width: 64, height: 64 });
    const small = await examine('small.png', head.frame);
    expect(small.findings).toEqual([]);
    expect(small.silent).not.toBeNull();
  });

  it('scores a person, shows where in a map over the face, and says the same each time', async () => {
    const head = renderActor(createActor(4), restState(), { width: 320, height: 320 });
    const [first, again] = [await examine('head.png', head.frame), await examine('head.png', head.frame)];
    expect(first).toEqual(again);
    const [finding] = first.findings;
    expect(first.findings).toHaveLength(1);
    expect(Number.isFinite(finding?.score)).toBe(true);
    expect(finding?.person).toBe(1);
    const { box, heat } = finding ?? {};
    expect(heat?.values).toHaveLength((heat?.width ?? 0) * (heat?.height ?? 0));
    expect(Math.min(...(heat?.values ?? [-1]))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...(heat?.values ?? [2]))).toBeLessThanOrEqual(1);
    expect(box?.width).toBe(box?.height);
    expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 400) <= 320).toBe(true);
  });
});
