/** The removal letter in German. */
import { type LetterWords, span } from './words.js';

/** German. */
export const de: LetterWords = {
  language: 'Deutsch',
  blanks: {
    name: '[Ihr voller Name]',
    contact: '[Ihre E-Mail-Adresse]',
    address: '[genaue Adresse (URL) jeder Kopie]',
    service: '[Name des Dienstes]',
  },
  date: 'Datum',
  subject: 'Aufforderung zur Entfernung einer Fälschung, die mich zeigt',
  opening: 'An die Stelle, die rechtswidrige Inhalte bearbeitet:',
  shows:
    'Ihr Dienst macht Material zugänglich, das maschinell hergestellt oder verändert wurde, sodass es mich zeigt oder wie ich klingt. Es ist nicht echt. Ich bin die gezeigte Person oder berechtigt, für sie zu handeln.',
  intimate: 'Es zeigt mich scheinbar nackt, in einem intimen Zustand oder bei einer sexuellen Handlung.',
  minor:
    'Die gezeigte Person ist unter 18 oder wirkt so. Bitte behandeln Sie dies als dringend und melden Sie es den Behörden.',
  where: 'Es befindet sich hier:',
  noConsent: 'Ich habe weder der Herstellung noch der Veröffentlichung zugestimmt.',
  asks: [
    'Bitte entfernen Sie es überall oder sperren Sie den Zugang dazu.',
    'Bitte suchen Sie nach gleichen Kopien, entfernen Sie auch diese und verhindern Sie ein erneutes Hochladen.',
    'Bitte bewahren Sie für die Behörden auf, was die hochladende Person erkennen lässt, und bestätigen Sie mir schriftlich, was Sie wann getan haben.',
  ],
  basis: 'Ich stütze mich auf:',
  deadline: (basis, { hours, after }) => {
    const time = span(hours, 'Stunden', 'ein Monat');
    return {
      notice: `${basis}: Die Frist beträgt ab Eingang dieser Meldung: ${time}.`,
      request: `${basis}: Die Frist für eine Antwort beträgt ab Eingang dieses Antrags: ${time}.`,
      order: `${basis}: Ihre Frist beträgt ab der Anordnung eines Gerichts oder einer Behörde: ${time}. Ich behalte mir vor, eine solche Anordnung zu beantragen.`,
      regulator: `${basis}: Ihre Frist beträgt ab der Aufforderung der Aufsichtsbehörde: ${time}. Ich behalte mir eine Beschwerde dort vor.`,
    }[after];
  },
  promptly: (basis) =>
    `${basis}: Bitte handeln Sie unverzüglich. Mit dieser Meldung haben Sie Kenntnis von dem Material.`,
  forbidden: (basis) => `Die Veröffentlichung ist verboten durch: ${basis}.`,
  goodFaith:
    'Ich versichere nach bestem Wissen und Gewissen, dass meine Angaben richtig und vollständig sind und dass das Material ohne Einwilligung der gezeigten Person veröffentlicht wurde.',
  contact: 'Sie erreichen mich unter',
  signature: 'Unterschrift',
};
