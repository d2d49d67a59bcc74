// @ts-check
// The room's computers before an exam: what their own checks found, how old that is, and the code that lets a computer
// outside the site's network report.

import { ask, explain, post } from './api.js';
import { el, icon, put } from './dom.js';
import { span } from './clock.js';

/** @typedef {{check: string, state: string, why?: string, values?: Record<string, string>}} Line */
/** @typedef {{seat: string, state: 'ready' | 'not_ready' | 'unchecked', at?: string, failed?: Line[], notes?: Line[], times?: number}} Seat */
/** @typedef {(key: string, values?: Record<string, string | number>) => string} Text */

/** How often the room is asked while somebody looks, in ms. */
const EVERY = 10_000;
const SHAPES = { ready: 'done', not_ready: 'offline', unchecked: 'absent' };
const KINDS = { ready: ' tag-ok', not_ready: ' tag-bad', unchecked: '' };

/** @param {{seats: number, ready: number, not_ready: number, unchecked: number}} n @param {Text} text */
export const counts = (n, text) => text('station.ready.counts', { ready: n.ready, seats: n.seats, not_ready: n.not_ready, unchecked: n.unchecked });

/**
 * @param {HTMLElement} box @param {{text: Text, api: string, now: () => number, tab: HTMLElement}} page
 */
export function readiness(box, page) {
  const { text } = page;
  let signature = '';
  const verdict = el('p', { class: 'strong' }), whole = el('p', { class: 'small soft' }), list = el('ul', { class: 'rdy' });
  const made = el('p', { role: 'status', class: 'small' });
  const make = el('button', { type: 'button', class: 'btn btn-s', hidden: true, onclick: code }, text('station.ready.make_code'));
  const link = el('a', { href: '/kesiapan', target: '_blank', rel: 'noopener' }, text('station.ready.open'));
  box.append(el('div', { class: 'panel-b stack-2' }, verdict, whole, el('p', { class: 'row' }, link, make), made, list));

  async function code() {
    make.disabled = true;
    const answer = await post(`${page.api}/seat-code`, {});
    make.disabled = false;
    put(made, '');
    if (answer.ok) made.append(text('station.ready.code'), ' ', el('b', { class: 'mono' }, answer.body.code), ' ', text('station.ready.code_is', { h: Math.round((Date.parse(answer.body.until) - page.now()) / 3_600_000) }));
    else put(made, explain(answer.body, text));
  }

  /** @param {Seat} s */
  function item(s) {
    const age = el('span', { class: 'muted' });
    age.dataset.at = s.at ?? '';
    const what = [...(s.failed ?? []), ...(s.notes ?? [])].map((l) => text(`station.ready.check.${l.check}`)).join(', ');
    return el('li', {}, el('b', {}, s.seat), el('span', { class: `tag${KINDS[s.state]}` }, icon(SHAPES[s.state]), text(`station.ready.${s.state}`)),
      el('span', {}, what ? text(s.failed ? 'station.ready.because' : 'station.ready.noted', { what }) : '', ' ', age,
      (s.times ?? 0) > 1 ? el('span', { class: 'muted' }, ' ', text('station.ready.again', { n: (s.times ?? 0) - 1 })) : null));
  }

  function ages() {
    for (const node of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('[data-at]'))) {
      const at = Date.parse(node.dataset.at ?? '');
      put(node, Number.isNaN(at) ? '' : text('station.ago', { span: span(Math.max(0, page.now() - at)) }));
    }
  }

  async function look() {
    const answer = await ask(`${page.api}/readiness`, { cache: 'no-store' });
    if (!answer.ok) return;
    const known = answer.body, room = known.room;
    put(page.tab, text('station.tab.ready', { n: room.count.ready, of: room.count.seats }));
    put(verdict, counts(room.count, text));
    put(whole, known.site.seats === room.count.seats ? '' : text('station.ready.site', { what: counts(known.site, text) }));
    link.setAttribute('href', known.link);
    const next = JSON.stringify(room.seats.map((/** @type {Seat} */ s) => [s.seat, s.state, s.at, s.failed, s.notes, s.times]));
    if (next !== signature) list.replaceChildren(...room.seats.map(item));
    signature = next;
    ages();
  }

  look();
  setInterval(() => { if (!box.hidden) look(); }, EVERY);
  return {
    look,
    /** @param {string[]} acts of this account */
    allow(acts) { make.hidden = !acts.includes('move'); },
  };
}
