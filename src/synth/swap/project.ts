/**
 * A swap project: a folder with everything of one pair (face sets, checkpoints, previews, log, exported nets) and
 * `project.json`, which says from what it was made. Nothing in it is needed to play the result; all of it is needed to
 * go on training.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileError, hasErrno, LikenessError, writeAtomic } from '../../base/index.js';
import { SWAP_PRESETS, type SwapPreset } from './presets.js';

/** One of the two people of a pair: which clip, which track. */
export interface ProjectPerson {
  readonly path: string;
  readonly sha256: string;
  readonly track: number;
  /** Digest of the consent record. */
  readonly consent: string;
}

/** `project.json`. */
export interface SwapProject {
  readonly version: 1;
  readonly preset: SwapPreset['id'];
  readonly seed: number;
  /** `a` is the source person, `b` the one who is replaced. */
  readonly a: ProjectPerson;
  readonly b: ProjectPerson;
}

/** Where things lie in a project folder. */
export interface ProjectPaths {
  readonly root: string;
  readonly settings: string;
  readonly facesA: string;
  readonly facesB: string;
  readonly checkpoints: string;
  /** The trained nets: encoder and the source's decoder, baked for rendering. */
  readonly pair: string;
  /** The other direction, from the same training: the target's face from the source's picture. */
  readonly pairBack: string;
  /** The first direction in the DFM layout, for other programs. */
  readonly dfm: string;
  readonly log: string;
  readonly chart: string;
  readonly preview: string;
}

/** The layout of a project folder. */
export function projectPaths(root: string): ProjectPaths {
  return {
    root,
    settings: join(root, 'project.json'),
    facesA: join(root, 'faces', 'source'),
    facesB: join(root, 'faces', 'target'),
    checkpoints: join(root, 'checkpoints'),
    pair: join(root, 'pair.onnx'),
    pairBack: join(root, 'pair-back.onnx'),
    dfm: join(root, 'pair.dfm'),
    log: join(root, 'training.csv'),
    chart: join(root, 'loss.svg'),
    preview: join(root, 'preview.png'),
  };
}

/**
 * The preset of a name.
 * @throws LikenessError `usage.preset` for an unknown one
 */
export function presetOf(id: string): SwapPreset {
  const preset = SWAP_PRESETS.find((p) => p.id === id);
  if (!preset)
    throw new LikenessError('usage.preset', `There is no preset "${id}".`, {
      hint: `Choose one of ${SWAP_PRESETS.map((p) => p.id).join(', ')}.`,
    });
  return preset;
}

/** Reads `project.json`, or null where the folder has none. */
export async function readProject(root: string): Promise<SwapProject | null> {
  const { settings } = projectPaths(root);
  let text: string;
  try {
    text = await readFile(settings, 'utf8');
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) return null;
    throw fileError(settings, 'reading the project', cause);
  }
  try {
    const project = JSON.parse(text) as SwapProject;
    if (project.version !== 1 || typeof project.a?.sha256 !== 'string' || typeof project.b?.sha256 !== 'string')
      throw new Error('fields are missing');
    presetOf(project.preset);
    return project;
  } catch (cause) {
    throw new LikenessError('project.damaged', `${settings} is not a project file.`, {
      hint: 'Use another --project folder, or delete this one.',
      cause,
    });
  }
}

/**
 * Writes a new project, or checks that the one that is there is the same pair.
 * @throws LikenessError `project.other-pair` when the folder holds another pair, preset or seed
 */
export async function openProject(root: string, wanted: SwapProject): Promise<void> {
  const known = await readProject(root);
  if (known) {
    const differs =
      known.preset !== wanted.preset
        ? `preset ${known.preset}`
        : known.seed !== wanted.seed
          ? `seed ${known.seed}`
          : known.a.sha256 !== wanted.a.sha256 || known.a.track !== wanted.a.track
            ? `another source (${known.a.path}, person ${known.a.track})`
            : known.b.sha256 !== wanted.b.sha256 || known.b.track !== wanted.b.track
              ? `another target (${known.b.path}, person ${known.b.track})`
              : '';
    if (differs !== '')
      throw new LikenessError('project.other-pair', `${root} was begun with ${differs}.`, {
        hint: 'Choose a new --project folder for this pair.',
      });
    return;
  }
  await mkdir(root, { recursive: true }).catch((cause: unknown) => {
    throw fileError(root, 'making the project folder', cause);
  });
  await writeAtomic(projectPaths(root).settings, `${JSON.stringify(wanted, null, 2)}\n`);
}
