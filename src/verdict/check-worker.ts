/** A worker thread that checks one file after the other; its nets stay open between them. */
import { parentPort } from 'node:worker_threads';
import { LikenessError, messageOf } from '../base/index.js';
import { type Checker, openChecker } from './check.js';

let checker: Promise<Checker> | null = null;

parentPort?.on('message', ({ path }: { readonly path: string }) => {
  checker ??= openChecker();
  checker
    .then((open) => open.check(path))
    .then(
      (checked) => parentPort?.postMessage({ error: null, ...checked }),
      (cause: unknown) => {
        const code = cause instanceof LikenessError ? cause.code : 'unexpected';
        parentPort?.postMessage({ error: { code, message: messageOf(cause) } });
      },
    );
});
