/**
 * What all pages share: the head, the navigation, the frame. Pages work without script; a script that is named only
 * adds comfort. There is no inline script or style anywhere, since the policy (`../responses.ts`) forbids it.
 */
import { type Html, html } from './html.ts';

export interface Page {
  readonly title: string;
  /** Which entry of the navigation the reader is at. */
  readonly section?: 'files' | 'peers' | 'directory';
  readonly main: Html;
  /** Module scripts in `static/`, by name. */
  readonly scripts?: readonly string[];
}

/** The whole document. */
export function renderPage({ title, section, main, scripts = [] }: Page): string {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title} - Rivulet</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
${scripts.map((name) => html`<script type="module" src="/static/${name}"></script>\n`)}</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<a class="brand" href="/">Rivulet</a>
<nav aria-label="Main">
${navigationLink('/files', 'Files', section === 'files')}
${navigationLink('/peers', 'Peers', section === 'peers')}
${navigationLink('/directory', 'Directory', section === 'directory')}
</nav>
</header>
<main id="main">
${main}
</main>
</body>
</html>
`;
  return document.toString();
}

function navigationLink(href: string, text: string, current: boolean): Html {
  return html`<a href="${href}"${current && html` aria-current="page"`}>${text}</a>`;
}
