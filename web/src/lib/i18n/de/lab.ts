/** Worte des Labors. */
import type { lab as en } from '../en/lab';

/** German for `en/lab.ts`. */
export const lab: Record<keyof typeof en, string> = {
  'nav.lab': 'Labor',
  'job.kind.bench': 'Detektoren messen',
  'lab.title': 'Labor',
  'lab.lead':
    'Wie gut unterscheiden die Detektoren Ihre eigenen Dateien? Bringen Sie beschriftete mit und sehen Sie die Kurven.',
  'lab.new': 'Eine neue Messung',
  'lab.folder':
    'Wählen Sie einen Ordner mit Ordnern namens real und fake darin; ein Ordner unter fake benennt, womit die Dateien gemacht wurden. Ab 20 je Klasse wird es aussagekräftig.',
  'lab.choose': 'Ordner wählen',
  'lab.nothing': 'Keine Datei in diesem Ordner liegt unter einem Ordner namens real oder fake.',
  'lab.counted': '{name}: {real} echte und {fake} synthetische Dateien.',
  'lab.equalise': 'Die Klassen unterscheiden sich in Größe oder Format: nur an neu kodierten Kopien messen',
  'lab.start': 'Hochladen und messen',
  'lab.sending': 'Datei {done} von {total} ist da',
  'lab.before': 'Frühere Messungen',
  'lab.none': 'Noch wurde nichts gemessen.',
  'lab.fused': 'Alle zusammen',
  'lab.another': 'Andere Sammlung',
  'lab.files': '{real} echte und {fake} synthetische Dateien.',
  'lab.explain':
    'Die AUC sagt, wie oft eine synthetische Datei höher bewertet wird als eine echte: 1 ist perfekt, ein Halb ist ein Münzwurf. Das Intervall enthält den wahren Wert in 95 von 100 Fällen.',
  'lab.level.original': 'Wie sie sind',
  'lab.level.web': 'Komprimiert wie im Web',
  'lab.level.hard': 'Stark komprimiert',
  'lab.verdicts': 'Für {given} von {of} Dateien gab es ein Urteil; richtig war es bei {right}.',
  'lab.auc': 'AUC',
  'lab.tpr1': 'Gefunden bei 1 % Fehlalarmen',
  'lab.tpr5': 'Gefunden bei 5 % Fehlalarmen',
  'lab.eer': 'Gleichfehlerrate',
  'lab.roc': 'Gefunden, nach Anteil der Fehlalarme',
  'lab.failed': 'Nicht bewertbar',
  'lab.page': 'Bericht als Seite',
  'lab.card': 'Modellkarte',
  'lab.json': 'Alle Werte als JSON',
  'lab.delete': 'Messung und Dateien löschen',
  'lab.delete.ask':
    'Diese Messung, ihren Bericht und die dafür hochgeladenen Dateien löschen? Das lässt sich nicht rückgängig machen.',
  'lab.deleted': 'Die Messung ist gelöscht.',
  'lab.roc.x': 'Anteil Fehlalarme',
  'lab.roc.y': 'Anteil gefunden',
  'lab.roc.chance': 'Gestrichelt: eine Münze',
};
