/** A worker thread with the compositors of a shot; answers every request with exactly one message, in order. */
import { parentPort, workerData } from 'node:worker_threads';
import { LikenessError, messageOf } from '../../base/index.js';
import { type CompositingAnswer, type CompositingRequest, CompositorTable } from './compositing.js';

const table = new CompositorTable((workerData as { readonly count: number }).count);

function answerTo(request: CompositingRequest): CompositingAnswer {
  try {
    return table.answer(request);
  } catch (thrown) {
    const known = thrown instanceof LikenessError ? thrown : null;
    return { kind: 'failed', code: known?.code ?? null, message: messageOf(thrown), hint: known?.hint };
  }
}

parentPort?.on('message', (request: CompositingRequest) => {
  const answer = answerTo(request);
  // The pixels go back the way they came, without a copy.
  const pixels = answer.kind === 'composited' ? answer.composited.frame.pixels : null;
  const moved = pixels?.buffer instanceof ArrayBuffer ? [pixels.buffer] : [];
  parentPort?.postMessage(answer, moved);
});
