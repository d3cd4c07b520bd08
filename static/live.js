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
/** A refresh that takes longer has failed; then the next one is tried after a second, after two, four... */
const timeoutMs = 10_000;
const retryMs = 1000;
const retryMsMax = 30_000;

let source;
let refreshing = false;
let outOfDate = false;
let failures = 0;

/** Takes over what has changed; calls that come meanwhile become one more round. */
export async function refresh() {
  outOfDate = true;
  if (refreshing) return;
  refreshing = true;
  while (outOfDate) {
    outOfDate = false;
    const startMs = performance.now();
    const done = await takeOver();
    failures = done ? 0 : failures + 1;
    // What was not taken over is out of date still; without a connection, its return will tell.
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

/** Whether the page could be had. */
async function takeOver() {
  try {
    // A name may come to mean another file: what the page is about is said by the page.
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

/** What the page was about is gone. It is not loaded anew: a form that is being sent would be cut off. */
function showGone(page) {
  disconnect();
  document.title = page.title;
  document.getElementById('main').replaceWith(page.getElementById('main'));
}

function connect() {
  disconnect();
  source = new EventSource(connection.dataset.events);
  // Also after an interruption: what happened meanwhile was told to nobody.
  source.addEventListener('open', () => {
    show('live');
    // From now on changes are said aloud: that it goes, and that it is back, not that all is well from the start.
    connection.setAttribute('role', 'status');
    void refresh();
  });
  source.addEventListener('error', ({ target }) => onError(target));
  for (const kind of kinds) source.addEventListener(kind, () => void refresh());
}

/** The browser tries again by itself, unless the server refused: then it is for us to find out why, and to try. */
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
// A page that is left may come back from the browser's cache: its connection would not.
addEventListener('pagehide', disconnect);
addEventListener('pageshow', ({ persisted }) => persisted && connect());
if (!document.hidden) connect();
