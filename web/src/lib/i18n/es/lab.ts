/** Palabras del laboratorio. */
import type { lab as en } from '../en/lab';

/** Spanish for `en/lab.ts`. */
export const lab: Record<keyof typeof en, string> = {
  'nav.lab': 'Laboratorio',
  'job.kind.bench': 'Medir detectores',
  'lab.title': 'Laboratorio',
  'lab.lead':
    '¿Qué tan bien distinguen los detectores sus propios archivos? Traiga algunos rotulados y vea las curvas.',
  'lab.new': 'Una medición nueva',
  'lab.folder':
    'Elija una carpeta que contenga carpetas llamadas real y fake; una carpeta debajo de fake nombra con qué se hicieron. A partir de 20 por clase dice algo.',
  'lab.choose': 'Elegir carpeta',
  'lab.nothing': 'Ningún archivo está debajo de una carpeta llamada real o fake.',
  'lab.counted': '{name}: {real} archivos auténticos y {fake} sintéticos.',
  'lab.equalise': 'Las clases difieren en tamaño o formato: medir solo con copias recodificadas',
  'lab.start': 'Subir y medir',
  'lab.sending': 'Llegó el archivo {done} de {total}',
  'lab.before': 'Mediciones anteriores',
  'lab.none': 'Todavía no se midió nada.',
  'lab.fused': 'Todos juntos',
  'lab.another': 'Otro conjunto',
  'lab.files': '{real} archivos auténticos y {fake} sintéticos.',
  'lab.explain':
    'La AUC dice cuántas veces un archivo sintético puntúa por encima de uno auténtico: 1 es perfecto, un medio es echarlo a suertes. El intervalo contiene el valor real en 95 de 100 casos.',
  'lab.level.original': 'Tal como son',
  'lab.level.web': 'Comprimidos como en la web',
  'lab.level.hard': 'Muy comprimidos',
  'lab.verdicts': 'Hubo veredicto para {given} de {of} archivos, y acertó en {right}.',
  'lab.auc': 'AUC',
  'lab.tpr1': 'Hallados con 1 % de falsas alarmas',
  'lab.tpr5': 'Hallados con 5 % de falsas alarmas',
  'lab.eer': 'Tasa de error igual',
  'lab.roc': 'Hallados, según las falsas alarmas',
  'lab.failed': 'No se pudieron valorar',
  'lab.page': 'Informe como página',
  'lab.card': 'Ficha del modelo',
  'lab.json': 'Todos los valores, en JSON',
  'lab.delete': 'Borrar la medición y sus archivos',
  'lab.delete.ask': '¿Borrar esta medición, su informe y los archivos que se subieron para ella? No se puede deshacer.',
  'lab.deleted': 'La medición se ha borrado.',
  'lab.roc.x': 'Proporción de falsas alarmas',
  'lab.roc.y': 'Proporción encontrada',
  'lab.roc.chance': 'Discontinua: una moneda',
};
