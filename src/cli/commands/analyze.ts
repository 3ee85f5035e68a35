/** `likeness analyze`: who is in a video or picture, where, and how they move. */
import { basename, extname, join } from 'node:path';
import type { Command } from 'commander';
import type { Analysis } from '../../faces/index.js';
import type { CommandContext } from '../context.js';

interface Options {
  readonly out?: string;
  readonly sheet?: boolean;
  readonly overlay?: boolean;
  readonly landmarks?: boolean;
  readonly withEmbeddings?: boolean;
}

const HELP = `
Needs: any video or picture that Likeness can read. Nothing leaves this machine.
Makes: a list of people, each with an id that stays the same through lost frames and cuts. With --out a JSON file
       (docs/analyze.md explains every field), with --sheet a contact sheet, with --overlay the clip with everything
       that was measured drawn on it.

Face templates (embeddings) recognise a person elsewhere. They are never written unless you ask with --with-embeddings.

Examples:
  likeness analyze clip.mp4
  likeness analyze clip.mp4 --out looked-at --sheet --overlay
  likeness analyze clip.mp4 --json > people.json
  likeness analyze clip.mp4 --out looked-at --landmarks
`;

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

/** The result for people: one line each. */
function summary(analysis: Analysis, files: readonly string[], time: (us: number) => string): string {
  const { media, tracks } = analysis;
  const size = `${media.video?.width ?? 0} x ${media.video?.height ?? 0}`;
  const length =
    media.kind === 'picture'
      ? 'picture'
      : `${analysis.frames} frames, ${analysis.cuts.length} cut${analysis.cuts.length === 1 ? '' : 's'}`;
  const lines = [`${media.path}: ${size}, ${length}, ${tracks.length} ${tracks.length === 1 ? 'person' : 'people'}`];
  for (const t of tracks) {
    const first = t.faces[0]?.timestamp ?? 0;
    const last = t.faces[t.faces.length - 1]?.timestamp ?? 0;
    const most = t.faces.reduce((yaw, f) => Math.max(yaw, f.pose.yaw), -180);
    const least = t.faces.reduce((yaw, f) => Math.min(yaw, f.pose.yaw), 180);
    const when = media.kind === 'picture' ? '' : `  ${time(first)} to ${time(last)}, ${t.faces.length} frames`;
    const turn = `turned ${Math.round(least)} to ${Math.round(most)} degrees`;
    const width = Math.round(mean(t.faces.map((f) => f.box.width)));
    const sure = Math.round(100 * mean(t.faces.map((f) => f.confidence)));
    lines.push(`  person ${t.id}${when}  ${width} pixels wide, ${turn}, ${sure} % sure`);
  }
  for (const remark of analysis.remarks) lines.push(`  ${remark}`);
  for (const file of files) lines.push(`wrote ${file}`);
  return lines.join('\n');
}

/** Adds `likeness analyze`. */
export function register(program: Command, context: CommandContext): void {
  program
    .command('analyze')
    .description('find and follow every person in a video or picture')
    .argument('<file>', 'video or picture')
    .option('--out <dir>', 'write the analysis as JSON into this folder')
    .option('--sheet', 'draw a contact sheet (PNG)')
    .option('--overlay', 'draw everything that was measured onto the clip')
    .option('--landmarks', 'put all 478 points of every face and the person masks into the JSON')
    .option('--with-embeddings', 'put the biometric templates into the JSON')
    .addHelpText('after', HELP)
    .action(async (file: string, options: Options) => {
      const { analyzeFile, timeCode, toDocument, writeAnalysis, writeContactSheet, writeOverlay } = await import(
        '../../faces/index.js'
      );
      context.resumeWith('Nothing was written.');
      const work = { onProgress: context.progress, signal: context.signal };
      const analysis = await analyzeFile(file, work);
      const folder = options.out ?? '.';
      const stem = join(folder, basename(file, extname(file)));
      const what = { landmarks: options.landmarks === true, embeddings: options.withEmbeddings === true };
      const files: string[] = [];
      if (what.embeddings)
        context.note('The JSON holds biometric templates: whoever has it can recognise these people elsewhere.');
      if (options.out !== undefined) {
        const path = `${stem}.analysis.json`;
        await writeAnalysis(path, analysis, what);
        files.push(path);
      }
      if (options.sheet === true) {
        const path = `${stem}.sheet.png`;
        await writeContactSheet(path, analysis, context.signal);
        files.push(path);
      }
      if (options.overlay === true) {
        const ending = analysis.media.kind === 'picture' ? 'png' : analysis.media.container === 'webm' ? 'webm' : 'mp4';
        const path = `${stem}.overlay.${ending}`;
        await writeOverlay(path, analysis, work);
        files.push(path);
      }
      context.result({ ...toDocument(analysis, what), files }, () => summary(analysis, files, timeCode));
    });
}
