// @ts-check
// The room as a fold over what the server says: whole on reset, then changed seats, notes, proposals.

/**
 * @typedef {object} Part
 * @property {string} what  base, extra, gap, pause, move, credit, …
 * @property {number} ms
 * @property {string} [from]
 * @property {string} [to]
 * @property {string} [why]
 * @property {number} [ref]   what reverse and decide_credit name
 * @property {boolean} [beyond]  a pause or a move that is more than one person may give
 */
/**
 * @typedef {object} Seat
 * @property {string} seat     empty: nobody gave this person a seat
 * @property {string} number   empty: a spare seat
 * @property {string} [name]
 * @property {string} state    of the attempt: assigned, present, ready, running, paused, finished, disqualified
 * @property {string} [group]  one of the counts that this person is in
 * @property {number} [progress]
 * @property {string} [last]   last contact
 * @property {string} [last_from]  "journal": there may have been a newer one, at another server
 * @property {string} [ends]
 * @property {string | null} [offline_since]
 * @property {string[]} [alerts]
 * @property {string} [break_ends]
 * @property {Part[]} [parts]
 * @property {Part[]} [pending_credit]  what waits for a decision
 * @property {string} [moved_to]  the sitting at which it goes on
 * @property {boolean} [carried]  begun at another sitting
 * @property {boolean} [broken]   the computer cannot be used
 */
/** @typedef {{at: string, kind?: string, text: string, seat?: string, number?: string}} Note */
/** @typedef {{id: string, action: string, seats?: string[], numbers?: string[], reason?: string, by?: string, at?: string, expires?: string}} Proposal */
/**
 * @typedef {object} Room
 * @property {string} at
 * @property {string} state
 * @property {Record<string, number>} counts
 * @property {Map<string, Seat>} seats
 * @property {Note[]} notes      newest first
 * @property {Proposal[]} proposals
 * @property {number} items      questions on a form, 0 when unknown
 * @property {string[]} twoPerson
 * @property {number} alone      a credit of more milliseconds takes two, 0 when unknown
 * @property {string} start
 * @property {number} flags      grows with each advisory signal and each word about one
 * @property {{code: string, title: string, site: string, room: string, start: string}[]} to  sittings that people may be sent to
 * @property {string[] | null} may  acts of this account; null: not told, the server refuses by itself
 */

const NOTES = 200;

/** A place in the map: the seat, or the person who has none. @param {{seat?: string, number?: string}} s */
export const keyOf = (s) => (s.seat ? `s:${s.seat}` : `n:${s.number ?? ''}`);

/** Somebody and where they sit. @param {Seat} s */
export const called = (s) => [s.seat, s.name || s.number].filter(Boolean).join(' ');

/** Whom a proposal means, each with the seat that is theirs now. @param {Iterable<Seat>} seats @param {Proposal} p @returns {string[]} empty: everybody */
export function meant(seats, p) {
  const people = new Map([...seats].filter((s) => s.number).map((s) => [s.number, called(s)]));
  return [...(p.seats ?? []), ...(p.numbers ?? []).map((n) => people.get(n) ?? n)];
}

const natural = new Intl.Collator('en', { numeric: true });

/** Seats in their order, people without a seat after them. @param {Iterable<Seat>} seats */
export function inOrder(seats) {
  return [...seats].sort((a, b) => Number(!a.seat) - Number(!b.seat) || natural.compare(a.seat || a.number, b.seat || b.number));
}

/** People, and the seats that they leave free. @param {Seat[]} seats @param {{seat: string, state: string}[]} vacant @returns {Seat[]} */
const withVacant = (seats, vacant) => [...seats, ...vacant.map((v) => ({ ...v, number: '' }))];

/** @param {any} s @returns {Room} */
export function reset(s) {
  return {
    at: s.at ?? '',
    state: s.state ?? '',
    counts: s.counts ?? {},
    seats: new Map(inOrder(withVacant(s.seats ?? [], s.vacant ?? [])).map((seat) => [keyOf(seat), seat])),
    flags: s.flags ?? 0,
    to: s.to ?? [],
    notes: (s.notes ?? []).slice(0, NOTES),
    proposals: s.proposals ?? [],
    items: s.items ?? 0,
    twoPerson: s.two_person ?? ['disqualify', 'reopen'],
    alone: s.credit_alone_ms ?? 0,
    start: s.start ?? '',
    may: s.may ?? null,
  };
}

/** @param {Room} room @param {any} event @returns {{room: Room, changed: string[]}} */
export function seats(room, event) {
  const map = new Map(room.seats);
  /** @type {string[]} */
  const changed = [];
  let grown = false;
  const vacant = Array.isArray(event.vacant) ? event.vacant : null;
  for (const key of event.gone ?? []) if (map.delete(key)) grown = true;
  if (vacant) {
    const free = new Map(vacant.map((/** @type {any} */ v) => [`s:${v.seat}`, v.state]));
    for (const [key, seat] of map) if (!seat.number && free.get(key) !== seat.state) { map.delete(key); grown = true; }
  }
  const came = (event.seats ?? []).concat((vacant ?? []).filter((/** @type {any} */ v) => !map.has(`s:${v.seat}`)).map((/** @type {any} */ v) => ({ ...v, number: '' })));
  for (const seat of came) {
    const key = keyOf(seat);
    grown ||= !map.has(key);
    map.set(key, seat);
    changed.push(key);
    // Someone who now has a seat no longer stands in the list of those without.
    if (seat.seat && seat.number && map.delete(`n:${seat.number}`)) changed.push(`n:${seat.number}`);
  }
  const ordered = grown ? new Map(inOrder(map.values()).map((s) => [keyOf(s), s])) : map;
  return { room: { ...room, seats: ordered, at: event.at ?? room.at, state: event.state ?? room.state, start: event.start ?? room.start, counts: event.counts ?? room.counts }, changed };
}

/** @param {Room} room @param {Note} note @returns {Room} */
export const note = (room, note) => ({ ...room, notes: [note, ...room.notes].slice(0, NOTES) });

/** @param {Room} room @param {any} event  the list, or an object that holds it @returns {Room} */
export const proposals = (room, event) => ({ ...room, proposals: Array.isArray(event) ? event : event.proposals ?? [] });

/** What a tile shows: one word of the legend. The server's group decides; it knows more than the state says. @param {Seat} seat */
export function shown(seat) {
  if (!seat.number) return seat.state === 'broken' || seat.state === 'empty' ? seat.state : 'spare';
  switch (seat.group || seat.state) {
    case 'disqualified': return 'dq';
    case 'continued': return 'cont';
    case 'finished': return 'done';
    case 'paused': return seat.state === 'running' ? 'moved' : 'paused';   // a clock that stands without a pause
    case 'ready': return 'ready';
    case 'present': return 'in';
    case 'offline': return 'offline';
    case 'running': case 'working': return seat.offline_since ? 'offline' : 'work';
    default: return 'absent';
  }
}

/** Milliseconds that wait for a decision. @param {Seat} seat */
export const pending = (seat) => (seat.pending_credit ?? []).reduce((total, p) => total + p.ms, 0);

/** The states of people in the room, in the order of the printed sum. */
export const TIMED = ['work', 'offline', 'paused', 'moved'];   // whose time is not over
export const PRESENT = ['in', 'ready', 'work', 'offline', 'paused', 'moved', 'done', 'dq', 'cont'];

/** @param {Iterable<Seat>} list */
export function tally(list) {
  /** @type {Record<string, number>} */
  const n = { registered: 0, present: 0, absent: 0, spare: 0 };
  for (const seat of list) {
    const s = shown(seat);
    if (!seat.number) { n[s] = (n[s] ?? 0) + 1; continue; }
    n.registered++;
    if (s === 'absent') n.absent++;
    else { n.present++; n[s] = (n[s] ?? 0) + 1; }
  }
  return n;
}

// What both sides count. Working and offline are compared together: silence begins between two messages.
const SAME = { registered: ['registered'], absent: ['absent'], present: ['in'], ready: ['ready'], working: ['work', 'offline'], paused: ['paused', 'moved'], finished: ['done'], disqualified: ['dq'], continued: ['cont'] };
const WITH = /** @type {Record<string, string>} */ ({ working: 'offline' });

/**
 * The sums on top, printed so that anybody can add them up; compared with what the server counted on its own.
 * @param {ReturnType<typeof tally>} n @param {Record<string, number>} counts
 */
export function equation(n, counts) {
  const terms = PRESENT.filter((s) => n[s]);
  const differs = Object.entries(SAME)
    .filter(([wire]) => counts[wire] !== undefined)
    .map(([wire, own]) => ({ what: wire, seats: own.reduce((t, s) => t + (n[s] ?? 0), 0), server: counts[wire] + (counts[WITH[wire]] ?? 0) }))
    .filter((d) => d.seats !== d.server);
  const sum = terms.reduce((total, s) => total + n[s], 0);
  return {
    matches: differs.length === 0 && n.registered === n.present + n.absent && n.present === sum,
    text: `${n.registered} = ${n.present} + ${n.absent}` + (terms.length > 1 ? ` · ${n.present} = ${terms.map((s) => n[s]).join(' + ')}` : ''),
    differs,
  };
}

/** @param {Seat} seat @param {{state: string, query: string}} filter */
export function fits(seat, filter) {
  if (filter.state === 'alert' ? !alertsOf(seat).length : filter.state !== 'all' && shown(seat) !== filter.state) return false;
  const q = filter.query.trim().toLowerCase();
  return !q || `${seat.seat} ${seat.name ?? ''} ${seat.number} ${seat.number.replaceAll('-', '')}`.toLowerCase().includes(q);
}

/** Advice to observe, never proof: listed last and in grey. */
const ADVICE = new Set(['item_changed']);

/** @param {string} code */
export const isAdvice = (code) => ADVICE.has(code);

/** What asks for the supervisor, the urgent first. @param {Seat} seat */
export function alertsOf(seat) {
  let list = known.get(seat);
  if (!list) known.set(seat, list = alerts(seat));
  return list;
}

/** A seat is never changed, only replaced: what was found of it stays true. @type {WeakMap<Seat, string[]>} */
const known = new WeakMap();

/** @param {Seat} seat */
function alerts(seat) {
  const list = new Set(seat.alerts ?? []);
  if (pending(seat)) list.add('credit_pending');
  if (shown(seat) === 'offline') list.add('offline');
  return [...list].sort((a, b) => Number(isAdvice(a)) - Number(isAdvice(b)));
}

/**
 * The places that a list of seats names, as 1-12, 15, A-3: what is typed into the search and ended with Enter.
 * @param {string} query @param {Iterable<Seat>} seats @returns {string[]} their keys; empty if it is no such list, or names a seat that is not there
 */
export function range(query, seats) {
  const all = [...seats].filter((s) => s.seat);
  const keys = new Set();
  for (const part of query.split(',').map((p) => p.trim().toUpperCase())) {
    const span = /^(\d{1,4})\s*[-–]\s*(\d{1,4})$/.exec(part);
    const named = span ? all.filter((s) => /^\d+$/.test(s.seat) && Number(s.seat) >= Number(span[1]) && Number(s.seat) <= Number(span[2]))
      : all.filter((s) => s.seat.toUpperCase() === part || (/^\d{1,4}$/.test(part) && /^\d+$/.test(s.seat) && Number(s.seat) === Number(part)));
    if (!named.length) return [];
    for (const s of named) keys.add(keyOf(s));
  }
  return [...keys];
}

const URGENCY = ['credit_pending', 'doubt', 'pause_beyond', 'move_beyond', 'two_devices', 'offline', 'locked', 'break_over', 'break_ends', 'left_room'];
/** What waits for a decision stands first, then what waits for a look. @param {string} code */
export const urgency = (code) => { const i = URGENCY.indexOf(code); return isAdvice(code) ? 99 : i < 0 ? 50 : i; };

/** A pause goes on that by now gives more than one person may. @param {Seat} seat */
export const beyond = (seat) => (seat.parts ?? []).some((p) => p.beyond && !p.to && p.what !== 'move');
