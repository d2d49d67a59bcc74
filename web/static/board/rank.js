// @ts-check
// Ranks counted from ranking keys (the public interface, /api): frames carry rows without a rank.

/**
 * @typedef {object} Row
 * @property {string} number
 * @property {string} [name]
 * @property {Record<string, number> | null} [scores]  left out while the policy shows none
 * @property {number} [total]
 * @property {Record<string, boolean>} [meets]
 * @property {string} [status]  meets or misses, and once a list is released its code
 * @property {boolean} [passed]  beside a code of who takes a place: whether the thresholds of the own need are met
 * @property {number} [progress]
 * @property {boolean} [finished]
 * @property {number} [rank]
 */

/** The keys of the national rule when the snapshot names none. */
export const KEYS = ['total', 'TKP', 'TIU', 'TWK'];

/** @param {Row} row */
export const hasScore = (row) => !!row.scores && Object.keys(row.scores).length > 0;

/** Whom a code stands against takes no place, so nobody is counted behind them. @param {Row} row */
export const takesPlace = (row) => hasScore(row) && (row.passed !== undefined || row.status === 'meets' || row.status === 'misses');

/** By the released list, or before there is one by what the board shows. @param {Row} row */
export const passes = (row) => row.passed ?? row.status === 'meets';

/** @param {Row} row @param {string} key */
function value(row, key) {
  if (key === 'total') return row.total ?? 0;
  return key.split('+').reduce((sum, section) => sum + (row.scores?.[section] ?? 0), 0); // MAN+SOC is one key of PPPK
}

/** Negative when a stands before b; 0 when every ranking key is equal. @param {Row} a @param {Row} b @param {string[]} keys */
export function compare(a, b, keys) {
  for (const key of keys) {
    const d = value(b, key) - value(a, key);
    if (d) return d;
  }
  return 0;
}

/**
 * Competition ranking 1, 2, 2, 4. Equal rows stand in the order of their numbers, so that nobody jumps about;
 * rows without a place follow, with rank 0.
 * @param {Iterable<Row>} rows @param {string[]} [keys]
 * @returns {{row: Row, rank: number}[]}
 */
export function ranked(rows, keys = KEYS) {
  const list = [...rows].sort((a, b) =>
    Number(takesPlace(b)) - Number(takesPlace(a)) ||
    (takesPlace(a) ? compare(a, b, keys) : 0) ||
    (a.number < b.number ? -1 : a.number > b.number ? 1 : 0));
  let rank = 0;
  return list.map((row, i) => {
    if (!takesPlace(row)) return { row, rank: 0 };
    if (i === 0 || compare(list[i - 1], row, keys) !== 0) rank = i + 1;
    return { row, rank };
  });
}
