/** What a visible label says, by language. */

/** Languages that labels are drawn in. */
export const LABEL_LANGUAGES = ['en', 'de', 'fr', 'es', 'it', 'zh', 'ja', 'ko'] as const;
/** One of {@link LABEL_LANGUAGES}. */
export type LabelLanguage = (typeof LABEL_LANGUAGES)[number];

/** The words of one language. */
export interface LabelWords {
  /** The letters in the sign, as in the EU icon: the language's word for artificial intelligence, shortened. */
  readonly sign: string;
  /** Beside the sign: what happened, in two or three words. */
  readonly short: string;
  /** For lower thirds and end cards, by line. */
  readonly lines: readonly [string, string];
}

/** All words. A change here needs `scripts/label-glyphs.mjs` to be run again. */
export const LABEL_WORDS: Readonly<Record<LabelLanguage, LabelWords>> = {
  en: {
    sign: 'AI',
    short: 'Altered with AI',
    lines: ['A face in these pictures was replaced', 'with AI. The people shown agreed.'],
  },
  de: {
    sign: 'KI',
    short: 'Mit KI verändert',
    lines: ['Ein Gesicht in diesen Bildern wurde mit KI', 'ersetzt. Die Gezeigten sind einverstanden.'],
  },
  fr: {
    sign: 'IA',
    short: 'Modifié par IA',
    lines: ['Un visage a été remplacé par IA dans ces', 'images, avec l’accord des personnes.'],
  },
  es: {
    sign: 'IA',
    short: 'Modificado con IA',
    lines: ['Un rostro de estas imágenes se cambió', 'con IA, con permiso de las personas.'],
  },
  it: {
    sign: 'IA',
    short: 'Modificato con IA',
    lines: ['Un volto in queste immagini è stato sostituito', 'con IA, con il consenso delle persone.'],
  },
  zh: { sign: 'AI', short: '人工智能合成', lines: ['画面中有人脸由人工智能合成', '已获得本人同意'] },
  ja: {
    sign: 'AI',
    short: 'AIで生成・加工',
    lines: ['この映像の顔はAIで生成されたものです', '出演者の同意を得ています'],
  },
  ko: {
    sign: 'AI',
    short: 'AI로 생성·편집',
    lines: ['이 영상의 얼굴은 AI로 생성되었습니다', '출연자의 동의를 받았습니다'],
  },
};

/**
 * The language of a territory's audience, `en` where none of ours is the obvious one.
 *
 * @param territory ISO 3166 code, such as `DE` or `US-CA`
 */
export function languageFor(territory: string | undefined): LabelLanguage {
  const found = /^[A-Za-z]{2}/.exec(territory ?? '')?.[0].toUpperCase();
  const of: Readonly<Record<string, LabelLanguage>> = {
    DE: 'de',
    AT: 'de',
    CH: 'de',
    LI: 'de',
    FR: 'fr',
    LU: 'fr',
    MC: 'fr',
    ES: 'es',
    MX: 'es',
    AR: 'es',
    CL: 'es',
    CO: 'es',
    PE: 'es',
    IT: 'it',
    SM: 'it',
    CN: 'zh',
    SG: 'en',
    JP: 'ja',
    KR: 'ko',
  };
  return of[found ?? ''] ?? 'en';
}
