/** Visible labels, the audible notice and the marks in metadata. */
import { describe, expect, it } from 'vitest';
import { Random } from '../src/base/index.js';
import {
  aigcLabel,
  drawLabel,
  hearsNotice,
  LABEL_LANGUAGES,
  type LabelKind,
  languageFor,
  noticeIn,
  noticeSeconds,
  VisibleLabel,
  wantsAigcLabel,
  xmpPacket,
} from '../src/label/index.js';
import { dutiesFor } from '../src/law/index.js';
import { BT709, type Frame, i420Size, rgbaFrame } from '../src/media/index.js';

const KINDS: readonly LabelKind[] = ['corner', 'lower-third', 'credits'];
const grey = (value: number, width = 320, height = 180): Frame => ({
  ...rgbaFrame(
    Uint8Array.from({ length: width * height * 4 }, (_, i) => ((i & 3) === 3 ? 255 : value)),
    width,
    height,
  ),
});
const footage = (over: object) => ({
  width: 320,
  height: 180,
  frames: 100,
  frameRate: 25,
  cuts: [],
  faces: [],
  ...over,
});

/** Contrast of two brightnesses as WCAG has it. */
function contrast(a: number, b: number): number {
  const linear = (v: number): number => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
  const [x, y] = [linear(Math.max(a, b)), linear(Math.min(a, b))];
  return (x + 0.05) / (y + 0.05);
}

describe('a visible label', () => {
  it.each(LABEL_LANGUAGES)('is drawn in %s, fits, and is read on white and on black', (language) => {
    for (const kind of KINDS)
      for (const [width, height] of [
        [320, 180],
        [180, 320],
      ] as const) {
        const overlay = drawLabel(kind, language, width, height);
        expect(overlay.width).toBeLessThanOrEqual(width);
        expect(overlay.height).toBeLessThanOrEqual(height);
      }
    for (const value of [0, 255]) {
      const frame = grey(value, 640, 360);
      const label = new VisibleLabel({ kind: 'corner', language }, footage({ width: 640, height: 360 }));
      const box = label.apply(frame, 0);
      if (box === null) throw new Error('no label');
      const inside: number[] = [];
      for (let y = box.y; y < box.y + box.height; y++)
        for (let x = box.x; x < box.x + box.width; x++) inside.push(frame.pixels[(y * 640 + x) * 4] as number);
      inside.sort((a, b) => a - b);
      const [ground, ink] = [inside[Math.floor(inside.length * 0.3)] as number, inside[inside.length - 1] as number];
      expect(contrast(ground, ink)).toBeGreaterThan(7);
    }
  });

  it('changes nothing outside of its box, in either pixel format', () => {
    const planes: Frame = {
      ...grey(0),
      format: 'i420',
      pixels: new Uint8Array(i420Size(320, 180)).fill(90),
      color: BT709,
    };
    for (const frame of [grey(90), planes]) {
      const before = frame.pixels.slice();
      const box = new VisibleLabel({ kind: 'corner', language: 'en' }, footage({})).apply(frame, 5);
      if (box === null) throw new Error('no label');
      const step = frame.format === 'rgba' ? 4 : 1;
      let changed = 0;
      for (let i = 0; i < 320 * 180; i++) {
        const [x, y] = [i % 320, Math.floor(i / 320)];
        const inside = x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
        if (frame.pixels[i * step] === before[i * step]) continue;
        changed++;
        expect(inside).toBe(true);
      }
      expect(changed).toBeGreaterThan(500);
    }
  });

  it('keeps away from faces, stays through a shot and may move at a cut', () => {
    const faceAt = (x: number, y: number) => ({ x, y, width: 120, height: 90 });
    const faces = [
      ...Array.from({ length: 50 }, (_, frame) => ({ frame, box: faceAt(200 + (frame % 5), 95) })),
      ...Array.from({ length: 50 }, (_, i) => ({ frame: 50 + i, box: faceAt(0, 0) })),
    ];
    const label = new VisibleLabel({ kind: 'corner', language: 'de' }, footage({ faces, cuts: [50] }));
    const places = Array.from({ length: 100 }, (_, i) => label.boxAt(i));
    expect(new Set(places.slice(0, 50)).size).toBe(1);
    expect(new Set(places.slice(50)).size).toBe(1);
    for (const [i, box] of places.entries()) {
      const face = faces[i]?.box;
      if (!box || !face) throw new Error('no box');
      const apart =
        box.x >= face.x + face.width ||
        face.x >= box.x + box.width ||
        box.y >= face.y + face.height ||
        face.y >= box.y + box.height;
      expect(apart).toBe(true);
    }
    expect(places[0]).not.toEqual(places[99]);
  });

  it('as credits comes at the end of a video, and at once in a picture', () => {
    const card = new VisibleLabel({ kind: 'credits', language: 'fr' }, footage({}));
    expect(card.boxAt(0)).toBeNull();
    expect(card.boxAt(99)).toMatchObject({ width: 320, height: 180 });
    const picture = new VisibleLabel({ kind: 'credits', language: 'fr' }, footage({ frames: 1, frameRate: 0 }));
    expect(picture.apply(grey(120), 0)).not.toBeNull();
  });

  it('speaks the language of the territory', () => {
    expect(['DE', 'FR', 'ES', 'IT', 'CN', 'JP', 'KR', 'US-CA', undefined].map(languageFor)).toEqual([
      'de',
      'fr',
      'es',
      'it',
      'zh',
      'ja',
      'ko',
      'en',
      'en',
    ]);
  });

  it('is large enough in China', () => {
    const overlay = drawLabel('corner', 'zh', 1280, 720);
    expect(overlay.height).toBeGreaterThan(720 * 0.05 * 1.5);
  });
});

describe('the audible notice', () => {
  const noise = (seconds: number, level: number, rate: number): Float32Array => {
    const random = new Random(3);
    return Float32Array.from({ length: seconds * rate }, () => level * random.normal());
  };

  it.each([8000, 16000, 44100, 48000])('is heard in quiet and in noise at %i Hz', (rate) => {
    for (const level of [0, 0.05]) {
      const sound = noise(3, level, rate);
      expect(hearsNotice(sound, rate)).toBe(false);
      const channels = [sound, sound.slice()];
      noticeIn({ when: 'start', language: 'en', seconds: 3 })(channels, rate, 0);
      for (const channel of channels) expect(hearsNotice(channel, rate)).toBe(true);
      expect(hearsNotice(sound, rate, 1.2)).toBe(false);
    }
  });

  it('plays the letters of the language, and those alone', () => {
    for (const [language, letters] of [
      ['en', 'AI'],
      ['ja', 'AI'],
      ['de', 'KI'],
      ['fr', 'IA'],
      ['es', 'IA'],
    ] as const) {
      const sound = noise(3, 0.02, 16000);
      noticeIn({ when: 'start', language, seconds: 3 })([sound], 16000, 0);
      const heard = (['en', 'de', 'it'] as const).filter((each) => hearsNotice(sound, 16000, 0, each));
      expect(heard, language).toEqual([{ AI: 'en', KI: 'de', IA: 'it' }[letters]]);
    }
  });

  it('comes every minute while it fits, never clips, and leaves the rest alone, however the sound is cut', () => {
    const rate = 8000;
    const before = noise(180.5, 0.6, rate);
    const whole = before.slice();
    const change = noticeIn({ when: 'minute', language: 'de', seconds: 180.5 });
    change([whole], rate, 0);
    const cut = before.slice();
    for (let at = 0; at < cut.length; at += 1024) change([cut.subarray(at, at + 1024)], rate, at);
    expect(cut).toEqual(whole);
    const long = noticeSeconds('de');
    expect(long).toBeCloseTo(1.5, 6);
    const changed = (at: number): boolean => whole[at] !== before[at];
    for (let minute = 0; minute < 3; minute++) {
      expect(changed((60 * minute + 0.2) * rate)).toBe(true);
      const [from, to] = [Math.ceil((60 * minute + long + 0.01) * rate), 60 * (minute + 1) * rate];
      expect(whole.subarray(from, to)).toEqual(before.subarray(from, to));
    }
    // The fourth would be cut off by the end.
    expect(whole.subarray(180 * rate)).toEqual(before.subarray(180 * rate));
    expect(whole.every((v, i) => Math.abs(v) <= 1 || v === before[i])).toBe(true);
  });

  it('refuses a rate that cannot carry it', () => {
    const change = noticeIn({ when: 'start', language: 'en', seconds: 1 });
    expect(() => change([new Float32Array(4)], 50, 0)).toThrow('samples a second');
  });
});

describe('marks in metadata', () => {
  it('name the source type, and the seven fields where China is the territory', () => {
    const plain = xmpPacket({ tool: 'Likeness 1 <&>' });
    expect(plain).toContain('digitalsourcetype/compositeWithTrainedAlgorithmicMedia</Iptc4xmpExt:DigitalSourceType>');
    expect(plain).toContain('Likeness 1 &lt;&amp;&gt;');
    expect(plain).not.toContain('TC260');
    const duties = (territory: string) => {
      const { required, defaults } = dutiesFor({
        operation: 'faceSwap',
        use: 'film',
        medium: 'video',
        territories: [territory],
      });
      return [...required, ...defaults];
    };
    expect(['DE', 'CN', 'US-CA'].map((t) => wantsAigcLabel(duties(t)))).toEqual([false, true, false]);
    expect(wantsAigcLabel([])).toBe(false);
    const packet = xmpPacket({ tool: 'Likeness', aigc: aigcLabel('00ff') });
    const json = /<TC260:AIGC>(.*)<\/TC260:AIGC>/.exec(packet)?.[1]?.replaceAll('&quot;', '"') ?? '';
    expect(JSON.parse(json)).toEqual({
      Label: '1',
      ContentProducer: 'Likeness',
      ProduceID: '00ff',
      ReservedCode1: '',
      ContentPropagator: '',
      PropagateID: '',
      ReservedCode2: '',
    });
  });
});
