// The frame of the command line: help, flags, errors, exit codes, progress.
import { describe, expect, it } from 'vitest';
import { LikenessError } from '../src/base/index.js';
import { Session, type Terminal } from '../src/cli/context.js';
import { exitCodeOf } from '../src/cli/exit-codes.js';
import { main } from '../src/cli/main.js';
import { clock, ProgressBar } from '../src/cli/progress-bar.js';
import { asForeseen, errorText } from '../src/cli/show-error.js';

function recorder(live = false): Terminal & { out: string; err: string } {
  return {
    out: '',
    err: '',
    stdout(text) {
      this.out += text;
    },
    stderr(text) {
      this.err += text;
    },
    live,
    columns: 80,
    ownsProcess: false,
  };
}

describe('likeness', () => {
  it('explains itself with examples and exit codes', async () => {
    const t = recorder();
    expect(await main(['--help'], t)).toBe(0);
    expect(t.err).toBe('');
    for (const word of [
      'start',
      'demo',
      'analyze',
      'consent',
      'train',
      'swap',
      'report',
      'inspect',
      'Exit codes',
      'LIKENESS_HOME',
    ])
      expect(t.out).toContain(word);
  });

  it.each(['start', 'demo', 'analyze', 'consent', 'train', 'swap', 'report', 'inspect'])(
    'explains %s with what it needs, an example and the common options',
    async (name) => {
      const t = recorder();
      expect(await main([name, '--help'], t)).toBe(0);
      expect(t.out).toContain('--json');
      expect(t.out).toContain(`likeness ${name}`);
      expect(t.out).toMatch(/(examples?|usual way):/i);
    },
  );

  it('prints its version', async () => {
    const t = recorder();
    expect(await main(['--version'], t)).toBe(0);
    expect(t.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    ['no command', [], /Usage: likeness/],
    ['an unknown command', ['swop'], /unknown command 'swop'.*swap/is],
    ['an unknown option', ['inspect', 'a.mp4', '--colour'], /unknown option '--colour'/i],
    ['a missing argument', ['inspect'], /missing required argument/i],
    ['a swap of nothing', ['swap'], /No target/],
    ['a swap of two things', ['swap', 'a.mp4', '--target', 'b.mp4'], /Two targets were named, a\.mp4 and b\.mp4/],
    ['a target by its name and no records', ['swap', '--target', 'b.mp4'], /needs the consent of both people/],
  ])('answers %s with exit code 2', async (_name, argv, says) => {
    const t = recorder();
    expect(await main(argv, t)).toBe(2);
    expect(t.out).toBe('');
    expect(t.err).toMatch(says);
  });

  it('says usage errors as JSON on stderr with --json', async () => {
    const t = recorder();
    expect(await main(['inspect', '--json'], t)).toBe(2);
    const { error } = JSON.parse(t.err) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ code: 'usage.arguments', exitCode: 2 });
    expect(error['hint']).toContain('likeness inspect --help');
  });
});

describe('exit codes', () => {
  it.each([
    [new LikenessError('media.empty', 'x'), 3],
    [new LikenessError('consent.expired', 'x'), 4],
    [new LikenessError('file.full', 'x'), 5],
    [new LikenessError('file.missing', 'x'), 3],
    [new LikenessError('models.tampered', 'x'), 5],
    [new LikenessError('swap.busy', 'x'), 5],
    [new LikenessError('usage.option', 'x'), 2],
    [new TypeError('x'), 1],
  ])('%o ends with %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

describe('errors', () => {
  const error = new LikenessError('media.broken', 'a.mp4 breaks off\nafter 3 s.', {
    hint: 'Copy it again.',
    cause: new Error('eof', { cause: new Error('short read') }),
  });
  it('are one line and one hint', () => {
    expect(errorText(error, { json: false, verbose: false, exitCode: 3 })).toBe(
      'Error: a.mp4 breaks off after 3 s.\nHint: Copy it again.\n',
    );
  });
  it('show their causes when asked', () => {
    const text = errorText(error, { json: false, verbose: true, exitCode: 3 });
    expect(text).toContain('Cause: eof\nCause: short read\n');
    expect(text).toContain('Code: media.broken');
  });
  it('name a fault as a fault', () => {
    expect(errorText(new TypeError('x is not a function'), { json: false, verbose: false, exitCode: 1 })).toContain(
      '--verbose',
    );
  });
  it('of the file system become clear ones', () => {
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', path: '/data/x', syscall: 'write' });
    expect(asForeseen(full)).toMatchObject({ code: 'file.full', message: expect.stringContaining('/data/x') });
  });
});

describe('progress', () => {
  it('tells the time left from the pace', () => {
    let now = 0;
    let text = '';
    const bar = new ProgressBar({ write: (s) => (text += s), live: true, columns: 120, now: () => now });
    for (let done = 0; done <= 50; done += 10) {
      bar.update({ stage: 'training', done, total: 100, unit: 'steps', note: 'loss 0.1' });
      now += 2000;
    }
    const last = text.split('\u001b[2K').at(-1) ?? '';
    // 10 steps take 2 s, 50 are left.
    expect(last).toContain('0:10 left');
    expect(last).toContain('50 %');
    expect(last).toContain('██████████░░░░░░░░░░');
    expect(last).toContain('loss 0.1');
    bar.close();
    expect(text.endsWith('training: 50 steps, 0:12\n')).toBe(true);
  });

  it('never writes past the edge of the screen', () => {
    let text = '';
    const bar = new ProgressBar({ write: (s) => (text += s), live: true, columns: 40, now: () => 0 });
    bar.update({
      stage: 'a stage with a rather long name',
      done: 5,
      total: 10,
      unit: 'frames',
      note: 'and a long remark',
    });
    expect(text.length).toBeLessThan(40);
  });

  it('is a few plain lines where nothing can be redrawn', () => {
    let now = 0;
    let text = '';
    const bar = new ProgressBar({ write: (s) => (text += s), live: false, columns: 80, now: () => now });
    for (let done = 0; done <= 1000; done++) {
      bar.update({ stage: 'swapping', done, total: 1000, unit: 'frames' });
      now += 40;
    }
    bar.close();
    expect(text).not.toContain('\u001b');
    expect(text.split('\n').length).toBeLessThan(7);
    expect(text).toContain('swapping: 1,000 frames, 0:40');
  });

  it('reads clocks', () => {
    expect([clock(0), clock(95), clock(3700)]).toEqual(['0:00', '1:35', '1:01:40']);
  });
});

describe('the context of a command', () => {
  it('keeps stdout for the result', () => {
    const t = recorder();
    const session = new Session(t, { json: true, verbose: false });
    session.note('a remark');
    session.progress({ stage: 'x', done: 1, total: 2, unit: 'frames' });
    session.result({ numbers: Float32Array.of(1, 2) }, 'text');
    expect(JSON.parse(t.out)).toEqual({ numbers: [1, 2] });
    const lines = t.err
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([{ note: 'a remark' }, { progress: { stage: 'x', done: 1, total: 2, unit: 'frames' } }]);
  });

  it('asks the work to stop at the first signal and says how to go on', () => {
    const t = recorder();
    const session = new Session(t, { json: false, verbose: false });
    session.resumeWith('likeness train --model pair goes on.');
    expect(session.signal.aborted).toBe(false);
    session.stop('SIGINT');
    expect(session.signal.aborted).toBe(true);
    expect(t.err).toContain('likeness train --model pair goes on.');
    expect(session.stoppedBy).toBe('SIGINT');
  });
});
