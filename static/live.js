/**
 * Keeps what is marked `data-live` up to date: asks for the same page again from time to time and takes over what changed.
 * Rests while the page is not seen, and while the reader's keyboard or selection is in the part that would be replaced.
 */

const intervalMs = 5000;

setInterval(() => {
  if (!document.hidden) void refresh();
}, intervalMs);

async function refresh() {
  const page = await load();
  if (page === undefined) return;
  for (const part of document.querySelectorAll('[data-live]')) {
    const fresh = page.querySelector(`[data-live="${part.dataset.live}"]`);
    if (fresh !== null && fresh.innerHTML !== part.innerHTML && !inUse(part)) part.replaceChildren(...fresh.childNodes);
  }
}

async function load() {
  try {
    const response = await fetch(location.href, { headers: { Accept: 'text/html' } });
    return response.ok ? new DOMParser().parseFromString(await response.text(), 'text/html') : undefined;
  } catch {
    // The server is away for the moment; what is shown stays, and the next round asks again.
    return undefined;
  }
}

function inUse(part) {
  const selection = getSelection();
  const selected = selection !== null && !selection.isCollapsed && part.contains(selection.anchorNode);
  return selected || part.contains(document.activeElement);
}
