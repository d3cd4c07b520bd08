/**
 * Keeps what is marked `data-live` up to date: the server tells by an event that something has changed (`GET /events`),
 * the page is asked for again, and what differs is taken over. Nothing is asked of the server while nobody looks: a
 * browser has only six connections to a server, and an event stream takes one of them.
 */
import { morph } from './morph.js';

const connection = document.getElementById('connection');
/** All kinds of events; each says no more here than that the page may be out of date. */
const kinds = ['file', 'file-removed', 'peer', 'peer-removed', 'pieces', 'transfer', 'transfer-ended', 'directory'];
/** Milliseconds between two refreshes, at least; a page that takes long to be made is asked for less often. */
const pauseMs = 100;

let source;
let refreshing = false;
let outOfDate = false;

/** Takes over what has changed; calls that come meanwhile become one more round. */
export async function refresh() {
  outOfDate = true;
  if (refreshing) return;
  refreshing = true;
  while (outOfDate) {
    outOfDate = false;
    const startMs = performance.now();
    const page = await load();
    if (page !== undefined) takeOver(page);
    const tookMs = performance.now() - startMs;
    await new Promise((resolve) => setTimeout(resolve, Math.max(pauseMs, tookMs)));
  }
  refreshing = false;
}

async function load() {
  try {
    const response = await fetch(location.href, { headers: { Accept: 'text/html' } });
    // What the page was about is gone.
    if (response.status === 404) location.reload();
    return response.ok ? new DOMParser().parseFromString(await response.text(), 'text/html') : undefined;
  } catch {
    // The server is away for the moment: what is shown stays, and the event stream tells when it is back.
    return undefined;
  }
}

function takeOver(page) {
  for (const part of document.querySelectorAll('[data-live]')) {
    const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (fresh !== null) morph(part, fresh);
  }
}

function connect() {
  source = new EventSource(connection.dataset.events);
  // Also after an interruption: what happened meanwhile was told to nobody.
  source.addEventListener('open', () => {
    show('live');
    // From now on changes are said aloud: that it goes, and that it is back, not that all is well from the start.
    connection.setAttribute('role', 'status');
    void refresh();
  });
  source.addEventListener('error', () => {
    show('lost');
    // The browser tries again by itself, unless the answer was an error: then it is closed for good.
    if (source.readyState === EventSource.CLOSED) setTimeout(reconnect, 2000, source);
  });
  for (const kind of kinds) source.addEventListener(kind, () => void refresh());
}

function reconnect(closed) {
  if (source === closed) connect();
}

function disconnect() {
  source?.close();
  source = undefined;
}

function show(state) {
  connection.className = state;
  connection.textContent = connection.dataset[`${state}Text`];
}

document.addEventListener('visibilitychange', () => {
  disconnect();
  if (!document.hidden) connect();
});
// A page that is left may come back from the browser's cache: its connection would not.
addEventListener('pagehide', disconnect);
addEventListener('pageshow', ({ persisted }) => persisted && connect());
if (!document.hidden) connect();
