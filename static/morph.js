/**
 * Changes an element until it is like another one, and leaves equal parts alone: focus, selection, scroll positions and
 * running animations stay. Children with a `data-key` are recognized by it, the others by their place. The inside of an
 * element marked `data-keep` belongs to the page's scripts, and is never changed.
 */

/** Makes `from` like `to`, whose children may be moved into it. */
export function morph(from, to) {
  morphAttributes(from, to);
  morphChildren(from, to);
}

function morphAttributes(from, to) {
  for (const { name } of [...from.attributes]) {
    // What the reader has opened stays open: the server sends it closed.
    if (name === 'open' && from.localName === 'details') continue;
    if (!to.hasAttribute(name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
}

function morphChildren(from, to) {
  if (from.dataset?.keep !== undefined) return;
  const keyed = new Map([...from.children].map((child) => [child.dataset?.key, child]));
  const staying = new Set([...to.children].map((child) => child.dataset?.key));
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const key = wanted.dataset?.key;
    const match = key === undefined ? place : (keyed.get(key) ?? null);
    // Elements that go are removed first: an element that is moved instead would lose focus and selection.
    if (key !== undefined && match !== null) place = removeGoing(place, match, staying);
    if (match !== null && isAlike(match, wanted)) {
      if (match !== place) from.insertBefore(match, place);
      else place = place.nextSibling;
      morphNode(match, wanted);
    } else {
      from.insertBefore(wanted, place);
    }
  }
  while (place !== null) place = removed(place);
}

/** Removes the nodes that do not stay, from `place` to `end`; gives the first node that stays, or `end`. */
function removeGoing(place, end, staying) {
  let at = place;
  while (at !== null && at !== end && !(at.dataset?.key !== undefined && staying.has(at.dataset.key))) at = removed(at);
  return at;
}

/** Removes a node; gives the one after it. */
function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

/** Whether `node` can become `wanted`: both of one kind, and with the same key. */
function isAlike(node, wanted) {
  return node.nodeName === wanted.nodeName && node.dataset?.key === wanted.dataset?.key;
}

function morphNode(from, to) {
  if (from.nodeType === Node.ELEMENT_NODE) morph(from, to);
  else if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
}
