/** Palabras de la página de la interfaz. */
import type { docs as en } from '../en/docs';

/** Spanish for `en/docs.ts`. */
export const docs: Record<keyof typeof en, string> = {
  'docs.title': 'La interfaz',
  'docs.lead': 'Todo lo que hacen estas páginas pasa por ella. Lea qué acepta cada ruta y pruébela aquí.',
  'docs.keys': 'Las peticiones desde aquí llevan su sesión. Los programas envían una clave, que se crea en Ajustes.',
  'docs.search': 'Buscar',
  'docs.none': 'Ninguna ruta contiene esas palabras.',
  'docs.body': 'Cuerpo',
  'docs.send': 'Enviar',
  'docs.real': 'Es el estudio real: lo que envíe, ocurre.',
  'docs.curl': 'Lo mismo para la consola',
  'docs.answer': 'Respuesta',
  'docs.in.path': 'en la ruta',
  'docs.in.query': 'en la consulta',
  'docs.missing': 'Rellene {name}, por favor.',
  'docs.broken': 'El cuerpo no es JSON.',
  'docs.bytes': '{count} bytes',
  'docs.stream': 'Esta respuesta es un flujo de eventos; léalo con un programa.',
  'docs.upload': 'Las subidas siguen tus 1.0; use un programa que lo hable.',
};
