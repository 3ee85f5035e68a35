/** A worker thread that scores labelled files; its nets stay open between them. */
import { parentPort } from 'node:worker_threads';
import { LikenessError, messageOf } from '../../base/index.js';
import { type CopyLevel, shareNets, type Tools } from '../../detect/index.js';
import { createFaceEngine } from '../../faces/index.js';
import { type Lineup, readLineup } from '../lineup.js';
import { scoreFile } from './score-file.js';

/** What a worker is asked. */
export interface LabQuestion {
  readonly path: string;
  readonly levels: readonly CopyLevel[];
}

let open: Promise<{ readonly tools: Tools; readonly lineup: Lineup }> | null = null;

async function start(): Promise<{ readonly tools: Tools; readonly lineup: Lineup }> {
  return { tools: shareNets(await createFaceEngine({ instances: 1 })), lineup: await readLineup() };
}

parentPort?.on('message', ({ path, levels }: LabQuestion) => {
  open ??= start();
  open
    .then(({ tools, lineup }) => scoreFile(path, levels, tools, lineup))
    .then(
      (scores) => parentPort?.postMessage({ error: null, levels: scores }),
      (cause: unknown) => {
        const code = cause instanceof LikenessError ? cause.code : 'unexpected';
        parentPort?.postMessage({ error: { code, message: messageOf(cause) } });
      },
    );
});
