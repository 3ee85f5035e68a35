/** The removal letter in Spanish. */
import { type LetterWords, span } from './words.js';

/** Spanish. */
export const es: LetterWords = {
  language: 'Español',
  blanks: {
    name: '[su nombre completo]',
    contact: '[su correo electrónico]',
    address: '[dirección exacta (URL) de cada copia]',
    service: '[nombre del servicio]',
  },
  date: 'Fecha',
  subject: 'Solicitud de retirada de una falsificación que me muestra',
  opening: 'Al equipo encargado de contenidos ilícitos:',
  shows:
    'Su servicio da acceso a un material hecho o modificado por una máquina de modo que me muestra o suena como yo. No es auténtico. Soy la persona mostrada, o estoy autorizado/a a actuar por ella.',
  intimate: 'Me muestra, en apariencia, desnudo/a, en una situación íntima o en un acto sexual.',
  minor:
    'La persona mostrada es menor de 18 años o lo parece. Les ruego que lo traten con urgencia y avisen a las autoridades.',
  where: 'Se encuentra aquí:',
  noConsent: 'No consentí ni en su creación ni en su publicación.',
  asks: [
    'Les ruego que lo retiren en todas partes o que bloqueen el acceso.',
    'Les ruego que busquen copias idénticas, que las retiren y que impidan que se suban de nuevo.',
    'Les ruego que conserven para las autoridades lo que identifique a quien lo subió y que me confirmen por escrito qué hicieron y cuándo.',
  ],
  basis: 'Me baso en:',
  deadline: (basis, { hours, after }) => {
    const time = span(hours, 'horas', 'un mes');
    return {
      notice: `${basis}: el plazo es de ${time} desde la recepción de este aviso.`,
      request: `${basis}: la respuesta debe darse en el plazo de ${time} desde la recepción de esta solicitud.`,
      order: `${basis}: disponen de ${time} desde que un tribunal o una autoridad ordene la retirada. Me reservo el derecho de pedir esa orden.`,
      regulator: `${basis}: disponen de ${time} desde que el regulador les notifique la retirada. Me reservo el derecho de acudir a él.`,
    }[after];
  },
  promptly: (basis) => `${basis}: les ruego que actúen sin demora. Con este aviso tienen conocimiento del material.`,
  forbidden: (basis) => `Su publicación está prohibida por: ${basis}.`,
  goodFaith:
    'Declaro de buena fe que estos datos son exactos y completos, y que el material se publicó sin el consentimiento de la persona mostrada.',
  contact: 'Pueden localizarme en',
  signature: 'Firma',
};
