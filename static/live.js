/**
 * Keeps the parts marked `data-live` up to date: the server sends an event when something has changed (`GET /events`),
 * the page is fetched again, and the differences are taken over. A hidden page is not updated: a browser has only six
 * connections to a server, and an event stream takes one of them.
 */
import { morph } from './morph.js';

const connection = document.getElementById('connection');
/** All kinds of events; to this script each only means that the page may be out of date. */
const kinds = ['file', 'file-removed', 'peer', 'peer-removed', 'pieces', 'transfer', 'transfer-ended', 'directory'];
/** The least time between two refreshes; a page that takes long to be made is fetched less often. */
const pauseMs = 100;
/** The time after which a refresh has failed. */
const timeoutMs = 10_000;
/** The delay after a first failure; it doubles with each further one, up to `retryMsMax`. */
const retryMs = 1000;
const retryMsMax = 30_000;

let source;
let refreshing = false;
let outOfDate = false;
let failures = 0;

/** Takes over all changes; calls that come meanwhile become one more round. */
export async function refresh() {
  outOfDate = true;
  if (refreshing) return;
  refreshing = true;
  while (outOfDate) {
    outOfDate = false;
    const startMs = performance.now();
    const done = await takeOver();
    failures = done ? 0 : failures + 1;
    // After a failure the page is still out of date; without a connection, 'open' refreshes later.
    if (!done && source !== undefined) outOfDate = true;
    await pause(done ? Math.max(pauseMs, performance.now() - startMs) : backOff());
  }
  refreshing = false;
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function backOff() {
  return Math.min(retryMs * 2 ** (failures - 1), retryMsMax);
}

/** Fetches the page and takes it over; gives whether that succeeded. */
async function takeOver() {
  try {
    // A name may come to mean another file: the page itself gives its address by id.
    const address = connection.dataset.page ?? location.href;
    const options = { headers: { Accept: 'text/html' }, signal: AbortSignal.timeout(timeoutMs) };
    const response = await fetch(address, options);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    if (response.status === 404) showGone(page);
    else if (!response.ok) return false;
    else for (const part of document.querySelectorAll('[data-live]')) morphPart(part, page);
    return true;
  } catch {
    return false; // the server is away, or too slow: what is shown stays
  }
}

function morphPart(part, page) {
  const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
  if (fresh !== null) morph(part, fresh);
}

/** Shows that the page's subject is gone. The page is not reloaded: that would cut off a form that is being sent. */
function showGone(page) {
  disconnect();
  document.title = page.title;
  document.getElementById('main').replaceWith(page.getElementById('main'));
}

function connect() {
  disconnect();
  source = new EventSource(connection.dataset.events);
  // Also after an interruption: events meanwhile were not received.
  source.addEventListener('open', () => {
    show('live');
    // Screen readers announce from now on: the loss and the return of the connection, not the first success.
    connection.setAttribute('role', 'status');
    void refresh();
  });
  source.addEventListener('error', ({ target }) => onError(target));
  for (const kind of kinds) source.addEventListener(kind, () => void refresh());
}

/** Handles a lost connection. The browser reconnects by itself, unless the server refused: then this script does. */
function onError(failed) {
  show('lost');
  if (failed.readyState !== EventSource.CLOSED) return;
  void refresh();
  setTimeout(() => source === failed && connect(), retryMs + backOff());
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
  if (document.hidden) disconnect();
  else connect();
});
// A page that is left may come back from the browser's cache, without its connection.
addEventListener('pagehide', disconnect);
addEventListener('pageshow', ({ persisted }) => persisted && connect());
if (!document.hidden) connect();
