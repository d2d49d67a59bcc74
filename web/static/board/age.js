// @ts-check
// How old the table is, in words that are true. A quiet board is not a stale one: a probe that answers
// counts as contact (live.js).

export const STALE_MS = 15_000;
export const TRIES = 3;

/**
 * @param {{now: number, contact: number, failures: number, final: boolean}} s  contact: when the server last spoke, same clock as now
 * @returns {{state: 'final' | 'fresh' | 'stale' | 'offline', seconds: number}}
 */
export function freshness(s) {
  const age = Math.max(0, s.now - s.contact);
  const seconds = Math.floor(age / 1000);
  if (s.failures >= TRIES) return { state: 'offline', seconds };
  if (s.final) return { state: 'final', seconds };
  return { state: age > STALE_MS ? 'stale' : 'fresh', seconds };
}
