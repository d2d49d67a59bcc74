// @ts-check
// The staff API over fetch. An answer that never came may be asked for again with the same op.

/** A UUID without crypto.randomUUID, which plain http on a room's network does not have. */
export function uuid() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Signs in again, and comes back to this page. */
export const signInAgain = () => location.assign(`/meja?ke=${encodeURIComponent(location.pathname + location.search)}`);

/** @typedef {{ok: boolean, status: number, body: any}} Answer  status 0: no answer came */

/** @param {string} url @param {object} body @returns {Promise<Answer>} */
export async function post(url, body) {
  return ask(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
}

/** @param {string} url @param {RequestInit} [init] @returns {Promise<Answer>} */
export async function ask(url, init = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), 10_000);
  try {
    const r = await fetch(url, { ...init, credentials: 'same-origin', signal: stop.signal });
    const text = await r.text();
    let body = {};
    try { body = text ? JSON.parse(text) : {}; } catch { body = { code: 'bad_answer' }; }
    return { ok: r.ok, status: r.status, body };
  } catch {
    return { ok: false, status: 0, body: { code: 'no_answer' } };
  } finally {
    clearTimeout(timer);
  }
}

// What people read out to a technician (UX 5.2).
/** @type {Record<string, string>} */
const SPOKEN = { second_person: 'E-DUA-01', no_answer: 'E-MEJA-01', locked: 'E-MASUK-02', wrong_pin: 'E-MASUK-01' };

/** @param {any} body @param {(key: string) => string} text */
export function explain(body, text) {
  const code = body?.code ?? 'unknown', own = text(`station.error.${code}`);
  const words = own !== `station.error.${code}` ? own : body?.text || text('station.error.unknown');
  return `${words} ${text('station.code')} ${SPOKEN[code] ?? code}`;
}
