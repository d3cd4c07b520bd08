/**
 * Changes an element until it is like another one, and leaves alone what is alike: focus, selection, scroll positions
 * and running animations stay. Children with a `data-key` are recognized by it, the others by their place. What is
 * inside an element marked `data-keep` belongs to the page, and is left to it.
 */

/** `to` is used up. */
export function morph(from, to) {
  morphAttributes(from, to);
  morphChildren(from, to);
}

function morphAttributes(from, to) {
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  // What a progress bar shows is its property, which the attribute sets only at first.
  if (from.localName === 'progress') from.value = to.value;
}

function morphChildren(from, to) {
  if (from.dataset?.keep !== undefined) return;
  const keyed = new Map([...from.children].map((child) => [child.dataset?.key, child]));
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const key = wanted.dataset?.key;
    const match = key === undefined ? place : (keyed.get(key) ?? null);
    if (match !== null && isAlike(match, wanted)) {
      if (match !== place) from.insertBefore(match, place);
      else place = place.nextSibling;
      morphNode(match, wanted);
    } else {
      from.insertBefore(wanted, place);
    }
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

/** Whether one can become the other: of one kind, and not two different things of one list. */
function isAlike(node, wanted) {
  return node.nodeName === wanted.nodeName && node.dataset?.key === wanted.dataset?.key;
}

function morphNode(from, to) {
  if (from.nodeType === Node.ELEMENT_NODE) morph(from, to);
  else if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
}
