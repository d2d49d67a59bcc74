// @ts-check
// Elements from data. Nothing on these pages is ever parsed from a string.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string | number | boolean | null | undefined | ((e: any) => void)>} [attributes]  on…: a listener; true: an empty attribute; false, null: none
 * @param {...(Node | string | null | undefined | false)} kids
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(name, attributes = {}, ...kids) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, String(value));
  }
  node.append(...kids.filter((k) => k !== null && k !== undefined && k !== false).map((k) => /** @type {Node | string} */ (k)));
  return node;
}

/** A shape from the page's symbols. @param {string} shape */
export function icon(shape) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'i');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `#s-${shape}`);
  svg.append(use);
  return svg;
}

/** @param {string} id */
export const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** Writes only what differs, so that nothing is laid out for nothing. @param {Node | null} node @param {string} text */
export function put(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

/** Gives a box these children in this order. What stays is left in its place: it keeps the focus, and a press on it. @param {Element} box @param {Element[]} nodes */
export function arrange(box, nodes) {
  const stay = new Set(nodes);
  for (const old of [...box.children]) if (!stay.has(old)) old.remove();
  nodes.forEach((node, i) => { if (box.children[i] !== node) box.insertBefore(node, box.children[i] ?? null); });
}

/** Keeps an element for each key while what it shows is the same, for `arrange`. @returns {(box: Element, list: {key: string, shows: string, make: () => HTMLElement}[], also?: Element[]) => void} */
export function keeper() {
  /** @type {Map<string, {node: HTMLElement, shows: string}>} */
  let kept = new Map();
  return (box, list, also = []) => {
    kept = new Map(list.map(({ key, shows, make }) => {
      const old = kept.get(key);
      return [key, old?.shows === shows ? old : { node: make(), shows }];
    }));
    arrange(box, [...[...kept.values()].map((k) => k.node), ...also]);
  };
}
