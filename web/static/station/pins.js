// @ts-check
// PINs are shown once, to be read out or printed and cut; closing this forgets them.

import { el } from './dom.js';

/**
 * @param {HTMLDialogElement} dialog @param {{number: string, seat: string, pin: string}[]} pins
 * @param {(key: string, values?: Record<string, string | number>) => string} text
 */
export function showPins(dialog, pins, text) {
  const stay = (/** @type {Event} */ e) => e.preventDefault();   // Esc would lose them
  const close = () => {
    dialog.removeEventListener('cancel', stay);
    dialog.close();
    dialog.replaceChildren();
    document.body.classList.remove('print-pins');
  };
  dialog.addEventListener('cancel', stay);
  document.body.classList.add('print-pins');
  dialog.replaceChildren(el('div', { class: 'dialog-b stack' },
    el('h2', { id: 'p-title', tabindex: -1, autofocus: true }, text('station.pins', { n: pins.length })), el('p', { class: 'no-print' }, text('station.pins_is')),
    el('ul', { class: 'slips' }, ...pins.map((p) => el('li', {}, el('span', {}, `${text('station.seat')} `, el('b', {}, p.seat || '–')), el('span', { class: 'mono' }, p.number), el('span', {}, 'PIN ', el('b', { class: 'pin mono' }, p.pin)))))),
  el('div', { class: 'dialog-f no-print' }, el('button', { type: 'button', class: 'btn', onclick: () => print() }, text('station.print')), el('button', { type: 'button', class: 'btn btn-primary', onclick: close }, text('station.pins_done'))));
  dialog.showModal();
}
