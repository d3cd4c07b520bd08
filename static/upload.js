/**
 * Uploads files that are chosen or dropped anywhere on the page, two at a time, each with its progress; each can be
 * cancelled and tried again. Without this script the browser sends the form itself, without progress.
 */
import { refresh } from './live.js';

const atOnce = 2;
const form = document.getElementById('upload');
const field = form.elements.file;
const list = document.getElementById('uploads');
const news = document.getElementById('uploads-news');
const template = document.getElementById('upload-template');

/** Uploads that wait for their turn, in order. */
const waiting = [];
let running = 0;

field.removeAttribute('required');
form.querySelector('button').hidden = true;
document.getElementById('drop-hint').hidden = false;
field.addEventListener('change', () => {
  addAll([...field.files].map((file) => ({ file })));
  field.value = '';
});

addEventListener('dragover', (event) => {
  if (!isForUs(event)) return;
  event.preventDefault();
  document.body.classList.add('dropping');
});
addEventListener('dragleave', (event) => {
  // 'dragleave' also comes between two elements; without a related target the pointer has left the page.
  if (event.relatedTarget === null) document.body.classList.remove('dropping');
});
addEventListener('drop', (event) => {
  document.body.classList.remove('dropping');
  if (!isForUs(event)) return;
  event.preventDefault();
  const items = [...event.dataTransfer.items].filter(({ kind }) => kind === 'file');
  addAll(items.map((item) => ({ file: item.getAsFile(), isFolder: item.webkitGetAsEntry?.()?.isDirectory === true })));
});
addEventListener('beforeunload', (event) => {
  if (running > 0) event.preventDefault();
});

/** Whether dropped files are for this script: those on the field for torrents are not. */
function isForUs({ dataTransfer, target }) {
  return dataTransfer?.types.includes('Files') === true && target.id !== 'torrent';
}

function addAll(chosen) {
  for (const { file, isFolder } of chosen) {
    const upload = new Upload(file);
    if (isFolder) upload.refuse(upload.text('folder'));
    else upload.enqueue();
  }
}

function startNext() {
  while (running < atOnce && waiting.length > 0) waiting.shift().start();
}

class Upload {
  #file;
  #element = template.content.cloneNode(true).firstElementChild;
  #request;

  constructor(file) {
    this.#file = file;
    this.#part('name').textContent = file.name;
    for (const action of ['cancel', 'retry', 'remove']) {
      this.#button(action).addEventListener('click', () => this[action]());
    }
    list.hidden = false;
    list.append(this.#element);
  }

  enqueue() {
    this.#show('waiting');
    waiting.push(this);
    startNext();
  }

  /** Sends the file, by XMLHttpRequest, since `fetch` does not tell how much of a body has been sent. */
  start() {
    running += 1;
    this.#show('sending');
    const request = new XMLHttpRequest();
    this.#request = request;
    // Not PUT /upload/NAME: a name that no path may hold would be refused without a reason.
    request.open('POST', `/upload?name=${encodeURIComponent(this.#file.name)}`);
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.setRequestHeader('Accept', 'application/json');
    request.responseType = 'json';
    request.upload.addEventListener('progress', ({ loaded, total }) => this.#progress(loaded, total));
    request.addEventListener('load', () => this.#onResponse(request));
    request.addEventListener('error', () => this.#lost());
    request.addEventListener('abort', () => this.end('cancelled'));
    request.addEventListener('loadend', () => {
      running -= 1;
      startNext();
    });
    request.send(this.#file);
  }

  cancel() {
    const place = waiting.indexOf(this);
    if (place < 0) return this.#request.abort();
    waiting.splice(place, 1);
    return this.end('cancelled');
  }

  retry() {
    this.#part('detail').removeAttribute('lang');
    this.#part('detail').textContent = '';
    this.#element.querySelector('progress').value = 0;
    this.enqueue();
    this.#button('cancel').focus();
  }

  remove() {
    this.#element.remove();
    list.hidden = list.childElementCount === 0;
    field.focus();
  }

  /** Ends the upload for good: a retry would fail too. */
  refuse(detail) {
    this.end('failed', detail);
    this.#button('retry').hidden = true;
  }

  /** Ends the upload in `state`; `detail` is the reason of a failure. */
  end(state, detail = '') {
    this.#show(state);
    this.#part('detail').textContent = detail;
    news.textContent = `${this.#file.name}: ${this.text(state)}. ${detail}`;
  }

  /** The text of a state in the page's language. */
  text(state) {
    return this.#part('state').dataset[state];
  }

  #onResponse({ status, response }) {
    if (status !== 200 && status !== 201) return this.#refused(response?.detail ?? `HTTP ${status}`);
    this.#part('name').href = `/file?id=${response.id}`;
    void refresh();
    return this.end(status === 201 ? 'done' : 'known');
  }

  /** Ends with the server's reason, which is in English. */
  #refused(detail) {
    this.#part('detail').lang = 'en';
    this.end('failed', detail);
  }

  /**
   * Ends after a failure whose cause the browser does not tell: the file cannot be read, or the server not be reached.
   */
  async #lost() {
    try {
      await this.#file.slice(0, 1).arrayBuffer();
      this.end('failed', this.text('lost'));
    } catch {
      this.refuse(this.text('unreadable'));
    }
  }

  #progress(loaded, total) {
    this.#element.querySelector('progress').value = total === 0 ? 1 : loaded / total;
    if (loaded === total) this.#show('spreading');
  }

  #show(state) {
    const isOver = ['done', 'known', 'cancelled', 'failed'].includes(state);
    const isBad = state === 'cancelled' || state === 'failed';
    const hadFocus = this.#element.contains(document.activeElement);
    this.#element.className = `upload ${state}`;
    this.#part('state').textContent = this.text(state);
    this.#button('cancel').hidden = isOver;
    this.#button('retry').hidden = !isBad;
    this.#button('remove').hidden = !isOver;
    // A button that disappears passes the focus on.
    if (hadFocus && isOver) this.#button(isBad ? 'retry' : 'remove').focus();
  }

  #part(name) {
    return this.#element.querySelector(`.upload-${name}`);
  }

  #button(action) {
    return this.#element.querySelector(`[data-action="${action}"]`);
  }
}
