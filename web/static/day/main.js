// @ts-check
// Day sheet: asks for the newest every few seconds, and says when it is no longer new.

import { ask } from '../station/api.js';
import { arrange, byId, el } from '../station/dom.js';
import { pageTexts } from '../board/texts.js';
import { clock, date, moment } from '../board/when.js';

const EVERY_MS = 5_000;
const text = pageTexts(document);
const main = byId('isi');
const path = `/api/v1/exams/${encodeURIComponent(main.dataset.exam ?? '')}/day${main.dataset.query ?? ''}`;
/** @param {number} n */
const num = (n) => el('td', { class: 'num' }, String(n));
const tag = (/** @type {string} */ kind, /** @type {string} */ words) => el('span', { class: `tag ${kind}` }, words);

/** A date and an hour, which a narrow table breaks between and nowhere else. @param {string} at @param {string} zone */
const parts = (at, zone) => [el('span', { class: 'nowrap' }, `${date(at, { zone })},`), ' ', el('span', { class: 'nowrap' }, clock(at, { zone }))];

/** @param {any} v */
function row(v) {
  const waits = ['doubts', 'credits', 'held', 'proposals'].filter((k) => v[k] > 0).flatMap((k) => [tag('tag-warn', `${text(`day.${k}`)} ${v[k]}`), ' ']);
  const state = tag(v.minutes === 'signed' ? 'tag-ok' : v.minutes === 'open' ? 'tag-line' : 'tag-warn', text(`minutes.state.${v.minutes}`));
  return el('tr', { 'data-sitting': v.sitting },
    el('th', { scope: 'row', class: 'where-row' }, el('a', { href: `/meja/${v.sitting}/berita-acara` }, v.title), el('br', {}), el('span', { class: 'small soft' }, `${v.site_name} · ${v.room}`)),
    el('td', {}, ...parts(v.planned, v.zone)), el('td', {}, text(`station.sitting.${v.phase}`)),
    num(v.registered), num(v.present), num(v.absent), num(v.working), num(v.finished), num(v.disqualified),
    el('td', {}, ...waits), el('td', {}, state, ...(v.version ? [' ', el('span', { class: 'small soft' }, text('minutes.version', { n: v.version }))] : [])));
}

/** Shows the sittings. A row whose name is the same keeps its link: nothing moves under the hand. @param {any[]} sittings */
function show(sittings) {
  const box = byId('rows');
  const old = new Map([...box.querySelectorAll('tr')].map((tr) => [tr.dataset.sitting, tr]));
  arrange(box, sittings.map((v) => {
    const now = row(v);
    const was = old.get(v.sitting);
    if (!was || was.cells[0]?.textContent !== now.cells[0]?.textContent) return now;
    const [, ...rest] = now.cells;
    while (was.cells.length > 1) was.deleteCell(-1);
    was.append(...rest);
    return was;
  }));
}

let last = '';
async function look() {
  const a = await ask(path);
  byId('stale').hidden = a.ok;
  if (!a.ok) return;
  byId('asof').textContent = moment(a.body.at, { zone: 'Asia/Jakarta', seconds: true });
  const now = JSON.stringify([a.body.sittings, a.body.open]);
  if (now === last) return;
  last = now;
  show(a.body.sittings);
  const open = a.body.open.map((/** @type {any} */ o) => el('li', { class: 'strong' }, `${text(`results.open.${o.what}`)}: ${o.count}`));
  byId('open').replaceChildren(...(open.length ? open : [el('li', {}, text('day.nothing'))]));
  const s = a.body.sum;
  byId('sum').textContent = `${s.registered} = ${s.present} + ${s.absent}`;
}

setInterval(() => { if (!document.hidden) look(); }, EVERY_MS);
