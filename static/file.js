/** Comfort on a file's page: the link is copied by a button, and a player that cannot play says so. */

const button = document.querySelector('[data-copy]');
const link = document.getElementById(button.dataset.copy);
const news = document.getElementById('copy-news');
const shownMs = 2000;
const label = button.textContent;

button.hidden = false;
button.addEventListener('click', async () => {
  await copy();
  button.textContent = button.dataset.copied;
  news.textContent = button.dataset.copied;
  setTimeout(() => {
    button.textContent = label;
    news.textContent = '';
  }, shownMs);
});

/** The clipboard is only for pages that came over HTTPS or from this machine; elsewhere the old way still works. */
async function copy() {
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(link.value);
    return;
  }
  link.select();
  document.execCommand('copy');
  button.focus();
}

const player = document.querySelector('audio, video');
const fault = document.getElementById('player-fault');
player?.addEventListener('error', tellFault);
// It may have failed before this script came.
if (player?.error) tellFault();

function tellFault() {
  fault.textContent = fault.dataset.text;
}
