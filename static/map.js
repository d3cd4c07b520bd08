/**
 * Animates a swarm map: cells that fill or empty light up for a moment. The digits of a strip's `data-cells` are the
 * peer's shares of the cells; `live.js` changes them.
 */

const namespace = 'http://www.w3.org/2000/svg';

new MutationObserver((changes) => {
  for (const { target, oldValue } of changes) light(target, oldValue ?? '', target.dataset.cells ?? '');
}).observe(document.querySelector('[data-live="map"]'), {
  subtree: true,
  attributes: true,
  attributeFilter: ['data-cells'],
  attributeOldValue: true,
});

/** Marks the cells that differ; strips with different numbers of cells, of different files, are not compared. */
function light(strip, before, now) {
  if (before.length !== now.length) return;
  for (let cell = 0; cell < now.length; cell += 1) {
    if (now[cell] === before[cell]) continue;
    const mark = document.createElementNS(namespace, 'rect');
    mark.setAttribute('class', now[cell] > before[cell] ? 'gained' : 'lost');
    mark.setAttribute('x', cell);
    mark.setAttribute('width', 1);
    mark.setAttribute('height', 1);
    mark.addEventListener('animationend', () => mark.remove());
    strip.querySelector('[data-keep]').append(mark);
  }
}
