/** In which language a command writes its page. What it prints stays English. */
import { type Command, Option } from 'commander';
import { SAID_LANGUAGES, translateHtml, translatorTo } from '../base/index.js';

const LANGUAGES = ['en', ...SAID_LANGUAGES] as const;

/** One of the languages of pages. */
export type PageLanguage = (typeof LANGUAGES)[number];

/** Adds the option `--language <code>`. */
export function addPageLanguage(command: Command): Command {
  return command.addOption(new Option('--language <code>', 'language of the page').choices(LANGUAGES).default('en'));
}

/** A page that was made in English, in the language that was asked for. */
export function pageIn(html: string, language: PageLanguage = 'en'): string {
  return language === 'en' ? html : translateHtml(html, translatorTo(language), language);
}
