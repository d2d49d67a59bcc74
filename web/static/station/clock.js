// @ts-check
// Times and durations as the station shows them. Server time is ours plus an offset measured at each event.

/** @param {number} n */
const two = (n) => String(n).padStart(2, '0');

/** 5000000 -> "1:23:20", 92000 -> "1:32". @param {number} ms */
export function span(ms) {
  const s = Math.max(0, Math.floor(ms / 1000)), h = Math.floor(s / 3600), m = Math.floor(s / 60) % 60;
  return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** Time left until an instant; zero once it has passed. @param {string | undefined} ends @param {number} now */
export function left(ends, now) {
  const at = Date.parse(ends ?? '');
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** Milliseconds since an instant, or null. @param {string | null | undefined} since @param {number} now */
export function age(since, now) {
  const at = Date.parse(since ?? '');
  return Number.isNaN(at) ? null : Math.max(0, now - at);
}

/** The latest end among the seats that still work: the room is done then. @param {Iterable<import('./fold.js').Seat>} seats */
export function lastEnd(seats) {
  let end = '';
  for (const s of seats) {
    if (s.ends && (s.state === 'running' || s.state === 'paused') && s.ends > end) end = s.ends;
  }
  return end;
}

/** The sum of the parts, as printed under them. @param {import('./fold.js').Part[]} parts */
export const sum = (parts) => parts.reduce((total, p) => total + p.ms, 0);
