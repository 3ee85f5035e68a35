/** The removal letter in English. */
import { type LetterWords, span } from './words.js';

/** English. */
export const en: LetterWords = {
  language: 'English',
  blanks: {
    name: '[your full name]',
    contact: '[your e-mail address]',
    address: '[exact address (URL) of every copy]',
    service: '[name of the service]',
  },
  date: 'Date',
  subject: 'Request for removal of a fake that shows me',
  opening: 'To the team that handles illegal content:',
  shows:
    'Your service makes available material that was made or changed by a machine so that it shows me or sounds like me. It is not real. I am the person shown, or I am authorised to act for that person.',
  intimate: 'It shows me, apparently, naked, in an intimate state or in a sexual act.',
  minor:
    'The person shown is under 18, or appears to be. Please treat this as urgent and report it to the authorities.',
  where: 'It is here:',
  noConsent: 'I did not consent to its making or its publication.',
  asks: [
    'Please remove it, or disable access to it, everywhere.',
    'Please look for identical copies, remove them, and keep them from being uploaded again.',
    'Please keep what identifies the uploader for the authorities, and confirm to me in writing what you did and when.',
  ],
  basis: 'I rely on:',
  deadline: (basis, { hours, after }) => {
    const time = span(hours, 'hours', 'one month');
    return {
      notice: `${basis}: the deadline is ${time} after you receive this notice.`,
      request: `${basis}: an answer is due within ${time} of receiving this request.`,
      order: `${basis}: you have ${time} once a court or authority orders removal. I reserve the right to ask for such an order.`,
      regulator: `${basis}: you have ${time} once the regulator gives you a removal notice. I reserve the right to complain there.`,
    }[after];
  },
  promptly: (basis) => `${basis}: please act without undue delay. This notice gives you knowledge of the material.`,
  forbidden: (basis) => `Publishing it is forbidden by ${basis}.`,
  goodFaith:
    'I believe in good faith that what I say here is accurate and complete, and that the material was published without the consent of the person shown.',
  contact: 'You can reach me at',
  signature: 'Signature',
};
