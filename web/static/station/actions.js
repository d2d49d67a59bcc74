// @ts-check
// Every act of the staff API: on whom it fits, what the dialog asks, and the body that is sent.

import { pending, shown } from './fold.js';
/** @typedef {import('./fold.js').Seat} Seat */
/** @typedef {import('./fold.js').Room} Room */
/**
 * @typedef {object} Act
 * @property {string[]} [seats]    states of seats that it fits; none: not for seats
 * @property {string[]} [sitting]  states of the sitting in which it may be done to all
 * @property {boolean} [one]       only ever one person at a time
 * @property {boolean} [first]     stands in the bar itself, not in "more"
 * @property {boolean} [danger]
 * @property {boolean} [twice]     asked a second time before it is sent
 * @property {string[]} [fields]   besides the reason: ms, to_seat, to_time, to_sitting, condition, text, decision, part; pending is only shown
 * @property {boolean} [two]       always takes a second person
 * @property {boolean} [place]     of the seat, whoever sits there
 * @property {string[]} [reasons]
 * @property {(seat: Seat) => boolean} [only]
 * @property {string[]} [several]  states that it fits when more than one seat is chosen
 */

/** A credit that can be taken back. @param {import('./fold.js').Part} p */
export const reversible = (p) => !!p.ref && (p.what === 'given' || p.what === 'gap');

const HERE = ['in', 'ready', 'work', 'offline', 'paused', 'moved'];
const RUNNING = ['running', 'paused'];
/** @param {string} code */
const alerted = (code) => (/** @type {Seat} */ s) => (s.alerts ?? []).includes(code);

/** Reasons that are recorded as codes; others are recorded as the words that the page shows. */
export const CODES = ['late', 'papers', 'identity', 'withdrew', 'disqualified', 'network', 'power', 'device', 'health', 'toilet', 'accommodation', 'evacuation',
  'noise', 'late_start', 'break', 'phone', 'impersonation', 'collusion', 'rules', 'mistake', 'request', 'other', 'able'];

/** @type {Record<string, Act>} */
export const ACTS = {
  open_checkin: { sitting: ['planned', 'waiting'], reasons: ['schedule', 'other'] },
  close_checkin: { sitting: ['checkin'], reasons: ['schedule', 'other'] },
  start: { sitting: ['checkin', 'waiting'], twice: true, reasons: ['schedule', 'late_start', 'other'] },
  // A new PIN voids the old, so a whole selection never re-issues the PINs of those who already work.
  checkin: { seats: ['absent', ...HERE], several: ['absent', 'in'], first: true, reasons: ['papers_ok', 'pin_lost', 'other'] },
  turn_away: { seats: ['absent', 'in'], reasons: ['late', 'papers', 'identity', 'disqualified', 'withdrew'] },
  unlock: { seats: ['absent', ...HERE], reasons: ['pin_typed', 'other'] },
  pause: { seats: ['work', 'offline'], sitting: ['running'], first: true, reasons: ['device', 'power', 'network', 'health', 'break', 'evacuation', 'noise', 'other'] },
  resume: { seats: ['paused'], sitting: ['paused'], first: true, reasons: ['solved', 'other'] },
  credit: { seats: ['in', 'ready', 'work', 'offline', 'paused', 'moved'], sitting: RUNNING, first: true, fields: ['ms'], reasons: ['network', 'power', 'device', 'health', 'accommodation', 'noise', 'other'] },
  decide_credit: { seats: ['work', 'offline', 'paused', 'moved', 'done'], first: true, fields: ['decision', 'pending'], reasons: ['network', 'power', 'device', 'not_proved', 'other'], only: (s) => pending(s) > 0 },
  reverse: { seats: ['work', 'offline', 'paused', 'moved'], one: true, fields: ['part'], reasons: ['mistake', 'other'], only: (s) => (s.parts ?? []).some(reversible) },
  move: { seats: HERE, one: true, first: true, fields: ['to_seat'], reasons: ['device', 'network', 'power', 'other'] },
  message: { seats: HERE, sitting: ['checkin', 'waiting', ...RUNNING], first: true, fields: ['text'] },
  release: { seats: HERE, sitting: RUNNING, reasons: ['device', 'network', 'power', 'other'] },
  leave: { seats: ['work', 'offline', 'paused'], reasons: ['toilet', 'health', 'other'], only: (s) => !alerted('left_room')(s) },
  return: { seats: ['work', 'offline', 'paused'], reasons: ['back', 'other'], only: alerted('left_room') },
  doubt: { seats: [...HERE, 'done'], one: true, reasons: ['identity', 'papers', 'impersonation', 'other'] },
  decide_doubt: { seats: [...HERE, 'done'], one: true, first: true, fields: ['decision'], reasons: ['papers_ok', 'not_proved', 'impersonation', 'other'], only: alerted('doubt') },
  finish: { seats: ['work', 'offline', 'paused', 'moved'], sitting: RUNNING, first: true, danger: true, reasons: ['health', 'request', 'rules', 'evacuation', 'other'] },
  disqualify: { seats: ['absent', ...HERE, 'done'], one: true, first: true, danger: true, reasons: ['phone', 'impersonation', 'collusion', 'rules', 'other'] },
  reopen: { seats: ['done', 'dq'], one: true, first: true, reasons: ['mistake', 'objection', 'other'] },
  postpone: { sitting: ['planned', 'checkin', 'waiting'], danger: true, fields: ['to_time'], reasons: ['power', 'network', 'evacuation', 'other'] },
  transfer: { seats: ['absent', 'in', 'ready'], sitting: ['planned', 'checkin', 'waiting'], fields: ['to_sitting'], reasons: ['health', 'network', 'power', 'device', 'evacuation', 'request', 'other'], only: (s) => !s.carried },
  continue: { seats: ['work', 'offline', 'paused', 'moved', 'absent', 'in', 'ready'], sitting: [...RUNNING, 'ended'], danger: true, fields: ['to_sitting'], reasons: ['power', 'network', 'device', 'health', 'evacuation', 'other'], only: (s) => !!s.carried || ['work', 'offline', 'paused', 'moved'].includes(shown(s)) },
  mark_seat: { seats: ['absent', ...HERE, 'done', 'dq', 'spare', 'empty', 'broken'], place: true, fields: ['condition'], reasons: ['device', 'network', 'power', 'solved', 'other'], only: (s) => !!s.seat },
  decide_flag: { reasons: ['able', 'break', 'device', 'mistake', 'other'] },
  pass_flag: { two: true, reasons: ['collusion', 'impersonation', 'phone', 'rules', 'other'] },
  lift_place: { sitting: ['planned', 'checkin', 'waiting', ...RUNNING], reasons: ['room_moved', 'network', 'device', 'other'] },
  keep_place: { sitting: ['planned', 'checkin', 'waiting', ...RUNNING], reasons: ['solved', 'other'] },
  close: { sitting: ['ended'], twice: true, reasons: ['minutes', 'other'] },
};

/** The seats of a selection that an act fits. @param {string} action @param {Seat[]} selected */
export function fitting(action, selected) {
  const act = ACTS[action];
  const states = (selected.length > 1 && act.several) || act.seats;
  return selected.filter((s) => states?.includes(shown(s)) && (!act.only || act.only(s)));
}

/** What the bar offers for a selection. @param {Seat[]} selected @param {string[] | null} [may] @returns {{action: string, seats: Seat[]}[]} */
export function offered(selected, may = null) {
  return Object.keys(ACTS)
    .filter((action) => !may || may.includes(action))
    .map((action) => ({ action, seats: fitting(action, selected) }))
    .filter(({ action, seats }) => seats.length > 0 && (!ACTS[action].one || selected.length === 1));
}

/** What may be done to the whole sitting now. @param {string} state @param {string[] | null} [may] */
export const forSitting = (state, may = null) => Object.keys(ACTS).filter((a) => ACTS[a].sitting?.includes(state) && (!may || may.includes(a)));

/**
 * @typedef {object} Answers
 * @property {string} reason
 * @property {number} [ms]
 * @property {string} [to]
 * @property {string} [text]
 * @property {number} [ref]
 * @property {string} [decision]  grant, refuse; of a doubt cleared, upheld; of a seat broken, usable; of a signal seen, noted, no_matter
 * @property {{user: string, password: string, code: string} | null} [second]
 */

/**
 * The body of POST …/actions. Whole sitting: neither seats nor numbers. People go by their numbers: by the time it
 * is sent, or another person agrees to it, somebody else may sit at the seat that was shown.
 * @param {string} op @param {string} action @param {Seat[] | null} seats @param {Answers} a
 */
export function request(op, action, seats, a) {
  /** @type {Record<string, any>} */
  const body = { op, action, ...(a.reason ? { reason: a.reason } : {}) };
  if (seats && ACTS[action].place) body.seats = seats.map((s) => s.seat);
  else if (seats) body.numbers = seats.map((s) => s.number);
  for (const key of /** @type {const} */ (['ms', 'to', 'text', 'ref', 'decision'])) {
    if (a[key]) body[key] = a[key];
  }
  if (a.second) body.second = a.second;
  return body;
}

/** What keeps the dialog from being sent, as a key of a text, or "". @param {string} action @param {Answers} a */
export function missing(action, a) {
  const fields = ACTS[action].fields ?? [];
  if (fields.includes('text') && !a.text) return 'station.need.text';
  if (ACTS[action].reasons && !a.reason) return 'station.need.reason';
  if (fields.includes('ms') && !(Number.isInteger(a.ms) && Number(a.ms) > 0)) return 'station.need.ms';
  if ((fields.includes('to_seat') || fields.includes('to_time') || fields.includes('to_sitting')) && !a.to) return 'station.need.to';
  if (fields.includes('decision') && !a.decision) return 'station.need.to';
  if (fields.includes('part') && !a.ref) return 'station.need.part';
  if (a.second && !(a.second.user && a.second.password)) return 'station.need.second';
  return '';
}

/**
 * The reason as it is sent: a code, "code: words", or words. Another reason needs its words.
 * @param {string} kind @param {string} words  of the kind, as shown @param {string} note
 */
export function reason(kind, words, note) {
  if (kind === 'other') return note ? `other: ${note}` : '';
  return [CODES.includes(kind) ? kind : words, note].filter(Boolean).join(': ');
}
