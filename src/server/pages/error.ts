/** The page of an error: the status, what it is called, and what was wrong this time. */
import { reasonPhrase } from '../../protocols/http/content/status.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';

export function renderErrorPage(status: number, explanation: string): string {
  const reason = reasonPhrase(status);
  const main = html`<h1><span class="status">${status}</span> ${reason}</h1>
<p>${explanation}</p>
<p><a href="/files">All files</a></p>`;
  return renderPage({ title: `${status} ${reason}`, main });
}
