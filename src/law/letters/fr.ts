/** The removal letter in French. */
import { type LetterWords, span } from './words.js';

/** French. */
export const fr: LetterWords = {
  language: 'Français',
  blanks: {
    name: '[vos nom et prénom]',
    contact: '[votre adresse électronique]',
    address: '[adresse exacte (URL) de chaque copie]',
    service: '[nom du service]',
  },
  date: 'Date',
  subject: "Demande de retrait d'un faux qui me montre",
  opening: 'Au service chargé des contenus illicites :',
  shows:
    "Votre service rend accessible un contenu fabriqué ou modifié par une machine de façon à me montrer ou à imiter ma voix. Il n'est pas authentique. Je suis la personne montrée, ou je suis autorisé(e) à agir pour elle.",
  intimate: 'Il me montre, en apparence, nu(e), dans une situation intime ou dans un acte sexuel.',
  minor:
    'La personne montrée a moins de 18 ans, ou en a l’apparence. Merci de traiter cette demande en urgence et de prévenir les autorités.',
  where: 'Il se trouve ici :',
  noConsent: "Je n'ai consenti ni à sa fabrication ni à sa publication.",
  asks: [
    "Merci de le retirer partout, ou d'en bloquer l'accès.",
    'Merci de rechercher les copies identiques, de les retirer et d’empêcher leur nouvelle mise en ligne.',
    "Merci de conserver pour les autorités ce qui permet d'identifier l'auteur de la mise en ligne, et de me confirmer par écrit ce que vous avez fait et quand.",
  ],
  basis: 'Je me fonde sur :',
  deadline: (basis, { hours, after }) => {
    const time = span(hours, 'heures', 'un mois');
    return {
      notice: `${basis} : le délai est de ${time} à compter de la réception de cette notification.`,
      request: `${basis} : une réponse est due dans un délai de ${time} à compter de la réception de cette demande.`,
      order: `${basis} : vous disposez de ${time} dès qu'un tribunal ou une autorité ordonne le retrait. Je me réserve le droit de demander un tel ordre.`,
      regulator: `${basis} : vous disposez de ${time} dès que le régulateur vous notifie le retrait. Je me réserve le droit de le saisir.`,
    }[after];
  },
  promptly: (basis) =>
    `${basis} : merci d'agir sans retard. Par cette notification, vous avez connaissance du contenu.`,
  forbidden: (basis) => `Sa publication est interdite par : ${basis}.`,
  goodFaith:
    'Je déclare de bonne foi que ces informations sont exactes et complètes, et que le contenu a été publié sans le consentement de la personne montrée.',
  contact: 'Vous pouvez me joindre à',
  signature: 'Signature',
};
