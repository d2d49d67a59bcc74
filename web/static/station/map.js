// @ts-check
// The room as tiles. One element per seat for the life of the page; a change touches only its own tile.

import { alertsOf, isAdvice, keyOf, shown } from './fold.js';
import { age, span } from './clock.js';
import { arrange, el, icon, put } from './dom.js';
/** @typedef {import('./fold.js').Seat} Seat */
/** @typedef {(key: string, values?: Record<string, string | number>) => string} Text */

/** The legend, in its order; each word is also the name of its shape. */
export const STATES = ['absent', 'empty', 'spare', 'broken', 'in', 'ready', 'work', 'offline', 'paused', 'moved', 'done', 'dq', 'cont'];
const MARKS = /** @type {Record<string, string>} */ ({ two_devices: '2', credit_pending: '+' });
const TAIL = 4;           // signs of a number on a tile
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

/** As much of a number as a tile has room for: who has no seat yet is told apart by its end. @param {string} number */
const tail = (number) => (number.length > TAIL ? `…${number.slice(-TAIL)}` : number);

/** @typedef {{tile: HTMLButtonElement, use: Element, name: HTMLElement, state: HTMLElement, word: HTMLElement, old: HTMLElement, mark: HTMLElement, sign: CharacterData, words: HTMLElement, signature: string, pressed: boolean}} Tile */

/** @param {Tile} t @param {boolean} on */
function press(t, on) {
  if (t.pressed === on) return;
  t.pressed = on;
  t.tile.setAttribute('aria-pressed', String(on));
}

/** @param {HTMLElement} box @param {{text: Text, toggle: (key: string, on?: boolean) => void}} page */
export function map(box, page) {
  const { text } = page;
  /** @type {Map<string, Tile>} */
  const tiles = new Map();
  const grid = el('div', { class: 'map', role: 'group', 'aria-label': text('station.map') });
  box.append(el('p', { class: 'map-front' }, text('station.front')), grid);
  let focused = '';
  /** @type {Now} */
  let now = { items: 0, dense: false, before: false };

  /** A tile is made once, and only what differs is written into it: with 480 of them everything else is too slow. @param {Seat} seat */
  function make(seat) {
    const key = keyOf(seat);
    const shape = icon('absent'), use = /** @type {Element} */ (shape.firstChild);
    const name = el('span', { class: 'nm' }), state = el('span', { class: 'vh' }), word = el('span'), old = el('span', { class: 'old' });
    const sign = document.createTextNode(''), words = el('span', { class: 'vh' }), mark = el('span', { class: 'al', hidden: true }, sign, words);
    const tile = el('button', { type: 'button', class: 'tile', tabindex: -1, 'aria-pressed': 'false' },
      el('span', { class: 'k' }, el('span', { class: 'vh' }, `${text(seat.seat ? 'station.seat' : 'station.person')} ${seat.seat || seat.number}`), el('span', { 'aria-hidden': 'true' }, seat.seat || tail(seat.number))),
      shape, name, state, el('span', { class: 'pr' }, word, old), mark);
    tile.dataset.k = key;
    const made = { tile, use, name, state, word, old, mark, sign, words, signature: '', pressed: false };
    tiles.set(key, made);
    return made;
  }

  /** @param {Seat} seat */
  function fill(seat) {
    const t = tiles.get(keyOf(seat));
    if (!t) return;
    const s = shown(seat), alerts = alertsOf(seat).filter((a) => a !== 'offline');
    const signature = [s, seat.number, seat.name, alerts.join(), seat.broken, seat.carried].join('|');
    if (t.signature === signature) return;
    t.signature = signature;
    if (t.tile.dataset.s !== s) {
      t.tile.dataset.s = s;
      t.use.setAttribute('href', `#s-${s}`);
    }
    t.tile.classList.toggle('wreck', !!seat.broken);
    put(t.name, seat.number ? seat.name || seat.number : '');
    put(t.state, text(`station.state.${s}`) + ', ' + (seat.broken && s !== 'broken' ? text('station.state.broken') + ', ' : '') + (seat.carried ? text('station.carried') + ', ' : ''));
    const first = alerts[0];
    t.mark.hidden = !first;
    t.old.hidden = !!first;
    if (first) {
      t.mark.className = isAdvice(first) ? 'al al-i' : 'al';
      t.sign.data = isAdvice(first) ? 'i' : MARKS[first] ?? '!';
      put(t.words, ' ' + alerts.map((a) => text(`station.alert.${a}`)).join(', '));
    }
    if (s !== 'offline' && (now.dense || s !== 'work')) say(t, seat, 0);
  }

  /** @param {Tile} t @param {Seat} seat @param {number} at */
  function say(t, seat, at) {
    const l = line(seat, at, now, text);
    put(t.word, l.word);
    put(t.old, l.old);
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
    /** @param {Seat[]} list @param {{has: (key: string) => boolean}} selected */
    show(list, selected) {
      const nodes = list.map((seat) => {
        const t = tiles.get(keyOf(seat)) ?? make(seat);
        fill(seat);
        press(t, selected.has(keyOf(seat)));
        return t.tile;
      });
      arrange(grid, nodes);
      if (list.length && !list.some((s) => keyOf(s) === focused)) hold(keyOf(list[0]), false);
    },
    fill,
    /** @param {string} key @param {boolean} on */
    press: (key, on) => { const t = tiles.get(key); if (t) press(t, on); },
    /** How the room is now, for what does not run. @param {Now} about @returns {boolean} every tile has to be filled anew */
    about(about) {
      const differs = about.items !== now.items || about.dense !== now.dense || about.before !== now.before;
      now = about;
      if (differs) for (const t of tiles.values()) t.signature = '';
      return differs;
    },
    /** Running figures; in dense rooms nobody sees them, so only what is offline is kept.
     * @param {Iterable<Seat>} seats @param {number} at */
    tick(seats, at) {
      for (const seat of seats) {
        const s = shown(seat);
        if (s !== 'offline' && (now.dense || s !== 'work')) continue;
        const t = tiles.get(keyOf(seat));
        if (t) say(t, seat, at);
      }
    },
  };
}
