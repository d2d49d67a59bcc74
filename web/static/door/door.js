// @ts-check
// The check-in desk without a document: what a scan means, what may be done for whom, how long the door stays open.

/**
 * @typedef {object} Person
 * @property {string} number
 * @property {string} name
 * @property {string} state   of the attempt: assigned, present, ready, running, …
 * @property {string} seat    empty before check-in
 * @property {string} [away]  why the person was turned away
 * @property {boolean} [doubt]
 * @property {string} [doubt_by]
 * @property {boolean} [started]
 * @property {string} [checked_by]
 * @property {string} [checked_at]
 * @property {string} [adjust]
 */

/** What an exam card's code says; anything else is what was typed. @param {string} text */
export function readCode(text) {
  const m = /^TERANG:([a-z0-9-]{1,40}):([A-Z0-9-]{1,20})$/i.exec(text.trim());
  return m ? { exam: m[1].toLowerCase(), number: m[2].toUpperCase() } : null;
}

/** A card of another exam is told apart before anybody is searched. @param {string} text @param {string} exam of this desk */
export function otherExam(text, exam) {
  const code = readCode(text);
  return code && code.exam !== exam ? code.exam : '';
}

/** Numbers are compared without hyphens, in upper case. @param {string} n */
export const plain = (n) => n.toUpperCase().replaceAll('-', '');

/** Their exam is over. @param {{state: string}} p */
export const ended = (p) => p.state === 'finished' || p.state === 'disqualified';

/**
 * What may be done for a person now, the usual first.
 * @param {Person} p @param {string[]} may acts of this account @param {boolean} open the door takes people
 * @returns {string[]} of checkin, readmit, pin, turn_away, doubt, decide_doubt, adjust
 */
export function offers(p, may, open) {
  const over = ended(p);
  const here = p.state !== 'assigned', shut = !here && !open;
  /** @type {[string, string, boolean][]} */
  const away = [['turn_away', 'turn_away', !p.away && (!here || p.state === 'present')]];
  /** @type {[string, string, boolean][]} */
  const all = [
    ['checkin', 'checkin', !here && !p.away && open],
    ['readmit', 'checkin', !here && !!p.away && open],
    ['pin', 'checkin', here && !over],
    ...(shut ? away : []),   // who comes to a shut door
    ['decide_doubt', 'decide_doubt', !!p.doubt],
    ['doubt', 'doubt', !p.doubt],
    ...(shut ? [] : away),
    ['adjust', 'adjust', !p.started && !over],
  ];
  return all.filter(([, act, fits]) => fits && may.includes(act)).map(([what]) => what);
}

/**
 * How the door stands at an instant of the server.
 * @param {{phase: string, closes?: string, late_entry: string}} door @param {number} now
 * @returns {{open: boolean, why: string, left: number}} why: a text key; left: ms until it closes, -1 where no clock closes it
 */
export function standing(door, now) {
  const closes = door.closes ? Date.parse(door.closes) : NaN;
  const left = Number.isNaN(closes) ? -1 : Math.max(0, closes - now);
  const late = door.late_entry !== 'refuse';
  switch (door.phase) {
    case 'planned': return { open: false, why: 'door.not_open', left };
    case 'checkin': return left === 0 && !late ? { open: false, why: 'door.closed_hour', left } : { open: true, why: '', left };
    case 'waiting': case 'running': case 'paused': return late ? { open: true, why: 'door.late', left: 0 } : { open: false, why: 'door.closed', left: 0 };
    default: return { open: false, why: 'door.over', left: 0 };
  }
}

/** mm:ss, or h:mm:ss from an hour on. @param {number} ms */
export function span(ms) {
  const s = Math.ceil(ms / 1000), two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${rest}` : rest;
}

/** The words of an adjustment, as keys and values for texts. @param {string | undefined} adjust @returns {{key: string, n: string}[]} */
export function needs(adjust) {
  return (adjust ?? '').split(' ').filter(Boolean).map((word) => {
    const [what, n = ''] = word.split('=');
    return { key: `door.need.${what}`, n };
  });
}

/**
 * What the roster says that somebody needs, in words; a code that has none is shown with spaces.
 * @param {string} code @param {(key: string) => string} text
 */
export function aid(code, text) {
  const key = `door.aid.${code}`, words = text(key);
  return words === key ? code.replaceAll('_', ' ') : words;
}

/** The words that the fields of the dialog come to, as the server compares them. @param {{extra: number, breaks: number, size: number, dark: boolean, reader: boolean, assistant: boolean}} f */
export function adjustment(f) {
  return [f.assistant && 'assistant', f.breaks && `breaks=${f.breaks}`, f.dark && 'contrast=dark', f.extra && `extra=${f.extra}`, f.reader && 'reader', f.size && `size=${f.size}`].filter(Boolean).join(' ');
}

/** The fields from the words. @param {string | undefined} adjust */
export function fields(adjust) {
  const of = Object.fromEntries((adjust ?? '').split(' ').filter(Boolean).map((w) => { const [k, v = 'yes'] = w.split('='); return [k, v]; }));
  return { extra: Number(of.extra ?? 0), breaks: Number(of.breaks ?? 0), size: Number(of.size ?? 0), dark: of.contrast === 'dark', reader: 'reader' in of, assistant: 'assistant' in of };
}
