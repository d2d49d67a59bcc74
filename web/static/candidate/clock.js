// @ts-check
// The candidate's clock, as the server told it. Pure: every function takes `now` from performance.now(), which no
// wrong or adjusted computer clock can move. The computer's own Date is never asked.

/**
 * @typedef {{what: string, ms: number, from?: string, to?: string, why?: string, n?: number}} Part
 * @typedef {{state: string, remaining: number, at: number, ends: string, resumes: string, parts: Part[]}} Clock
 *   state: of the last `welcome` or `clock`; remaining: ms that were left at `at`; resumes: when a break ends by itself
 */

export const TEN = 600_000;
export const ONE = 60_000;

/** @returns {Clock} */
export function stopped() { return { state: '', remaining: 0, at: 0, ends: '', resumes: '', parts: [] }; }

/**
 * @param {Clock} clock @param {any} frame `welcome` or `clock` @param {number} now
 * @returns {Clock} what a frame leaves out stays as it was
 */
export function take(clock, frame, now) {
  return {
    state: frame.state ?? clock.state,
    remaining: frame.remaining ?? left(clock, now),
    at: now,
    // null: the clock stands, and nobody knows the end
    ends: frame.ends === undefined ? clock.ends : frame.ends ?? '',
    resumes: frame.state === undefined ? clock.resumes : frame.resumes ?? '',
    parts: frame.parts ?? clock.parts,
  };
}

/** @param {Clock} clock @param {number} now @returns {number} ms left, never below 0 */
export function left(clock, now) {
  const gone = clock.state === 'running' ? now - clock.at : 0;
  return Math.max(0, clock.remaining - Math.max(0, gone));
}

/**
 * @param {Clock} clock @param {number} now
 * @returns {'run'|'ten'|'one'|'zero'|'paused'|'held'}
 */
export function phase(clock, now) {
  if (clock.state === 'held') return 'held';
  if (clock.state !== 'running' && clock.state !== 'finished') return 'paused';
  const ms = left(clock, now);
  return ms <= 0 ? 'zero' : ms <= ONE ? 'one' : ms <= TEN ? 'ten' : 'run';
}

/** @param {number} ms @returns {string} `54:12`; rounded up, so that 00:00 is shown only when nothing is left */
export function digits(ms) {
  const s = Math.ceil(Math.max(0, ms) / 1000);
  return `${String(Math.floor(s / 60)).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
}

/** @param {number} ms @returns {string} as `digits`, with hours from the first on: `22:59:51` */
export function hours(ms) {
  const h = Math.floor(Math.ceil(Math.max(0, ms) / 1000) / 3600);
  return h === 0 ? digits(ms) : `${h}:${digits(ms - h * 3_600_000)}`;
}

/**
 * What performance.now() must be given to make server time. A message is only ever late, so of two estimates the
 * later server time is the better one.
 * @param {number|null} offset @param {string|undefined} iso @param {number} now @returns {number|null}
 */
export function sync(offset, iso, now) {
  const server = iso ? Date.parse(iso) : NaN;
  if (Number.isNaN(server)) return offset;
  return offset === null ? server - now : Math.max(offset, server - now);
}

/**
 * Time given or taken back between two lists of parts. Pauses and moves are left out: they stop the clock, they give
 * nothing; so does a gap that is still open.
 * @param {Part[]} before @param {Part[]} after
 * @returns {Part[]} each with the difference in ms; a part that vanished has a negative one
 */
export function credits(before, after) {
  const silent = new Set(['base', 'extra', 'pause', 'move', 'reopened']);
  /** @param {Part} p */
  const told = (p) => !silent.has(p.what) && !(p.from && !p.to);
  /** @param {Part} p @param {number} i @param {Part[]} all */
  const key = (p, i, all) => p.n ? `${p.what} n${p.n}` : `${p.what} ${p.from ?? ''} ${all.slice(0, i).filter((o) => o.what === p.what && o.from === p.from).length}`;
  const old = new Map(before.map((p, i, all) => [key(p, i, all), told(p) ? p : { ...p, ms: 0 }]));
  /** @type {Part[]} */
  const out = [];
  after.forEach((p, i, all) => {
    const was = old.get(key(p, i, all));
    old.delete(key(p, i, all));
    const ms = p.ms - (was?.ms ?? 0);
    if (ms !== 0 && told(p)) out.push({ ...p, ms });
  });
  for (const p of old.values()) if (told(p) && p.ms !== 0) out.push({ ...p, ms: -p.ms });
  return out;
}

/**
 * @param {number|string} at epoch ms or RFC 3339 @param {string} [zone] of the site; without it the computer's
 * @param {boolean} [seconds] @returns {string} `10:42:07`
 */
export function timeOfDay(at, zone, seconds = true) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  if (seconds) options.second = '2-digit';
  if (zone) options.timeZone = zone;
  return new Intl.DateTimeFormat('en-GB', options).format(date);
}
