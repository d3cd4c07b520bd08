/** Searches while the user types: the list follows the search field, and the address follows the list. */
import { refresh } from './live.js';

const pauseMs = 200;
const form = document.getElementById('search');
let timer;

form.addEventListener('submit', (event) => {
  event.preventDefault();
  find();
});
form.elements.q.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(find, pauseMs);
});

function find() {
  const text = form.elements.q.value;
  history.replaceState(null, '', text === '' ? '/files' : `/files?q=${encodeURIComponent(text)}`);
  void refresh();
}
