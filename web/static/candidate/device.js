// @ts-check
// This computer: its name, what it remembers between two loads, and whether it is fit for an exam.

/** A random UUID. On plain http there is no crypto.randomUUID, but getRandomValues is there. @returns {string} */
export function uuid() {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** @param {string} key @returns {any} null where nothing is kept or the browser keeps nothing */
export function recall(key) {
  try { return JSON.parse(localStorage.getItem(`terang.${key}`) ?? 'null'); } catch { return null; }
}

/** @param {string} key @param {unknown} value null forgets */
export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(`terang.${key}`);
    else localStorage.setItem(`terang.${key}`, JSON.stringify(value));
  } catch { /* a browser that keeps nothing only loses the resume after a reload; the device check says so */ }
}

/** The computer's own name, made once; it outlives every candidate. @returns {string} */
export function deviceId() {
  const kept = recall('device');
  if (typeof kept === 'string' && kept !== '') return kept;
  const made = uuid();
  remember('device', made);
  return made;
}

/** Smallest screen that shows an item and the number grid side by side, in CSS pixels. */
export const SMALLEST = { width: 1024, height: 700 };

/** A difference that nobody needs to hear about, in ms. */
const CLOCK_TOLERANCE = 5_000;

/** @param {string|null} header the server's Date header, whole seconds @param {number} computer Date.now() @returns {{ms: number, ok: boolean} | null} */
export function clockDifference(header, computer) {
  const server = header ? Date.parse(header) : NaN;
  if (Number.isNaN(server)) return null;
  const ms = Math.abs(computer - server);
  return { ms, ok: ms <= CLOCK_TOLERANCE };
}
