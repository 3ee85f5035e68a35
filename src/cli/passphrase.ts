/** Asking for a passphrase: from the environment, or at the terminal without showing it. Never from an argument. */
import { LikenessError } from '../base/index.js';

/** The variable that scripts use. */
export const PASSPHRASE_VARIABLE = 'LIKENESS_PASSPHRASE';

function readHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.resume();
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = (): void => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
    };
    const take = (chunk: string): void => {
      for (const key of chunk) {
        if (key === '\r' || key === '\n' || key === '\u0004') {
          end();
          resolve(typed);
          return;
        }
        if (key === '\u0003') {
          end();
          reject(new LikenessError('usage.cancelled', 'No passphrase was given.'));
          return;
        }
        typed = key === '\u007f' || key === '\b' ? typed.slice(0, -1) : typed + key;
      }
    };
    stdin.on('data', take);
  });
}

/**
 * A passphrase, or `undefined` where there is none and nobody to ask.
 *
 * @param twice ask again and compare, for a passphrase that is set
 */
export async function askPassphrase(question: string, twice = false): Promise<string | undefined> {
  const given = process.env[PASSPHRASE_VARIABLE];
  if (given !== undefined && given !== '') return given;
  if (process.stdin.isTTY !== true) return undefined;
  const first = await readHidden(`${question}: `);
  if (twice && (await readHidden('Once more: ')) !== first)
    throw new LikenessError('usage.passphrase', 'The two passphrases differ.', { hint: 'Run the command again.' });
  return first === '' ? undefined : first;
}

/** A passphrase that must be there. */
export async function needPassphrase(question: string, twice = false): Promise<string> {
  const passphrase = await askPassphrase(question, twice);
  if (passphrase === undefined)
    throw new LikenessError('usage.passphrase', 'A passphrase is needed and none was given.', {
      hint: `Type it when asked, or set ${PASSPHRASE_VARIABLE}.`,
    });
  return passphrase;
}
