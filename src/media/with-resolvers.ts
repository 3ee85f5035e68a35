/** What the demuxer of `node-av` needs and Node 20 lacks; imported for its effect. */

// Without it the demuxer waits in vain and yields no packet at all.
const promise = Promise as unknown as { withResolvers?: unknown };
promise.withResolvers ??= <T>() => {
  let resolve: (value: T | PromiseLike<T>) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const made = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise: made, resolve, reject };
};
