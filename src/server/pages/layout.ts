/**
 * What all pages share: the head, the navigation, the frame. Pages work without script; a script that is named only
 * adds comfort. There is no inline script or style anywhere, since the policy (`http/responses.ts`) forbids it.
 */
import { printable } from '../../bytes/printable.ts';
import { type Html, html } from './html.ts';
import type { Locale } from './locale/locale.ts';

export interface Page {
  readonly title: string;
  /** Which entry of the navigation the reader is at. */
  readonly section?: Section;
  readonly main: Html;
  /** Module scripts in `static/`, by name. */
  readonly scripts?: readonly string[];
  /** How the parts marked `data-live` are kept up to date; none on a page that stays. */
  readonly live?: Live;
}

export interface Live {
  /** The query of `/events` that tells when they may have changed. */
  readonly events: string;
  /** Where they are found then; the page's own address where it is not said. */
  readonly page?: string;
}

type Section = 'files' | 'transfers' | 'peers' | 'directory';

const sections: readonly Section[] = ['files', 'transfers', 'peers', 'directory'];

/** The whole document. */
export function renderPage({ title, section, main, scripts = [], live }: Page, { language, messages }: Locale): string {
  const { layout } = messages;
  const modules = live === undefined ? scripts : [...scripts, 'live.js'];
  const document = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<title>${printable(title)} - Rivulet</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
<link rel="stylesheet" href="/static/swarm.css">
${modules.map((name) => html`<script type="module" src="/static/${name}"></script>\n`)}</head>
<body>
<a class="skip" href="#main">${layout.skip}</a>
<header>
<a class="brand" href="/">Rivulet</a>
<nav aria-label="${layout.navigation}">
${sections.map((name) => navigationLink(`/${name}`, messages[name].title, name === section))}</nav>
${live !== undefined && connection(live, layout)}</header>
<main id="main">
${main}
</main>
</body>
</html>
`;
  return document.toString();
}

/** What a script needs to keep the page up to date, and where it says whether it does. */
function connection({ events, page }: Live, { live, reconnecting }: Locale['messages']['layout']): Html {
  const address = page !== undefined && html` data-page="${page}"`;
  return html`<p id="connection" data-events="/events?${events}"${address} data-live-text="${live}" data-lost-text="${reconnecting}"></p>\n`;
}

function navigationLink(href: string, text: string, current: boolean): Html {
  return html`<a href="${href}"${current && html` aria-current="page"`}>${text}</a>\n`;
}
