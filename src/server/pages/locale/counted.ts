/** A count and its noun, in the form that the language wants (Unicode CLDR, "Plural Rules"). */

/** The forms that a language tells apart; `other` is for all counts without a form of their own. */
export type NounForms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/**
 * A function from a count to its text. `counted('ru', { one: 'файл', few: 'файла', many: 'файлов', other: 'файла'
 * })(22)`: `22 файла`.
 */
export function counted(language: string, forms: NounForms): (count: number) => string {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (count) => `${numbers.format(count)} ${forms[rules.select(count)] ?? forms.other}`;
}
