/** `likeness project`: projects of the studio, from the command line. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { fileError, LikenessError, sha256File } from '../../base/index.js';
import type { ProjectFile } from '../../jobs/index.js';
import { given } from '../arguments.js';
import type { CommandContext } from '../context.js';

interface Options {
  readonly media?: string;
  readonly out?: string;
  readonly trained?: readonly string[];
  readonly overwrite?: boolean;
}

const HELP = `
Renders a project that the studio exported, without the studio. Media are looked for beside the project, or in --media, under
the names that the project gives; their content must be the same. Consent records are those that this machine knows. A route of
the engine "gan" needs its trained folder: --trained, once for each such route, in order ("likeness train" makes one).

Examples:
  likeness project run film.project.json
  likeness project run film.project.json --media clips --out film.mp4 --trained pair
`;

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw fileError(path, 'reading the project', cause);
  }
}

/** What a result is called at the end, after the file that is changed. */
const endingFor = (target: string): string =>
  /\.webm$/i.test(target) ? '.webm' : /\.(mp4|m4v|mov|mkv)$/i.test(target) ? '.mp4' : '.png';

/** The file of a project's media. */
async function locate(folder: string, media: ProjectFile['target'], what: string): Promise<string> {
  const name = media?.name ?? '';
  const path = resolve(folder, name);
  if (dirname(path) !== resolve(folder))
    throw new LikenessError('project.media', `The project names "${name}" as ${what}, which is no plain file name.`, {
      hint: 'Mend the name in the project file.',
    });
  if ((await sha256File(path)) !== media?.sha256)
    throw new LikenessError('project.media', `${path} is not the file that the project means as ${what}.`, {
      hint: 'Put the right file there, or name its folder with --media.',
    });
  return path;
}

/** Adds `likeness project`. */
export function register(program: Command, context: CommandContext): void {
  const project = program.command('project').description('run a project that the studio exported');
  project
    .command('run')
    .description('render a project file')
    .argument('<file>', 'a *.project.json')
    .option('--media <folder>', 'where its media are; beside the project where left out')
    .option('--out <file>', 'where the result goes')
    .option('--trained <folder...>', 'trained pairs, one for each route of the engine "gan"')
    .option('--overwrite', 'replace a file that exists')
    .addHelpText('after', HELP)
    .action(async (path: string, options: Options) => {
      context.resumeWith('Run the same command again: it goes on behind the last finished segment.');
      const { parseProjectFile, projectGaps } = await import('../../jobs/index.js');
      const { knownRecordPath } = await import('../../consent/index.js');
      const { swapMedia } = await import('../../synth/swap/index.js');
      const { parseFacts } = await import('../../law/index.js');
      const file = parseProjectFile(read(path), path);
      const [gap] = projectGaps(file);
      if (gap !== undefined)
        throw new LikenessError('project.incomplete', `${path}: ${gap.field} ${gap.message}.`, {
          hint: 'Complete it in the studio and export it again.',
        });
      const folder = options.media ?? dirname(path);
      const trained = [...(options.trained ?? [])];
      const wanted = file.routes.filter(({ engine }) => engine === 'gan').length;
      // Said at once: the clips are looked through before an engine misses its nets.
      if (trained.length !== wanted)
        throw new LikenessError(
          'project.trained',
          `${path} has ${wanted} routes of the engine "gan", and --trained names ${trained.length} folders.`,
          {
            hint: 'Name a trained folder for each, in order: "likeness train" makes one, the studio keeps its own in LIKENESS_HOME/studio/training.',
          },
        );
      const routes = [];
      for (const [i, route] of file.routes.entries())
        routes.push({
          engine: route.engine,
          source: await locate(folder, route.source, `source of route ${i}`),
          sourceConsent: knownRecordPath(`urn:uuid:${route.sourceConsent}`),
          targetConsent: knownRecordPath(`urn:uuid:${route.targetConsent}`),
          project: route.engine === 'gan' ? trained.shift() : undefined,
          strokes: route.strokes,
          ...given({ person: route.person ?? undefined, sourcePerson: route.sourcePerson ?? undefined }),
        });
      const { quality, outline, enhance, label, labelLanguage, use, territory, channel, facts } = file.settings;
      const target = await locate(folder, file.target, 'target');
      const result = await swapMedia({
        target,
        routes,
        out: options.out ?? `${file.name.replace(/[^\p{L}\p{N}_-]+/gu, '_')}${endingFor(target)}`,
        overwrite: options.overwrite === true,
        quality,
        outline,
        enhance,
        use,
        label: { kind: label, ...given({ language: labelLanguage ?? undefined }) },
        ...given({ territory: territory ?? undefined, channel: channel ?? undefined }),
        facts: parseFacts(Object.entries(facts).map(([name, value]) => `${name}=${value}`)),
        onProgress: context.progress,
        signal: context.signal,
      });
      const { output, sidecar, label: report, stats, remarks } = result;
      for (const remark of remarks) context.note(remark);
      context.result({ output, sidecar, label: report, frames: stats.frames }, () =>
        [`Rendered: ${output} (${stats.frames} frames)`, '', ...report.sentences].join('\n'),
      );
    });
}
