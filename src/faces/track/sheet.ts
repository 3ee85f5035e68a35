/** The contact sheet: one picture that shows who is in a clip, when, how well seen and how lively. */
import { basename } from 'node:path';
import { expressionIndex } from '../../base/index.js';
import { type Frame, readPicture, rgbaFrame, sampleAffine, writePicture } from '../../media/index.js';
import type { TrackedFace } from '../types.js';
import { Canvas, CHARACTER, type Ink, inkOf } from './canvas.js';
import { drawPose } from './draw-face.js';
import { pickFrames } from './pick-frames.js';
import type { Analysis, AnalyzedTrack } from './types.js';

const FACES = 8;
const FACE = 144;
const GAP = 10;
const LABEL = 250;
const HEAD = 64;
const CURVES = 74;
const ROW = FACE + CURVES + 68;
const WIDTH = LABEL + FACES * (FACE + GAP) + GAP;

const PAPER: Ink = [20, 22, 27];
const PANEL: Ink = [30, 33, 40];
const TEXT: Ink = [226, 230, 236];
const QUIET: Ink = [138, 146, 158];
const GOOD: Ink = [110, 230, 140];
const BAD: Ink = [240, 110, 90];

const JAW = expressionIndex('jawOpen');
const BLINK_LEFT = expressionIndex('eyeBlinkLeft');
const BLINK_RIGHT = expressionIndex('eyeBlinkRight');

/** Minutes, seconds and hundredths. */
export function timeCode(microseconds: number): string {
  const t = Math.max(0, microseconds) / 1e6;
  const minutes = Math.floor(t / 60);
  return `${minutes}:${(t - 60 * minutes).toFixed(2).padStart(5, '0')}`;
}

/** The faces to show: the clearest of each part of the track, in time order. Where identity was measured the view is good. */
export function facesToShow(track: AnalyzedTrack, count = FACES): TrackedFace[] {
  const seen = track.faces.filter((f) => !f.interpolated);
  const worth = (f: TrackedFace): number =>
    (f.identity === null ? 0 : 0.4) +
    f.confidence -
    f.occlusion -
    (Math.abs(f.pose.yaw) + Math.abs(f.pose.pitch)) / 90 -
    ((f.expression[BLINK_LEFT] as number) + (f.expression[BLINK_RIGHT] as number)) / 2;
  const chosen: TrackedFace[] = [];
  for (let i = 0; i < count; i++) {
    const part = seen.slice(Math.floor((i * seen.length) / count), Math.floor(((i + 1) * seen.length) / count));
    const best = part.reduce<TrackedFace | null>((a, f) => (a === null || worth(f) > worth(a) ? f : a), null);
    if (best !== null) chosen.push(best);
  }
  return chosen;
}

/** The head of a face with some room round it, as a square picture. */
export function cropHead(frame: Frame, face: TrackedFace, size: number): Frame {
  const side = 1.5 * Math.max(face.box.width, face.box.height);
  const step = side / size;
  const x = face.box.x + face.box.width / 2 - side / 2 + step / 2 - 0.5;
  const y = face.box.y + face.box.height / 2 - 0.54 * side + step / 2 - 0.5;
  const rgb = new Float32Array(3 * size * size);
  sampleAffine(frame, [step, 0, x, 0, step, y], size, size, rgb, { layout: 'interleaved', border: 'zero' });
  const pixels = new Uint8Array(4 * size * size).fill(255);
  for (let i = 0; i < size * size; i++)
    for (let k = 0; k < 3; k++) pixels[4 * i + k] = Math.max(0, Math.min(255, Math.round(rgb[3 * i + k] as number)));
  return rgbaFrame(pixels, size, size);
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

/** A curve over the whole clip with a hole wherever the person is not there. */
function curve(
  canvas: Canvas,
  analysis: Analysis,
  track: AnalyzedTrack,
  y: number,
  height: number,
  value: (face: TrackedFace) => number,
  ink: Ink,
): void {
  const left = LABEL;
  const width = WIDTH - LABEL - GAP;
  const last = Math.max(1, analysis.frames - 1);
  // At most one value a pixel; the extreme of each pixel's frames, so that a blink is not averaged away.
  const columns = new Map<number, { value: number; frame: number }>();
  for (const face of track.faces) {
    const x = Math.round(left + (face.frame / last) * (width - 1));
    const v = Math.max(0, Math.min(1, value(face)));
    const old = columns.get(x);
    if (old === undefined || Math.abs(v - 0.5) > Math.abs(old.value - 0.5))
      columns.set(x, { value: v, frame: face.frame });
  }
  const most = Math.max(2, Math.ceil((2 * last) / width) + 1);
  let before: { x: number; y: number; frame: number } | null = null;
  for (const [x, c] of [...columns].sort((a, b) => a[0] - b[0])) {
    const here = { x, y: y + (1 - c.value) * height, frame: c.frame };
    if (before !== null && here.frame - before.frame <= most) canvas.line(before.x, before.y, here.x, here.y, ink, 1.4);
    else canvas.dot(Math.round(here.x), Math.round(here.y), ink);
    before = here;
  }
}

function drawRow(
  canvas: Canvas,
  analysis: Analysis,
  track: AnalyzedTrack,
  faces: readonly (Frame | null)[],
  y: number,
): void {
  const ink = inkOf(track.id);
  canvas.fill(GAP, y, WIDTH - 2 * GAP, ROW - 12, PANEL);
  canvas.fill(GAP, y, 5, ROW - 12, ink);
  const x = GAP + 18;
  canvas.text(x, y + 12, `Person ${track.id}`, ink, 3);
  const seen = track.faces.filter((f) => !f.interpolated);
  const lines = [
    `${timeCode(track.faces[0]?.timestamp ?? 0)}-${timeCode(track.faces[track.faces.length - 1]?.timestamp ?? 0)}`,
    `${track.faces.length} frames, ${track.runs.length} run${track.runs.length === 1 ? '' : 's'}`,
    `${track.faces.length - seen.length} filled in`,
    `sure ${(100 * mean(seen.map((f) => f.confidence))).toFixed(0)} %`,
    `covered ${(100 * mean(seen.map((f) => f.occlusion))).toFixed(0)} %`,
    `${Math.round(mean(seen.map((f) => f.box.width)))} px wide`,
  ];
  for (const [i, line] of lines.entries()) canvas.text(x, y + 44 + 20 * i, line, i === 0 ? TEXT : QUIET, 2);

  for (const [i, face] of facesToShow(track).entries()) {
    const left = LABEL + i * (FACE + GAP);
    const picture = faces[i] ?? null;
    if (picture !== null) canvas.place(picture, left, y + 10);
    drawPose(canvas, face.pose, left + FACE - 24, y + 10 + FACE - 24, 18, 2);
    canvas.fill(left, y + 10 + FACE, FACE, 3, PAPER);
    canvas.fill(left, y + 10 + FACE, FACE * face.confidence, 3, face.confidence > 0.8 ? GOOD : BAD);
    canvas.text(left, y + FACE + 18, timeCode(face.timestamp), TEXT, 2);
    const turn = `${Math.round(face.pose.yaw)}°`;
    canvas.text(left + FACE - turn.length * 2 * CHARACTER, y + FACE + 18, turn, QUIET, 2);
  }

  const top = y + FACE + 40;
  const third = CURVES / 3;
  const last = Math.max(1, analysis.frames - 1);
  const at = (frame: number): number => LABEL + (frame / last) * (WIDTH - LABEL - GAP - 1);
  canvas.fill(LABEL, top, WIDTH - LABEL - 2 * GAP, CURVES, PAPER);
  for (const [from, to] of track.runs) canvas.fill(at(from), top, Math.max(1, at(to) - at(from)), CURVES, [38, 42, 51]);
  for (const cut of analysis.cuts) canvas.line(at(cut), top, at(cut), top + CURVES, [90, 96, 108], 1);
  const rows: readonly (readonly [string, Ink, (f: TrackedFace) => number])[] = [
    ['mouth', [255, 150, 120], (f) => f.expression[JAW] as number],
    [
      'lids',
      [120, 200, 255],
      (f) => ((f.expression[BLINK_LEFT] as number) + (f.expression[BLINK_RIGHT] as number)) / 2,
    ],
    ['turn', [200, 200, 130], (f) => 0.5 + f.pose.yaw / 120],
  ];
  for (const [i, [name, line, value]] of rows.entries()) {
    canvas.text(LABEL - 12 - name.length * 2 * CHARACTER, top + i * third + 5, name, line, 2);
    curve(canvas, analysis, track, top + i * third + 2, third - 5, value, line);
  }
}

/**
 * Draws the contact sheet of an analysis. The media file is read again for the pictures.
 *
 * @returns an RGBA frame, 1492 pixels wide
 */
export async function contactSheet(analysis: Analysis, signal?: AbortSignal): Promise<Frame> {
  const shown = analysis.tracks.map((t) => facesToShow(t));
  const pictures = new Map<TrackedFace, Frame>();
  const all = shown.flat();
  const take = (frame: Frame): void => {
    for (const face of all) if (face.timestamp === frame.timestamp) pictures.set(face, cropHead(frame, face, FACE));
  };
  if (analysis.media.kind === 'picture') take(await readPicture(analysis.media.path));
  else
    await pickFrames(
      analysis.media.path,
      all.map((f) => f.timestamp),
      analysis.frames,
      take,
      signal,
    );

  const rows = Math.max(1, analysis.tracks.length);
  const canvas = Canvas.blank(WIDTH, HEAD + rows * ROW + GAP, PAPER);
  const { video, duration } = analysis.media;
  const people = analysis.tracks.length;
  canvas.text(GAP + 4, 14, basename(analysis.media.path).slice(0, 60), TEXT, 3);
  const length =
    analysis.media.kind === 'picture' ? 'picture' : `${analysis.frames} frames, ${timeCode(duration * 1e6)}`;
  const cuts =
    analysis.media.kind === 'picture' ? '' : `, ${analysis.cuts.length} cut${analysis.cuts.length === 1 ? '' : 's'}`;
  canvas.text(
    GAP + 4,
    42,
    `${video?.width ?? 0} x ${video?.height ?? 0}, ${length}${cuts}, ${people} ${people === 1 ? 'person' : 'people'}`,
    QUIET,
    2,
  );
  if (people === 0) canvas.text(GAP + 4, HEAD + 30, analysis.remarks[0] ?? 'No face was found.', TEXT, 2);
  for (const [i, track] of analysis.tracks.entries()) {
    const faces = (shown[i] as TrackedFace[]).map((f) => pictures.get(f) ?? null);
    drawRow(canvas, analysis, track, faces, HEAD + i * ROW);
  }
  return canvas.frame();
}

/** Draws the contact sheet and writes it as a picture. */
export async function writeContactSheet(path: string, analysis: Analysis, signal?: AbortSignal): Promise<void> {
  await writePicture(path, await contactSheet(analysis, signal));
}
