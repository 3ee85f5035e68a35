/** Worte der Seite der Schnittstelle. */
import type { docs as en } from '../en/docs';

/** German for `en/docs.ts`. */
export const docs: Record<keyof typeof en, string> = {
  'docs.title': 'Die Schnittstelle',
  'docs.lead':
    'Alles auf diesen Seiten läuft über sie. Lesen Sie, was jeder Weg annimmt, und probieren Sie ihn hier aus.',
  'docs.keys': 'Anfragen von hier tragen Ihre Sitzung. Programme senden einen Schlüssel aus den Einstellungen.',
  'docs.search': 'Suchen',
  'docs.none': 'Kein Weg enthält diese Wörter.',
  'docs.body': 'Inhalt',
  'docs.send': 'Senden',
  'docs.real': 'Das ist das echte Studio: Was Sie senden, geschieht.',
  'docs.curl': 'Dasselbe für die Befehlszeile',
  'docs.answer': 'Antwort',
  'docs.in.path': 'im Pfad',
  'docs.in.query': 'in der Abfrage',
  'docs.missing': 'Bitte {name} ausfüllen.',
  'docs.broken': 'Der Inhalt ist kein JSON.',
  'docs.bytes': '{count} Byte',
  'docs.stream': 'Diese Antwort ist ein Strom von Ereignissen; ein Programm liest ihn am besten.',
  'docs.upload': 'Uploads folgen tus 1.0; nehmen Sie ein Programm, das es spricht.',
};
