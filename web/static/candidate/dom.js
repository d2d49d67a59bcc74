// @ts-check
// Small steps on the document that every view needs.

/** @param {string} id @returns {any} */
export const $ = (id) => document.getElementById(id);

/** @param {string} id @param {boolean} shown */
export function show(id, shown) { const el = $(id); if (el.hidden === shown) el.hidden = !shown; }

/** Writes only what changed: a text that is written again is read again by some screen readers. @param {string} id @param {string} text */
export function write(id, text) { const el = $(id); if (el.textContent !== text) el.textContent = text; }

/** @param {Element} el @param {string} name @param {string|null} value */
export function attr(el, name, value) {
  if (value === null) { if (el.hasAttribute(name)) el.removeAttribute(name); } else if (el.getAttribute(name) !== value) el.setAttribute(name, value);
}

/**
 * @param {string} tag @param {Record<string, string>} [attrs] @param {(Node|string)[]} [children]
 * @returns {any} the element
 */
export function make(tag, attrs = {}, children = []) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) el.setAttribute(name, value);
  el.append(...children);
  return el;
}

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} tag @param {Record<string, string>} attrs @param {Node[]} [children] */
export function makeSVG(tag, attrs, children = []) {
  const el = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attrs)) el.setAttribute(name, value);
  el.append(...children);
  return el;
}

/** @param {string} name of a symbol of the page */
export function icon(name) { return makeSVG('svg', { class: 'i', 'aria-hidden': 'true' }, [makeSVG('use', { href: `#${name}` })]); }

/** @param {string} kind @param {string} symbol @param {string} [text] */
export function tag(kind, symbol, text = '') { return make('span', { class: `tag tag-${kind}` }, [icon(symbol), text]); }

/** @param {string} id */
export function openDialog(id) { const d = $(id); if (!d.open) d.showModal(); }

/** What a state of the exam puts away: no dialog may stay over a pause or a finish. */
export function closeDialogs() {
  /** @type {NodeListOf<HTMLDialogElement>} */
  const open = document.querySelectorAll('dialog[open]');
  for (const d of open) d.close();
}
