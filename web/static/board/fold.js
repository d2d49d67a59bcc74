// @ts-check
// The board as a fold over what the server says. Rows are states: a row is replaced whole, so a frame that
// overlaps with what is already known does no harm.

import { KEYS } from './rank.js';

/** @typedef {import('./rank.js').Row} Row */
/** @typedef {{registered: number, working: number, finished: number, meets: number}} Counts */
/** @typedef {{list: string, stage: string, at: string, again?: boolean, codes?: {code: string, is: string}[]}} Decided  again: it is made anew, and rows have no code of it */
/**
 * @typedef {object} Board
 * @property {string} epoch
 * @property {string} seq      opaque position, compared for equality only
 * @property {string} at
 * @property {boolean} final
 * @property {{version: number, why: string, at: string} | null} rescored  results were made anew after an item was annulled
 * @property {Decided | null} decided  a list of results was released
 * @property {string[]} keys
 * @property {Map<string, Row>} rows
 * @property {boolean} whole   every row of the board is here, so ranks may be counted
 * @property {Counts | null} counts
 */

/** @param {any} snapshot @returns {Board} */
export function reset(snapshot) {
  const rows = new Map((snapshot.rows ?? []).map((/** @type {Row} */ row) => [row.number, row]));
  return {
    epoch: String(snapshot.epoch ?? ''),
    seq: String(snapshot.seq ?? ''),
    at: snapshot.at ?? '',
    final: !!snapshot.final,
    rescored: snapshot.rescored ?? null,
    decided: snapshot.decided ?? null,
    keys: snapshot.keys?.length ? snapshot.keys : KEYS,
    rows,
    whole: rows.size >= (snapshot.total ?? snapshot.counts?.registered ?? rows.size),
    counts: snapshot.counts ?? null,
  };
}

/**
 * @param {Board} board @param {any} frame
 * @returns {{board: Board, changed: string[]}} the numbers whose row came or went
 */
export function frame(board, frame) {
  const rows = new Map(board.rows);
  /** @type {string[]} */
  const changed = [];
  for (const row of frame.rows ?? []) {
    rows.set(row.number, row);
    changed.push(row.number);
  }
  for (const number of frame.gone ?? []) {
    if (rows.delete(number)) changed.push(number);
  }
  return {
    board: { ...board, rows, seq: String(frame.to ?? board.seq), at: frame.at ?? board.at, counts: frame.counts ?? board.counts },
    changed,
  };
}

/** How many of the listed numbers stand elsewhere in the new order. @param {string[]} shown @param {string[]} wanted */
export function moves(shown, wanted) {
  return wanted.reduce((n, number, i) => n + (shown[i] === number ? 0 : 1), 0);
}

/** Upper case without hyphens, as the server compares. @param {string} number */
export const plain = (number) => number.toUpperCase().replace(/[^A-Z0-9]/g, '');

/** The number that was meant: the whole one, or its last four characters or more if only one fits.
 * @param {Iterable<string>} numbers @param {string} typed */
export function find(numbers, typed) {
  const want = plain(typed);
  if (!want) return null;
  const ends = [];
  for (const number of numbers) {
    if (plain(number) === want) return number;
    if (want.length >= 4 && plain(number).endsWith(want)) ends.push(number);
  }
  return ends.length === 1 ? ends[0] : null;
}
