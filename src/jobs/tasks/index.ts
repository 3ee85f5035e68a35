/** The tasks by kind. Loaded in the child process alone: this is where nets and codecs come in. */
import type { JobInput, TaskResult } from '../types.js';
import { analyze } from './analyze.js';
import { bench } from './bench.js';
import { capture } from './capture.js';
import { cast } from './cast.js';
import { check, verify } from './look.js';
import { report } from './report.js';
import type { TaskContext } from './task.js';
import { train } from './train.js';

export { endRender, renderStep } from './render.js';

/** Does the work of a job that is done in one go: of all but renders, which have steps. */
export function runTask(input: Exclude<JobInput, { kind: 'render' }>, context: TaskContext): Promise<TaskResult> {
  switch (input.kind) {
    case 'analyze':
      return analyze(input, context);
    case 'check':
      return check(input, context);
    case 'verify':
      return verify(input, context);
    case 'capture':
      return capture(input, context);
    case 'train':
      return train(input, context);
    case 'bench':
      return bench(input, context);
    case 'cast':
      return cast(input, context);
    case 'report':
      return report(input, context);
  }
}
