// @ts-check
// A token that the server signs without seeing it: RSABSSA-SHA384-PSS-Deterministic of RFC 9474. Blinded here, signed
// there, unblinded here; who shows it later cannot be told apart from anybody else who has one.

const HASH = 48, SALT = 48;

/** @param {bigint} base @param {bigint} exp @param {bigint} mod */
export function power(base, exp, mod) {
  let out = 1n;
  for (base %= mod; exp > 0n; exp >>= 1n, base = (base * base) % mod) if (exp & 1n) out = (out * base) % mod;
  return out;
}

/** The inverse, null if there is none. @param {bigint} a @param {bigint} mod */
export function inverse(a, mod) {
  let [r, next, x, y] = [mod, a % mod, 0n, 1n];
  while (next > 0n) {
    const q = r / next;
    [r, next] = [next, r - q * next];
    [x, y] = [y, x - q * y];
  }
  return r === 1n ? ((x % mod) + mod) % mod : null;
}

/** @param {Uint8Array} bytes */
export const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
/** @param {string} text */
export const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (h) => parseInt(h, 16));
/** @param {Uint8Array} bytes */
const number = (bytes) => BigInt(`0x${hex(bytes) || '0'}`);
/** @param {bigint} n @param {number} size */
const toHex = (n, size) => n.toString(16).padStart(2 * size, '0');

/** @param {Uint8Array} bytes */
const sha384 = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-384', /** @type {BufferSource} */ (bytes)));

/** @param {Uint8Array[]} parts */
function join(...parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { out.set(p, at); at += p.length; }
  return out;
}

/** MGF1 of RFC 8017. @param {Uint8Array} seed @param {number} size */
async function mask(seed, size) {
  const parts = [];
  for (let i = 0; i * HASH < size; i++) parts.push(await sha384(join(seed, Uint8Array.of(i >> 24, i >> 16, i >> 8, i))));
  return join(...parts).slice(0, size);
}

/** EMSA-PSS of RFC 8017. @param {Uint8Array} message @param {Uint8Array} salt @param {number} bits of the modulus */
export async function encode(message, salt, bits) {
  const size = Math.ceil((bits - 1) / 8);
  const h = await sha384(join(new Uint8Array(8), await sha384(message), salt));
  const db = join(new Uint8Array(size - SALT - HASH - 2), Uint8Array.of(1), salt);
  const m = await mask(h, db.length);
  for (let i = 0; i < db.length; i++) db[i] ^= m[i];
  db[0] &= 0xff >> (8 * size - (bits - 1));
  return join(db, h, Uint8Array.of(0xbc));
}

/** Whether this browser can: without TLS it has no SHA-384. */
export const able = () => typeof BigInt === 'function' && Boolean(globalThis.crypto?.subtle);

/** Makes a token and its blinded form. @param {{n: string, e: number}} key */
export async function blind(key) {
  const n = BigInt(`0x${key.n}`), e = BigInt(key.e), bits = n.toString(2).length, size = Math.ceil(bits / 8);
  const token = crypto.getRandomValues(new Uint8Array(32));
  const m = number(await encode(token, crypto.getRandomValues(new Uint8Array(SALT)), bits));
  for (;;) {
    const r = number(crypto.getRandomValues(new Uint8Array(size))) % n, back = r > 1n ? inverse(r, n) : null;
    if (back === null) continue;
    return {
      token: hex(token), blinded: toHex((m * power(r, e, n)) % n, size),
      /** The signature of the token, null if the server did not sign what it was sent. @param {string} signed */
      finish: (signed) => {
        const s = (BigInt(`0x${signed}`) * back) % n;
        return power(s, e, n) === m ? toHex(s, size) : null;
      },
    };
  }
}
