// A network library as plain as it can be: double precision, nested loops, a tape of closures. Written without looking
// at the graphs, it is what they are compared with.

/** A value with its gradient. Shape `[n, c, h, w]`, `[n, c]` or `[]`. */
export class Ref {
  readonly grad: Float64Array;
  readonly data: Float64Array;
  readonly shape: readonly number[];
  /** Adds this value's gradient to those it came from. */
  back: () => void = () => undefined;
  readonly from: readonly Ref[];

  constructor(data: Float64Array, shape: readonly number[], from: readonly Ref[] = []) {
    this.data = data;
    this.grad = new Float64Array(data.length);
    this.shape = shape;
    this.from = from;
  }
}

const dims = (x: Ref): [number, number, number, number] => x.shape as [number, number, number, number];
const at = (a: Float64Array, i: number): number => a[i] as number;

/** An operation on single elements: value and derivative. */
export function map(x: Ref, f: (v: number) => number, df: (v: number) => number): Ref {
  const y = new Ref(x.data.map(f), x.shape, [x]);
  y.back = () => {
    for (let i = 0; i < x.data.length; i++) x.grad[i] = at(x.grad, i) + at(y.grad, i) * df(at(x.data, i));
  };
  return y;
}

export const leaky = (x: Ref, s: number): Ref =>
  map(
    x,
    (v) => (v > 0 ? v : s * v),
    (v) => (v > 0 ? 1 : s),
  );
const sig = (v: number): number => 1 / (1 + Math.exp(-v));
export const sigmoidRef = (x: Ref): Ref => map(x, sig, (v) => sig(v) * (1 - sig(v)));
export const softplusRef = (x: Ref): Ref => map(x, (v) => Math.log1p(Math.exp(v)), sig);
export const times = (x: Ref, k: number): Ref =>
  map(
    x,
    (v) => v * k,
    () => k,
  );

/** Mean over all elements. */
export function meanRef(x: Ref): Ref {
  const y = new Ref(Float64Array.of(x.data.reduce((a, b) => a + b, 0) / x.data.length), [], [x]);
  y.back = () => {
    for (let i = 0; i < x.data.length; i++) x.grad[i] = at(x.grad, i) + at(y.grad, 0) / x.data.length;
  };
  return y;
}

export function plus(a: Ref, b: Ref): Ref {
  const y = new Ref(
    a.data.map((v, i) => v + at(b.data, i)),
    a.shape,
    [a, b],
  );
  y.back = () => {
    for (let i = 0; i < a.data.length; i++) {
      a.grad[i] = at(a.grad, i) + at(y.grad, i);
      b.grad[i] = at(b.grad, i) + at(y.grad, i);
    }
  };
  return y;
}

/** Elementwise product. */
export function product(a: Ref, b: Ref): Ref {
  const y = new Ref(
    a.data.map((v, i) => v * at(b.data, i)),
    a.shape,
    [a, b],
  );
  y.back = () => {
    for (let i = 0; i < a.data.length; i++) {
      a.grad[i] = at(a.grad, i) + at(y.grad, i) * at(b.data, i);
      b.grad[i] = at(b.grad, i) + at(y.grad, i) * at(a.data, i);
    }
  };
  return y;
}

export const minus = (a: Ref, b: Ref): Ref => plus(a, times(b, -1));
export const absRef = (x: Ref): Ref => map(x, Math.abs, Math.sign);

/** Convolution, seven loops. */
export function convRef(x: Ref, w: Ref, b: Ref, stride: number, pad: number): Ref {
  const [n, ci, h, wd] = dims(x);
  const [co, , kh, kw] = dims(w);
  const oh = Math.floor((h + 2 * pad - kh) / stride) + 1;
  const ow = Math.floor((wd + 2 * pad - kw) / stride) + 1;
  const y = new Ref(new Float64Array(n * co * oh * ow), [n, co, oh, ow], [x, w, b]);
  const visit = (f: (out: number, xi: number, wi: number) => void): void => {
    for (let s = 0; s < n; s++)
      for (let o = 0; o < co; o++)
        for (let i = 0; i < oh; i++)
          for (let j = 0; j < ow; j++)
            for (let c = 0; c < ci; c++)
              for (let u = 0; u < kh; u++)
                for (let v = 0; v < kw; v++) {
                  const yy = i * stride + u - pad;
                  const xx = j * stride + v - pad;
                  if (yy < 0 || xx < 0 || yy >= h || xx >= wd) continue;
                  f(
                    ((s * co + o) * oh + i) * ow + j,
                    ((s * ci + c) * h + yy) * wd + xx,
                    ((o * ci + c) * kh + u) * kw + v,
                  );
                }
  };
  visit((o, xi, wi) => {
    y.data[o] = at(y.data, o) + at(x.data, xi) * at(w.data, wi);
  });
  const plane = oh * ow;
  for (let i = 0; i < y.data.length; i++) y.data[i] = at(y.data, i) + at(b.data, Math.floor(i / plane) % co);
  y.back = () => {
    visit((o, xi, wi) => {
      x.grad[xi] = at(x.grad, xi) + at(y.grad, o) * at(w.data, wi);
      w.grad[wi] = at(w.grad, wi) + at(y.grad, o) * at(x.data, xi);
    });
    for (let i = 0; i < y.data.length; i++) {
      const c = Math.floor(i / plane) % co;
      b.grad[c] = at(b.grad, c) + at(y.grad, i);
    }
  };
  return y;
}

/** Dense layer over everything but the first axis. */
export function denseRef(x: Ref, w: Ref, b: Ref, shape: readonly number[]): Ref {
  const n = x.shape[0] as number;
  const [out, inn] = w.shape as [number, number];
  const y = new Ref(new Float64Array(n * out), shape, [x, w, b]);
  for (let s = 0; s < n; s++)
    for (let o = 0; o < out; o++) {
      let sum = at(b.data, o);
      for (let i = 0; i < inn; i++) sum += at(x.data, s * inn + i) * at(w.data, o * inn + i);
      y.data[s * out + o] = sum;
    }
  y.back = () => {
    for (let s = 0; s < n; s++)
      for (let o = 0; o < out; o++) {
        const g = at(y.grad, s * out + o);
        b.grad[o] = at(b.grad, o) + g;
        for (let i = 0; i < inn; i++) {
          x.grad[s * inn + i] = at(x.grad, s * inn + i) + g * at(w.data, o * inn + i);
          w.grad[o * inn + i] = at(w.grad, o * inn + i) + g * at(x.data, s * inn + i);
        }
      }
  };
  return y;
}

/** Any rearrangement: element i of the result is element `pick(i)` of x. */
function gather(x: Ref, shape: readonly number[], pick: (i: number) => number): Ref {
  const y = new Ref(new Float64Array(shape.reduce((a, b) => a * b, 1)), shape, [x]);
  for (let i = 0; i < y.data.length; i++) y.data[i] = at(x.data, pick(i));
  y.back = () => {
    for (let i = 0; i < y.data.length; i++) x.grad[pick(i)] = at(x.grad, pick(i)) + at(y.grad, i);
  };
  return y;
}

/** Pixel shuffle by two. */
export function shuffleRef(x: Ref): Ref {
  const [n, c4, h, w] = dims(x);
  const [c, h2, w2] = [c4 / 4, h * 2, w * 2];
  return gather(x, [n, c, h2, w2], (i) => {
    const j = i % w2;
    const r = Math.floor(i / w2) % h2;
    const k = Math.floor(i / (w2 * h2)) % c;
    const s = Math.floor(i / (w2 * h2 * c));
    return ((s * c4 + k * 4 + (r % 2) * 2 + (j % 2)) * h + (r >> 1)) * w + (j >> 1);
  });
}

/** Mean over a 7x7 window, edges repeated. */
export function blurRef(x: Ref, side: number): Ref {
  const [, , h, w] = dims(x);
  const r = side >> 1;
  const y = new Ref(new Float64Array(x.data.length), x.shape, [x]);
  const visit = (f: (o: number, i: number) => void): void => {
    for (let o = 0; o < x.data.length; o++) {
      const base = o - (o % (h * w));
      const row = Math.floor((o - base) / w);
      const column = o % w;
      for (let u = -r; u <= r; u++)
        for (let v = -r; v <= r; v++) {
          const yy = Math.min(h - 1, Math.max(0, row + u));
          const xx = Math.min(w - 1, Math.max(0, column + v));
          f(o, base + yy * w + xx);
        }
    }
  };
  visit((o, i) => {
    y.data[o] = at(y.data, o) + at(x.data, i) / (side * side);
  });
  y.back = () =>
    visit((o, i) => {
      x.grad[i] = at(x.grad, i) + at(y.grad, o) / (side * side);
    });
  return y;
}

/** (1 - SSIM) / 2, averaged. */
export function dssimRef(a: Ref, b: Ref): Ref {
  const c1 = 1e-4;
  const c2 = 9e-4;
  const shift = (x: Ref, k: number): Ref =>
    map(
      x,
      (v) => v + k,
      () => 1,
    );
  const ma = blurRef(a, 7);
  const mb = blurRef(b, 7);
  const va = minus(blurRef(product(a, a), 7), product(ma, ma));
  const vb = minus(blurRef(product(b, b), 7), product(mb, mb));
  const cov = minus(blurRef(product(a, b), 7), product(ma, mb));
  const top = product(shift(times(product(ma, mb), 2), c1), shift(times(cov, 2), c2));
  const low = product(shift(plus(product(ma, ma), product(mb, mb)), c1), shift(plus(va, vb), c2));
  const ssim = product(
    top,
    map(
      low,
      (v) => 1 / v,
      (v) => -1 / (v * v),
    ),
  );
  return times(shift(times(meanRef(ssim), -1), 1), 0.5);
}

/** Gradients of a scalar into every value it came from; earlier gradients are wiped. */
export function backward(loss: Ref): void {
  const order: Ref[] = [];
  const seen = new Set<Ref>();
  const visit = (x: Ref): void => {
    if (seen.has(x)) return;
    seen.add(x);
    for (const f of x.from) visit(f);
    order.push(x);
  };
  visit(loss);
  for (const x of order) x.grad.fill(0);
  loss.grad[0] = 1;
  for (const x of order.reverse()) x.back();
}

/** Textbook Adam with weight decay and clipping, on one group. */
export class AdamRef {
  readonly #m = new Map<Ref, Float64Array>();
  readonly #v = new Map<Ref, Float64Array>();
  #t = 0;

  step(
    params: readonly Ref[],
    lr: number,
    o: { b1: number; b2: number; eps: number; decay: number; clip: number },
  ): void {
    this.#t++;
    const norm = Math.sqrt(params.reduce((s, p) => s + p.grad.reduce((a, g) => a + g * g, 0), 0));
    const k = Math.min(1, o.clip / (norm + 1e-6));
    for (const p of params) {
      const m = this.#m.get(p) ?? new Float64Array(p.data.length);
      const v = this.#v.get(p) ?? new Float64Array(p.data.length);
      this.#m.set(p, m);
      this.#v.set(p, v);
      for (let i = 0; i < p.data.length; i++) {
        const g = at(p.grad, i) * k;
        m[i] = o.b1 * at(m, i) + (1 - o.b1) * g;
        v[i] = o.b2 * at(v, i) + (1 - o.b2) * g * g;
        const mh = at(m, i) / (1 - o.b1 ** this.#t);
        const vh = at(v, i) / (1 - o.b2 ** this.#t);
        p.data[i] = at(p.data, i) * (1 - lr * o.decay) - (lr * mh) / (Math.sqrt(vh) + o.eps);
      }
    }
  }
}
