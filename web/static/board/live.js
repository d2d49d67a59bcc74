// @ts-check
// Keeps the server-rendered board fresh: frames in, table patched once a second, age told truthfully.

import { bins, draw } from './dist.js';
import { find, frame, moves, reset } from './fold.js';
import { freshness, lag, STALE_MS } from './age.js';
import { ranked } from './rank.js';
import { pageTexts } from './texts.js';
import { table } from './view.js';
import { clock, date, moment } from './when.js';

const PROBE_MS = 8_000;      // silence after which a quiet board is asked whether it still is
const REOPEN_MS = 10_000;    // EventSource gives up on an HTTP error; we don't
const TOP_PX = 8;
const POLL_MS = 10_000;      // files on a plain host are read again

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const main = $('tabel');
const text = pageTexts(document);
const heads = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('th.sec')]);
const page = {
  id: main.dataset.board ?? '',
  sections: heads.map((th) => th.dataset.id ?? ''),
  together: JSON.parse(main.dataset.together || '[]'),
  max: heads.reduce((sum, th) => sum + Number(th.dataset.max), 0),
  items: Number(main.dataset.items),
  codes: /** @type {import('./codes.js').Meaning[]} */ ([]),
  number: Number(main.dataset.page) || 1,
  size: Number(main.dataset.size) || 0,
  text,
};
const view = table(page);
const api = `/api/v1/boards/${encodeURIComponent(page.id)}`;
// Files on a plain host: the whole board in one of them, and nobody who answers.
const state = main.dataset.state ?? '';
const was = main.dataset.was === 'true';   // frozen: nothing will come
const still = matchMedia('(prefers-reduced-motion: reduce)');

// Several numbers that end as searched are a page of their own, not a slice of the ranking.
const found = /** @type {HTMLElement[]} */ ([...view.body.querySelectorAll('.me')]);

/** @type {import('./fold.js').Board | null} */
let board = null;
/** @type {Set<string>} */
let dirty = new Set();
let stirred = false;         // something came since the last paint
let pending = false;         // an order is waiting for the reader
let contact = performance.now();
let failures = 0;
let probing = false;
let asked = -PROBE_MS;
let final = main.dataset.final === 'true';
/** @type {any[]} */
let early = [];              // frames before the first snapshot
/** @type {EventSource} */
let source;
const renderedAt = document.getElementById('at')?.getAttribute('datetime') ?? '';

/** @param {string} iso */
const time = (iso) => (iso ? clock(iso, { seconds: true }) : '–');

function heard(age = 0) {
  contact = performance.now() - age;
  failures = 0;
}

/** @param {any} snapshot */
function take(snapshot) {
  board = reset(snapshot);
  for (const f of early.splice(0)) board = frame(board, f).board;
  final = board.final;
  $('is-final').hidden = !final;
  $('is-not').hidden = final;
  for (const el of document.querySelectorAll('[data-not]')) el.textContent = text(final ? 'board.below' : 'board.not_all');
  const again = board.rescored;
  $('n-again').hidden = !again;
  if (again) $('n-again-t').textContent = text('board.rescored', { version: again.version, at: date(again.at), why: text(`board.why.${again.why}`) });
  tellList(board.decided);
  dirty = new Set(board.rows.keys());
  stirred = true;
}

/** Which list stands, and what its codes mean. @param {import('./fold.js').Decided | null} decided */
function tellList(decided) {
  page.codes = decided?.codes ?? [];
  const some = page.codes.length > 0;
  $('n-list').hidden = !decided;
  if (decided) $('n-list-t').textContent = text(decided.again ? 'board.decided_again' : 'board.decided', { at: date(decided.at) });
  $('cap').textContent = text(some ? 'board.caption_list' : 'board.caption');
  $('h-st').textContent = text(some ? 'board.place' : 'board.threshold');
  $('codes').hidden = !some;
  $('codes').replaceChildren(...page.codes.flatMap((m) => {
    const dt = document.createElement('dt'), dd = document.createElement('dd');
    dt.textContent = m.code;
    dd.textContent = text('board.means.' + m.is);
    return [dt, dd];
  }));
}

async function fetchWhole() {
  const answer = await fetch(state || `${api}?offset=0&limit=2000`, { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`board ${answer.status}`);
  const snapshot = await answer.json();
  take(snapshot);
  heard(lag(snapshot.at, answer.headers));
}

/** Files change when somebody writes them anew. */
function poll() {
  fetchWhole().catch(() => { failures++; });
  if (!final) setTimeout(poll, POLL_MS);
}

function open() {
  source = new EventSource(`${api}/events`);
  source.addEventListener('reset', (e) => {
    const snapshot = JSON.parse(/** @type {MessageEvent} */ (e).data);
    take(snapshot);
    heard();
    // Old by this computer's clock, which may be wrong: the server's is asked.
    if (!snapshot.final && Math.abs(Date.now() - Date.parse(snapshot.at)) > STALE_MS) contact -= PROBE_MS;
  });
  source.addEventListener('frame', (e) => {
    const f = JSON.parse(/** @type {MessageEvent} */ (e).data);
    heard();
    if (!board) {
      // A resumed stream need not begin with a snapshot; the page has none of its own.
      early.push(f);
      if (early.length === 1) fetchWhole().catch(() => { early = []; failures++; });
      return;
    }
    const next = frame(board, f);
    board = next.board;
    for (const number of next.changed) dirty.add(number);
    stirred = true;
  });
  source.addEventListener('open', () => { failures = 0; });
  source.addEventListener('error', () => {
    failures++;
    if (source.readyState === EventSource.CLOSED) setTimeout(open, REOPEN_MS);
  });
}

/** A board that does not change sends no frames: ask, so that "stale" stays true. */
async function probe() {
  if (state || was || probing || performance.now() - asked < PROBE_MS || performance.now() - contact < PROBE_MS) return;
  asked = performance.now();
  probing = true;
  try {
    const before = board?.seq;
    const answer = await fetch(`${api}?offset=0&limit=1`, { cache: 'no-cache' });
    if (!answer.ok) throw new Error(`board ${answer.status}`);
    const now = await answer.json();
    if (board && board.seq === before && String(now.seq) !== before) await fetchWhole();
    heard(lag(now.at, answer.headers));
  } catch {
    failures++;
  } finally {
    probing = false;
  }
}

/** The reader is at the top and holds nothing, so rows may change places. */
function free() {
  const at = document.activeElement;
  return scrollY <= TOP_PX && (!at || at === document.body || at === main) && !view.body.querySelector('.me') && getSelection()?.isCollapsed !== false;
}

/** The slice of the ranking that this page shows, or null when not all rows are here to count. */
function wanted() {
  if (!board?.whole || found.length > 1) return null;
  const all = ranked(board.rows.values(), board.keys);
  return page.size ? all.slice((page.number - 1) * page.size, page.number * page.size) : all;
}

/** @param {boolean} force */
function settle(force) {
  const list = wanted();
  if (!list) return;
  const n = moves(view.shown(), list.map((x) => x.row.number));
  pending = !force && n > 0 && !free();
  $('order').hidden = !pending;
  if (pending) $('apply').textContent = text('board.order', { n });
  else view.order(list);
  if (force) $('live').textContent = text('board.order_done', { n });
}

function paint() {
  if (!board) return;
  for (const number of dirty) {
    const row = board.rows.get(number);
    if (row) view.patch(row);
  }
  dirty.clear();
  const c = board.counts;
  if (c) {
    for (const key of /** @type {const} */ (['working', 'finished', 'meets', 'registered'])) $('c-' + key).textContent = String(c[key] ?? 0);
    const before = !final && !c.working && !c.finished;
    $('n-before').hidden = !before;
    $('rank').hidden = before;
  }
  if (page.max && board.whole) draw(bins(board.rows.values(), page.max));
  settle(false);
}

/** Age and what follows from it. Never announced: it changes every second. */
function tellAge() {
  const at = board?.at || renderedAt;
  const fresh = freshness({ now: performance.now(), contact, failures, final });
  const bad = fresh.state === 'stale' || fresh.state === 'offline';
  $('age').hidden = bad;
  $('late').hidden = !bad;
  $('n-late').hidden = !bad;
  if (bad) {
    const values = { n: fresh.seconds, time: time(at) };
    $('late-t').textContent = text(`board.${fresh.state}`, values);
    $('n-late-t').textContent = text(`board.${fresh.state}_long`, values);
  } else if (fresh.state === 'final') {
    $('age').textContent = text('board.settled_at', { time: moment(at) || '–' });
  } else {
    $('age').textContent = fresh.seconds ? text('board.age', { n: fresh.seconds }) : text('board.age_now');
  }
}

/** @param {string} number */
function show(number) {
  const tr = view.row(number);
  if (!tr) return;
  view.body.querySelectorAll('.me').forEach((old) => { old.classList.remove('me'); old.removeAttribute('aria-current'); });
  tr.classList.add('me');
  tr.setAttribute('aria-current', 'true');
  tr.tabIndex = -1;
  tr.scrollIntoView({ block: 'center', behavior: still.matches ? 'auto' : 'smooth' });
  tr.focus({ preventScroll: true });
  $('live').textContent = text('board.found', { number, rank: tr.cells[0].textContent ?? '', total: tr.querySelector('.t')?.textContent ?? '' });
}

/** In files: to the page on which a number stands. @param {string} number */
function turnTo(number) {
  if (!board) return;
  const at = ranked(board.rows.values(), board.keys).findIndex((x) => x.row.number === number);
  const n = Math.floor(at / page.size) + 1;
  location.href = `${n > 1 ? `hal-${n}` : 'index'}.html#${encodeURIComponent(number)}`;
}

$('find').addEventListener('submit', (e) => {
  const typed = /** @type {HTMLInputElement} */ ($('cari')).value;
  const number = find(board ? board.rows.keys() : view.shown(), typed);
  if (state) {
    e.preventDefault();
    $('live').textContent = '';
    if (number === null) { $('live').textContent = text('board.not_found', { number: typed }); return; }
    if (!view.row(number)) { turnTo(number); return; }
  }
  if (number === null || !view.row(number)) return;   // on another page, or unknown: the server answers
  e.preventDefault();
  $('n-miss')?.remove();
  show(number);
});
$('apply').addEventListener('click', () => { settle(true); main.focus({ preventScroll: true }); });
view.body.addEventListener('keydown', (e) => {
  if (e.key !== 'Escape') return;
  view.body.querySelectorAll('.me').forEach((tr) => { tr.classList.remove('me'); tr.removeAttribute('aria-current'); });
  main.focus({ preventScroll: true });
});

if (found.length === 1) show(found[0].dataset.n ?? '');
if (was) final = true;
else if (state) {
  $('find').hidden = false;
  poll();
  if (location.hash) show(decodeURIComponent(location.hash.slice(1)));
} else open();
setInterval(() => {
  if (stirred) { stirred = false; paint(); } else if (pending) settle(false);
  tellAge();
  probe();
}, 1000);
