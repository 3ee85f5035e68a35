/** The pure parts of tracking: smoothing, cuts, pairing, joining. */
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import { assign, FORBIDDEN } from '../src/faces/track/assign.js';
import { CUT_LOOKAHEAD, CutFinder, cutSignature } from '../src/faces/track/cuts.js';
import { cosine, joinTracklets, meanVector } from '../src/faces/track/join.js';
import { MeshList } from '../src/faces/track/mesh-list.js';
import { OneEuroFilter } from '../src/faces/track/one-euro.js';
import { smoothSequence } from '../src/faces/track/smooth.js';
import { smoothMeshes } from '../src/faces/track/smooth-face.js';
import type { Identity } from '../src/faces/types.js';
import type { Frame } from '../src/media/index.js';

const single = (values: readonly number[]): Float32Array[] => values.map((v) => Float32Array.of(v));
const flat = (samples: readonly Float32Array[]): number[] => samples.map((s) => s[0] as number);
const spread = (values: readonly number[]): number => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
};

/** The shift in frames (parabola through the best three) at which `b` follows `a` best. */
function lagOf(a: readonly number[], b: readonly number[]): number {
  const at = (lag: number): number => {
    let sum = 0;
    for (let i = 10; i < a.length - 10; i++) sum += (a[i] as number) * (b[i + lag] as number);
    return sum;
  };
  let best = 0;
  for (let lag = -5; lag <= 5; lag++) if (at(lag) > at(best)) best = lag;
  const [l, m, r] = [at(best - 1), at(best), at(best + 1)];
  return best + (0.5 * (l - r)) / (l - 2 * m + r);
}

describe('smoothing without lag', () => {
  const random = new Random(7);
  const noise = (n: number, size: number): number[] => Array.from({ length: n }, () => size * random.normal());

  it('halves the jitter of a still value, and has no delay on a moving one', () => {
    const still = noise(400, 1);
    const steady = single(still);
    smoothSequence(steady);
    const ratio = spread(still) / spread(flat(steady));
    console.log(`jitter of a still value: ${ratio.toFixed(2)} times less`);
    expect(ratio).toBeGreaterThan(2);

    const wave = Array.from({ length: 400 }, (_, t) => 20 * Math.sin((2 * Math.PI * t) / 40));
    const moving = single(wave.map((v) => v + random.normal()));
    smoothSequence(moving);
    const lag = lagOf(wave, flat(moving));
    const euro = new OneEuroFilter({ minCutoff: 1.5, beta: 0.02 });
    const live = lagOf(
      wave,
      wave.map((v, t) => euro.next(Float32Array.of(v), t / 25)[0] as number),
    );
    console.log(`lag: ${lag.toFixed(3)} frames; one-euro, which cannot look ahead: ${live.toFixed(2)}`);
    expect(Math.abs(lag)).toBeLessThan(0.05);
    expect(live).toBeGreaterThan(0.1);
    expect(spread(flat(moving).map((v, t) => v - (wave[t] as number)))).toBeLessThan(0.9);
  });

  it('keeps 95 % of a blink and the place of a step', () => {
    const blink = [0, 0.35, 0.9, 1, 0.7, 0.35, 0.1, 0];
    const peaks: number[] = [];
    for (let run = 0; run < 20; run++) {
      const clean = Array.from({ length: 120 }, (_, t) => 12 * (blink[t - 60] ?? 0));
      const seen = single(clean.map((v) => v + 0.5 * random.normal()));
      const raw = Math.max(...flat(seen));
      smoothSequence(seen);
      peaks.push(Math.max(...flat(seen)) / raw);
    }
    const kept = peaks.reduce((a, b) => a + b, 0) / peaks.length;
    console.log(`peak of a blink kept: ${(100 * kept).toFixed(1)} %, least ${(100 * Math.min(...peaks)).toFixed(1)} %`);
    expect(kept).toBeGreaterThan(0.95);

    const step = single(Array.from({ length: 100 }, (_, t) => (t < 50 ? 0 : 20) + 0.3 * random.normal()));
    smoothSequence(step);
    const values = flat(step);
    expect(values[48]).toBeLessThan(1.5);
    expect(values[49]).toBeLessThan(3);
    expect(values[50]).toBeGreaterThan(17);
    expect(Math.max(...values)).toBeLessThan(21);
  });

  it('steadies a face but keeps its blink and its speech while the head moves', () => {
    const shape = Array.from({ length: 478 }, (_, p) => {
      const angle = p * 2.399963;
      const r = 100 * Math.sqrt((p + 0.5) / 478);
      return [r * Math.cos(angle), r * Math.sin(angle), 10 * Math.cos(r / 60)] as const;
    });
    const lids = shape.map(([x, y]) => Math.exp(-((x - 40) ** 2 + (y + 40) ** 2) / 200));
    const mouth = shape.map(([x, y]) => Math.exp(-(x ** 2 + (y - 50) ** 2) / 600));
    const blink = [0, 0.4, 1, 0.8, 0.4, 0.1];
    const clean: Float32Array[] = [];
    const noisy: Float32Array[] = [];
    for (let t = 0; t < 200; t++) {
      const roll = 0.15 * Math.sin(t / 13);
      const points = new Float32Array(478 * 3);
      const jittered = new Float32Array(478 * 3);
      shape.forEach(([x, y, z], p) => {
        const down = 9 * (blink[t - 100] ?? 0) * (lids[p] as number);
        const open = t > 120 ? 8 * (1 + Math.sin(t * 1.2)) * (mouth[p] as number) : 0;
        const v = y + down + open;
        points.set(
          [
            300 + 40 * Math.sin(t / 11) + x * Math.cos(roll) - v * Math.sin(roll),
            200 + x * Math.sin(roll) + v * Math.cos(roll),
            z,
          ],
          3 * p,
        );
      });
      for (let i = 0; i < points.length; i++) jittered[i] = (points[i] as number) + 0.6 * random.normal();
      clean.push(points);
      noisy.push(jittered);
    }
    const error = (
      list: readonly Float32Array[],
      from: number,
      to: number,
      weight: readonly number[] | null,
    ): number => {
      let sum = 0;
      let n = 0;
      for (let t = from; t < to; t++) {
        for (let p = 0; p < 478; p++) {
          const w = weight === null ? 1 : (weight[p] as number);
          for (let k = 3 * p; k < 3 * p + 2; k++)
            sum += w * ((list[t]?.[k] as number) - (clean[t]?.[k] as number)) ** 2;
          n += 2 * w;
        }
      }
      return Math.sqrt(sum / n);
    };
    const before = error(noisy, 10, 95, null);
    const list = new MeshList(noisy);
    smoothMeshes(list, 25);
    const smooth = noisy.map((_, i) => list.at(i) as Float32Array);
    const after = error(smooth, 10, 95, null);
    const atBlink = error(smooth, 101, 104, lids);
    const atSpeech = error(smooth, 125, 195, mouth);
    console.log(
      `mesh error of a moving head ${before.toFixed(2)} -> ${after.toFixed(2)} px; lids in a blink of 9 px ${atBlink.toFixed(2)}, ` +
        `mouth in speech of 16 px ${atSpeech.toFixed(2)}`,
    );
    expect(after).toBeLessThan(before / 2);
    expect(atBlink).toBeLessThan(0.8);
    expect(atSpeech).toBeLessThan(0.9);
  });
});

describe('a list of meshes', () => {
  const mesh = (seed: number): Float32Array => {
    const out = new Float32Array(3 * 478).fill(seed + 1 / 7);
    out[0] = seed;
    return out;
  };
  const bytes = (of: Float32Array): Uint8Array => new Uint8Array(of.buffer, of.byteOffset, of.byteLength);
  const wrong = (list: MeshList, seeds: readonly number[]): number[] =>
    seeds.filter((seed, i) => {
      const [is, was] = [list.at(i), mesh(seed)];
      return is?.length !== was.length || !Buffer.from(bytes(is)).equals(bytes(was));
    });

  it('far longer than what stays in memory gives every bit back, in any order', () => {
    const seeds = Array.from({ length: 1500 }, (_, i) => i);
    const [one, other] = [new MeshList(), new MeshList()];
    for (const seed of seeds) {
      one.push(mesh(seed));
      other.push(mesh(-seed));
    }
    expect(wrong(one, seeds)).toEqual([]);
    expect(
      wrong(
        other,
        seeds.map((s) => -s),
      ),
    ).toEqual([]);
    // What is changed is kept, also when its page was put aside before.
    for (let i = 0; i < seeds.length; i += 3) one.edit(i).set(mesh(10_000 + i));
    expect(
      wrong(
        one,
        seeds.map((s) => (s % 3 === 0 ? 10_000 + s : s)),
      ),
    ).toEqual([]);
    expect(one.at(-3)?.[0]).toBe(10_000 + 1497);
    expect(one.at(1500)).toBeUndefined();
  });

  it('is cut and added to without moving what is there', () => {
    const list = new MeshList([0, 1, 2, 5].map(mesh));
    list.insert(3, [mesh(3), mesh(4)]);
    expect(wrong(list, [0, 1, 2, 3, 4, 5])).toEqual([]);
    const part = list.slice(2, 5);
    expect(part).toHaveLength(3);
    expect(wrong(part, [2, 3, 4])).toEqual([]);
    part.edit(0).set(mesh(9));
    expect(wrong(list, [0, 1, 9, 3, 4, 5])).toEqual([]);
  });
});

describe('cuts', () => {
  const paint = (shade: (x: number, y: number) => number): Frame => {
    const pixels = new Uint8Array((160 * 90 * 3) / 2).fill(128);
    for (let y = 0; y < 90; y++)
      for (let x = 0; x < 160; x++) pixels[y * 160 + x] = Math.max(0, Math.min(255, shade(x, y)));
    return {
      timestamp: 0,
      duration: 40_000,
      width: 160,
      height: 90,
      format: 'i420',
      pixels,
      color: { matrix: 'bt709', range: 'limited', primaries: 'bt709', transfer: 'bt709' },
    };
  };
  const cutsOf = (frames: readonly Frame[]): number[] => {
    const finder = new CutFinder();
    const cuts: number[] = [];
    let asked = 0;
    for (const frame of frames) {
      finder.push(cutSignature(frame));
      if (finder.count - asked > CUT_LOOKAHEAD && finder.isCut(asked++)) cuts.push(asked - 1);
    }
    while (asked < finder.count) if (finder.isCut(asked++)) cuts.push(asked - 1);
    return cuts;
  };
  const room = (t: number) => (x: number, y: number) => 90 + 60 * Math.sin((x + 3 * t) / 17) + 30 * Math.cos(y / 9);
  const street = (t: number) => (x: number, y: number) => 120 + 70 * Math.cos((x - 2 * t) / 29 + y / 11) - y / 2;

  it('finds hard cuts, also near the end, and not movement', () => {
    const frames = Array.from({ length: 60 }, (_, t) => paint(t < 20 || t >= 57 ? room(t) : street(t)));
    expect(cutsOf(frames)).toEqual([20, 57]);
    expect(cutsOf(Array.from({ length: 40 }, (_, t) => paint(room(4 * t))))).toEqual([]);
  });

  it('takes neither a flash nor a slow fade for a cut', () => {
    const flash = Array.from({ length: 40 }, (_, t) =>
      paint((x, y) => (t === 18 || t === 19 ? 0.3 * room(t)(x, y) + 190 : room(t)(x, y))),
    );
    expect(cutsOf(flash)).toEqual([]);
    const fade = Array.from({ length: 40 }, (_, t) => paint((x, y) => (room(t)(x, y) * (40 - t)) / 40));
    expect(cutsOf(fade)).toEqual([]);
    expect(cutsOf(flash.map((f, t) => (t < 30 ? f : paint(street(t)))))).toEqual([30]);
  });
});

describe('pairing', () => {
  it('finds the cheapest pairing whatever the order, against trying them all', () => {
    const random = new Random(3);
    const best = (costs: number[][], row: number, used: Set<number>): number => {
      if (row === costs.length) return 0;
      let least = Number.POSITIVE_INFINITY;
      (costs[row] as number[]).forEach((c, j) => {
        if (used.has(j)) return;
        used.add(j);
        least = Math.min(least, c + best(costs, row + 1, used));
        used.delete(j);
      });
      return least;
    };
    for (let run = 0; run < 200; run++) {
      const rows = 1 + random.int(5);
      const columns = rows + random.int(3);
      const costs = Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.float()));
      const pairs = assign(costs);
      expect(new Set(pairs).size).toBe(rows);
      expect(pairs.reduce((sum, j, i) => sum + (costs[i]?.[j] as number), 0)).toBeCloseTo(best(costs, 0, new Set()), 6);
      const order = random.shuffle(costs.map((_, i) => i));
      const shuffled = assign(order.map((i) => costs[i] as number[]));
      expect(shuffled).toEqual(order.map((i) => pairs[i]));
    }
  });

  it('never makes a forbidden pair, and makes as many others as it can', () => {
    expect(assign([[FORBIDDEN, FORBIDDEN]])).toEqual([-1]);
    expect(
      assign([
        [1, FORBIDDEN],
        [0, 9],
      ]),
    ).toEqual([0, 1]);
    expect(assign([[5], [1]])).toEqual([-1, 0]);
    expect(assign([])).toEqual([]);
    expect(assign([[], []])).toEqual([-1, -1]);
  });
});

describe('joining', () => {
  const random = new Random(11);
  const person = (): Identity => {
    const draw = (n: number): Float32Array => meanVector([Float32Array.from({ length: n }, () => random.normal())]);
    return { a: draw(64), b: draw(32) };
  };
  const again = (who: Identity): Identity => ({
    a: meanVector([who.a, Float32Array.from(who.a, () => 0.09 * random.normal())]),
    b: meanVector([who.b, Float32Array.from(who.b, () => 0.09 * random.normal())]),
  });
  const thresholds = { a: 0.5, b: 0.5 };

  it('joins the same person across shots and keeps others apart', () => {
    const [anna, bert, carl] = [person(), person(), person()];
    expect(cosine(anna.a, again(anna).a)).toBeGreaterThan(0.6);
    const groups = joinTracklets(
      [
        { span: [0, 40], weight: 41, identity: again(anna) },
        { span: [0, 40], weight: 41, identity: again(bert) },
        { span: [41, 80], weight: 40, identity: again(bert) },
        { span: [41, 80], weight: 40, identity: again(anna) },
        { span: [81, 90], weight: 10, identity: again(carl) },
        { span: [91, 99], weight: 9, identity: null },
      ],
      thresholds,
    );
    expect(groups).toEqual([[0, 3], [1, 2], [4], [5]]);
  });

  it('never joins two that are seen at the same time, even through a third', () => {
    const anna = person();
    const groups = joinTracklets(
      [
        { span: [0, 40], weight: 41, identity: again(anna) },
        { span: [30, 60], weight: 31, identity: again(anna) },
        { span: [70, 90], weight: 21, identity: again(anna) },
      ],
      thresholds,
    );
    expect(groups.length).toBe(2);
    expect(groups.flat().sort()).toEqual([0, 1, 2]);
    for (const group of groups) expect(group.includes(0) && group.includes(1)).toBe(false);
  });
});
