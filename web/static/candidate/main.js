// @ts-check
// The candidate's page, put together: state, line, outbox, views. Everything that happens goes through `dispatch`.

import { NOT_FINAL } from './codes.js';
import { $, closeDialogs, openDialog, show } from './dom.js';
import { deviceId, recall, remember, uuid } from './device.js';
import { announce, say } from './announce.js';
import { choice, contrast, dress, outfit, size, undress } from './appearance.js';
import { drawFinish, drawFinish2, drawTime, firstOpen } from './dialogs.js';
import { canOpen } from './sealed.js';
import { cellName, focusCell, render, timeWords } from './view.js';
import { eventsOf, initial, reduce, screen, shownLeft, total, workable } from './state.js';
import { forgetItems } from './item.js';
import { listen } from './keys.js';
import { Line } from './socket.js';
import { Outbox } from './outbox.js';
import { IndexedStore } from './store.js';
import { Renewal } from './renewal.js';
import { post, result } from './api.js';
import { setUpFlow } from './flow.js';
import { setUpForm } from './form.js';
import { t } from './text.js';

/** How often clock, cover and waiting ops are looked at, in ms. */
const TICK = 250;
/** An item counts as looked at when it stays this long, in ms. */
const LOOK = 400;

const now = () => performance.now();
const device = deviceId();
const store = new IndexedStore();
const outbox = new Outbox(store);
let state = initial();
let finishSent = false;
const spoken = { phase: '', stored: null };

/** @param {import('./state.js').Event} event */
function dispatch(event) {
  const was = state;
  state = reduce(state, event, now());
  paint(was);
}

/** @param {import('./state.js').State} was */
function paint(was) {
  render(state, now(), does, choice);
  announce(was, state, spoken, now());
}

/* the line */

const line = new Line({
  now, random: Math.random, later: (f, ms) => setTimeout(f, ms), cancel: (timer) => clearTimeout(timer),
  /** @returns {any} */
  socket: () => new WebSocket(`${location.origin.replace(/^http/, 'ws')}/exam/ws`, 'terang.exam.v1'),
  post: async (frames) => {
    const { status, body } = await post('frames', { device, have: state.have, frames });
    return { status, body };
  },
}, { hello, frame, down });

const form = setUpForm(dispatch, () => { line.stop(); line.start(); });

function hello() {
  return { t: 'hello', device, have: state.have, ...(state.etag ? { etag: state.etag } : {}), ...(canOpen() && state.sealed !== 'failed' ? { sealed: true } : {}) };
}

function down() {
  outbox.ground();
  finishSent = false;
  dispatch({ type: 'DOWN', heard: line.heard });
}

/** @param {any} f */
function frame(f) {
  if (f.t === 'welcome') { welcome(f); return; }
  if (f.t === 'no') { refused(f); return; }
  const done = f.t === 'ok' ? outbox.settle(f.op, true) : null;
  const events = eventsOf(f);
  if (events.length === 0) console.warn('unknown frame', f.t);
  for (const event of events) dispatch({ ...event, frame: event.frame ?? done });
  if (f.t === 'ok') boxed();
  if (f.t === 'clock') { running(); pump(); }
  if (f.t === 'bye' && f.code === 'seb_required') { line.stop(); location.assign(`/ujian?ujian=${encodeURIComponent(state.exam?.code ?? '')}`); return; }
  if (f.t === 'bye') goodbye();
}

/** @param {any} of a welcome, or the state */
const attemptOf = (of) => `${of.exam?.code ?? ''}/${of.candidate?.number ?? ''}`;

/** @param {any} f */
async function welcome(f) {
  const attempt = attemptOf(f);
  // somebody else has signed in in another tab: nothing of the former candidate stays
  if (state.session !== 'out' && attempt !== attemptOf(state)) dispatch({ type: 'OUT', why: '' });
  const first = state.session === 'out';
  remember('signed', { step: 'join' });
  const opened = outbox.open(attempt, f, now());
  for (const event of eventsOf(f)) dispatch(event.type === 'HELLO' ? { ...event, pending: outbox.size, ...chosen() } : event);
  if (first) {
    views.clear();
    looked = 0;
    dispatch({ type: 'GO', q: recall('at') ?? 1 });
  }
  outfit(f.candidate?.adjust);
  boxed();
  form(f);
  await readBox(opened);
  running();
  pump();
}

/** What a reload or a crash left is shown and sent as if nothing had happened; what is not sent is told. @param {Promise<import('./outbox.js').Frame[]>} opened */
async function readBox(opened) {
  try {
    const items = (await opened).filter((f) => f.t === 'answer').map((f) => f.q);
    if (items.length > 0) dispatch({ type: 'MESSAGE', from: 'sistem', text: t('exam.newer', { q: items.join(', ') }) });
  } catch {
    dispatch({ type: 'BROKEN' });
  }
  dispatch({ type: 'LOADED', ...chosen(), pending: outbox.size });
  boxed();
}

/** @returns {{choices: Record<number, string>, flags: Record<number, boolean>}} what is not confirmed yet, over what the server has */
function chosen() {
  /** @type {Record<number, string>} */
  const choices = {};
  /** @type {Record<number, boolean>} */
  const flags = {};
  for (const f of outbox.frames()) if (f.t === 'answer') choices[f.q] = f.c ?? ''; else flags[f.q] = f.on === true;
  return { choices, flags };
}

/** @param {any} f a `no` */
function refused(f) {
  const waits = NOT_FINAL[f.code];
  if (waits) outbox.defer(f.op, waits === 'clock' ? Infinity : now() + (f.retry || 1_000));
  if (waits && state.finish?.op === f.op) finishSent = false;
  dispatch({ type: 'REFUSED', op: f.op, code: f.code, text: f.text, final: !waits, frame: waits ? null : outbox.settle(f.op, false) });
  boxed();
}

/**
 * The server wants this page no more. What it did not get can no longer be sent from here; unless the exam was only opened
 * elsewhere, which may be another tab of this browser: the outbox and the sign-in are that one's, too.
 */
function goodbye() {
  const { session, signedOut } = state;
  if (['moved', 'ended', 'closing', 'closed'].includes(session)) clearBox();
  if (signedOut || session === 'moved') remember('signed', null);
  if (signedOut || session === 'moved' || session === 'elsewhere') forgetItems();
  if (signedOut) flow.fault(signedOut, {});
}

/* the result, after the goodbye: it may become another, and nobody says so any more */

let tag = '';
const renewal = new Renewal({
  now, random: Math.random, later: (f, ms) => setTimeout(f, ms), cancel: (timer) => clearTimeout(timer),
  watched: () => document.visibilityState === 'visible',
  async ask() {
    const got = await result(tag);
    if (got.status === 200) { tag = got.tag; dispatch({ type: 'RESULT', result: got.body }); }
    // the exam goes on again: a supervisor has reopened it
    if (got.status === 409) line.start();
    return got.status === 200 || got.status === 304 ? 'asked' : [401, 403, 404, 409].includes(got.status) ? 'over' : 'fault';
  },
});
const nudge = () => renewal.nudge();
document.addEventListener('visibilitychange', nudge);
addEventListener('online', nudge);
addEventListener('focus', nudge);

/* answers */

/** The outbox changed: the marks of what waits follow it. */
function boxed() {
  /** @type {Record<number, boolean>} */
  const waits = {};
  for (const f of outbox.frames()) waits[f.q] = true;
  const before = state.session;
  dispatch({ type: 'OUTBOX', waits, pending: outbox.size, oldest: outbox.oldest() });
  if (before !== 'closed' && state.session === 'closed') clearBox();
}

function clearBox() { outbox.erase().catch(() => {}); }

/** A clock that runs lets go what was refused while it did not. */
function running() { if (['running', 'held'].includes(state.clock.state)) outbox.run(); }

/** Sends what may be sent: only while the server's clock lets it be accepted, and the finish after everything else. */
function pump() {
  const stateOfClock = state.clock.state;
  if (!line.up || !['running', 'held', 'finished'].includes(stateOfClock) || state.over) return;
  for (const f of outbox.due(now())) { if (!line.send(f)) return; outbox.sent(f.op); }
  if (state.finish && !finishSent && outbox.size === 0 && now() >= outbox.hold && state.session === 'working') finishSent = line.send({ t: 'finish', op: state.finish.op });
}

/** @param {import('./outbox.js').Frame} f */
async function keep(f) {
  const written = outbox.add(f, now());
  boxed();
  try {
    await written;
  } catch (fault) {
    console.warn('E-SIMPAN-01', fault);
    dispatch({ type: 'BROKEN' });
  }
  pump();
}

const answerable = () => workable(state) && !(state.clock.state === 'running' && shownLeft(state, now()) <= 0);

const does = {
  /** @param {string} c the letter as the form has it, "" takes the answer back */
  choose(c) {
    const q = state.cur;
    if (!answerable() || (state.answers[q] ?? '') === c) { paint(state); return; }
    dispatch({ type: 'CHOOSE', q, c });
    keep({ t: 'answer', op: uuid(), q, c, ms: viewed(q) });
    if (state.link === 'down') say(t(c ? 'exam.say_kept' : 'exam.say_clear_kept', { c: c.toUpperCase(), q }));
  },
  /** @param {number} q */
  go(q) {
    if (q < 1 || q > total(state)) return;
    viewed(q, false);
    dispatch({ type: 'GO', q });
    remember('at', state.cur);
    window.scrollTo(0, 0);
    say(cellName(state, state.cur));
    look();
  },
  /** @param {number} id */
  dismiss(id) { dispatch({ type: 'DISMISS', id }); },
};

function mark() {
  if (!answerable()) return;
  const on = !state.marks[state.cur];
  dispatch({ type: 'MARK', q: state.cur, on });
  keep({ t: 'mark', op: uuid(), q: state.cur, on });
  say(t(on ? 'exam.is_marked' : 'exam.unmarked'));
}

/** @type {any} */
let lookTimer = 0;
let looked = 0;
function look() {
  clearTimeout(lookTimer);
  lookTimer = setTimeout(() => {
    lookTimer = 0;
    if (screen(state) !== 'exam' || !state.items || state.covered || looked === state.cur) return;
    if (line.send({ t: 'look', q: state.cur })) looked = state.cur;
  }, LOOK);
}

/** @type {Map<number, number>} ms in view since last reported */
const views = new Map();
let viewTick = now();
/** @param {number} q @param {boolean} [report] */
function viewed(q, report = true) {
  const at = now();
  if (screen(state) === 'exam' && !state.covered && document.visibilityState === 'visible') views.set(state.cur, (views.get(state.cur) ?? 0) + at - viewTick);
  viewTick = at;
  const ms = Math.round(views.get(q) ?? 0);
  if (report) views.delete(q);
  return ms;
}

/* the way in and out */

const flow = setUpFlow({
  works: () => store.works(),
  /** @param {any} body */
  signedIn(body) {
    const exam = typeof body.exam === 'string' ? { code: body.exam } : body.exam;
    const candidate = { site: body.sitting?.site, ...body.candidate };
    remember('at', null);
    undress();
    outfit(candidate.adjust);
    const far = body.state === 'finished' || body.state === 'disqualified';
    remember('signed', { step: far ? 'join' : 'identity', candidate, exam, state: body.state });
    dispatch({ type: 'STEP', step: far ? 'join' : 'identity', candidate, exam });
    if (far) line.start();
  },
  /** @param {any} body */
  confirmed(body) {
    // who comes back to a running exam loses no time to rules and checks
    const back = ['running', 'paused', 'held'].includes(body.state) && ['running', 'paused', 'held'].includes(recall('signed')?.state);
    this.step(back ? 'join' : 'rules');
  },
  /** @param {string} step */
  step(step) {
    remember('signed', { ...recall('signed'), candidate: state.candidate, exam: state.exam, step });
    dispatch({ type: 'STEP', step });
    if (step === 'join') line.start();
  },
  leave,
});

/** Clears this computer: nothing of the candidate stays for the next one. */
async function leave() {
  line.stop();
  for (const key of ['signed', 'view', 'at', 'given']) remember(key, null);
  clearBox();
  forgetItems();
  await post('signout', {});
  location.replace('/ujian');
}

/* the person's hands */

$('smaller').addEventListener('click', () => size(-1));
$('normal').addEventListener('click', () => size(0));
$('bigger').addEventListener('click', () => size(1));
$('contrast').addEventListener('click', contrast);
$('prev').addEventListener('click', () => does.go(state.cur - 1));
$('next').addEventListener('click', () => does.go(state.cur + 1));
$('mark').addEventListener('click', mark);
$('clear').addEventListener('click', () => does.choose(''));
$('keys-on').addEventListener('change', () => dress({ keys: $('keys-on').checked }));
$('hide-clock').addEventListener('change', () => { dress({ hideClock: $('hide-clock').checked }); paint(state); });
$('r-out').addEventListener('click', leave);
$('en-go').addEventListener('click', () => dispatch({ type: 'SHOW_RESULT' }));
for (const b of document.querySelectorAll('[data-clear]')) b.addEventListener('click', leave);

/** @param {any} e */
function clicked(e) {
  const b = e.target.closest?.('[data-dialog],[data-close]');
  if (!b) return;
  if (b.hasAttribute('data-close')) b.closest('dialog')?.close();
  const name = b.getAttribute('data-dialog');
  if (!name) return;
  if (name === 'time') drawTime(state, now());
  if (name === 'fin1') drawFinish(state);
  openDialog(name);
}
document.addEventListener('click', clicked);
$('fin1-go').addEventListener('click', () => {
  $('fin1').close();
  $('fin-ok').checked = false;
  show('fin-err', false);
  drawFinish2(state, now());
  openDialog('fin2');
});
$('first-open').addEventListener('click', (/** @type {Event} */ e) => { e.preventDefault(); $('fin1').close(); does.go(firstOpen(state)); $('q-h').focus(); });
$('fin-go').addEventListener('click', () => {
  if (state.finish) return;
  const ok = $('fin-ok').checked;
  show('fin-err', !ok);
  if (!ok) { $('fin-ok').focus(); return; }
  finishSent = false;
  dispatch({ type: 'FINISH', op: uuid() });
  pump();
});
// leaving the dialog takes the wish back, as long as it has not been sent
$('fin2').addEventListener('close', () => { if (state.finish && !finishSent) dispatch({ type: 'FINISH_CANCEL' }); });

listen({
  choose(i) { const option = state.items?.[state.cur]?.options?.[i]; if (option) does.choose(option.c); },
  go: (step) => does.go(state.cur + step),
  clear: () => does.choose(''),
  mark, size, contrast,
  grid: () => focusCell(state.cur),
  time: () => say(timeWords(state, now())),
}, () => choice.keys && screen(state) === 'exam');

/* time */

let noResult = 0;
setInterval(() => {
  if (state.link === 'down' && !state.covered && state.session === 'working' && state.items && now() - (state.downClock ?? now()) >= state.cover) dispatch({ type: 'COVER' });
  // the form is open and the start is a moment ahead: it begins by itself at that moment
  if (state.session === 'waiting' && state.items && state.clock.ends && state.starts !== null && (state.offset ?? 0) + now() >= state.starts) frame({ t: 'clock', state: 'running', remaining: state.clock.remaining });
  pump();
  viewed(state.cur, false);
  if (!lookTimer && looked !== state.cur && screen(state) === 'exam') look();
  // a finished attempt whose result did not come is asked for again
  if (state.session === 'closing' && state.over && !state.result && state.exam?.show_scores !== false && now() - noResult > 5_000) { noResult = now(); line.start(); }
  if (screen(state) === 'result' && !line.running) renewal.start(); else { renewal.stop(); tag = ''; }
  paint(state);
}, TICK);
addEventListener('online', () => line.nudge());
addEventListener('pagehide', closeDialogs);

/* begin, or go on where a reload or a crash broke off */

dress({});
const signed = recall('signed');
if (signed?.step === 'join') { dispatch({ type: 'STEP', step: 'join', candidate: signed.candidate, exam: signed.exam }); line.start(); }
else if (signed?.step) { dispatch({ type: 'STEP', step: signed.step, candidate: signed.candidate, exam: signed.exam }); if (signed.step === 'device') flow.check(); }
else dispatch({ type: 'STEP', step: 'signin' });
