/** Worte der geführten Vorschau. */
import type { demo as en } from '../en/demo';

/** German for `en/demo.ts`. */
export const demo: Record<keyof typeof en, string> = {
  'demo.title': 'Geführte Vorschau',
  'demo.running': 'Läuft gerade',
  'demo.finished': 'Fertig',
  'demo.text':
    'Die ganze Arbeit an zwei gezeichneten Menschen, niemand Echtes kommt vor. Es dauert etwa vier Minuten; inzwischen können Sie sich umsehen.',
  'demo.look':
    'Sehen Sie sich das Ergebnis an, widerrufen Sie ein Einverständnis und beobachten Sie, was das ändert, oder beginnen Sie mit eigenen Aufnahmen.',
  'demo.begin': 'Vorschau beginnen',
  'demo.result': 'Vorher und nachher ansehen',
  'demo.records': 'Einverständnisse ansehen',
  'demo.anew': 'Von vorn beginnen',
  'demo.step.cast': 'Zwei Menschen unterschreiben',
  'demo.step.cast.text': 'Sie werden gezeichnet, bekommen Schlüssel und unterschreiben je ein Einverständnis.',
  'demo.step.train': 'Ein Paar Netze lernt',
  'demo.step.train.text': 'Ein Encoder, zwei Decoder: Die Vorschau wird nach und nach schärfer.',
  'demo.step.render': 'Das Gesicht wird getauscht',
  'demo.step.render.text': 'Jedes Bild wird gekennzeichnet, versiegelt und zurückgelesen.',
  'demo.step.report': 'Das Ergebnis wird gemessen',
  'demo.step.report.text': 'Von einem Netz, das am Gesicht nicht mitgearbeitet hat.',
};
