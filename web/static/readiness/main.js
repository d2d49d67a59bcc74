// @ts-check
// Is this computer fit for an exam? Measures, lets the server judge, shows each line, and reports the seat.

import { post } from '../station/api.js';
import { byId, put } from '../station/dom.js';
import { measure } from './measure.js';
import { pageTexts } from '../board/texts.js';
import { watchKeys } from './keys.js';

/** @typedef {{check: string, state: 'ok' | 'note' | 'bad', why?: string, values?: Record<string, string>}} Line */

const text = pageTexts(document);
const main = byId('isi'), keys = byId('keys');
const field = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (byId(id));
const total = keys.children.length;
/** @type {string[]} */
const pressed = [];
/** @type {any} */
let measured = null;
const KINDS = { ok: 'tag tag-ok', note: 'tag tag-info', bad: 'tag tag-bad', wait: 'tag' };

/** A value that is a key of the texts, or none. @param {string} key @param {Record<string, string>} [values] */
const words = (key, values) => { const found = text(key, values); return found === key ? '' : found; };

/** @param {HTMLElement} li @param {keyof typeof KINDS} state @param {string} line */
function show(li, state, line) {
  const tag = /** @type {HTMLElement} */ (li.querySelector('.tag'));
  tag.className = KINDS[state];
  put(tag, text(`ready.state.${state}`));
  li.querySelector('use')?.setAttribute('href', `#s-${state}`);
  li.dataset.state = state;
  put(li.querySelector('.rd-t'), line);
}

/** What was found, and where it fails what to do. @param {Line[]} lines @param {boolean} [told] keys may still be pressed unless it was reported */
function showLines(lines, told = false) {
  for (const l of lines) {
    const li = /** @type {HTMLElement | null} */ (document.querySelector(`[data-check="${l.check}"]`));
    if (!li) continue;
    const waits = !told && l.check === 'keyboard' && l.state === 'bad';
    const found = l.why ? `${text(`ready.${l.check}.${l.why}`, l.values)} ${words(`ready.${l.check}.${l.why}_do`, l.values)}`.trim()
      : words(`ready.${l.check}.${l.values ? 'ok' : 'ok_plain'}`, l.values);
    show(li, waits ? 'wait' : l.state, found);
  }
}

function countKeys() {
  const all = pressed.length === total, tag = byId('keys-n');
  put(tag, text('ready.keys_n', { n: pressed.length, of: total }));
  tag.className = all ? KINDS.ok : KINDS.wait;
}

/** @param {'ok' | 'bad' | 'warn'} kind @param {string} head @param {string} more */
function say(kind, head, more) {
  const box = byId('said');
  box.className = `notice notice-${kind}`;
  byId('said-i').setAttribute('href', kind === 'ok' ? '#s-ok' : kind === 'bad' ? '#s-bad' : '#s-note');
  put(byId('said-h'), head);
  put(byId('said-t'), more);
  box.hidden = false;
}

/** @param {any} body */
function failing(body) { return body.lines.filter((/** @type {Line} */ l) => l.state === 'bad').map((/** @type {Line} */ l) => text(`ready.${l.check}`)).join(', '); }

const asked = () => ({ measures: { ...measured, keys: pressed } });

async function judge() {
  const [site, room] = field('room').value.split('/');
  const answer = await post('/api/v1/seats/report', { ...asked(), site, room });
  if (answer.ok) { showLines(answer.body.lines); return; }
  const li = /** @type {HTMLElement} */ (document.querySelector('[data-check="server"]'));
  show(li, 'bad', answer.body.text ?? `${text('ready.server.silent')} ${text('ready.server.silent_do')}`);
}

/** @type {Promise<void> | null} */
let running = null;
/** Measures everything anew; who asks while it runs gets the same. */
function run() {
  running ??= (async () => {
    const lines = byId('lines');
    lines.setAttribute('aria-busy', 'true');
    for (const li of /** @type {NodeListOf<HTMLElement>} */ (lines.querySelectorAll('li'))) show(li, 'wait', '');
    measured = await measure(Number(main.dataset.pings));
    await judge();
    lines.removeAttribute('aria-busy');
    put(byId('live'), text('ready.measured'));
    running = null;
  })();
  return running;
}

async function send() {
  const seat = field('seat').value.trim();
  if (!seat) { say('warn', text('ready.need_seat'), ''); field('seat').focus(); return; }
  const button = /** @type {HTMLButtonElement} */ (byId('send'));
  button.disabled = true;
  if (running) await running;
  if (!measured) await run();
  const [site, room] = field('room').value.split('/');
  const answer = await post('/api/v1/seats/report', { ...asked(), site, room, seat, code: field('code').value });
  button.disabled = false;
  const b = answer.body;
  if (!answer.ok) {
    if (b.code === 'seat_code') { byId('code-f').hidden = false; field('code').focus(); }
    if (b.field === 'seat') field('seat').focus();
    say('bad', text('ready.not_sent'), answer.status === 0 ? text('ready.server.silent_do') : words(`ready.refused.${b.code}`) || b.text || '');
    return;
  }
  showLines(b.lines, true);
  document.getElementById('known')?.remove();
  if (b.ready) say('ok', text('ready.is_ready', { seat: b.seat }), text('ready.stored'));
  else say('bad', text('ready.is_not', { seat: b.seat }), `${text('ready.fails', { what: failing(b) })} ${text('ready.stored')}`);
  byId('said').focus();
}

watchKeys(keys, (key) => {
  pressed.push(key);
  put(/** @type {HTMLElement} */ (keys.querySelector(`[data-key="${CSS.escape(key)}"] .vh`)), text('ready.key_seen'));
  countKeys();
  if (pressed.length === total) {
    put(byId('live'), text('ready.keys_all'));
    if (measured && !running) judge();
  }
});
byId('report').addEventListener('submit', (e) => { e.preventDefault(); send(); });
byId('again').addEventListener('click', () => { byId('said').hidden = true; run(); });
countKeys();
run();
