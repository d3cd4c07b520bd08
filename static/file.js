/** Comfort on a file's page: a button copies the link, and a player that cannot play says so. */

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

/** Copies the link. The clipboard API needs HTTPS or this machine, and may refuse; then the old command does it. */
async function copy() {
  try {
    await navigator.clipboard.writeText(link.value);
  } catch {
    link.select();
    document.execCommand('copy');
    button.focus();
  }
}

const player = document.querySelector('audio, video');
const fault = document.getElementById('player-fault');
player?.addEventListener('error', tellFault);
player?.addEventListener('loadedmetadata', () => {
  fault.textContent = '';
});
// The player may have failed before this script was loaded.
if (player?.error) tellFault();

/** Says why the player failed: an unknown format, or bytes that did not come. A HEAD request tells them apart. */
async function tellFault() {
  const { code, MEDIA_ERR_NETWORK } = player.error;
  const isThere = code !== MEDIA_ERR_NETWORK && (await canBeHad());
  fault.textContent = fault.dataset[isThere ? 'unplayable' : 'incomplete'];
}

async function canBeHad() {
  try {
    return (await fetch(player.src, { method: 'HEAD' })).ok;
  } catch {
    return false;
  }
}
