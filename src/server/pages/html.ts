/**
 * HTML templates that no value can break out of: each value is escaped, unless it is HTML that was made in the same
 * way. Attributes must be written with double quotes; no value may stand in a script, a style or an unquoted attribute.
 *
 *     html`<p title="${title}">${name}</p>`     with the name `<b>`:     <p title="...">&lt;b&gt;</p>
 */

/** HTML that is safe to send; only `html` makes it. */
export class Html {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

/** A value in a template. `undefined` and `false` leave nothing, so that `condition && html...` reads well. */
export type HtmlValue = string | number | Html | undefined | false | readonly HtmlValue[];

/** The tag of templates. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = strings[0] ?? '';
  values.forEach((value, index) => {
    text += encode(value) + (strings[index + 1] ?? '');
  });
  return new Html(text);
}

function encode(value: HtmlValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(encode).join('');
  return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
