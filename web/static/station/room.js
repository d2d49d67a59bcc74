// @ts-check
// One room at the supervisor's desk: puts the parts together. State lives here, decisions in fold.js and actions.js.

import { ACTS, forSitting, offered } from './actions.js';
import { explain, post, signInAgain } from './api.js';
import { lastEnd, left, span } from './clock.js';
import { dialogs } from './dialog.js';
import { arrange, byId, el, icon, put } from './dom.js';
import { feed } from './feed.js';
import { flags } from './flags.js';
import * as fold from './fold.js';
import { connect } from './link.js';
import { list } from './list.js';
import { map, STATES } from './map.js';
import { readiness } from './readiness.js';
import { figures } from './sums.js';
import { showPins } from './pins.js';
import { slices } from './slices.js';
import { pageTexts } from '../board/texts.js';

const DENSE = 130;   // more seats than this no longer fit as full tiles
const text = pageTexts(document);
const main = byId('kursi');
const api = `/api/v1/sittings/${encodeURIComponent(main.dataset.sitting ?? '')}`;
const zone = main.dataset.zone || undefined;
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false, timeZone: zone });
const time = (/** @type {string | undefined} */ iso) => (iso && !Number.isNaN(Date.parse(iso)) ? clock.format(new Date(iso)) : '–');

let room = fold.reset({ state: main.dataset.state, start: main.dataset.start });
let known = false;          // the first whole state has come
let offset = 0;             // server time minus ours
let locked = false;
let linked = false;         // anything was ever heard
let linkIs = 'up';
let lostAt = '';
let view = 'map';
const filter = { state: 'all', query: '' };
/** Places, and the number of whoever was there when they were chosen. @type {Map<string, string>} */
const selected = new Map();
const choose = (/** @type {string} */ key) => selected.set(key, room.seats.get(key)?.number ?? '');

const page = { text, time, api, zone, self: main.dataset.user ?? '', toggle, pick, decide: (/** @type {fold.Proposal} */ p, /** @type {'approve' | 'refuse'} */ d) => dialog.decide(p, d, fold.meant(room.seats.values(), p)), sent, rest: () => byId('f-q') };
const tiles = map(byId('v-map-b'), page);
const table = list(byId('v-tbl-b'), page);
const column = feed({ seat: byId('c-seat'), proposals: byId('c-proposals'), alerts: byId('c-alerts'), log: byId('c-log') }, page);
const computers = readiness(byId('c-ready'), { text, api, now: () => now(), tab: byId('t-ready') });
let hints = 0;              // advisory signals that nobody has decided
const signals = flags(byId('c-flags'), {
  text, api, time, lang: document.documentElement.lang, pick, may: () => room.may, count: (open) => { hints = open; alerts(); },
  decide: (action, preset, verb, summary) => dialog.act(action, null, { spares: [], sittings: [], twoPerson: room.twoPerson, alone: room.alone, left: 0, preset, verb, summary }),
});
const totals = figures(byId('sums'), byId('chips'), { text, choose: (f) => { filter.state = f; paint(); } });
const dialog = dialogs(/** @type {HTMLDialogElement} */ (byId('dialog')), page);

const now = () => Date.now() + offset;
const chosen = () => [...selected.keys()].map((k) => room.seats.get(k)).filter((s) => s !== undefined);
const visible = () => [...room.seats.values()].filter((s) => fold.fits(s, filter));
const dense = () => room.seats.size > DENSE;
const before = () => ['planned', 'checkin', 'waiting', 'postponed'].includes(room.state);

/** What the server says is shown a few milliseconds at a time, so that a press is never kept waiting. */
const later = slices((key) => { const s = room.seats.get(key); if (s) (view === 'map' ? tiles : table).fill(s); });

/** @param {string} key @param {boolean} [on] */
function toggle(key, on = !selected.has(key)) {
  if (on) choose(key);
  else selected.delete(key);
  tiles.press(key, on);
  table.press(key, on);
  byId('live').textContent = text('station.selected', { n: selected.size });
  bar();
  side();
}

/** What is chosen is people: at whose seat there is somebody else, they are not. @param {fold.Room} next */
function drop(next) {
  for (const [k, who] of selected) {
    const is = next.seats.get(k);
    if (is && (!who || !is.number || is.number === who)) continue;
    selected.delete(k);
    tiles.press(k, false);
    table.press(k, false);
  }
}

/** @param {string} key */
function pick(key) {
  selected.clear();
  choose(key);
  seats();
  bar();
  side();
  document.querySelector(`.tile[data-k="${CSS.escape(key)}"]`)?.scrollIntoView({ block: 'nearest' });
}

/** The figures on top, and the filters with their numbers: written in place, so that no press is lost. */
function sums() {
  const n = fold.tally(room.seats.values()), eq = fold.equation(n, room.counts);
  let alerted = 0;
  for (const s of room.seats.values()) if (fold.alertsOf(s).length) alerted++;
  /** @type {Record<string, number>} */
  const figures = { registered: n.registered, present: n.present, absent: n.absent };
  for (const s of fold.PRESENT) if (n[s] || s === 'work' || s === 'offline') figures[s] = n[s] ?? 0;
  totals.show(figures, before(), eq);
  /** @type {[string, number][]} */
  const chips = [['all', room.seats.size], ['alert', alerted],
    ...STATES.filter((s) => (n[s] || s === filter.state)).map((s) => /** @type {[string, number]} */ ([s, n[s] ?? 0]))];
  totals.chips(chips, filter.state);
}

function seats() {
  const shown = visible();
  tiles.about({ items: room.items, dense: dense(), before: before() });
  byId('seats').classList.toggle('dense', dense());
  byId('none').hidden = shown.length > 0 || !known;
  byId('v-map-b').hidden = view !== 'map' || !shown.length;
  byId('v-tbl-b').hidden = view !== 'tbl' || !shown.length;
  byId('v-map').setAttribute('aria-pressed', String(view === 'map'));
  byId('v-tbl').setAttribute('aria-pressed', String(view === 'tbl'));
  (view === 'map' ? tiles : table).show(shown, selected);
  tick();
}

/** The computers that somebody can be moved to: the spare ones first. */
function free() {
  const vacant = [...room.seats.values()].filter((s) => ['spare', 'empty'].includes(fold.shown(s)));
  return vacant.sort((a, b) => Number(fold.shown(a) === 'empty') - Number(fold.shown(b) === 'empty'));
}

/** @param {string} action @param {fold.Seat[] | null} on @param {number} left */
function ask(action, on, left = 0) {
  const n = fold.tally(room.seats.values());
  // the bar may have been drawn a while ago: what is asked is of the seats as they are now
  const fresh = on?.map((s) => room.seats.get(fold.keyOf(s)) ?? s) ?? null;
  dialog.act(action, fresh, {
    spares: free(), sittings: room.to, twoPerson: room.twoPerson, alone: room.alone, left,
    summary: text('station.summary', { registered: n.registered, present: n.present, absent: n.absent }),
  });
}

/** A bar's buttons, one for an act. They stay while the act is offered: a hand that has reached one keeps it when the room changes. */
function buttons() {
  /** @type {Map<string, HTMLButtonElement>} */
  const made = new Map();
  /** @param {string} action @param {string} label @param {string} look @param {() => void} go */
  return (action, label, look, go) => {
    const button = made.get(action) ?? el('button', { type: 'button', class: `btn btn-s${look}` }, `${label}…`);
    made.set(action, button);
    button.disabled = locked;
    button.onclick = go;
    return button;
  };
}
const forSeats = buttons(), forAll = buttons();

function bar() {
  const on = chosen();
  byId('act').hidden = !on.length;
  document.body.classList.toggle('has-sel', on.length > 0);
  if (!on.length) return;
  put(byId('act-n'), text('station.n_selected', { n: on.length }));
  put(byId('act-l'), on.slice(0, 6).map((s) => s.seat || s.number).join(', ') + (on.length > 6 ? ' …' : ''));
  const acts = offered(on, room.may);
  const make = (/** @type {{action: string, seats: fold.Seat[]}} */ o) => forSeats(o.action, text(`station.act.${o.action}`), ACTS[o.action].danger ? ' dq' : '', () => ask(o.action, o.seats, on.length - o.seats.length));
  const first = acts.filter((a) => ACTS[a.action].first), more = acts.filter((a) => !ACTS[a.action].first);
  arrange(byId('act-b'), first.map(make));
  arrange(byId('act-m'), more.map(make));
  byId('act-more').hidden = !more.length;
}

function head() {
  const state = room.state, acts = forSitting(state, room.may);
  put(byId('phase'), text(`station.sitting.${state || 'planned'}`));
  const make = (/** @type {string} */ a) => forAll(a, text(ACTS[a].seats ? `station.all.${a}` : `station.act.${a}`), a === 'start' ? ' btn-primary' : '', () => ask(a, null));
  const main = ['start', 'open_checkin', 'close_checkin', 'pause', 'resume', 'close'];
  arrange(byId('all'), acts.filter((a) => main.includes(a)).map(make));
  arrange(byId('all-m'), acts.filter((a) => !main.includes(a)).map(make));
  byId('all-more').hidden = acts.every((a) => main.includes(a));
}

function side() {
  const on = chosen();
  column.show(room, on.length === 1 ? on[0] : null, locked);
  column.tick(now());
}

/** The list of what asks for somebody; in a full hall it is the longest of all parts. */
function alerts() {
  put(byId('t-alerts'), text(hints ? 'station.tab.alerts_signs' : 'station.tab.alerts', { n: column.alerts(room) }));
  column.tick(now());
}

function paint() {
  sums();
  seats();
  bar();
  head();
  side();
  alerts();
}

function tick() {
  const t = now(), live = ['running', 'paused'].includes(room.state);
  if (view === 'map') tiles.tick(visible(), t);
  else table.tick(visible(), t, room.items);
  const rest = left(live ? lastEnd(room.seats.values()) : room.start, t);
  put(byId('clk-l'), text(before() ? 'station.clock.start' : 'station.clock.left'));
  put(byId('clk'), rest === null || (!live && rest === 0) || ['ended', 'closed'].includes(room.state) ? '–' : span(rest));
  column.tick(t);
}

/** @param {string} action @param {any} body @param {number} status @param {any} asked */
function sent(action, body, status, asked) {
  if (body.pins?.length) return showPins(/** @type {HTMLDialogElement} */ (byId('pins')), body.pins, text);
  byId('live').textContent = status === 202 ? text('station.proposed') : text('station.done', { act: text(`station.act.${action}`) });
  if (status === 202 && body.proposal) {
    const p = typeof body.proposal === 'string' ? { id: body.proposal, action, seats: asked.seats, numbers: asked.numbers, reason: asked.reason, by: page.self } : body.proposal;
    if (!room.proposals.some((x) => x.id === p.id)) room = { ...room, proposals: [...room.proposals, p] };
    side();
  }
}

/** The band and the lock while nothing answers, or the account may not see the room; the exam goes on without us. @param {boolean} down @param {any} [barred] */
function link(down, barred = null) {
  const key = !down ? 'up' : barred ? 'barred' : 'down';
  if (key === linkIs && (linked || down)) return;
  linkIs = key;
  if (down && !lostAt) lostAt = room.at || new Date(now()).toISOString();
  if (!down) lostAt = '';
  locked = down;
  const net = byId('net');
  net.className = `tag ${down ? 'tag-bad' : 'tag-ok'}`;
  net.replaceChildren(icon(down ? 'offline' : 'done'), el('span', {}, text(`station.link.${key}`)));
  byId('band').hidden = !down;
  const refused = barred && !['not_allowed', 'forbidden'].includes(barred.code) ? explain(barred, text) : text('station.barred', { time: time(lostAt) });
  put(byId('band-t'), !down ? '' : barred ? refused : text('station.lost', { time: time(lostAt) }));
  byId('alert').textContent = down ? text(`station.link.${key}`) : linked ? text('station.link.back') : '';
  linked ||= !down;
  bar();
  head();
  side();
}

connect(api, {
  reset(s) {
    if (s.at && room.at && s.at < room.at) return;
    const next = fold.reset({ notes: room.notes, start: room.start, items: room.items, may: room.may, credit_alone_ms: room.alone, ...s });
    if (s.at) offset = Date.parse(s.at) - Date.now();
    drop(next);
    const fresh = !known || [...next.seats.keys()].join() !== [...room.seats.keys()].join();
    room = next;
    known = true;
    computers.allow(room.may);
    signals.now(room.flags);
    if (fresh) return paint();
    later.fill(room.seats.keys());
    later.do(sums, bar, head, side, alerts);
  },
  seats(e) {
    const { room: next, changed } = fold.seats(room, e);
    drop(next);
    const same = next.seats.size === room.seats.size && !e.gone && !e.vacant;
    room = next;
    if (e.at) offset = Date.parse(e.at) - Date.now();
    if (!same || filter.state !== 'all' || filter.query || tiles.about({ items: room.items, dense: dense(), before: before() })) later.do(seats);
    else later.fill(changed);
    later.do(sums, bar, head, side, alerts);
  },
  note(n) { room = fold.note(room, n); later.do(side); },
  flags(e) { room = { ...room, flags: e.flags }; signals.now(e.flags); },
  proposals(e) { room = fold.proposals(room, e); side(); },
  up: () => link(false),
  down: (barred) => link(true, barred),
  out: signInAgain,
});

byId('v-map').addEventListener('click', () => { view = 'map'; seats(); });
byId('v-tbl').addEventListener('click', () => { view = 'tbl'; seats(); });
byId('f-q').addEventListener('input', (e) => { filter.query = /** @type {HTMLInputElement} */ (e.target).value; seats(); });
byId('f-q').addEventListener('keydown', (e) => {
  const keys = e.key === 'Enter' ? fold.range(filter.query, room.seats.values()) : [];
  if (!keys.length) return;
  e.preventDefault();   // or the same press would go on to press what the hand is led to
  for (const k of keys) choose(k);
  filter.query = /** @type {HTMLInputElement} */ (byId('f-q')).value = '';
  paint();
  // the hand goes on to what is done with them: with the Tab key that is past the whole room
  /** @type {HTMLElement | null} */ (byId('act').querySelector('#act-b button, details:not([hidden]) summary'))?.focus();
});
byId('reset').addEventListener('click', () => { filter.state = 'all'; filter.query = ''; /** @type {HTMLInputElement} */ (byId('f-q')).value = ''; paint(); });
byId('pick-all').addEventListener('click', () => { for (const s of visible()) if (s.number) choose(fold.keyOf(s)); paint(); });
const clear = () => { selected.clear(); paint(); };
byId('clear').addEventListener('click', clear);
byId('leave').addEventListener('click', async () => { await post('/api/v1/staff/signout', {}); location.assign('/meja'); });
for (const tab of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[role="tab"]'))) {
  tab.addEventListener('click', () => {
    for (const t of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[role="tab"]'))) {
      t.setAttribute('aria-selected', String(t === tab));
      t.tabIndex = t === tab ? 0 : -1;
      byId(t.getAttribute('aria-controls') ?? '').hidden = t !== tab;
    }
    if (tab.id === 't-ready') computers.look();
  });
  tab.addEventListener('keydown', (e) => {
    if (e.key !== 'ArrowRight' && e.key !== 'ArrowLeft') return;
    const next = e.key === 'ArrowRight' ? tab.nextElementSibling ?? tab.parentElement?.firstElementChild : tab.previousElementSibling ?? tab.parentElement?.lastElementChild;
    const other = /** @type {HTMLElement} */ (next);
    other.click();
    other.focus();
  });
}
document.addEventListener('keydown', (e) => {
  if (document.querySelector('dialog[open]')) return;
  const inField = e.target instanceof HTMLElement && /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
  if (e.key === '/' && !inField) { e.preventDefault(); byId('f-q').focus(); }
  if (e.key === 'Escape') {
    const menu = document.querySelector('details.more[open]');
    if (menu) menu.removeAttribute('open');
    else if (selected.size) clear();
  }
});
document.addEventListener('click', (e) => {
  for (const menu of document.querySelectorAll('details.more[open]')) if (!menu.contains(/** @type {Node} */ (e.target)) || /** @type {Element} */ (e.target).closest('button')) menu.removeAttribute('open');
});
setInterval(tick, 1000);
