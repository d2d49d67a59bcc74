// @ts-check
// What the page knows, and what it shows. Pure: (state, event, now) -> state. Four regions that do not know each
// other: session, link, answers (the outbox keeps the ops, here stand the marks that a person sees) and clock.

import * as clock from './clock.js';

/**
 * @typedef {'signin'|'identity'|'rules'|'device'|'join'} Step of the way to the seat; `join` opens the line
 * @typedef {'out'|'waiting'|'working'|'paused'|'moved'|'ended'|'elsewhere'|'closing'|'closed'} Session
 * @typedef {'idle'|'down'|'resync'|'up'} Link
 * @typedef {{id: number, kind: 'message'|'credit'|'refused'|'held', from?: string, text?: string, part?: clock.Part, ends?: string,
 *   at: number|null, q?: number, code?: string}} Note
 */

export function initial() {
  return {
    /** @type {Step} */
    step: 'signin',
    /** @type {Session} */
    session: 'out',
    /** @type {Link} */
    link: 'idle',
    /** @type {any} */
    exam: null,
    /** @type {any} */
    candidate: null,
    /** @type {any[]} */
    sections: [],
    /** @type {Record<number, any>|null} by position; null while no form is open */
    items: null,
    etag: '',
    have: 0,
    cur: 1,
    /** @type {Record<number, string>} */
    answers: {},
    /** @type {Record<number, boolean>} */
    marks: {},
    /** @type {Record<number, boolean>} what the server has not confirmed */
    waits: {},
    pending: 0,
    /** @type {number|null} */
    oldest: null,
    /** @type {number|null} */
    downAt: null,
    /** @type {number|null} */
    downClock: null,
    covered: false,
    broken: false,
    /** @type {{at: string, q: number, kind: string}|null} */
    stored: null,
    /** @type {{at: number|null, count: number}|null} */
    back: null,
    resync: 0,
    clock: clock.stopped(),
    /** @type {number|null} */
    offset: null,
    cover: 30_000,
    /** @type {number|null} epoch ms of the planned start, where the server names it */
    starts: null,
    /** @type {'none'|'loading'|'ready'|'failed'} */
    sealed: 'none',
    late: 0,
    lost: 0,
    /** @type {{op: string}|null} */
    finish: null,
    reason: '',
    seat: '',
    /** @type {any} */
    result: null,
    /** @type {{at: number|null, what: string[]}|null} what has become of a result that was shown already */
    news: null,
    over: false,
    /** @type {Note[]} */
    notes: [],
    noteId: 0,
    signedOut: '',
  };
}

/** @typedef {ReturnType<typeof initial>} State @typedef {{type: string, [field: string]: any}} Event */

/** The state of the attempt on the wire -> the event of this page. @type {Record<string, string>} */
const OF_STATE = {
  assigned: 'WAIT', present: 'WAIT', ready: 'WAIT', running: 'RUN', held: 'RUN', paused: 'PAUSE', moved: 'PAUSE', finished: 'TIMEUP', disqualified: 'END',
};
/** `bye` codes that end this page's part; the others only end the line. @type {Record<string, (f: any) => Event>} */
const OF_BYE = {
  finished: (f) => ({ type: 'OVER', why: f.why ?? '' }),
  superseded: (f) => (f.seat ? { type: 'MOVE', seat: f.seat } : { type: 'TAKEN' }),
  signed_out: (f) => (f.seat ? { type: 'MOVE', seat: f.seat } : { type: 'OUT', why: 'signed_out' }),
  not_allowed: () => ({ type: 'OUT', why: 'not_allowed' }),
};
/** @param {any} f @returns {Event[]} */
const ofState = (f) => (OF_STATE[f.state] ? [{ type: OF_STATE[f.state], why: f.why ?? openPause(f.parts) }] : []);

/** The one table from frames to events. @type {Record<string, (frame: any) => Event[]>} */
const OF_FRAME = {
  welcome: (f) => [{ type: 'HELLO', frame: f }, { type: 'CLOCK', frame: f, first: true }, ...ofState(f)],
  clock: (f) => [{ type: 'CLOCK', frame: f }, ...ofState(f)],
  ok: (f) => [{ type: 'ACK', op: f.op, n: f.n, at: f.at }],
  no: (f) => [{ type: 'REFUSED', op: f.op, code: f.code, text: f.text, retry: f.retry }],
  beat: (f) => [{ type: 'BEAT', now: f.now }],
  say: (f) => [{ type: 'MESSAGE', from: f.from, text: f.text }],
  result: (f) => [{ type: 'RESULT', result: f }],
  bye: (f) => [OF_BYE[f.code]?.(f) ?? { type: 'BYE', code: f.code }],
};

/** @param {any} frame @returns {Event[]} none for a frame of a later version */
export function eventsOf(frame) { return OF_FRAME[frame?.t]?.(frame) ?? []; }

/** @param {any[]|undefined} parts @returns {string} why the clock stands still now */
function openPause(parts) { return (parts ?? []).filter((p) => p.what === 'pause' && !p.to).pop()?.why ?? ''; }

/** @param {number} n @param {State} s */
const within = (n, s) => Math.min(Math.max(1, n), Math.max(1, total(s)));
/** These end the session on this computer: no later word brings it back. @param {State} s */
const terminal = (s) => s.session === 'moved' || s.session === 'elsewhere' || s.session === 'ended';
/** @param {State} s @param {Omit<Note, 'id'>} note @returns {State} */
const note = (s, note) => ({ ...s, noteId: s.noteId + 1, notes: [...s.notes, { ...note, id: s.noteId + 1 }].slice(-4) });
/** @param {State} s @param {number} now @returns {number|null} epoch ms on the server */
export const serverTime = (s, now) => (s.offset === null ? null : s.offset + now);

/** @type {Record<string, (s: State, e: any, now: number) => State>} */
const STEP = {
  STEP: (s, e) => ({ ...s, step: e.step, signedOut: '', candidate: e.candidate ?? s.candidate, exam: e.exam ?? s.exam }),
  OUT: (s, e) => ({ ...initial(), signedOut: e.why }),

  // SESSION
  WAIT: (s) => (terminal(s) ? s : { ...s, session: 'waiting' }),
  RUN: (s) => (terminal(s) ? s : { ...s, session: 'working', over: false, result: null, news: null }),
  PAUSE: (s, e) => (terminal(s) ? s : { ...s, session: 'paused', reason: e.why, result: null, news: null }),
  TIMEUP: (s) => (terminal(s) ? s : close({ ...s, session: 'closing', finish: null })),
  END: (s, e) => ({ ...s, session: 'ended', reason: e.why, finish: null }),
  // the clock stands until the sign-in at the other computer
  MOVE: (s, e, now) => ({ ...s, session: 'moved', seat: e.seat, lost: s.pending, clock: clock.take(s.clock, { state: 'moved', remaining: clock.left(s.clock, now) }, now) }),
  TAKEN: (s) => ({ ...s, session: 'elsewhere', lost: s.pending }),
  OVER: (s, e) => {
    // the reason of a finish by a supervisor is shown; `self` and `deadline` explain themselves
    if (e.why && e.why !== 'self' && e.why !== 'deadline') return { ...s, session: 'ended', reason: e.why, over: true, lost: s.pending };
    return close({ ...s, session: s.session === 'ended' ? 'ended' : 'closing', over: true, lost: s.pending, link: 'idle' });
  },
  RESULT: (s, e, now) => {
    const what = s.session === 'closed' && s.result ? changes(s.result, e.result) : [];
    const next = { ...s, result: e.result, news: what.length > 0 ? { at: serverTime(s, now), what } : s.news };
    return s.session === 'ended' ? next : close({ ...next, session: 'closing' });
  },
  SHOW_RESULT: (s) => ({ ...s, session: 'closed' }),
  FINISH: (s, e) => ({ ...s, finish: { op: e.op } }),
  FINISH_CANCEL: (s) => ({ ...s, finish: null }),

  // LINK
  DOWN: (s, e, now) => ({
    ...s, link: 'down', back: null,
    downAt: s.downAt ?? serverTime(s, now), downClock: s.downClock ?? (e.heard ?? now),
  }),
  COVER: (s) => ({ ...s, covered: true }),
  HELLO: (s, e, now) => {
    const f = e.frame;
    const fresh = f.items ? { items: byPosition(f.items), etag: f.etag ?? '' } : s.etag !== '' && f.etag && f.etag !== s.etag ? { items: null, etag: '' } : {};
    return {
      ...s, ...fresh, step: 'join',
      exam: { ...s.exam, ...f.exam }, candidate: { ...s.candidate, ...f.candidate }, sections: f.sections ?? s.sections,
      have: Math.max(s.have, f.n ?? 0),
      answers: { ...numbered(f.answers), ...e.choices }, marks: { ...marked(f.marks), ...e.flags },
      cover: f.exam?.cover_ms ?? s.cover,
      starts: startOf(f, s),
      offset: clock.sync(null, f.now, now) ?? s.offset,
      link: e.pending > 0 ? 'resync' : 'up', resync: e.pending ?? 0, downAt: null, downClock: null, covered: false,
      back: s.link === 'down' && s.items ? { at: null, count: e.pending ?? 0 } : null,
    };
  },
  BEAT: (s, e, now) => ({ ...s, offset: clock.sync(s.offset, e.now, now) }),
  BYE: (s) => s,

  // ANSWERS
  LOADED: (s, e) => ({
    ...s, answers: { ...s.answers, ...e.choices }, marks: { ...s.marks, ...e.flags },
    ...(e.pending > 0 ? { link: 'resync', resync: e.pending } : {}),
  }),
  ITEMS: (s, e) => ({ ...s, items: byPosition(e.items), etag: e.etag }),
  SEALED: (s, e) => ({ ...s, sealed: e.sealed }),
  GO: (s, e) => ({ ...s, cur: within(e.q, s) }),
  CHOOSE: (s, e) => (workable(s) ? { ...s, answers: { ...s.answers, [e.q]: e.c }, back: null } : s),
  MARK: (s, e) => ({ ...s, marks: { ...s.marks, [e.q]: e.on }, back: null }),
  OUTBOX: (s, e, now) => {
    let next = { ...s, waits: e.waits, pending: e.pending, oldest: e.oldest };
    if (next.link === 'resync' && e.pending === 0) {
      next = { ...next, link: 'up', back: next.resync > 0 || next.back ? { at: serverTime(next, now), count: next.resync } : null };
    } else if (next.link === 'up' && next.back && next.back.at === null) {
      next = { ...next, back: { ...next.back, at: serverTime(next, now) } };
    }
    return next.session === 'closing' ? close(next) : next;
  },
  ACK: (s, e) => ({
    ...s, have: Math.max(s.have, e.n ?? 0),
    stored: e.frame ? { at: e.at, q: e.frame.q, kind: e.frame.c === '' ? 'clear' : e.frame.t } : s.stored,
    session: s.finish?.op === e.op && s.session === 'working' ? 'closing' : s.session,
  }),
  REFUSED: (s, e, now) => {
    if (e.final === false || !e.frame) return s.finish?.op === e.op && e.final !== false ? note({ ...s, finish: null }, { kind: 'refused', text: e.text, code: e.code, at: serverTime(s, now) }) : s;
    // a mark that came too late is no answer, and nobody has lost anything by it
    if (e.code === 'late') return e.frame.t === 'answer' ? { ...s, late: s.late + 1 } : s;
    if (e.code === 'held') return { ...s, stored: { at: '', q: e.frame.q, kind: 'held' } };
    if (e.code === 'finished') return s;
    return note(s, { kind: 'refused', q: e.frame.q, text: e.text, code: e.code, at: serverTime(s, now) });
  },
  BROKEN: (s) => ({ ...s, broken: true }),

  // CLOCK
  CLOCK: (s, e, now) => {
    const next = { ...s, clock: clock.take(s.clock, e.frame, now), starts: startOf(e.frame, s) };
    // the first list after a load is no news
    if (s.clock.state === '' || !e.frame.parts) return next;
    return clock.credits(s.clock.parts, next.clock.parts)
      .reduce((all, part) => note(all, { kind: 'credit', part, ends: next.clock.ends, at: serverTime(s, now) }), next);
  },

  // NOTICES
  MESSAGE: (s, e, now) => note(s, { kind: 'message', from: e.from, text: e.text, at: serverTime(s, now) }),
  DISMISS: (s, e) => ({ ...s, notes: s.notes.filter((n) => n.id !== e.id) }),
};

/** @param {State} state @param {Event} event @param {number} now performance.now() @returns {State} unchanged for an unknown event */
export function reduce(state, event, now) { return STEP[event.type]?.(state, event, now) ?? state; }

/**
 * What is new in a result, for a person who has read the former one. @param {any} was @param {any} is
 * @returns {('decided'|'opened'|'rescored'|'held'|'known'|'replaced'|'other')[]}
 */
export function changes(was, is) {
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  /** @type {('decided'|'opened'|'rescored'|'held'|'known'|'replaced'|'other')[]} */
  const what = [];
  if (is.decision !== undefined && (is.decision !== was.decision || is.status !== was.status)) what.push('decided');
  if (was.decision !== undefined && is.decision === undefined) what.push('opened');
  if (is.rescored !== was.rescored) what.push('rescored');
  if (is.status === 'held' && was.status !== 'held') what.push('held');
  if (was.status === 'held' && is.status !== 'held') what.push('known');
  if (is.receipt !== was.receipt) what.push('replaced');
  return what.length > 0 ? what : ['other'];
}

/** Closed when everything is handed in and there is something to show, or nothing more will come. @param {State} s @returns {State} */
function close(s) {
  if (s.session !== 'closing' || (s.pending > 0 && !s.over)) return s;
  // the record on the result page tells of credits; nothing lies over the verdict
  if (s.result || s.exam?.show_scores === false) return { ...s, session: 'closed', notes: s.notes.filter((n) => n.kind !== 'credit') };
  return s;
}

/** The planned start, or the real one once the server has set it: then the end is known before anything has run. @param {any} f @param {State} s */
function startOf(f, s) {
  if (f.state === 'ready' && f.ends) return Date.parse(f.ends) - f.remaining;
  return f.starts ? Date.parse(f.starts) : s.starts;
}

/** @param {any[]} items @returns {Record<number, any>} */
function byPosition(items) { return Object.fromEntries(items.map((i) => [i.q, i])); }
/** @param {number[]|undefined} marks @returns {Record<number, boolean>} */
function marked(marks) { return Object.fromEntries((marks ?? []).map((q) => [q, true])); }
/** @param {Record<string, string>|undefined} answers @returns {Record<number, string>} */
function numbered(answers) { return Object.fromEntries(Object.entries(answers ?? {}).filter(([, c]) => c !== '')); }

/** @param {State} s @returns {number} how many items the form has */
export function total(s) { return Math.max(0, ...s.sections.map((x) => x.to)); }

/** @param {State} s @param {number} q */
export function sectionOf(s, q) { return s.sections.find((x) => q >= x.from && q <= x.to); }

/** @param {Record<number, unknown>} marks @param {number} from @param {number} to */
export function count(marks, from, to) {
  let n = 0;
  for (let q = from; q <= to; q++) if (marks[q]) n++;
  return n;
}

/** May a choice be made? The clock at zero is decided by the caller, who has the time. @param {State} s */
export function workable(s) { return s.session === 'working' && !s.covered && !s.broken && s.items !== null; }

/** The clock of the screen: while covered it stands where the cover came down. @param {State} s @param {number} now */
export function shownLeft(s, now) {
  return clock.left(s.clock, s.downClock === null ? now : Math.min(now, s.downClock + s.cover));
}

/** @param {State} s @param {number} now @returns {ReturnType<typeof clock.phase>} */
export function shownPhase(s, now) {
  const at = s.downClock === null ? now : Math.min(now, s.downClock + s.cover);
  return s.session === 'paused' || (s.covered && clock.left(s.clock, at) > 0) ? 'paused' : clock.phase(s.clock, at);
}

/** Which screen, first match wins. @param {State} s */
export function screen(s) {
  if (s.session === 'ended') return 'ended';
  if (s.session === 'moved') return 'moved';
  if (s.session === 'elsewhere') return 'elsewhere';
  if (s.session === 'closed') return 'result';
  if (s.session === 'closing') return 'timeup';
  if (s.session === 'paused') return 'paused';
  if (s.session === 'working') return 'exam';
  if (s.session === 'waiting') return 'waiting';
  return s.step;
}

/** A state younger than this is not painted, so that a fast network goes straight to `stored`. In ms. */
const PAINT = 200;
/** Unconfirmed for this long on a line that works: the server has trouble, and the page says so. In ms. */
const SLOW = 5_000;

/**
 * The state line, first match wins.
 * @param {State} s @param {number} now
 * @returns {'broken'|'covered'|'down'|'zero-sending'|'slow'|'saving'|'back'|'held'|'zero'|'stored'|'idle'}
 */
export function strip(s, now) {
  const zero = s.clock.state === 'running' && shownLeft(s, now) <= 0;
  if (s.broken) return 'broken';
  if (s.link === 'down' && zero) return s.pending > 0 ? 'zero-sending' : 'zero';
  if (s.link === 'down') return s.covered ? 'covered' : 'down';
  const age = s.oldest === null ? 0 : now - s.oldest;
  if (zero) return s.pending > 0 ? 'zero-sending' : 'zero';
  if (age >= SLOW) return 'slow';
  if (age >= PAINT) return 'saving';
  if (s.clock.state === 'held') return 'held';
  if (s.back?.at && s.pending === 0) return 'back';
  // what was held is decided with the credit: from then on no choice of this page's is the newest that is stored
  return s.stored && s.stored.kind !== 'held' ? 'stored' : 'idle';
}
