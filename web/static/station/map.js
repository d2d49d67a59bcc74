// @ts-check
// The room as tiles. One element per seat for the life of the page; a change touches only its own tile.

import { alertsOf, isAdvice, keyOf, shown } from './fold.js';
import { age, span } from './clock.js';
import { el, icon, put } from './dom.js';
/** @typedef {import('./fold.js').Seat} Seat */
/** @typedef {(key: string, values?: Record<string, string | number>) => string} Text */

/** The legend, in its order; each word is also the name of its shape. */
export const STATES = ['absent', 'empty', 'spare', 'broken', 'in', 'ready', 'work', 'offline', 'paused', 'moved', 'done', 'dq', 'cont'];
const MARKS = /** @type {Record<string, string>} */ ({ two_devices: '2', credit_pending: '+' });
const OLD_MS = 10_000;   // a contact younger than this is not worth a figure

/** @typedef {{items: number, dense: boolean, before: boolean}} Now  before: the exam has not started */

/** The line under the name: progress or a word, and how long nobody was heard.
 * @param {Seat} seat @param {number} now @param {Now} about @param {Text} text */
export function line(seat, now, about, text) {
  const s = shown(seat), progress = `${seat.progress ?? 0}${about.items ? '/' + about.items : ''}`;
  if (s === 'offline') return { word: text('station.tile.offline', { span: span(age(seat.offline_since, now) ?? 0) }), old: '' };
  if (s === 'work') {
    const old = age(seat.last, now);
    return { word: progress, old: old !== null && old > OLD_MS ? span(old) : '' };
  }
  return { word: s === 'paused' ? progress : text(s === 'absent' && about.before ? 'station.tile.absent_yet' : `station.tile.${s}`), old: '' };
}

/** @param {HTMLElement} box @param {{text: Text, toggle: (key: string, on?: boolean) => void}} page */
export function map(box, page) {
  const { text } = page;
  /** @type {Map<string, {tile: HTMLButtonElement, word: HTMLElement, old: HTMLElement, signature: string}>} */
  const tiles = new Map();
  const grid = el('div', { class: 'map', role: 'group', 'aria-label': text('station.map') });
  box.append(el('p', { class: 'map-front' }, text('station.front')), grid);
  let focused = '';

  /** @param {Seat} seat */
  function make(seat) {
    const key = keyOf(seat);
    const word = el('span'), old = el('span', { class: 'old' });
    const tile = el('button', { type: 'button', class: 'tile', tabindex: -1, 'aria-pressed': 'false' });
    tile.dataset.k = key;
    tiles.set(key, { tile, word, old, signature: '' });
    return tile;
  }

  /** @param {Seat} seat */
  function fill(seat) {
    const t = tiles.get(keyOf(seat));
    if (!t) return;
    const s = shown(seat), alerts = alertsOf(seat).filter((a) => a !== 'offline');
    const signature = [s, seat.number, seat.name, alerts.join(), seat.broken, seat.carried].join('|');
    if (t.signature === signature) return;
    t.signature = signature;
    t.tile.dataset.s = s;
    t.tile.classList.toggle('wreck', !!seat.broken);
    const first = alerts[0];
    t.tile.replaceChildren(
      el('span', { class: 'k' }, el('span', { class: 'vh' }, text(seat.seat ? 'station.seat' : 'station.person') + ' '), seat.seat || seat.number),
      icon(s),
      el('span', { class: 'nm' }, seat.number ? seat.name || seat.number : ''),
      el('span', { class: 'vh' }, text(`station.state.${s}`) + ', ' + (seat.broken && s !== 'broken' ? text('station.state.broken') + ', ' : '') + (seat.carried ? text('station.carried') + ', ' : '')),
      el('span', { class: 'pr' }, t.word, first ? null : t.old));
    if (first) {
      t.tile.append(el('span', { class: isAdvice(first) ? 'al al-i' : 'al' }, isAdvice(first) ? 'i' : MARKS[first] ?? '!',
        el('span', { class: 'vh' }, ' ' + alerts.map((a) => text(`station.alert.${a}`)).join(', '))));
    }
  }

  /** @param {string} key @param {boolean} move */
  function hold(key, move) {
    const old = tiles.get(focused)?.tile, next = tiles.get(key)?.tile;
    if (!next) return;
    if (old) old.tabIndex = -1;
    focused = key;
    next.tabIndex = 0;
    if (move) next.focus();
  }

  grid.addEventListener('click', (e) => {
    const tile = /** @type {HTMLElement | null} */ (/** @type {Element} */ (e.target).closest('.tile'));
    if (!tile) return;
    hold(tile.dataset.k ?? '', false);
    page.toggle(tile.dataset.k ?? '');
  });
  grid.addEventListener('keydown', (e) => {
    const all = /** @type {HTMLElement[]} */ ([...grid.children]), i = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const columns = getComputedStyle(grid).gridTemplateColumns.split(' ').length;
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -i, End: all.length - 1 - i }[e.key];
    if (i < 0 || step === undefined) return;
    e.preventDefault();
    const next = all[Math.max(0, Math.min(all.length - 1, i + step))];
    hold(next.dataset.k ?? '', true);
    if (e.shiftKey) page.toggle(next.dataset.k ?? '', true);
  });

  return {
    /** @param {Seat[]} list @param {Set<string>} selected */
    show(list, selected) {
      const nodes = list.map((seat) => {
        const tile = tiles.get(keyOf(seat))?.tile ?? make(seat);
        fill(seat);
        tile.setAttribute('aria-pressed', String(selected.has(keyOf(seat))));
        return tile;
      });
      const same = nodes.length === grid.children.length && nodes.every((n, i) => grid.children[i] === n);
      if (!same) grid.replaceChildren(...nodes);
      if (list.length && !list.some((s) => keyOf(s) === focused)) hold(keyOf(list[0]), false);
    },
    fill,
    /** @param {string} key @param {boolean} on */
    press: (key, on) => tiles.get(key)?.tile.setAttribute('aria-pressed', String(on)),
    /** Running figures; in dense rooms nobody sees them, so only what is offline is kept.
     * @param {Iterable<Seat>} seats @param {number} now @param {Now} about */
    tick(seats, now, about) {
      for (const seat of seats) {
        const t = tiles.get(keyOf(seat));
        if (!t || (about.dense && shown(seat) === 'work' && t.word.firstChild)) continue;
        const l = line(seat, now, about, text);
        put(t.word, l.word);
        put(t.old, l.old);
      }
    },
  };
}
