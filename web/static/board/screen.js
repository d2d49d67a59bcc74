// @ts-check
// A large display: one page of the ranking after the other, nobody at the keyboard. It asks for the page that it shows
// every two seconds; when nothing answers the table stays, and the box says how old it is.

import { freshness, lag } from './age.js';
import { hasScore } from './rank.js';
import { pageTexts } from './texts.js';
import { clock } from './when.js';

const ASK_MS = 2_000;
const MARKS = 20;            // pages that are marked one by one; of more the figures alone are told

const $ = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const main = $('layar');
const text = pageTexts(document);
const model = /** @type {HTMLTemplateElement} */ ($('row'));
const bodies = [...document.querySelectorAll('#rows tbody')];
const tables = [...document.querySelectorAll('#rows table')];
const size = Number(main.dataset.rows), each = size / bodies.length;
const items = Number(main.dataset.items);
const sections = (main.dataset.sections ?? '').trim().split(' ');

let page = Number(main.dataset.page), pages = Number(main.dataset.pages);
let final = $('state').classList.contains('final');
let contact = performance.now();
let failures = 0;
let at = '';
let asking = false;

/** @param {Element} tr @param {import('./rank.js').Row} row */
function fill(tr, row) {
  const cells = /** @type {HTMLTableRowElement} */ (tr).cells, shown = hasScore(row);
  cells[0].textContent = row.rank ? String(row.rank) : '–';
  cells[1].textContent = row.number;
  sections.forEach((id, i) => {
    cells[2 + i].textContent = shown ? String(row.scores?.[id] ?? 0) : '–';
    cells[2 + i].classList.toggle('lo', !(shown && row.meets?.[id]));
  });
  cells[2 + sections.length].textContent = shown ? String(row.total ?? 0) : '–';
  const state = cells[3 + sections.length];
  state.querySelector('svg')?.toggleAttribute('hidden', row.status !== 'meets');
  const code = row.status && row.status !== 'meets' && row.status !== 'misses' ? row.status + ' ' : '';
  const done = row.finished ? (code ? '' : text('board.finished')) : `${row.progress ?? 0}${items ? '/' + items : ''}`;
  /** @type {HTMLElement} */ (state.querySelector('span')).textContent = code + done;
}

/** @param {any} board */
function show(board) {
  at = board.at;
  final = board.final;
  pages = Math.max(1, Math.ceil(board.total / size));
  bodies.forEach((body, i) => {
    const rows = board.rows.slice(i * each, (i + 1) * each);
    body.replaceChildren(...rows.map((/** @type {any} */ row) => {
      const tr = /** @type {Element} */ (/** @type {Element} */ (model.content.firstElementChild).cloneNode(true));
      fill(tr, row);
      return tr;
    }));
    const from = board.offset + i * each + 1;
    tables[i].setAttribute('aria-label', text('board.screen_label', { from, to: from + Math.max(0, rows.length - 1) }));
  });
  for (const key of ['working', 'finished', 'meets']) $('c-' + key).textContent = String(board.counts[key] ?? 0);
  const codes = (board.decided?.codes ?? []).filter((/** @type {import('./codes.js').Meaning} */ m) => board.rows.some((/** @type {any} */ row) => row.status === m.code));
  $('codes').replaceChildren(...codes.flatMap((/** @type {import('./codes.js').Meaning} */ m, /** @type {number} */ i) => {
    const b = document.createElement('b');
    b.textContent = m.code;
    return [i ? ' · ' : '', b, ` ${text('board.means.' + m.is)}`];
  }));
  $('pg').textContent = text('board.screen_page', { page, pages });
  $('marks').replaceChildren(...(pages > MARKS ? [] : Array.from({ length: pages }, (_, i) => {
    const li = document.createElement('li');
    li.classList.toggle('on', i + 1 === page);
    return li;
  })));
}

async function ask() {
  if (asking) return;
  asking = true;
  try {
    const answer = await fetch(`/api/v1/boards/${encodeURIComponent(main.dataset.board ?? '')}?offset=${(page - 1) * size}&limit=${size}`, { cache: 'no-cache' });
    if (!answer.ok) throw new Error(`board ${answer.status}`);
    const board = await answer.json();
    failures = 0;
    contact = performance.now() - lag(board.at, answer.headers);
    show(board);
  } catch {
    failures++;
  } finally {
    asking = false;
    tell();
  }
}

function tell() {
  const fresh = freshness({ now: performance.now(), contact, failures, final });
  const late = fresh.state === 'stale' || fresh.state === 'offline';
  $('state').classList.toggle('late', late);
  $('state').classList.toggle('final', final);
  $('state-t').textContent = text(final ? 'board.final' : 'board.provisional');
  $('age').textContent = late ? text('board.late', { n: fresh.seconds })
    : final ? `${text('board.settled')} ${at.slice(0, 10)}`
    : at ? `${text('board.data_of')} ${clock(at, { seconds: true })}` : $('age').textContent;
}

// On a display nobody sees the address bar.
$('more').textContent = text('board.screen_at', { address: location.host + location.pathname.replace(/\/layar$/, '') });
ask();
setInterval(ask, ASK_MS);
setInterval(() => {
  if (failures) return;      // what is shown stays until somebody answers
  page = page % pages + 1;
  ask();
}, 1000 * Number(main.dataset.turn));
setInterval(tell, 1000);
