// @ts-check
// The same seats as a table, for reading by line and for those who do not see the map.

import { alertsOf, keyOf, shown, TIMED } from './fold.js';
import { age, left, span } from './clock.js';
import { arrange, el, icon, put } from './dom.js';
/** @typedef {import('./fold.js').Seat} Seat */
/** @typedef {(key: string, values?: Record<string, string | number>) => string} Text */

const TAGS = /** @type {Record<string, string>} */ ({ offline: ' tag-bad', dq: ' tag-bad', paused: ' tag-warn', done: ' tag-ok' });

/** @param {HTMLElement} box @param {{text: Text, toggle: (key: string, on?: boolean) => void}} page */
export function list(box, page) {
  const { text } = page;
  const body = el('tbody');
  const head = ['seat', 'number', 'name', 'state_h', 'progress', 'contact', 'left', 'alerts'];
  const numeric = new Set(['seat', 'progress', 'contact', 'left']);
  box.append(el('div', { class: 'tbl-w', tabindex: 0, role: 'region', 'aria-label': text('station.table') },
    el('table', { class: 'table' }, el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, el('span', { class: 'vh' }, text('station.pick'))),
      ...head.map((h) => el('th', { scope: 'col', class: numeric.has(h) ? 'num' : null }, text(`station.col.${h}`))))), body)));
  /** @type {Map<string, {tr: HTMLTableRowElement, box: HTMLInputElement, cells: HTMLElement[], tag: string}>} */
  const rows = new Map();

  /** @param {Seat} seat */
  function make(seat) {
    const key = keyOf(seat);
    const pick = el('input', { type: 'checkbox', 'aria-label': text('station.pick_seat', { seat: seat.seat || seat.number }), onchange: () => page.toggle(key, pick.checked) });
    const cells = head.map((h) => el(h === 'seat' ? 'th' : 'td', { class: numeric.has(h) ? 'num' : null, scope: h === 'seat' ? 'row' : null }));
    const tr = el('tr', {}, el('td', {}, pick), ...cells);
    const row = { tr, box: pick, cells, tag: '' };
    rows.set(key, row);
    return row;
  }

  /** @param {Seat} seat */
  function fill(seat) {
    const row = rows.get(keyOf(seat));
    if (!row) return;
    const s = shown(seat), c = row.cells;
    put(c[0], seat.seat || '–');
    put(c[1], seat.number || '–');
    put(c[2], seat.name ?? '');
    if (row.tag !== s) {
      row.tag = s;
      c[3].replaceChildren(el('span', { class: `tag${TAGS[s] ?? ''}` }, icon(s), text(`station.state.${s}`)));
    }
    put(c[7], alertsOf(seat).map((a) => text(`station.alert.${a}`)).join(', '));
  }

  return {
    /** @param {Seat[]} seats @param {{has: (key: string) => boolean}} selected */
    show(seats, selected) {
      const nodes = seats.map((seat) => {
        const row = rows.get(keyOf(seat)) ?? make(seat), on = selected.has(keyOf(seat));
        fill(seat);
        row.box.checked = on;
        row.tr.classList.toggle('on', on);
        return row.tr;
      });
      arrange(body, nodes);
    },
    fill,
    /** @param {string} key @param {boolean} on */
    press(key, on) {
      const row = rows.get(key);
      if (row) { row.box.checked = on; row.tr.classList.toggle('on', on); }
    },
    /** @param {Iterable<Seat>} seats @param {number} now @param {number} items */
    tick(seats, now, items) {
      for (const seat of seats) {
        const row = rows.get(keyOf(seat));
        if (!row) continue;
        const s = shown(seat), old = age(s === 'offline' ? seat.offline_since : seat.last, now), rest = left(seat.ends, now);
        put(row.cells[4], TIMED.includes(s) || s === 'done' ? `${seat.progress ?? 0}${items ? '/' + items : ''}` : '–');
        put(row.cells[5], old !== null && (s === 'work' || s === 'offline') ? text(seat.last_from ? 'station.ago_or_less' : 'station.ago', { span: span(old) }) : '–');
        put(row.cells[6], rest !== null && TIMED.includes(s) ? span(rest) : '–');
      }
    },
  };
}
