/**
 * The languages of the pages: their messages, and their forms of numbers and sizes.
 *
 *     const { messages, size } = localeOf('ru-RU, en;q=0.5');
 *     size(1_572_864)      1,5 МиБ
 */
import { scaleSize } from '../../../bytes/format.ts';
import { preferredLanguage } from '../../../protocols/http/content/accept-language.ts';
import { bg } from './bg.ts';
import { en, type Messages } from './en.ts';
import { ru } from './ru.ts';

/** The languages; English is for readers of all others. */
const languages = { en, ru, bg } satisfies Record<string, Messages>;

export type Language = keyof typeof languages;

export interface Locale {
  /** The language's tag (BCP 47), for the attribute `lang`. */
  readonly language: Language;
  readonly messages: Messages;
  /** A number: `1,200`. */
  number(value: number): string;
  /** A size: `1.5 MiB`, with one decimal below a hundred, none above. */
  size(bytes: number): string;
  /** A speed: `1.5 MiB/s`. */
  speed(bytesPerSecond: number): string;
  /** A share from 0 to 1: `12 %`, rounded down, so that it is 100 only at the end. */
  percent(share: number): string;
}

/** The locale that the field `Accept-Language` prefers (RFC 9110 12.5.4). */
export function localeOf(acceptLanguage: string | undefined): Locale {
  return locales[preferredLanguage(acceptLanguage, ['en', 'ru', 'bg'])];
}

export const locales: Readonly<Record<Language, Locale>> = {
  en: createLocale('en'),
  ru: createLocale('ru'),
  bg: createLocale('bg'),
};

function createLocale(language: Language): Locale {
  const messages = languages[language];
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const oneDecimal = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(language, { style: 'percent' });
  const size = (bytes: number): string => {
    const { value, unit, decimals } = scaleSize(bytes);
    // No line may break between a number and its unit.
    return `${(decimals === 0 ? whole : oneDecimal).format(value)}\u00a0${messages.units[unit]}`;
  };
  return {
    language,
    messages,
    number: (value) => whole.format(value),
    size,
    speed: (bytesPerSecond) => `${size(bytesPerSecond)}/${messages.second}`,
    percent: (share) => percent.format(Math.floor(share * 100) / 100),
  };
}
