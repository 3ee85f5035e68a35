/** Palabras de la demostración guiada. */
import type { demo as en } from '../en/demo';

/** Spanish for `en/demo.ts`. */
export const demo: Record<keyof typeof en, string> = {
  'demo.title': 'Demostración guiada',
  'demo.running': 'En curso',
  'demo.finished': 'Lista',
  'demo.text':
    'Todo el trabajo con dos personas dibujadas, sin nadie real. Dura unos cuatro minutos; mientras tanto puede mirar alrededor.',
  'demo.look': 'Mire lo que se hizo, retire un consentimiento y vea qué cambia, o empiece con sus propias grabaciones.',
  'demo.begin': 'Empezar la demostración',
  'demo.result': 'Ver antes y después',
  'demo.records': 'Ver los consentimientos',
  'demo.anew': 'Empezar de nuevo',
  'demo.step.cast': 'Dos personas firman',
  'demo.step.cast.text': 'Se dibujan, reciben claves y cada una firma un consentimiento.',
  'demo.step.train': 'Un par de redes aprende',
  'demo.step.train.text': 'Un codificador, dos decodificadores: la vista previa gana nitidez.',
  'demo.step.render': 'Se cambia la cara',
  'demo.step.render.text': 'Cada fotograma se etiqueta, se sella y se vuelve a leer.',
  'demo.step.report': 'Se mide el resultado',
  'demo.step.report.text': 'Con una red que no participó en hacer la cara.',
};
