// @ts-check
// The distribution of totals: pure bins, then an SVG whose sizes are attributes (the policy allows no styles).

/** @typedef {import('./rank.js').Row} Row */
import { passes, takesPlace } from './rank.js';

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {Iterable<Row>} rows @param {number} max  highest total that a form gives
 * @returns {{from: number, to: number, meets: number, not: number}[]}
 */
export function bins(rows, max, width = 50) {
  const list = [];
  for (let from = 0; from < Math.max(max, width); from += width) {
    const last = from + width >= max;
    list.push({ from, to: last ? Math.max(max, from + width - 1) : from + width - 1, meets: 0, not: 0 });
    if (last) break;
  }
  for (const row of rows) {
    if (!takesPlace(row)) continue;
    const bin = list[Math.min(list.length - 1, Math.max(0, Math.floor((row.total ?? 0) / width)))];
    if (passes(row)) bin.meets++;
    else bin.not++;
  }
  return list;
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
function shape(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, v] of Object.entries(attributes)) node.setAttribute(key, String(v));
  if (text !== undefined) node.textContent = text;
  return node;
}

/** @param {ReturnType<typeof bins>} list */
export function draw(list) {
  const panel = /** @type {HTMLElement} */ (document.getElementById('dist'));
  const top = Math.max(1, ...list.map((b) => b.meets + b.not));
  const step = 280 / list.length;
  const nodes = [shape('path', { class: 'ax', d: 'M4 98.5h280' })];
  list.forEach((b, i) => {
    const x = 4 + i * step, w = step - 4, total = b.meets + b.not;
    const m = Math.round((b.meets * 78) / top), h = Math.round((total * 78) / top);
    if (h > m) nodes.push(shape('rect', { class: 'np', x, y: 98 - h, width: w, height: h - m }));
    if (m) nodes.push(shape('rect', { class: 'p', x, y: 98 - m, width: w, height: m }));
    if (total) nodes.push(shape('text', { x: x + w / 2, y: 94 - h, 'text-anchor': 'middle' }, String(total)));
    if (i % 2 === 0) nodes.push(shape('text', { x, y: 113 }, String(b.from)));
  });
  document.getElementById('dist-s')?.replaceChildren(...nodes);
  document.getElementById('dist-t')?.replaceChildren(...list.map((b) => {
    const tr = document.createElement('tr');
    const th = document.createElement('th');
    th.scope = 'row';
    th.textContent = `${b.from}–${b.to}`;
    tr.append(th, ...[b.meets, b.not].map((n) => {
      const td = document.createElement('td');
      td.className = 'num';
      td.textContent = String(n);
      return td;
    }));
    return tr;
  }));
  panel.hidden = list.every((b) => b.meets + b.not === 0);
}
