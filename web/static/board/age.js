// @ts-check
// How old the table is, in words that are true. A quiet board is not a stale one: a probe that answers
// counts as contact (live.js), as far as what it answers is young.

export const STALE_MS = 15_000;
export const TRIES = 3;

/**
 * @param {{now: number, contact: number, failures: number, final: boolean}} s  contact: when the board last was as shown, same clock as now
 * @returns {{state: 'final' | 'fresh' | 'stale' | 'offline', seconds: number}}
 */
export function freshness(s) {
  const age = Math.max(0, s.now - s.contact);
  const seconds = Math.floor(age / 1000);
  if (s.failures >= TRIES) return { state: 'offline', seconds };
  if (s.final) return { state: 'final', seconds };
  return { state: age > STALE_MS ? 'stale' : 'fresh', seconds };
}

/**
 * How old a board was when it was answered, by the server's clock and that of any cache between: a server that shows
 * another's boards answers also when the other does not.
 * @param {string} at  of the board
 * @param {{get(name: string): string | null}} headers
 * @returns {number} milliseconds, 0 when it says that it is right every few seconds
 */
export function lag(at, headers) {
  const then = Date.parse(at), now = Date.parse(headers.get('Date') ?? '');
  const kept = 1000 * Number(headers.get('Age') ?? 0) || 0;
  const old = now - then + kept;
  return old > STALE_MS ? old : 0;
}
