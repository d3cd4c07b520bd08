/** The page of an error: the status, its title, and the reason this time. */
import { printable } from '../../bytes/printable.ts';
import { reasonPhrase } from '../../protocols/http/content/status.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { localeOf } from './locale/locale.ts';

/** The page. `said` is the reason, in English; other languages have an explanation of their own before it. */
export function renderErrorPage(status: number, said: string, acceptLanguage?: string): string {
  const locale = localeOf(acceptLanguage);
  const { error, errors } = locale.messages;
  const message = errors[status];
  // The reason may quote the request.
  const detail = printable(said);
  const title = message?.title ?? reasonPhrase(status);
  const main = html`<h1><span class="status">${status}</span> ${title}</h1>
${message === undefined ? html`<p>${detail}</p>` : translated(message.explanation, error.detail, detail)}
<p><a href="/files">${error.allFiles}</a></p>`;
  return renderPage({ title: `${status} ${title}`, main }, locale);
}

function translated(explanation: string, label: string, detail: string): Html {
  return html`<p>${explanation}</p>
<p class="detail">${label}: <q lang="en">${detail}</q></p>`;
}
