// @ts-check
// The figures on top and the filters with their numbers. Elements stay while their kind does: only figures are written.

import { arrange, el, icon, put } from './dom.js';
import { STATES } from './map.js';
/** @typedef {(key: string, values?: Record<string, string | number>) => string} Text */

/** @param {HTMLElement} box @param {HTMLElement} filters @param {{text: Text, choose: (filter: string) => void}} page */
export function figures(box, filters, page) {
  const { text } = page;
  /** @type {Map<string, HTMLElement>} */
  const values = new Map();
  /** @type {Map<string, {chip: HTMLElement, count: HTMLElement}>} */
  const chips = new Map();
  let kinds = '', equation = '';
  const sum = el('dd');

  /** @param {string} f */
  function make(f) {
    const count = el('span', { class: 'n' });
    const chip = el('button', { type: 'button', class: 'btn btn-s', 'data-f': f, onclick: () => page.choose(f) }, text(f === 'all' || f === 'alert' ? `station.filter.${f}` : `station.state.${f}`), ' ', count);
    chips.set(f, { chip, count });
    return { chip, count };
  }

  return {
    /** @param {Record<string, number>} n @param {boolean} before the start @param {ReturnType<typeof import('./fold.js').equation>} eq */
    show(n, before, eq) {
      const now = `${Object.keys(n).join()} ${before}`;
      if (now !== kinds) {
        kinds = now;
        values.clear();
        box.replaceChildren(...Object.keys(n).map((k) => {
          const value = el('dd');
          values.set(k, value);
          return el('div', {}, el('dt', {}, STATES.includes(k) ? icon(k) : null, text(k === 'absent' && before ? 'station.sum.absent_yet' : `station.sum.${k}`)), value);
        }), el('div', { class: 'eq' }, el('dt', {}, text('station.sum')), sum));
      }
      for (const [k, v] of Object.entries(n)) put(values.get(k) ?? null, String(v));
      const said = JSON.stringify(eq);
      if (said === equation) return;
      equation = said;
      sum.replaceChildren(el('span', { class: `tag ${eq.matches ? 'tag-ok' : 'tag-bad'}` }, icon(eq.matches ? 'done' : 'warn'), text(eq.matches ? 'station.matches' : 'station.differs')), ` ${eq.text}`,
        ...eq.differs.map((d) => el('span', { class: 'diff' }, ' ' + text('station.differs_in', { what: text(`station.count.${d.what}`), seats: d.seats, server: d.server }))));
    },
    /** @param {[string, number][]} list @param {string} chosen */
    chips(list, chosen) {
      arrange(filters, list.map(([f, n]) => {
        const { chip, count } = chips.get(f) ?? make(f);
        put(count, String(n));
        chip.setAttribute('aria-pressed', String(f === chosen));
        return chip;
      }));
    },
  };
}
