/** In which language a command reads a record out. */
import { type Command, Option } from 'commander';
import type { TermsLanguage } from '../consent/index.js';

/** The languages, as the rest of the command line may know them without loading the room of consent. */
const LANGUAGES = ['en', 'de', 'es'] as const satisfies readonly TermsLanguage[];

/** Adds the option `<name> <code>`. */
export function addLanguageOption(command: Command, name: '--language' | '--show-language'): Command {
  return command.addOption(
    new Option(`${name} <code>`, 'language to read the record in (that of the system, else en)').choices(LANGUAGES),
  );
}

/** The language that was asked for, else that of the system, else English. */
export function languageOr(asked: TermsLanguage | undefined): TermsLanguage {
  const system = Intl.DateTimeFormat().resolvedOptions().locale.slice(0, 2);
  return asked ?? LANGUAGES.find((each) => each === system) ?? 'en';
}
