// @ts-check
// One item on the screen: the only place where text of the server becomes markup, through the policy `item`.

import { $, make, icon } from './dom.js';
import { t } from './text.js';
import { codeOf } from './codes.js';
import { bytes } from './sealed.js';

/** @typedef {{type: string, data: string, alt: string, w?: number, h?: number}} Figure */

// The server cleans items at import and at render; the policy names the one door through which they come in.
const door = {
  /** @param {string} html */
  createHTML: (html) => html,
};
/** @type {any} not in every browser */
const world = globalThis;
const policy = world.trustedTypes?.createPolicy('item', door) ?? door;

const IMAGES = new Set(['image/svg+xml', 'image/png', 'image/webp']);
/** @type {Map<string, string>} figure of this form -> its blob: URL */
const urls = new Map();

/** @param {Element} el @param {string} html */
function fill(el, html) {
  const room = document.createElement('template');
  room.innerHTML = policy.createHTML(html);
  el.append(room.content);
}

/** @param {string} key @param {Figure} figure @returns {HTMLElement} */
function picture(key, figure) {
  const frame = make('figure');
  if (!IMAGES.has(figure.type)) return failed(frame, figure);
  let url = urls.get(key);
  if (!url) {
    url = URL.createObjectURL(new Blob([bytes(figure.data)], { type: figure.type }));
    urls.set(key, url);
  }
  const img = make('img', { alt: figure.alt });
  // width and height keep the room before the picture is drawn
  if (figure.w) img.width = figure.w;
  if (figure.h) img.height = figure.h;
  img.onerror = () => failed(frame, figure);
  img.src = url;
  frame.append(img);
  // whoever cannot see the figure, or not well, reads what it shows
  if (figure.alt && document.documentElement.hasAttribute('data-reader')) {
    frame.append(make('figcaption', {}, [figure.alt]));
    img.alt = '';
  }
  return frame;
}

/** @param {HTMLElement} frame @param {Figure} figure */
function failed(frame, figure) {
  frame.replaceChildren(make('p', { class: 'small' }, [`${t('exam.figure_missing')} ${t('exam.code_label')} ${codeOf('item')}`]), make('p', {}, [figure.alt]));
  return frame;
}

/** @param {string} letter as sent @returns {string} as shown */
export const shown = (letter) => letter.toUpperCase();

/** @param {any} s a passage, a table or a figure of several items @returns {HTMLElement} */
function shared(s) {
  const what = t('exam.stimulus', { from: s.from, to: s.to });
  const room = make('section', { class: 'stim', lang: s.lang ?? 'id', 'aria-label': what }, [make('p', { class: 'small soft', lang: document.documentElement.lang }, [what])]);
  fill(room, s.html);
  if (s.figure) room.append(picture(`s${s.from}`, s.figure));
  return room;
}

/**
 * @param {number} q @param {any} item undefined while no form is open
 * @param {any} stimulus what the item asks about together with its neighbours; the first of them has it @param {boolean} open is a form open?
 * @param {(c: string) => void} choose
 */
export function drawItem(q, item, stimulus, open, choose) {
  const stem = $('stem');
  const opts = $('opts');
  stem.replaceChildren();
  opts.replaceChildren(make('legend', { class: 'vh' }, [t('exam.options', { q })]));
  if (!open) {
    stem.append(make('div', { class: 'skel skel-2' }), make('div', { class: 'skel skel-3' }), make('p', { class: 'small soft' }, [`${t('exam.sealed')} ${t('exam.code_label')} ${codeOf('sealed')}`]));
    for (let i = 0; i < 5; i++) opts.append(make('div', { class: 'skel skel-o' }));
    return;
  }
  if (!item) {
    stem.append(make('div', { class: 'notice notice-bad' }, [icon('i-warn'), make('div', {}, [make('p', { class: 'strong' }, [t('exam.item_missing', { q })]), make('p', {}, [t('exam.item_missing_do')]), make('p', { class: 'small soft' }, [`${t('exam.code_label')} ${codeOf('item')}`])])]));
    return;
  }
  stem.lang = opts.lang = item.lang ?? 'id';
  if (stimulus) stem.append(shared(stimulus));
  fill(stem, item.html);
  if (item.figure) stem.append(picture(`${q}`, item.figure));
  // figures are compared side by side
  /** @type {any[]} */
  const options = item.options;
  opts.classList.toggle('opts-fig', options.every((o) => o.figure && !o.html));
  for (const option of options) {
    const input = make('input', { type: 'radio', name: 'choice', value: option.c });
    const text = make('span', { class: 'opt-t' }, [make('span', { class: 'vh' }, [`${shown(option.c)}. `])]);
    fill(text, option.html ?? '');
    if (option.figure) text.append(picture(`${q}${option.c}`, option.figure));
    const label = make('label', { class: 'opt' }, [input, make('span', { class: 'opt-k', 'aria-hidden': 'true' }, [shown(option.c)]), text]);
    input.addEventListener('change', () => choose(option.c));
    input.addEventListener('focus', () => { if (input.matches(':focus-visible')) label.classList.add('is-focus'); });
    input.addEventListener('blur', () => label.classList.remove('is-focus'));
    // left and right would change an answer by accident: they do nothing here
    input.addEventListener('keydown', still);
    opts.append(label);
  }
}

/** @param {KeyboardEvent} e */
function still(e) { if (e.key === 'ArrowLeft' || e.key === 'ArrowRight') e.preventDefault(); }

/** @param {string|undefined} choice @param {boolean} locked */
export function paintChoice(choice, locked) {
  const opts = $('opts');
  opts.toggleAttribute('data-locked', locked);
  for (const input of opts.querySelectorAll('input')) {
    input.checked = input.value === choice;
    // not `disabled`: that would take the focus away, and a locked choice must stay readable
    input.setAttribute('aria-disabled', String(locked));
    input.parentElement?.classList.toggle('is-on', input.checked);
  }
  $('clear').setAttribute('aria-disabled', String(locked || !choice));
}

/** Nothing of a form stays on this computer. */
export function forgetItems() {
  for (const url of urls.values()) URL.revokeObjectURL(url);
  urls.clear();
  $('stem').replaceChildren();
  $('opts').replaceChildren();
}
