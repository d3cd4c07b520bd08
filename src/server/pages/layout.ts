/**
 * The frame of all pages: the head and the navigation. Pages work without scripts, which only add comfort. There is no
 * inline script or style anywhere, since the policy (`http/responses.ts`) forbids it.
 */
import { printable } from '../../bytes/printable.ts';
import { type Html, html } from './html.ts';
import type { Locale } from './locale/locale.ts';

/** The parts of one page. */
export interface Page {
  readonly title: string;
  /** The entry of the navigation that is marked as the current one. */
  readonly section?: Section;
  readonly main: Html;
  /** Names of module scripts in `static/`. */
  readonly scripts?: readonly string[];
  /** The source of updates for the parts marked `data-live`; undefined on a page that never changes. */
  readonly live?: Live;
}

/** The source of updates. */
export interface Live {
  /** The query of `/events` for changes of these parts. */
  readonly events: string;
  /** The address of the changed page, when it is not the page's own. */
  readonly page?: string;
}

type Section = 'files' | 'transfers' | 'peers' | 'directory';

const sections: readonly Section[] = ['files', 'transfers', 'peers', 'directory'];

/** The complete document. */
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

/** The element with the addresses for `static/live.js`, in which the script shows whether it is connected. */
function connection({ events, page }: Live, { live, reconnecting }: Locale['messages']['layout']): Html {
  const address = page !== undefined && html` data-page="${page}"`;
  return html`<p id="connection" data-events="/events?${events}"${address} data-live-text="${live}" data-lost-text="${reconnecting}"></p>\n`;
}

function navigationLink(href: string, text: string, current: boolean): Html {
  return html`<a href="${href}"${current && html` aria-current="page"`}>${text}</a>\n`;
}
