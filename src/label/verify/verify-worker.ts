/** A worker thread that verifies one file after the other. */
import { parentPort } from 'node:worker_threads';
import { LikenessError, messageOf } from '../../base/index.js';
import { type VerifyOptions, verifyFile } from './verify.js';

/** What a worker is asked. */
export interface VerifyQuestion {
  readonly path: string;
  readonly options: VerifyOptions;
}

parentPort?.on('message', ({ path, options }: VerifyQuestion) => {
  verifyFile(path, options).then(
    (verified) => parentPort?.postMessage({ error: null, ...verified }),
    (cause: unknown) => {
      const code = cause instanceof LikenessError ? cause.code : 'unexpected';
      parentPort?.postMessage({ error: { code, message: messageOf(cause) } });
    },
  );
});
