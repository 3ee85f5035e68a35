// Bad input, as a table: each row is a command in a process of its own that must fail with the right exit code, say once
// and clearly what is wrong with what, and leave nothing behind.
import { spawnSync } from 'node:child_process';
import { copyFile, cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../src/base/index.js';
import { type Ended, type Fixture, listing, makeFixture } from './bad-input-fixture.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await makeFixture();
});
afterAll(() => fixture.remove());

/** Replaces `@name` by the fixture's file and `%name` by a path in the case's own folder. */
function words(line: string, room: string): string[] {
  return line
    .split(' ')
    .map((word) =>
      word.startsWith('@') ? fixture.at(word.slice(1)) : word.startsWith('%') ? join(room, word.slice(1)) : word,
    );
}

/** One error, in the two lines that every error has. */
function expectOneError(ended: Ended, code: number, says: RegExp): void {
  expect(`${ended.err}\n(exit code ${ended.code})`).toMatch(says);
  expect(ended.code).toBe(code);
  expect(ended.out).toBe('');
  expect(ended.err.match(/^Error: /gm)).toHaveLength(1);
  expect(ended.err).not.toMatch(/^ {4}at |Unexpected fault|Warning:/m);
}

const consents = '--source-consent @her.consent.json --target-consent @him.consent.json';
const swap = (rest: string): string =>
  `swap @him.mp4 --engine mesh --source @her.mp4 --out %out.mp4 --no-report ${rest}`;
const withRecord = (record: string): string =>
  swap(`--source-consent @${record}.consent.json --target-consent @him.consent.json`);
const onto = (target: string, more = ''): string =>
  `swap @${target} --engine mesh --source @her.mp4 --out %out.mp4 --no-report ${consents}${more}`;
const train = (rest: string): string => `train --source @her.mp4 --target @him.mp4 ${consents} ${rest}`;

/** What it is, the command, the exit code, what the error must say. */
const TABLE: readonly (readonly [string, string, number, RegExp])[] = [
  // Files
  ['a file that is not there', 'analyze %gone.mp4', 3, /gone\.mp4 does not exist/],
  ['a folder instead of a file', 'analyze %.', 3, /folder/],
  ['a file of no bytes', 'analyze @empty.mp4', 3, /empty\.mp4 holds no bytes/],
  ['text called .mp4', 'analyze @text.mp4', 3, /text\.mp4 is neither a video/],
  ['a truncated MP4', 'analyze @truncated.mp4', 3, /truncated\.mp4 is cut short/],
  ['a truncated WebM', 'analyze @truncated.webm', 3, /truncated\.webm/],
  ['garbled bytes', 'analyze @garbled.mp4', 3, /garbled\.mp4/],
  ['sound only', 'analyze @sound.wav', 3, /only sound/],
  ['sound called .mp4', 'analyze @sound.mp4', 3, /only sound/],
  ['high dynamic range', 'analyze @hdr.mp4', 3, /high dynamic range/],
  // Faces
  ['nobody in the target', onto('nobody.mp4'), 3, /No face was found in .*nobody\.mp4/],
  ['nobody in a target of 8K', onto('8k-nobody.mp4'), 3, /No face was found in .*8k-nobody\.mp4/],
  ['a face that is too small', onto('tiny.mp4'), 3, /tiny\.mp4 .*pixels wide/],
  ['a face that is seen in profile only', onto('profile.mp4'), 3, /profile\.mp4/],
  ['five people and no routing', onto('five.mp4'), 3, /five\.mp4.* shows 5 people/],
  ['a person who is not there', onto('two.mp4', ' --target-person 7'), 3, /has no person 7/],
  [
    'nobody in the source',
    `swap @him.mp4 --engine mesh --source @nobody.mp4 --out %out.mp4 ${consents}`,
    3,
    /nobody\.mp4/,
  ],
  // Consent
  ['an expired record', withRecord('expired'), 4, /consent\.term/],
  ['a record that is not valid yet', withRecord('future'), 4, /consent\.term/],
  ['a revoked record', withRecord('revoked'), 4, /consent\.revoked/],
  ['a forged record', withRecord('forged'), 4, /consent\.digest/],
  ['a record whose scope was widened', withRecord('widened'), 4, /consent\.digest/],
  ['a record nobody signed', withRecord('unsigned'), 4, /consent\.signature/],
  ['a record that breaks off', withRecord('broken'), 4, /broken\.consent\.json/],
  ['JSON that is no record', withRecord('other'), 4, /other\.consent\.json/],
  ['a record that is not there', withRecord('gone'), 4, /no consent record at .*gone\.consent\.json/],
  ['a record for training only', withRecord('train-only'), 4, /consent\.scope\.operation/],
  ['a record for another use', withRecord('use'), 4, /consent\.scope\.use/],
  ['a record for the other role', withRecord('role'), 4, /consent\.scope\.role/],
  ['a record for another medium', withRecord('medium'), 4, /consent\.scope\.medium/],
  ['a record for another country', `${withRecord('territory')} --territory DE`, 4, /consent\.scope\.territory/],
  ['a use that is never allowed', swap(`${consents} --use sexual`), 4, /consent\.(prohibited|scope\.use)/],
  [
    'a source who did not sign',
    `swap @him.mp4 --engine mesh --source @third.mp4 --out %out.mp4 ${consents}`,
    4,
    /consent\.face\.source/,
  ],
  ['a replaced person who did not sign', onto('third.mp4'), 4, /consent\.face\.target/],
  ['no record at all', 'swap @him.mp4 --engine mesh --source @her.mp4 --out %out.mp4', 2, /consent of both people/],
  ['a forged record, checked', 'consent check @forged.consent.json', 4, /digest/],
  // Output
  [
    'output equal to input',
    `swap @him.mp4 --engine mesh --source @her.mp4 --out @him.mp4 --overwrite ${consents}`,
    3,
    /is the input itself/,
  ],
  [
    'output equal to the source',
    `swap @him.mp4 --engine mesh --source @her.mp4 --out @her.mp4 --overwrite ${consents}`,
    3,
    /is the input itself/,
  ],
  [
    'an output that exists',
    `swap @him.mp4 --engine mesh --source @her.mp4 --out @third.mp4 ${consents}`,
    3,
    /third\.mp4 exists already/,
  ],
  [
    'an output of an unknown kind',
    `swap @him.mp4 --engine mesh --source @her.mp4 --out %out.txt ${consents}`,
    3,
    /out\.txt does not end in/,
  ],
  // Training
  [
    'too few pictures',
    `train --source @her.mp4 --target @third.mp4 --source-consent @her.consent.json --target-consent @third.consent.json --project %p --preset draft`,
    3,
    /third\.mp4 .*usable pictures/,
  ],
  ['a preset that does not exist', train('--project %p --preset huge'), 2, /draft, standard, fine/],
  ['no time to train', train('--project %p --minutes 0'), 2, /minutes/],
  ['a file in place of the project folder', train('--project @text.mp4/p --preset draft'), 3, /text\.mp4/],
  // Models and routes
  [
    'a project that was never trained',
    `swap @him.mp4 --project %none --out %out.mp4 --source @her.mp4 ${consents}`,
    3,
    /no trained pair/,
  ],
  [
    'neither project nor source',
    `swap @him.mp4 --out %out.mp4 ${consents}`,
    3,
    /neither a source clip nor a trained project/,
  ],
  ['an engine that does not exist', onto('him.mp4', ' --engine magic'), 2, /gan, mesh/],
  ['a person without a number', onto('him.mp4', ' --target-person first'), 2, /whole number/],
  ['a routing table beside other routing', `swap @him.mp4 --routes @text.mp4 ${consents}`, 2, /in the table alone/],
  [
    'a routing table that is not JSON',
    'swap @him.mp4 --routes @text.mp4 --out %out.mp4',
    2,
    /text\.mp4 is no routing table/,
  ],
  [
    'a routing table of another shape',
    'swap @him.mp4 --routes @other.consent.json --out %out.mp4',
    2,
    /no routing table/,
  ],
  // Reports and labels
  ['a report on two films of different length', 'report @him.mp4 @third.mp4', 3, /is no render of/],
  ['a report on a film without faces', 'report @nobody.mp4 @nobody.mp4', 3, /nobody\.mp4 shows no face/],
  ['a label of a file that is not there', 'inspect %gone.mp4', 3, /gone\.mp4 does not exist/],
];

describe('bad input', () => {
  it('is a table of at least 40 cases', () => {
    expect(TABLE.length).toBeGreaterThanOrEqual(40);
  });

  it.each(TABLE)('%s', async (_name, line, code, says) => {
    const room = await fixture.room();
    const before = await listing(join(fixture.root, 'in'));
    expectOneError(await fixture.run(words(line, room), { cwd: room }), code, says);
    expect(await listing(room)).toEqual([]);
    expect(await listing(join(fixture.root, 'in'))).toEqual(before);
  });
});

describe('bad places', () => {
  it('a read-only folder', async ({ skip }) => {
    // The superuser may write everywhere; the command then runs as nobody.
    const room = await fixture.room();
    const home = join(fixture.root, 'home-of-nobody');
    await cp(fixture.home, home, { recursive: true });
    const root = process.getuid?.() === 0;
    if (process.platform === 'win32') skip('no read-only folders here');
    if (root) spawnSync('chown', ['-R', '65534:65534', home, join(fixture.root, 'in')]);
    spawnSync('chmod', ['711', fixture.root]);
    spawnSync('chmod', ['555', room]);
    const ended = await fixture.run(words(swap(consents), room), { home, cwd: '/', ...(root ? { uid: 65534 } : {}) });
    spawnSync('chmod', ['755', room]);
    expectOneError(ended, 5, /No permission for .*out/);
    expect(await listing(room)).toEqual([]);
  });

  /** Mounts a disk of a few kB on a folder for the time of `work`. */
  async function onSmallDisk(
    folder: string,
    kilobytes: number,
    skip: (why: string) => never,
    work: () => Promise<void>,
  ) {
    await mkdir(folder, { recursive: true });
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder]).status === 0;
    if (!mounted) skip('no leave to mount a small disk here');
    try {
      await work();
    } finally {
      spawnSync('umount', [folder]);
    }
  }

  it('a full disk where the output goes; what is finished is kept, and the next run ends it', async ({ skip }) => {
    const room = await fixture.room();
    const command = words(swap(consents), room);
    await onSmallDisk(room, 20, skip, async () => {
      expectOneError(await fixture.run(command), 5, /disk .* is full/);
      expect(await listing(room)).toEqual([]);
    });
    const again = await fixture.run(command);
    expect(again.code, again.err).toBe(0);
    expect(again.out).toMatch(/16 of them in an earlier run/);
    expect(await listing(room)).toEqual(['out.mp4']);
  });

  it('a full disk where the work is kept', async ({ skip }) => {
    const room = await fixture.room();
    const renders = join(fixture.home, 'renders');
    await onSmallDisk(renders, 12, skip, async () => {
      expectOneError(await fixture.run(words(swap(consents), room)), 5, /disk .*renders.* is full/);
      expect(await listing(room)).toEqual([]);
      expect((await listing(renders)).filter((name) => name.includes('.part'))).toEqual([]);
    });
  });

  it('an output that is a link to the input', async () => {
    const room = await fixture.room();
    await symlink(fixture.at('him.mp4'), join(room, 'out.mp4'));
    const ended = await fixture.run(words(swap(`--overwrite ${consents}`), room));
    expectOneError(ended, 3, /is the input itself/);
    expect(await listing(room)).toEqual(['out.mp4']);
  });
});

describe('a net of the package', () => {
  /** A copy of the installed package in which one net can be spoilt. */
  async function copyPackage(room: string, spoil: (net: string) => Promise<void>): Promise<Ended> {
    const copy = join(room, 'package');
    await mkdir(copy);
    for (const part of ['bin', 'dist', 'models'])
      await cp(join(packageRoot, part), join(copy, part), { recursive: true });
    await copyFile(join(packageRoot, 'package.json'), join(copy, 'package.json'));
    await symlink(join(packageRoot, 'node_modules'), join(copy, 'node_modules'));
    await spoil(join(copy, 'models', 'facemesh.onnx'));
    const ended = spawnSync(process.execPath, [join(copy, 'bin', 'likeness.mjs'), 'analyze', fixture.at('him.mp4')], {
      cwd: room,
      encoding: 'utf8',
      env: { ...process.env, LIKENESS_HOME: join(room, 'home') },
    });
    return { code: ended.status, out: ended.stdout, err: ended.stderr };
  }

  it('that was changed is refused by name', async () => {
    const ended = await copyPackage(await fixture.room(), async (net) => {
      const bytes = await readFile(net);
      const at = bytes.length >> 1;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await writeFile(net, bytes);
    });
    expectOneError(ended, 5, /facemesh/);
  });

  it('that is missing is refused by name', async () => {
    const ended = await copyPackage(await fixture.room(), (net) => rm(net));
    expectOneError(ended, 5, /facemesh/);
  });
});

describe('a project', () => {
  const training = (project: string, more = ''): string[] =>
    words(train(`--preset draft --cold --project ${project}${more}`), '');

  it('is used by one run at a time, stops cleanly, and belongs to one pair', async () => {
    const project = join(await fixture.room(), 'pair');
    let second: Promise<Ended> | null = null;
    const first = await fixture.run(training(project, ' --steps 100000'), {
      onErr: (text, kill) => {
        // Training has begun: the second run finds the first at work, then the first is asked to stop.
        if (second === null && /^training/m.test(text)) {
          second = fixture.run(training(project, ' --steps 100000'));
          void second.then(() => kill('SIGINT'));
        }
      },
    });
    if (second === null) throw new Error(`The first run never trained:\n${first.err}`);
    expectOneError(await second, 5, /pair/);
    expect(first.code).toBe(130);
    expect(first.err).toContain('Run the same command again');

    const other = await fixture.run(words(train(`--preset standard --project ${project}`), ''));
    expectOneError(other, 3, /was begun with preset draft/);

    // Every checkpoint damaged: the run says so by name, or goes on without it and says that.
    const files = await listing(join(project, 'checkpoints'));
    for (const file of files) {
      const path = join(project, 'checkpoints', file);
      const bytes = await readFile(path).catch(() => null);
      if (bytes === null || bytes.length < 64) continue;
      bytes.fill(7, bytes.length >> 1);
      await writeFile(path, bytes);
    }
    const damaged = await fixture.run(training(project, ' --steps 2'));
    expectOneError(damaged, 3, /checkpoint/i);

    await writeFile(join(project, 'project.json'), '{"version":');
    expectOneError(await fixture.run(training(project, ' --steps 2')), 3, /project\.json is not a project file/);

    // A pair that is no net.
    await writeFile(join(project, 'pair.onnx'), 'not a net');
    const broken = await fixture.run(
      words(`swap @him.mp4 --project ${project} --source @her.mp4 --out ${project}/out.mp4 ${consents}`, ''),
    );
    expectOneError(broken, broken.code === 5 ? 5 : 3, /pair\.onnx|project\.json/);
    expect(await listing(project)).not.toContain('out.mp4');
  });
});

describe('unusual but sound input is handled', () => {
  it.each([
    ['a face that is lost midway', 'lost.mp4', 12],
    ['a clip of one frame', 'one-frame.mp4', 1],
    ['odd sizes', 'odd.mp4', 4],
    ['a wrong extension', 'him.avi', 16],
    ['8K', '8k.mp4', 1],
  ])('%s', async (_name, target, frames) => {
    const room = await fixture.room();
    const ended = await fixture.run([...words(onto(target), room), '--json']);
    expect(ended.err).not.toContain('"error"');
    expect(ended.code).toBe(0);
    const result = JSON.parse(ended.out) as { speed: { frames: number }; label: { found: string; changed: boolean } };
    expect(result.speed.frames).toBe(frames);
    expect(result.label).toMatchObject({ found: 'label', changed: false });
    expect(await listing(room)).toEqual(['out.mp4']);
  });
});
