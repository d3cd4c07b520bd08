/**
 * Shows how far an upload is. Without this script the form works the same, only silently: the browser sends it itself and
 * is shown the file's page.
 */

const form = document.getElementById('upload');
const progress = document.getElementById('upload-progress');
const message = document.getElementById('upload-message');
const button = form.querySelector('button');

form.addEventListener('submit', (event) => {
  event.preventDefault();
  send(new FormData(form));
});

/** XMLHttpRequest, since `fetch` does not tell how much of a body has been sent. */
function send(data) {
  const request = new XMLHttpRequest();
  request.open('POST', form.action);
  request.setRequestHeader('Accept', 'application/json');
  request.responseType = 'json';
  request.upload.addEventListener('progress', ({ loaded, total }) => showProgress(loaded, total));
  request.addEventListener('load', () => {
    if (request.status < 300) location.assign(pageOf(request.response));
    else fail(request.response?.detail ?? `The server answered ${request.status}.`);
  });
  request.addEventListener('error', () => fail('The connection to the server was lost.'));
  setBusy(true);
  message.textContent = 'Uploading...';
  request.send(data);
}

function showProgress(loaded, total) {
  progress.value = total === 0 ? 1 : loaded / total;
  if (loaded === total) message.textContent = 'Sent. The server is spreading the pieces...';
}

/** One file's own page; the list after several. */
function pageOf({ id }) {
  return id === undefined ? '/files' : `/file?id=${encodeURIComponent(id)}`;
}

function fail(reason) {
  setBusy(false);
  message.textContent = `Not uploaded: ${reason}`;
}

function setBusy(busy) {
  button.disabled = busy;
  progress.hidden = !busy;
  progress.value = 0;
}
