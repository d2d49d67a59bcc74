// @ts-check
// The check-in desk: search, compare, confirm, hand over the PIN, next. One person at a time, by keyboard alone.

import { pageTexts } from '../board/texts.js';
import { clock as hour } from '../board/when.js';
import { ask as get, explain, post, signInAgain, uuid } from '../station/api.js';
import { byId, el, icon, put } from '../station/dom.js';
import * as fold from '../station/fold.js';
import { connect } from '../station/link.js';
import { ask, tags } from './ask.js';
import * as eye from './camera.js';
import { aid, ended, offers, otherExam, plain, readCode, span, standing } from './door.js';
/** @typedef {import('./door.js').Person & Record<string, any>} Comer */

const text = pageTexts(document);
const main = byId('isi'), sitting = main.dataset.sitting ?? '', exam = sitting.split('.')[0], self = main.dataset.user ?? '';
const api = `/api/v1/sittings/${encodeURIComponent(sitting)}`;
const may = (main.dataset.may ?? '').split(' ').filter(Boolean);
const clock = (/** @type {Intl.DateTimeFormatOptions} */ o, zone = main.dataset.zone) => new Intl.DateTimeFormat(document.documentElement.lang, { hour12: false, timeZone: zone || undefined, ...o });
const hourOf = (/** @type {string} */ iso, /** @type {string} */ zone = main.dataset.zone ?? '') => hour(iso, { zone });
const q = /** @type {HTMLInputElement} */ (byId('q'));

/** @type {any} */
let door = null;
let offset = 0;
/** @type {Comer | null} */
let person = null;
let paper = '';
let room = fold.reset({});
let asked = 0;          // searches, so that a late answer is dropped
let busy = false;
/** @type {(() => void)[]} */
let ends = [];          // cameras that are on

const now = () => Date.now() + offset;

/* search */

byId('search').addEventListener('submit', (e) => { e.preventDefault(); seek(q.value); });

/** @param {string} query */
async function seek(query) {
  if (!query.trim()) return;
  clear();
  const foreign = otherExam(query, exam);
  if (foreign) return say('bad', text('door.other_exam', { exam: foreign }));
  const mine = ++asked;
  const a = await get(`${api}/find?q=${encodeURIComponent(query.trim())}`, { cache: 'no-store' });
  if (mine !== asked) return;
  if (!a.ok) return say('bad', explain(a.body, text));
  const { here, elsewhere, more } = a.body;
  if (here.length === 1) return open(here[0]);
  if (here.length > 1) return choose(here, more);
  if (elsewhere.length) return misplaced(elsewhere);
  say('warn', text('door.nobody', { q: readCode(query)?.number ?? query.trim() }));
  q.select();
}

/** Where somebody belongs who stands at the wrong door. @param {any[]} list */
function misplaced(list) {
  const lines = list.map((e) => {
    const when = e.start ? `${clock({ weekday: 'long', day: 'numeric', month: 'long' }, e.zone).format(new Date(e.start))} ${hourOf(e.start, e.zone)}` : '';
    return el('p', {}, el('b', {}, `${e.name} (${e.number})`), ' ', e.sitting ? text(e.same_site ? 'door.other_sitting' : 'door.other_site', { sitting: e.sitting, site: e.site, room: e.room, when }) : text('door.no_sitting', { site: e.site }));
  });
  say('bad', el('p', { class: 'strong' }, text('door.wrong_place')), ...lines, el('p', {}, text('door.wrong_place_do')));
  q.select();
}

/** @param {Comer[]} list @param {boolean} more */
function choose(list, more) {
  byId('list').replaceChildren(el('h2', { class: 'vh' }, text('door.several')), el('ul', { class: 'people' }, ...list.map((p) => el('li', {}, el('button', { type: 'button', onclick: () => { byId('list').replaceChildren(); open(p); } },
    el('b', {}, p.name), el('span', { class: 'mono' }, p.number), el('span', { class: 'soft' }, p.birth_date), el('span', { class: 'end' }, stateTag(p)))))), more ? el('p', { class: 'small soft' }, text('door.more')) : '');
  const first = /** @type {HTMLElement | null} */ (byId('list').querySelector('button'));
  first?.focus();
  byId('list').onkeydown = (e) => {
    const move = e.key === 'ArrowDown' ? 'nextElementSibling' : e.key === 'ArrowUp' ? 'previousElementSibling' : null;
    if (!move) return;
    e.preventDefault();
    /** @type {HTMLElement | null | undefined} */ (/** @type {HTMLElement} */ (document.activeElement)?.closest('li')?.[move]?.querySelector('button'))?.focus();
  };
}

/** @param {Comer} p */
function stateTag(p) {
  if (p.state !== 'assigned') return el('span', { class: 'tag tag-ok' }, icon('done'), text('door.here'));
  if (p.away) return el('span', { class: 'tag tag-bad' }, icon('offline'), text('door.away', { why: text(`station.reason.${p.away}`) }));
  return el('span', { class: 'tag tag-line' }, text('door.expected'));
}

/* one person */

/** @param {Comer} p */
function open(p) {
  person = p;
  draw();
  const first = /** @type {HTMLElement | null} */ (byId('card').querySelector('input[name="paper"]:checked') ?? byId('card').querySelector('.acts button'));
  if (first) first.focus(); else q.focus();
  byId('live').textContent = `${p.name}, ${p.number}`;
}

function draw() {
  const card = byId('card'), p = person;
  card.hidden = !p;
  if (!p) return card.replaceChildren();
  const stands = door ? standing(door, now()) : { open: false, why: '', left: -1 };
  const can = offers(p, may, stands.open);
  const here = p.state !== 'assigned';
  const papers = can.includes('checkin') && door?.papers.length ? el('fieldset', { class: 'papers' }, el('legend', { class: 'strong' }, text('door.paper')), ...door.papers.map((/** @type {string} */ code, /** @type {number} */ i) => {
    const key = `door.paper.${code}`, name = text(key);
    return el('label', {}, el('input', { type: 'radio', name: 'paper', value: code, checked: paper ? paper === code : i === 0 }), name === key ? code : name);
  })) : null;
  const facts = [['door.birth_date', p.birth_date], ['door.formation', p.formation], ...(here ? [['door.seat', p.seat], ['door.checked', text('door.checked_by', { by: p.checked_by ?? '–', at: p.checked_at ? hourOf(p.checked_at) : '–' })], ...(p.paper ? [['door.paper', text(`door.paper.${p.paper}`)]] : [])] : [])].filter(([, v]) => v);
  const button = (/** @type {string} */ what, cls = '') => el('button', { type: 'button', class: `btn ${cls}`, onclick: () => act(what) }, text(`door.do.${what}`), '…');
  card.replaceChildren(el('form', { id: 'confirm', novalidate: true },
    el('div', { class: 'who' }, face(p), el('div', {}, el('h2', { id: 'c-name' }, p.name), el('p', { class: 'mono' }, p.number), el('p', {}, stateTag(p), p.doubt ? el('span', { class: 'tag tag-warn' }, icon('warn'), text('door.doubted', { by: p.doubt_by ?? '' })) : null),
      el('dl', { class: 'facts' }, ...facts.flatMap(([k, v]) => [el('dt', {}, text(k)), el('dd', {}, v)])),
      p.adjust || p.accommodation ? el('div', { class: 'needs', role: 'group', 'aria-label': text('door.needs') }, el('b', {}, text('door.needs')), ...(p.accommodation ? [el('span', { class: 'tag tag-line' }, aid(p.accommodation, text))] : []), ...tags(p.adjust, text)) : null)),
    door?.photo && here && !ended(p) ? cameraBox(p) : null,
    el('div', { class: 'panel-f stack-3' }, !stands.open && stands.why && !here ? el('p', { class: 'strong' }, text(stands.why, { at: door?.closes ? hourOf(door.closes) : '' })) : null,
      p.away ? el('p', {}, text('door.away_is', { why: text(`station.reason.${p.away}`) })) : null, papers,
      el('div', { class: 'acts row' }, can.includes('checkin') ? el('button', { class: 'btn btn-primary', type: 'submit' }, text('door.do.checkin'), ' ', el('kbd', { 'aria-hidden': 'true' }, 'Enter')) : null,
        ...can.filter((c) => c !== 'checkin').map((c) => button(c, c === 'readmit' ? 'btn-primary' : '')), el('button', { class: 'btn end', type: 'button', onclick: () => { clear(); next(); } }, text('door.close'), ' ', el('kbd', { 'aria-hidden': 'true' }, 'Esc'))))));
  byId('confirm').addEventListener('submit', (e) => { e.preventDefault(); admit(); });
}

/** The registration photo, or plainly that there is none. @param {Comer} p */
function face(p) {
  const none = (/** @type {string} */ key) => el('div', { class: 'none', role: 'img', 'aria-label': text(key) }, icon('face'), el('span', {}, text(key)));
  const frame = el('figure', { class: 'face' });
  if (!p.has_photo) { frame.append(none('door.photo_none')); return frame; }
  const img = el('img', { alt: text('door.photo_of', { name: p.name }), width: 168, height: 224 });
  img.addEventListener('error', () => img.replaceWith(none('door.photo_none')));
  img.src = `${api}/photos/${encodeURIComponent(p.number)}`;
  frame.append(img, el('figcaption', {}, text('door.photo')));
  return frame;
}

/** @param {Comer} p */
function cameraBox(p) {
  if (!eye.camera()) return el('p', { class: 'camera small soft' }, text('door.camera_no'));
  const video = el('video', { muted: true, playsinline: true, 'aria-label': text('door.camera_view'), hidden: true }), canvas = el('canvas', { hidden: true });
  const note = el('span', { class: 'small', role: 'status' }, p.taken ? text('door.photo_taken') : '');
  /** @type {(() => void) | null} */
  let stop = null;
  const toggle = el('button', { type: 'button', class: 'btn btn-s', onclick: async () => {
    if (!stop) {
      try { stop = await eye.show(video); ends.push(stop); } catch { note.textContent = text('door.camera_refused'); return; }
      video.hidden = false;
      toggle.textContent = text('door.photo_take');
      return;
    }
    const picture = await eye.take(video, canvas);
    if (!picture) return;
    const r = await fetch(`${api}/checkin-photos/${encodeURIComponent(p.number)}?op=${uuid()}`, { method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': picture.type }, body: picture }).catch(() => null);
    note.textContent = text(r?.ok ? 'door.photo_taken' : 'door.photo_failed');
    if (!r?.ok) return;
    stop();
    stop = null;
    video.hidden = true;
    toggle.textContent = text('door.photo_again');
  } }, text(p.taken ? 'door.photo_again' : 'door.photo_start'));
  return el('div', { class: 'camera' }, video, canvas, el('div', { class: 'row' }, toggle, note));
}

/** The usual: identity confirmed, seat drawn, PIN shown. */
async function admit() {
  if (!person || busy) return;
  const p = person;
  paper = /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="paper"]:checked'))?.value ?? '';
  busy = true;
  const no = await send(p, { action: 'checkin', first: true, ...(paper ? { paper } : {}) });
  busy = false;
  if (no) say('bad', no);
}

/** @param {string} what */
function act(what) {
  const p = person;
  if (p) ask(/** @type {HTMLDialogElement} */ (byId('dialog')), what, p, text, (body) => send(p, what === 'readmit' ? { ...body, first: true } : body), () => { const next = document.getElementById('slip-next'); (next ?? (person ? /** @type {HTMLElement | null} */ (byId('card').querySelector('.acts button')) : q))?.focus(); });
}

/** @type {{key: string, op: string}} an answer that never came is asked for again with the same op */
let pending = { key: '', op: '' };

/** @param {Comer} p @param {Record<string, any>} body @returns {Promise<string>} what is to be told, "" when it is done */
async function send(p, body) {
  const key = JSON.stringify([p.number, body]);
  if (pending.key !== key) pending = { key, op: uuid() };
  const a = await post(`${api}/actions`, { op: pending.op, numbers: [p.number], ...body });
  if (a.status === 0) return explain(a.body, text);
  pending = { key: '', op: '' };
  const failed = a.body.failed?.[0];
  if (!a.ok || failed) {
    const no = failed ?? a.body;
    if (no.code === 'already_here') {
      await again(p);
      return text('door.already', { by: no.field || '–', seat: person?.seat || '–' });
    }
    return explain(no, text);
  }
  note(p, body.action);
  if (a.body.pins?.length) { slip(a.body.pins[0], p); return ''; }
  await again(p);
  if (a.status === 202) say('warn', el('p', { class: 'strong' }, text('door.proposed')), el('p', {}, el('a', { href: '/persetujuan' }, text('door.proposed_where'))));
  else { say('ok', text('door.done', { what: text(`door.do.${body.action}`), name: p.name })); if (body.action === 'turn_away') { person = null; draw(); next(); } }
  return '';
}

/** Reads a person again. @param {Comer} p */
async function again(p) {
  const a = await get(`${api}/find?q=${encodeURIComponent(p.number)}`, { cache: 'no-store' });
  const same = a.body.here?.find((/** @type {Comer} */ c) => c.number === p.number);
  if (same && person?.number === p.number) { person = same; draw(); }
  look();
}

/** The PIN, once. @param {{seat: string, pin: string, number: string, name: string}} pin @param {Comer} p */
function slip(pin, p) {
  person = null;
  draw();
  byId('say').hidden = true;
  const box = byId('slip');
  box.hidden = false;
  box.replaceChildren(el('h2', { id: 'slip-h' }, pin.name), el('p', { class: 'mono' }, pin.number),
    el('dl', {}, el('div', {}, el('dt', {}, text('door.seat')), el('dd', { id: 'slip-seat' }, pin.seat)), el('div', {}, el('dt', {}, 'PIN'), el('dd', { class: 'mono', id: 'slip-pin' }, pin.pin))),
    p.adjust ? el('div', { class: 'needs' }, ...tags(p.adjust, text)) : '',
    el('p', { class: 'small soft no-print' }, text('door.pin_once')),
    el('div', { class: 'row no-print' }, el('button', { type: 'button', class: 'btn btn-primary', id: 'slip-next', onclick: () => { clear(); next(); } }, text('door.next'), ' ', el('kbd', { 'aria-hidden': 'true' }, 'Enter')), el('button', { type: 'button', class: 'btn', id: 'slip-print', onclick: () => print() }, text('door.print'), ' ', el('kbd', { 'aria-hidden': 'true' }, 'P')),
      door?.photo ? el('button', { type: 'button', class: 'btn', onclick: () => { clear(); seek(pin.number); } }, text('door.photo_start')) : null));
  q.value = '';
  byId('slip-next').focus();
  byId('live').textContent = text('door.admitted', { name: pin.name, seat: pin.seat });
  look();
}

function next() { q.value = ''; q.focus(); }

/** Nothing of a person stays on the page. */
function clear() {
  person = null;
  for (const end of ends) end();
  ends = [];
  draw();
  byId('list').replaceChildren();
  byId('slip').replaceChildren();
  byId('slip').hidden = true;
  byId('say').hidden = true;
}

/** @param {'ok' | 'warn' | 'bad'} kind @param {...(string | Node)} words */
function say(kind, ...words) {
  const box = byId('say');
  box.className = `notice notice-${kind}`;
  box.hidden = false;
  box.querySelector('use')?.setAttribute('href', kind === 'ok' ? '#s-done' : '#s-warn');
  byId('say-t').replaceChildren(...words.map((w) => (typeof w === 'string' ? el('p', {}, w) : w)));
  if (kind === 'bad' && !document.querySelector('dialog[open]')) box.focus();
}

/* what others do, and the hour */

/** @param {Comer} p @param {string} action */
function note(p, action) {
  byId('last').prepend(el('li', {}, el('span', {}, `${p.name}`), el('span', { class: 'soft' }, `${text(`door.noted.${action}`)} ${clock({ hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(now())}`)));
  while (byId('last').children.length > 8) byId('last').lastElementChild?.remove();
}

async function look() {
  const a = await get(`${api}/door`, { cache: 'no-store' });
  if (!a.ok) return;
  const before = door && standing(door, now());
  door = a.body;
  offset = Date.parse(a.body.now) - Date.now();
  put(byId('n-free'), String(door.free));
  const after = standing(door, now());
  if (person && before && (before.open !== after.open || before.why !== after.why)) redraw();
  tick();
}

/** Draws the card again where the hand is not in it. */
function redraw() {
  if (!document.querySelector('dialog[open]')) draw();
}

let wasOpen = false;
function tick() {
  if (!door) return;
  const s = standing(door, now());
  put(byId('hour-l'), text(s.open && s.left > 0 ? 'door.closes_in' : s.open ? 'door.is_open' : 'door.is_shut'));
  put(byId('hour'), s.open && s.left > 0 ? span(s.left) : '–');
  put(byId('hour-t'), text(s.why || (door.closes ? 'door.closes_at' : 'door.closes_hand'), { at: door.closes ? hourOf(door.closes) : '', start: door.planned ? hourOf(door.planned) : '' }));
  if (wasOpen && !s.open && person) redraw();
  wasOpen = s.open;
}

function counts() {
  const n = fold.tally(room.seats.values());
  put(byId('n-all'), String(n.registered));
  put(byId('n-here'), String(n.present));
  put(byId('n-gone'), String(n.absent));
}

/** Another desk may have admitted whoever is on the card. */
function beside() {
  if (!person || person.state !== 'assigned') return;
  for (const s of room.seats.values()) {
    if (plain(s.number) === plain(person.number) && s.state !== 'assigned') {
      const by = /** @type {any} */ (s).checked_by ?? '';
      person = { ...person, .../** @type {any} */ (s) };
      redraw();
      if (by !== self || !busy) say('warn', text('door.already', { by: by || '–', seat: s.seat || '–' }));
      return;
    }
  }
}

/** @param {boolean} up @param {any} [barred] the server's refusal: this account sees the sitting no more */
function link(up, barred = null) {
  const net = byId('net');
  net.className = `tag end ${up ? 'tag-ok' : 'tag-bad'}`;
  net.replaceChildren(icon(up ? 'done' : 'offline'), text(up ? 'door.link_up' : barred ? 'door.link_barred' : 'door.link_down'));
}

connect(api, {
  reset(s) { room = fold.reset(s); counts(); beside(); },
  seats(e) { const was = room; room = fold.seats(room, e).room; counts(); beside(); if (room.state !== was.state || room.start !== was.start) look(); },
  note() {}, proposals() {},
  up: () => link(true), down: (barred) => link(false, barred),
  out: signInAgain,
});
look();
setInterval(look, 15_000);
setInterval(tick, 500);

/* the camera reads cards where the browser can */

eye.reads().then((can) => { byId('scan').hidden = !can; byId('scan-no').hidden = can; });
byId('scan').addEventListener('click', async () => {
  const video = /** @type {HTMLVideoElement} */ (byId('scan-v'));
  try {
    const off = await eye.show(video);
    byId('scan-box').hidden = false;
    const quiet = eye.watch(video, (code) => { stop(); q.value = code; seek(code); });
    const stop = () => { quiet(); off(); byId('scan-box').hidden = true; };
    ends.push(stop);
    byId('scan-stop').onclick = () => { stop(); q.focus(); };
  } catch { say('warn', text('door.camera_refused')); }
});

/* keys: a scanner types wherever the hand has left the page */

document.addEventListener('keydown', (e) => {
  if (document.querySelector('dialog[open]') || e.ctrlKey || e.altKey || e.metaKey) return;
  const field = e.target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName) && /** @type {HTMLInputElement} */ (e.target).type !== 'radio';
  if (e.key === 'Escape') { clear(); next(); return; }
  if (field) return;
  if (e.key.toLowerCase() === 'p' && !byId('slip').hidden && byId('slip').contains(/** @type {Node} */ (e.target))) { e.preventDefault(); print(); return; }
  if (e.key.length === 1 && e.key !== ' ') { q.value = ''; q.focus(); }   // the key itself then lands in the field
});
