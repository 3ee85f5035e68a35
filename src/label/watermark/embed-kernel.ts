/** The inner loop of `embed.ts` in WebAssembly: one row of brightness, block by block. */
import { kernels, wasm, wasmOps } from '../../base/index.js';

const { get, I32, set, V128 } = wasm;
const { i, repeat, routine, vi } = wasmOps;

/** Pixels that are worked on at once; blocks must be a multiple. */
export const AT_ONCE = 8;

/** `plane += field * amount / 65536`, rounded, for a row of whole blocks: `amounts` has a number of 32 bits for each. */
const mark = routine(
  'mark',
  { plane: I32, field: I32, amounts: I32, block: I32, blocks: I32 },
  { n: I32, end: I32, steps: V128, amount: V128, half: V128 },
  (at) => {
    const changed = (product: wasm.Code): wasm.Code => vi.shiftRight(vi.add(product, get(at.half)), 16);
    return [
      [vi.splat(i.of(32768)), set(at.half)],
      repeat(at.n, 1, at.blocks, [
        [vi.splatShort(i.load(get(at.amounts))), set(at.amount), i.add(get(at.plane), get(at.block)), set(at.end)],
        repeat(at.plane, AT_ONCE, at.end, [
          [vi.signedBytes(vi.load8(get(at.field))), set(at.steps)],
          vi.store8(
            get(at.plane),
            vi.bytes(
              vi.addShorts(
                vi.lowBytes(vi.load8(get(at.plane))),
                vi.shorts(
                  changed(vi.lowProduct(get(at.steps), get(at.amount))),
                  changed(vi.highProduct(get(at.steps), get(at.amount))),
                ),
              ),
            ),
          ),
          [i.add(get(at.field), i.of(AT_ONCE)), set(at.field)],
        ]),
        [i.add(get(at.amounts), i.of(4)), set(at.amounts)],
      ]),
    ];
  },
);

/** See the function; addresses in bytes. */
export const embedKernel = kernels.kernel<{
  readonly mark: (plane: number, field: number, amounts: number, block: number, blocks: number) => void;
}>([mark]);
