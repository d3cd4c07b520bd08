/**
 * What a page needs to speak a reader's language: its messages, and how numbers and sizes are written.
 *
 *     const { messages, size } = localeOf('ru-RU, en;q=0.5');
 *     size(1_572_864)      1,5 МиБ
 */
import { scaleSize } from '../../../bytes/format.ts';
import { preferredLanguage } from '../../../protocols/http/content/accept-language.ts';
import { bg } from './bg.ts';
import { en, type Messages } from './en.ts';
import { ru } from './ru.ts';

/** English is for everybody whose language is not here. */
const languages = { en, ru, bg } satisfies Record<string, Messages>;

export type Language = keyof typeof languages;

export interface Locale {
  /** BCP 47, as for `lang`. */
  readonly language: Language;
  readonly messages: Messages;
  /** `1,200` */
  number(value: number): string;
  /** `1.5 MiB`: one decimal below a hundred, none above. */
  size(bytes: number): string;
  /** `1.5 MiB/s` */
  speed(bytesPerSecond: number): string;
  /** `12 %`, of 0 to 1: rounded down, so that it is 100 only at the end. */
  percent(share: number): string;
}

/** The locale that the field `Accept-Language` likes best. */
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
